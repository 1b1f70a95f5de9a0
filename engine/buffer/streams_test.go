package buffer

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/moonwire/moonwire/engine/match"
	"github.com/moonwire/moonwire/engine/text"
)

// streamed is the log of what hosts send, as a view tells it.
func streamed(r *rand.Rand) (b *Buffer, story string) {
	parts := []string{
		"a", "b", "abc", "abd", " ", "            ", "xyz", "\b", "\b\b", "\r", "\x1b[4C", "\x1b[D", "\x1b[5D", "\x1b[K", "\x1b7", "\x1b8",
		"\b|", "\b/", "\b-\b-\b\\", "\n", "\r\n", "\x1b[999D", "\b \b", "é", "\b\xc3\xa9", "\b\xff", "\u212a", "\b\u212a", "ok\n", "\r$ ", "100%",
		"\x1b[2P", "\x1b[1K", "漢", "\b\b漢", "\b\uFFFD", "\xe6", "\xe6\xbc",
	}
	r.Shuffle(len(parts), func(i, j int) { parts[i], parts[j] = parts[j], parts[i] })
	parts = parts[:2+r.IntN(len(parts)-2)]
	buf := New(1 << 20)
	v, err := text.NewView("")
	if err != nil {
		panic(err)
	}
	v.SetWindow([]int{0, 80, 20, 7}[r.IntN(4)], 24)
	lay := func(f func(dst []byte) []byte) {
		begin, _ := buf.Append(100, f)
		for _, e := range v.Edits() {
			buf.Edit(begin+int64(e.At), int64(e.Back), int64(e.Again)+1)
		}
	}
	var all strings.Builder
	for range 1 + r.IntN(8) {
		var s strings.Builder
		for range 1 + r.IntN(14) {
			n := 1
			if r.IntN(14) == 0 {
				n += r.IntN(300)
			}
			s.WriteString(strings.Repeat(parts[r.IntN(len(parts))], n))
		}
		if some := s.String(); r.IntN(8) == 0 { // more than is looked at at a time
			s.WriteString(strings.Repeat(some, 2*sweepMost/len(some)))
		}
		lay(func(dst []byte) []byte { return v.Append(dst, []byte(s.String())) })
		fmt.Fprintf(&all, "%.200q ", s.String())
		switch r.IntN(9) {
		case 0:
			lay(v.Mark)
			buf.AddEvent(match.Prompt)
		case 1:
			lay(v.Flush)
			buf.AddPause(buf.Here(), 1<<30)
		case 2:
			lay(v.Sync)
		}
	}
	return &buf, all.String()
}

// TestEditsOfStreams is TestEditsAtOnce for what a view tells of hosts' streams: several
// patterns, which the automaton comes to know, and calls that end where they like.
func TestEditsOfStreams(t *testing.T) {
	sources := []string{
		`ok$`, `(?m)^ok$`, `\$ $`, `\bb\b`, `\Ba`, `[^a-z]b`, `é`, `\x{FFFD}`, `[^\x00-\x7f]`, `(?i)k`, `abc|abd`, `x+y`, `x*$`, `(?s)a.*b`, `^a`,
		`\z`, `-\|`, `\|$`, `100%`, `漢$`, `(?m)b$`, `[|/-]{3}`, `a\b`, `(?m)^.{3}$`, `b\n`, `q$`, `\B$`,
	}
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 5))
	for range 1000 {
		b, story := streamed(r)
		for range 4 {
			var list []match.Pattern
			for range 1 + r.IntN(3) {
				list = append(list, match.Pattern{Source: sources[r.IntN(len(sources))]})
			}
			if r.IntN(8) == 0 {
				list = append(list, match.Pattern{Kind: match.Exact, Source: "b\xff"})
			}
			if r.IntN(2) == 0 {
				list = append(list, match.Pattern{Kind: match.EventKind, Event: match.Prompt})
			}
			set, err := match.Compile(list)
			if err != nil {
				t.Fatal(err)
			}
			want := through(b, set, false)
			for range 2 {
				if got := through(b, set, true); got != want {
					t.Fatalf("%v in %s:\ngot  %s\nwant %s", list, story, got, want)
				}
			}
		}
	}
}

// Text that was dropped is not gone through again with the next that is.
func TestSpansThatWereDropped(t *testing.T) {
	b := New(1 << 20)
	for range 1000 {
		begin, _ := b.Append(3, func(dst []byte) []byte { return append(dst, "xab"...) })
		b.Edit(begin+1, 1, 1)
	}
	r := b.Unread()
	if got := r.Text(0, r.Len()); got != strings.Repeat("ab", 1000) {
		t.Fatalf("got %q", got)
	}
	for at := int64(3); at < b.End(); at += 3 {
		r.Drop(at)
		if gone := at / 3 * 2; r.Gone() != gone || r.Text(gone, r.Len()) != strings.Repeat("ab", 1000-int(at/3)) {
			t.Fatalf("dropped to %d: %d gone, left is %q", at, r.Gone(), r.Text(r.Gone(), r.Len()))
		}
		if most := 1000 - int(at/3) + 1; len(r.spans) > most {
			t.Fatalf("%d spans, want no more than %d", len(r.spans), most)
		}
	}
}
