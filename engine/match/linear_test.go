package match

import (
	"bytes"
	"strings"
	"testing"
)

// TestWorkIsLinear counts the instructions that machines look at, for patterns that
// take a backtracking matcher exponential time and texts that make them.
func TestWorkIsLinear(t *testing.T) {
	for _, c := range []struct{ source, text string }{
		{`(a*)*b`, "a"},
		{`(x+x+)+y`, "x"},
		{`(?:(?:a{1,10}){1,10}){1,10}b`, "a"},
		{`(.*)(.*)(.*)(.*)(.*)[^\n\x00-\x{10FFFF}]|z$`, "ab"},
		{`[ab]*a[ab]{40}c`, "abbab"},
		{`(?:a|a|a|a)*(?:a?){50}$x`, "a"},
		{`(?s).*.*.*=.*x\b.*y`, "x= "},
		{`é*[é-ü]{30}x`, "éüé"},
		{`\x{FFFD}*y`, "\xe2\x82"},
	} {
		set := mustCompile(t, Pattern{Source: c.source})
		per := func(n int, crawl bool) float64 {
			m := set.NewMatcher()
			text := bytes.Repeat([]byte(c.text), n/len(c.text))
			before := set.auto.m.work
			for len(text) > 0 {
				if crawl && m.st != nil {
					m.leave(m.st)
				}
				k := min(len(text), 100)
				m.Feed(text[:k])
				text = text[k:]
			}
			work := set.auto.m.work - before
			if m.m != nil {
				work += m.m.work
			}
			return float64(work) / float64(n)
		}
		bound := float64(4 * len(set.prog.insts))
		for _, crawl := range []bool{false, true} {
			a, b := per(500, crawl), per(8000, crawl)
			if b > 1.5*a+10 || b > bound {
				t.Errorf("%s, crawling %v: %.1f instructions a byte over 500 bytes, %.1f over 8000, bound %.0f", c.source, crawl, a, b, bound)
			}
		}
	}
}

// TestSpanIsLinear does the same for the start of one long match.
func TestSpanIsLinear(t *testing.T) {
	for _, source := range []string{`(a*)*b`, `((a+)(a+))+b`, `(?s)(.*)(a*)b`} {
		set := mustCompile(t, Pattern{Source: source})
		text := strings.Repeat("a", 20000) + "b"
		m := set.NewMatcher()
		m.Feed([]byte(text))
		back := set.reverse(0)
		before := back.m.work
		if r, _ := m.Best(Bytes(text)); r.Start != 0 || r.End != 20001 {
			t.Errorf("%s: %+v", source, r)
		}
		if work := back.m.work - before; work > 10*len(text) {
			t.Errorf("%s: %d instructions for the start", source, work)
		}
	}
}

// TestManyStates takes a pattern that has more states than an automaton keeps.
func TestManyStates(t *testing.T) {
	set := mustCompile(t, Pattern{Source: `[ab]*a[ab]{20}c`})
	g := newGenerator(7)
	text := make([]byte, 400<<10)
	for i := range text {
		text[i] = "ab"[g.IntN(2)]
	}
	text = append(text, 'c')
	text[len(text)-22] = 'a'
	m := set.NewMatcher()
	crawled := false
	for i := 0; i < len(text); i += 1000 {
		m.Feed(text[i:min(i+1000, len(text))])
		crawled = crawled || m.st == nil
		if set.auto.size > maxAutomaton {
			t.Fatalf("the automaton has %d bytes", set.auto.size)
		}
	}
	if !crawled {
		t.Error("the automaton was never left")
	}
	if m.Status() != Decided {
		t.Fatal(m.Status())
	}
	if r, _ := m.Best(Bytes(text)); r.Start != 0 || r.End != int64(len(text)) {
		t.Errorf("got %+v", r)
	}
}

func TestSteadyScanDoesNotAllocate(t *testing.T) {
	text := logLines(64 << 10)
	for _, bm := range benchmarks {
		if bm.name == "adversarial" {
			continue
		}
		set := mustCompile(t, bm.list...)
		m := set.NewMatcher()
		m.Feed(text)
		if n := testing.AllocsPerRun(10, func() { m.Feed(text) }); n > 0 {
			t.Errorf("%s: %v allocations", bm.name, n)
		}
	}
}

// TestLooksNoFurtherThanItGoes has a long piece of which each match takes a little:
// what one of the needles is looked for in must not be all the rest each time.
func TestLooksNoFurtherThanItGoes(t *testing.T) {
	set := mustCompile(t, Pattern{Source: "ok\n"}, Pattern{Source: "never#"})
	text := bytes.Repeat([]byte("some line\nok\n"), 10000)
	m := set.NewMatcher()
	for rest := text; len(rest) > 0; {
		m.Reset(-1)
		n, st := m.Feed(rest)
		if st != Decided {
			t.Fatal(st)
		}
		for k, at := range m.hits[:2] {
			if at > firstLook {
				t.Fatalf("needle %d was looked for up to %d, for a match at %d", k, at, n)
			}
		}
		rest = rest[n:]
	}
}
