package match

import (
	"bytes"
	"math/rand/v2"
	"testing"
)

// window is a Text that has dropped what came before start.
type window struct {
	t     testing.TB
	text  []byte
	start int64
}

func (w *window) Chunk(at int64) ([]byte, int64) {
	if at < w.start {
		w.t.Fatalf("asked for the byte at %d, dropped before %d", at, w.start)
	}
	// An odd piece, so that there are seams everywhere.
	from := max(w.start, at-at%3)
	return w.text[from:min(from+3, int64(len(w.text)))], from
}

// TestKeepChangesNothing drops all that Keep allows, after each few bytes.
func TestKeepChangesNothing(t *testing.T) {
	g := newGenerator(11)
	for range 1500 {
		list, text := g.list(3, 4), g.text(20)
		o, err := newOracle(list, false)
		if err != nil {
			continue
		}
		m := mustCompile(t, list...).NewMatcher()
		w := &window{t: t, text: text}
		for i := 0; i < len(text) && m.Status() != Decided; {
			n := min(1+g.IntN(3), len(text)-i)
			m.Feed(text[i : i+n])
			i += n
			if g.IntN(2) == 0 {
				if k := m.Keep(); k < w.start {
					t.Fatalf("Keep went back from %d to %d", w.start, k)
				} else {
					w.start = k
				}
			}
		}
		var got *Match
		if r, ok := m.Best(w); ok {
			got = &r
		}
		if want := o.find(text); !same(got, want) {
			t.Fatalf("%v in %q: got %s, want %s", list, text, show(got), show(want))
		}
	}
}

func TestKeepFollowsTheText(t *testing.T) {
	for _, c := range []struct {
		source string
		lag    int64 // how far Keep may be behind
	}{
		{"router# ", 8},
		{`(?s).{5}foo`, 20},
		{`[a-z]+\d+[#>] `, 80},
		{`(?s)[^#]{100}#`, 120},
	} {
		text := logLines(64 << 10)
		m := mustCompile(t, Pattern{Source: c.source}).NewMatcher()
		worst := int64(0)
		for i := range text {
			m.Feed(text[i : i+1])
			if lag := m.Pos() - m.Keep(); i > 1000 {
				worst = max(worst, lag)
			}
		}
		if worst > 2*c.lag+2 {
			t.Errorf("%s: Keep was up to %d bytes behind", c.source, worst)
		}
	}
	// A match that is under way keeps its beginning.
	m := mustCompile(t, Pattern{Source: `(?s)begin.*end`}).NewMatcher()
	m.Feed([]byte("xxxx begin"))
	for range 100 {
		m.Feed(bytes.Repeat([]byte("y"), 100))
		if k := m.Keep(); k > 5 {
			t.Fatalf("Keep is %d", k)
		}
	}
}

func newGenerator(seed uint64) *generator {
	return &generator{Rand: rand.New(rand.NewPCG(seed, seed)), atoms: allAtoms, groups: true}
}
