package text_test

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/moonwire/moonwire/engine/text"
)

// A host that has the same row told again and again makes no log that is many times as long
// as what it sends.
func TestTellingAgainIsBounded(t *testing.T) {
	const size = 1 << 20
	for _, c := range []struct{ name, unit string }{
		{"to the margin", "\ra\x1b[510Cx\rb\x1b[510Cx"},
		{"a row of text", "\ra\x1b[510Cx\rb\x1b[510Cx"},
		{"half of it changed", "\r\x1b[255Ca\x1b[510Cx\r\x1b[255Cb\x1b[510Cx"},
		{"erased to the margin", "\ra\x1b[510C\x1b[K\rb\x1b[510C\x1b[K"},
		{"erased whole", "\r\x1b[510Cx\x1b[2K"},
		{"inserted", "\r\x1b[@\x1b[510Cx"},
		{"deleted", "\r\x1b[P\x1b[510Cx"},
		{"inserted twice", "\r\x1b[2@\x1b[510Cx"},
		{"wide characters", "\r日\x1b[510Cx\r本\x1b[510Cx"},
		{"characters drawn over others", "\re\u0301\u0301\u0301\u0301\x1b[510Cx\re\x1b[510Cx"},
		{"tabs", "\ra\x1b[99Ix\rb\x1b[99Ix"},
		{"saved and restored", "\x1b7a\x1b[500Cx\x1b8b\x1b[500Cx\x1b8"},
		{"printed again (REP)", "\ra\x1b[510Cx\x1b[510D\x1b[400bb\x1b[510Cx"},
		{"one more combining character", "\ra\x1b[509Cx\u0301\rb\x1b[509Cx\u0301"},
	} {
		t.Run(c.name, func(t *testing.T) {
			v := newView(t, "utf-8")
			p := []byte("begun \x1b[500b" + strings.Repeat(c.unit, 64<<10/len(c.unit)))
			log, edits, in := 0, 0, 0
			for in < size {
				log += len(v.Append(nil, p))
				edits += len(v.Edits())
				log += len(v.Mark(nil)) // an event
				edits += len(v.Edits())
				in += len(p)
			}
			if most := 2*in + 64<<10; log > most {
				t.Errorf("%d bytes made a log of %d, %.1f times as much", in, log, float64(log)/float64(in))
			}
			if edits > in {
				t.Errorf("%d bytes made %d edits", in, edits)
			}
		})
	}
}

// An event after each redraw does not have it told again either.
func TestEventsTellNoMore(t *testing.T) {
	v := newView(t, "utf-8")
	l := new(log)
	in := 0
	for range 10_000 {
		for _, s := range []string{"\ra\x1b[510C", "\rb\x1b[510C"} {
			l.take(v, v.Append(nil, []byte(s)))
			l.take(v, v.Mark(nil))
			in += len(s)
		}
	}
	if len(l.text) > 2*in+64<<10 {
		t.Errorf("%d bytes made a log of %d", in, len(l.text))
	}
	l.take(v, v.Append(nil, []byte("\rc\x1b[510Cd")))
	if l.take(v, v.Flush(nil)); l.seen() != "c"+strings.Repeat(" ", 509)+"d" {
		t.Errorf("at a pause %q is seen", l.seen())
	}
}

// Without credit the line is the same at each pause, and the peer is seen to be at work.
func TestWithoutCredit(t *testing.T) {
	words := []string{"abc", "\r", "\b", "ab", "日本", "日", " ", "  ", "x", "\x1b[2D", "\x1b[C", "\x1b[5C", "\x1b[K", "\x1b[3G", "\x1b[3b", "\r\n", "e\u0301", "\u0301", "\t", "\x1b[2I", "\x1b[@", "\x1b[P", "\x1b[4h", "\x1b[4l", "\x1b7", "\x1b8", "\x1b[1K", "\x1b[2K"}
	r := rand.New(rand.NewPCG(3, 4))
	for range 6000 {
		var pieces [][]byte
		for range 2 + r.IntN(14) {
			pieces = append(pieces, []byte(words[r.IntN(len(words))]))
		}
		rich, mean := newView(t, ""), newView(t, "")
		of, without := new(log), new(log)
		pause := r.IntN(len(pieces))
		for i, p := range pieces {
			mean.SpendCredit(0)
			of.take(rich, rich.Append(nil, p))
			without.take(mean, mean.Append(nil, p))
			if i == pause || i == len(pieces)-1 {
				of.take(rich, rich.Flush(nil))
				without.take(mean, mean.Flush(nil))
				// A blank that erases is text until the cursor has left it.
				if strings.TrimRight(of.seen(), " ") != strings.TrimRight(without.seen(), " ") {
					t.Fatalf("%q, piece %d: got %q without credit, %q with it", pieces, i, without.seen(), of.seen())
				}
			}
		}
	}
	for _, spent := range []bool{false, true} { // nothing is drawn over the half of a tab
		v, l := newView(t, ""), new(log)
		for _, p := range []string{"a", "\r", "\x1b[C\t\tx", "\r\x1b[5C", "", "\u0301", "\r\n"} {
			if spent {
				v.SpendCredit(0)
			}
			l.take(v, v.Append(nil, []byte(p)))
			if p == "" {
				l.take(v, v.Flush(nil))
			}
		}
		if l.seen() != "a\t\tx\n" {
			t.Errorf("spent %v: got %q", spent, l.seen())
		}
	}
	v := newView(t, "")
	first := text.Apply(nil, v.Append(nil, []byte(strings.Repeat("abcdefgh", 5)+"\rx")), v.Edits())
	v.SpendCredit(0)
	if out := v.Append(nil, []byte("\x1b[30Cy")); len(out) > 0 || !v.Redrawn() {
		t.Errorf("got %q, redrawn: %v", out, v.Redrawn())
	}
	if seen := string(text.Apply(first, v.Flush(nil), v.Edits())); seen != "xbcdefgh"+strings.Repeat("abcdefgh", 2)+"abcdefgy" {
		t.Errorf("got %q", seen)
	}
}

