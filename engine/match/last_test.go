package match

import (
	"bytes"
	"math/rand/v2"
	"testing"
)

// Where a text passes, no match is found at any of its bytes, whatever stood before; and a
// matcher that was taken back and fed what is left comes to what one knows that was fed all.
func TestPasses(t *testing.T) {
	g := &generator{Rand: rand.New(rand.NewPCG(8, 15)), atoms: allAtoms, groups: true}
	passed := 0
	for range 20_000 {
		list := g.list(3, 3)
		set, err := Compile(list)
		if err != nil {
			continue
		}
		base, p := g.text(8), g.text(6)
		m := set.NewMatcher()
		m.Feed(base)
		if len(p) == 0 || !m.Passes(p) {
			continue
		}
		passed++
		for n := range p {
			fresh := set.NewMatcher()
			if _, st := fresh.Feed(append(bytes.Clone(base), p[:n+1]...)); fresh.found || st == Decided {
				t.Fatalf("%v finds a match in %q behind %q, which passed", list, p[:n+1], base)
			}
		}
		low := g.IntN(len(base) + 1)
		text := append(bytes.Clone(base[:low]), p...)
		m.Back(int64(low), Bytes(text))
		m.Feed(p)
		fresh := set.NewMatcher()
		fresh.Feed(text)
		got, ok := m.Best(Bytes(text))
		want, wanted := fresh.Best(Bytes(text))
		if ok != wanted || ok && !same(&got, &want) {
			t.Fatalf("%v in %q: got %s, want %s", list, text, show(&got), show(&want))
		}
	}
	if passed < 500 {
		t.Errorf("only %d texts passed", passed)
	}
}

// What passes beside the patterns that people write.
func TestWhatPasses(t *testing.T) {
	for _, c := range []struct {
		list []Pattern
		text string
		want bool
	}{
		{[]Pattern{{Kind: Exact, Source: "done# "}}, "abc#|/-", true},
		{[]Pattern{{Kind: Exact, Source: "done# "}}, "abc |", false},
		{[]Pattern{{Source: `[>#] ?$`}, {Source: `(?i)password:`}}, "100% # > |", true},
		{[]Pattern{{Source: `[>#] ?$`}, {Source: `(?i)password:`}}, "12:00", false},
		{[]Pattern{{Source: `(?m)^ok$`}}, "ok", true},
		{[]Pattern{{Source: `(?m)^ok$`}}, "ok\n", false},
		{[]Pattern{{Source: `ok\b`}}, "-", false},
		{[]Pattern{{Source: `x*`}}, "-", false},
		{[]Pattern{{Source: `\z`}, {Kind: EventKind, Event: EOF}}, "-\n", true},
		{[]Pattern{{Source: `[^a]`}}, "a", false},
		{[]Pattern{{Source: "é"}}, "ab", true},
		{[]Pattern{{Source: "é"}}, "ü", false},
		{[]Pattern{{Kind: Exact, Source: "\xff\x10"}}, "ab\xff", true},
	} {
		if got := mustCompile(t, c.list...).NewMatcher().Passes([]byte(c.text)); got != c.want {
			t.Errorf("%v: %q passes: %v", c.list, c.text, got)
		}
	}
	m := mustCompile(t, Pattern{Source: "a+"}).NewMatcher()
	if m.Feed([]byte("a")); m.Passes([]byte("b")) {
		t.Error("a match that may go on is passed over")
	}
}
