package match

// Streams: all kinds of patterns, events between the bytes, long texts, text dropped
// as Keep allows, results asked for on the way.

import (
	"math/rand/v2"
	"slices"
	"testing"
)

func FuzzStreams(f *testing.F) {
	for seed := range uint64(20) {
		f.Add(seed, []byte("router# ab\n é€\xff\xe2\x82"))
	}
	f.Fuzz(func(t *testing.T, seed uint64, text []byte) {
		if len(text) < 200 {
			stream(t, newGenerator(seed), text)
		}
	})
}

func TestRandomStreams(t *testing.T) {
	n := uint64(3000)
	if testing.Short() {
		n = 500
	}
	for seed := range n {
		stream(t, newGenerator(seed), nil)
	}
}

// pattern makes a pattern of any kind; literals are often such as occur in text.
func (g *generator) pattern(text []byte) Pattern {
	piece := func() string {
		if len(text) == 0 {
			return "ab"
		}
		i := g.IntN(len(text))
		return string(text[i:min(i+1+g.IntN(8), len(text))])
	}
	flags := [...]string{"", "", "i", "s", "m", "U", "ism"}[g.IntN(7)]
	switch g.IntN(8) {
	case 0, 3:
		return Pattern{Kind: EventKind, Event: Event(2 + g.IntN(events-2))}
	case 1:
		s := piece()
		if slices.Contains([]rune(s), '\uFFFD') {
			s = "ab" // it is not UTF-8, which bytes_test.go has
		}
		return Pattern{Kind: Exact, Source: s, Flags: [...]string{"", "i"}[g.IntN(2)]}
	case 2:
		s := [...]string{"*b", "a?b", "[ab]*\n", "^a*b", "é?", "*x$", "a*"}[g.IntN(7)]
		return Pattern{Kind: Glob, Source: s, Flags: flags}
	}
	return Pattern{Source: g.expr(1 + g.IntN(4)), Flags: flags}
}

func stream(t *testing.T, g *generator, text []byte) {
	t.Helper()
	if text == nil {
		text = g.text(12)
	}
	if g.IntN(3) == 0 {
		filler := logLines(400)
		text = slices.Concat(text, filler[:g.IntN(len(filler))], text, filler[:g.IntN(len(filler))])
		text = slices.Concat(text, g.text(6), filler, text)
	}
	list := make([]Pattern, 1+g.IntN(4))
	for i := range list {
		list[i] = g.pattern(text)
	}
	set, err := Compile(list)
	o, oerr := newOracle(list, false)
	if err != nil || oerr != nil {
		return
	}
	empty := false
	for _, r := range set.regexes {
		empty = empty || r != nil && set.prog.matchesEmpty(r.start)
	}

	m := set.NewMatcher()
	w := &window{t: t, text: text}
	marked := int64(-1)
	event := 0
	for i := 0; i < len(text) && m.Status() != Decided; {
		if g.IntN(6) == 0 {
			e := Event(2 + g.IntN(events-2))
			m.Mark(e)
			if k, ok := set.Waits(e); ok && marked < 0 {
				marked, event = int64(i), k
			}
			if m.Status() == Decided {
				break
			}
		}
		n := min(g.cut(), len(text)-i)
		fed, st := m.Feed(text[i : i+n])
		if fed != n && st != Decided {
			t.Fatalf("%v in %q: %d of %d bytes looked at, status %v", list, text, fed, n, st)
		}
		i += fed
		if g.IntN(4) == 0 && !m.found {
			w.start = max(w.start, m.Keep())
		}
		if g.IntN(16) == 0 && marked < 0 {
			var got *Match
			if r, ok := m.Best(w); ok {
				got = &r
			}
			if want := o.find(text[:i]); m.Status() != Decided && !same(got, want) {
				t.Fatalf("%v in %q: Best is %s, want %s", list, text[:i], show(got), show(want))
			}
		}
	}
	var got *Match
	if r, ok := m.Best(w); ok {
		got = &r
	}
	want := o.find(text)
	if marked >= 0 && (want == nil || want.Start >= marked) {
		if want != nil && want.Start == marked && empty {
			return // whether the empty match came before the event is for event_test.go
		}
		want = &Match{Index: event, Start: marked, End: marked, Groups: []int64{marked, marked}}
	}
	if !same(got, want) {
		t.Fatalf("%v in %q, event %d at %d: got %s, want %s", list, text, event, marked, show(got), show(want))
	}
}

// cut gives the size of a piece: often one byte, at times many.
func (g *generator) cut() int {
	if g.IntN(2) == 0 {
		return 1
	}
	return 1 + rand.New(g).IntN(200)
}
