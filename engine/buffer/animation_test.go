package buffer

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/moonwire/moonwire/engine/match"
)

// drawn is a log of a host that draws on its lines.
func drawn(r *rand.Rand) *Buffer {
	b := New(1 << 20)
	alphabets := []string{"ab", "abc|/-", "abc#> \n", "é|ab\n", "abcdefgh"}
	letters := []rune(alphabets[r.IntN(len(alphabets))])
	line := 0 // bytes that can be taken away
	for range 1 + r.IntN(60) {
		n := r.IntN(12)
		if r.IntN(20) == 0 {
			n = r.IntN(3 * sweepMost)
		}
		var text []byte
		for len(text) < n {
			text = append(text, string(letters[r.IntN(len(letters))])...)
		}
		begin, _ := b.Append(len(text), func(dst []byte) []byte { return append(dst, text...) })
		at := 0
		for range r.IntN(9) { // edits among what was appended
			at += r.IntN(4)
			if at > len(text) {
				break
			}
			seen := text[:at]
			if i := bytes.LastIndexByte(seen, '\n'); i >= 0 {
				line, seen = 0, seen[i+1:]
			}
			back := 1 + r.IntN(6)
			if back > line+len(seen) {
				continue
			}
			again := 0
			if run := len(text) - at - 1; back == 1 && run > 0 && !bytes.ContainsRune(text[at:], '\n') {
				again = r.IntN(min(run, 40) + 1)
			}
			b.Edit(begin+int64(at), int64(back), int64(again)+1)
			line -= back + again
			at += again + 1
		}
		if i := bytes.LastIndexByte(text, '\n'); i >= 0 {
			line, text = 0, text[i+1:]
		}
		line += len(text)
		switch r.IntN(30) {
		case 0:
			b.AddEvent(match.Prompt)
		case 1:
			b.AddPause(b.Here(), 1<<30)
		}
	}
	return &b
}

// through takes a search through a log, by Edits where that is wanted, and describes what it
// has come to.
func through(b *Buffer, set *match.Set, edits bool) string {
	m, r := set.NewMatcher(), b.Reader()
	m.Anchor()
	notes := 0
	for {
		if edits && r.Edits(m, 1<<40) {
			break
		}
		step := r.Next(1 << 40)
		if step.Kind == End {
			break
		}
		switch step.Kind {
		case Text:
			piece := step.Text
			if i := bytes.LastIndexByte(piece, '\n') + 1; i > 0 {
				n, _ := m.Feed(piece[:i])
				if r.Seen(int64(n)); m.Status() == match.Decided {
					break
				}
				if piece = piece[i:]; step.Last || len(piece) > 0 {
					m.Anchor()
				}
			}
			n, _ := m.Feed(piece)
			r.Seen(int64(n))
		case Back:
			m.Back(r.Len(), &r)
		case Event:
			m.Mark(step.Event)
			notes++
		case Pause:
			notes++
		}
		if m.Status() == match.Decided {
			break
		}
	}
	best, ok := m.Best(&r)
	return fmt.Sprintf("%v %v %v, %d notes, at %v: %q", m.Status(), ok, best, notes, r.Place(), r.Text(0, r.Len()))
}

// TestEditsAtOnce compares edits that are taken at once with those that are taken one by one.
func TestEditsAtOnce(t *testing.T) {
	sets := make(map[string]*match.Set)
	for _, source := range []string{"done# $", "[#>] $", "c#", "(?m)^b+$", `a\b`, "é", "abcabc", `(?m)a-\|$`} {
		set, err := match.Compile([]match.Pattern{{Source: source}, {Kind: match.EventKind, Event: match.Prompt}})
		if err != nil {
			t.Fatal(err)
		}
		sets[source] = set
	}
	for seed := range uint64(1500) {
		b := drawn(rand.New(rand.NewPCG(seed, 3)))
		for source, set := range sets {
			want := through(b, set, false)
			if got := through(b, set, true); got != want {
				t.Fatalf("seed %d, %q:\ngot  %s\nwant %s", seed, source, got, want)
			}
		}
	}
}

// An edit may stand at the place of a run's last: what comes between two calls of a view
// brings it about. Then the run's last byte comes behind both, however well the search knows
// its way.
func TestRunThatAnEditEnds(t *testing.T) {
	b := New(1 << 20)
	lay := func(text string) int64 {
		begin, _ := b.Append(len(text), func(dst []byte) []byte { return append(dst, text...) })
		return begin
	}
	lay("abc")
	at := lay("xyz")
	b.Edit(at, 1, 3)
	b.Edit(b.End(), 1, 1)
	b.Edit(b.End(), 2, 1)
	lay("ok ok#")
	set, err := match.Compile([]match.Pattern{{Source: "b#"}, {Source: " "}})
	if err != nil {
		t.Fatal(err)
	}
	want := through(&b, set, false)
	for range 3 { // the automaton learns
		if got := through(&b, set, true); got != want {
			t.Fatalf("got  %s\nwant %s", got, want)
		}
	}
}