// What is told depends on the bytes alone: where credit runs out, too, and where a line is so
// long that columns of it are dropped.
func TestToldAlikeHoweverCut(t *testing.T) {
	words := []string{
		"abcd", "x", " ", "           ", strings.Repeat("abcdefghijklm", 4), "漢", "e\u0301", "\u0301", "\xff", "\n", "\r", "\t", "\b", "\b\b",
		"\x1b[D", "\x1b[3D", "\x1b[C", "\x1b[500C", "\x1b[60G", "\x1b[Z", "\x1b[2I", "\x1b[A", "\x1b[B", "\x1b[3;40H", "\x1b7", "\x1b8", "\x1bM",
		"\x1b[K", "\x1b[0K", "\x1b[1K", "\x1b[J", "\x1b[1J", "\x1b[2J", "\x1b[3X", "\x1b[P", "\x1b[2P", "\x1b[@", "\x1b[30@", "\x1b[4h", "\x1b[4l", "\x1b[7b",
	}
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 6))
	for range 1500 {
		var unit strings.Builder
		for range 1 + r.IntN(8) {
			unit.WriteString(words[r.IntN(len(words))])
		}
		in := []byte(strings.Repeat("y", r.IntN(1000)*r.IntN(8)) + strings.Repeat(unit.String(), 1+r.IntN(300)*r.IntN(3)))
		window, debt := []int{20, 80, 500}[r.IntN(3)], r.IntN(400)-300
		var want *log
		for _, how := range []string{"whole", "byte by byte", "at random"} {
			var pieces [][]byte
			for rest := in; len(rest) > 0; {
				n := len(rest)
				switch how {
				case "byte by byte":
					n = 1
				case "at random":
					n = 1 + r.IntN(min(n, 9))
				}
				pieces, rest = append(pieces, rest[:n]), rest[n:]
			}
			v := newView(t, "")
			v.SetWindow(window, 0)
			v.SpendCredit(debt)
			l := toldBy(t, v, pieces...)
			if want == nil {
				want = l
			}
			if string(l.text) != string(want.text) || !slices.Equal(l.edits, want.edits) {
				t.Fatalf("%q in %d columns, debt %d, %s:\ngot  %q\nwant %q", in, window, debt, how, l.text, want.text)
			}
		}
	}
}

// So it is with lines that are longer than what is kept of them: how much edits reach does not
// depend on when the rest was forgotten.
func TestLongLinesToldAlikeHoweverCut(t *testing.T) {
	for _, c := range []struct {
		line    string
		columns int
	}{
		{"abc" + strings.Repeat("\u0301", 100_000), 80},
		{"ab" + strings.Repeat("e\u0301\u0302\u0303\u0304\u0305\u0306\u0307\u0308\u0309", 12_000), 80},
		{strings.Repeat("漢", 60_000), 5},
		{strings.Repeat("a\t漢e\u0301", 30_000), 7},
		{strings.Repeat("x", 200_003), 80},
	} {
		for _, end := range []string{"\rX\n", "\b\bX\x1b[5000DY\n", "\x1b[K\x1b[1K\r\n", "\x1b[A\x1b[1JZ\n"} {
			var want *log
			for _, n := range []int{1 << 20, 1, 1000, 65_537} {
				var pieces [][]byte
				for rest := []byte(c.line + end); len(rest) > 0; {
					k := min(n, len(rest))
					pieces, rest = append(pieces, rest[:k]), rest[k:]
				}
				v := newView(t, "")
				v.SetWindow(c.columns, 0)
				l := toldBy(t, v, pieces...)
				if want == nil {
					want = l
				}
				if string(l.text) != string(want.text) || !slices.Equal(l.edits, want.edits) {
					t.Errorf("%.20q, %q in pieces of %d: %d bytes and %d edits, want %d and %d: %.40q and %.40q", c.line, end, n,
						len(l.text), len(l.edits), len(want.text), len(want.edits), tail(l.seen()), tail(want.seen()))
				}
			}
		}
	}
}

func tail(s string) string { return s[max(0, len(s)-40):] }
