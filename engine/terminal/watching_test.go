package terminal

import (
	"regexp"
	"strings"
	"testing"

	"github.com/moonwire/moonwire/engine/match"
)

// TestWatchingAtEverySplit feeds keys cut in two and byte by byte: what is let go
// and what is found must not depend on the cut, and nothing may be lost.
func TestWatchingAtEverySplit(t *testing.T) {
	tests := []struct {
		name     string
		patterns []match.Pattern
		keys     string
		free     string
		hits     string
	}{
		{"literals", exact("~x", "ab"), "~~xaab~y", "~a~y", "~x,ab"},
		{"overlapping starts", exact("aab"), "aaab aaaab", "a aa", "aab,aab"},
		{"longer wins later", regex(`a(b+c)?`), "abbxabbcx", "bbxx", "a,abbc"},
		{"alternatives", regex(`foo`, `foobar`), "foobarfo", "barfo", "foo"},
		{"greedy", regex(`[0-9]+`), "a12b345 ", "ab ", "12,345"},
		{"a word's edge", regex(`\bx\b`), "xx x xy x.", "xx  xy .", "x,x"},
		{"a key's sequence", exact("\x1b[11~"), "\x1b\x1b[A\x1b[11~\x1b[1", "\x1b\x1b[A\x1b[1", "\x1b[11~"},
		{"nothing", regex(`never`), "nevenevernev", "nevenev", "never"},
	}
	for _, test := range tests {
		run := func(pieces ...string) {
			t.Helper()
			w, err := NewWatch(test.patterns, 0, nil)
			if err != nil {
				t.Fatal(err)
			}
			g := newWatching(w)
			var free []byte
			var hits []string
			take := func(more []byte, hit *Hit) {
				free = append(free, more...)
				if hit != nil {
					hits = append(hits, hit.Text[hit.Groups[0]:hit.Groups[1]])
				}
			}
			for _, p := range pieces {
				for p != "" {
					n, more, hit := g.feed([]byte(p))
					take(more, hit)
					p = p[n:]
				}
			}
			for g.holds() {
				take(g.paused())
			}
			if string(free) != test.free || strings.Join(hits, ",") != test.hits {
				t.Errorf("%s in %q: let go %q, found %q; want %q and %q", test.name, pieces, free, hits, test.free, test.hits)
			}
		}
		run(test.keys)
		run(regexp.MustCompile("(?s).").FindAllString(test.keys, -1)...)
		for i := 1; i < len(test.keys); i++ {
			run(test.keys[:i], test.keys[i:])
		}
	}
}

// TestNothingIsHeldLongerThanItMust counts what is held back after each key.
func TestNothingIsHeldLongerThanItMust(t *testing.T) {
	w, err := NewWatch(exact("aab", "~~"), 0, nil)
	if err != nil {
		t.Fatal(err)
	}
	g := newWatching(w)
	var sent strings.Builder
	const keys = "aaaac~ "
	for i, want := range []string{"", "", "a", "aa", "aaaac", "aaaac", "aaaac~ "} {
		_, free, _ := g.feed([]byte(keys[i : i+1]))
		sent.Write(free)
		if sent.String() != want {
			t.Errorf("after key %d %q has been let go, not %q", i+1, sent.String(), want)
		}
	}
}

func exact(texts ...string) (list []match.Pattern) {
	for _, s := range texts {
		list = append(list, match.Pattern{Kind: match.Exact, Source: s})
	}
	return list
}

func regex(texts ...string) (list []match.Pattern) {
	for _, s := range texts {
		list = append(list, match.Pattern{Kind: match.Regex, Source: s})
	}
	return list
}
