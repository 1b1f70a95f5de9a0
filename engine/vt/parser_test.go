package vt

import (
	"fmt"
	"strings"
	"testing"
)

// told is what a parser says of each sequence in a stream, and the text between.
func told(mode EightBit, pieces ...string) string {
	var out strings.Builder
	var p Parser
	p.EightBit = mode
	for _, piece := range pieces {
		src := []byte(piece)
		for len(src) > 0 {
			n, st := 0, Done
			if p.Active() {
				n, st = p.Feed(src)
			} else if n = p.Whole(src); n == 0 {
				switch b := src[0]; {
				case b == esc, mode == Single && b >= 0x80 && Introduces(b):
					p.Begin(b)
				default:
					out.WriteByte(b)
				}
				src = src[1:]
				continue
			}
			src = src[n:]
			switch s := p.Sequence(); {
			case st == Broken:
				out.WriteString("[broken]")
			case st == Done && s.Kind == Control:
				fmt.Fprintf(&out, "[CSI %q %q %v %c", s.Private, s.Intermediates, s.Many, s.Final)
				for i := range s.Count() {
					fmt.Fprintf(&out, " %d", s.Param(i, -1))
				}
				out.WriteString("]")
			case st == Done && s.Kind == Escape:
				fmt.Fprintf(&out, "[ESC %q %v %c]", s.Intermediates, s.Many, s.Final)
			case st == Done:
				out.WriteString("[string]")
			}
		}
	}
	return out.String()
}

func TestParser(t *testing.T) {
	for _, c := range []struct {
		mode     EightBit
		in, want string
	}{
		{Never, "a\x1b[1;31mb", `a[CSI '\x00' "\x00\x00" false m 1 31]b`},
		{Never, "\x1b[m\x1b[;5H\x1b[:2m", `[CSI '\x00' "\x00\x00" false m][CSI '\x00' "\x00\x00" false H -1 5][CSI '\x00' "\x00\x00" false m -1 2]`},
		{Never, "\x1b[?2004h\x1b[>0c\x1b[2 q\x1b[1!!!p", `[CSI '?' "\x00\x00" false h 2004][CSI '>' "\x00\x00" false c 0][CSI '\x00' " \x00" false q 2][CSI '\x00' "!!" true p 1]`},
		{Never, "\x1b[999999999C", `[CSI '\x00' "\x00\x00" false C 65535]`},
		{Never, "\x1b7\x1b(0\x1b$(D\x1b#8", `[ESC "\x00\x00" false 7][ESC "(\x00" false 0][ESC "$(" false D][ESC "#\x00" false 8]`},
		{Never, "\x1b]0;title\ax\x1b]8;;u\x1b\\y\x1bPq\a\x1b\\z\x1bkname\x1b\\", "[string]x[string]y[string]z[string]"},
		{Never, "\x1b]0;t\nx\x1b[1\x18y\x1b[\x1b[2Kz", `[broken]` + "\n" + `x[broken]y[CSI '\x00' "\x00\x00" false K 2]z`},
		{Single, "\x9b2Ka\x9d0;t\x9cb\x90q\x9c", `[CSI '\x00' "\x00\x00" false K 2]a[string]b[string]`},
		{UTF8, "\x1b]0;t\xc2\x9cb\x1b]0;\xe2\x82\x9c\ac", "[string]b[string]c"},
		{Never, "\x1b]P0a1b2c3x\x1b]Ry", "[string]x[string]y"},
		{Never, "\x1b[" + strings.Repeat("1;", 40) + "m", `[CSI '\x00' "\x00\x00" false m` + strings.Repeat(" 1", 16) + " -1]"},
	} {
		if got := told(c.mode, c.in); got != c.want {
			t.Errorf("%q: got  %s\nwant %s", c.in, got, c.want)
		}
		for i := range c.in {
			if got := told(c.mode, c.in[:i], c.in[i:]); got != c.want {
				t.Errorf("%q cut at %d: got %s", c.in, i, got)
			}
		}
		if got := told(c.mode, strings.Split(c.in, "")...); len(c.in) < 90 && c.mode == Never && got != c.want {
			t.Errorf("%q byte by byte: got %s", c.in, got)
		}
	}
}

// Sequences are bounded, and no parameter overflows.
func TestBounds(t *testing.T) {
	if got := told(Never, "\x1b["+strings.Repeat("1", MaxSequence)+"m"); got != "[broken]m" {
		t.Errorf("CSI: %.80s", got)
	}
	if got := told(Never, "\x1b]"+strings.Repeat("x", MaxString)+"y"); got != "[broken]y" {
		t.Errorf("OSC: %.80s", got)
	}
}

func TestNoAllocation(t *testing.T) {
	var p Parser
	src := []byte("[1;31;4m")
	if n := testing.AllocsPerRun(100, func() { p.Begin(esc); p.Feed(src) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// FuzzParser wants the same of a stream however it is cut.
func FuzzParser(f *testing.F) {
	f.Add([]byte("a\x1b[1;31mb\x1b]0;t\a\x1bPq\x1b\\\x1b(0\x9b1m\xc2\x9c"), uint8(4), uint8(1))
	f.Fuzz(func(t *testing.T, in []byte, cut, mode uint8) {
		if len(in) > 2000 {
			return
		}
		m := EightBit(mode % 3)
		k := int(cut) % (len(in) + 1)
		want := told(m, string(in))
		if got := told(m, string(in[:k]), string(in[k:])); got != want {
			t.Fatalf("%q cut at %d: got %s, want %s", in, k, got, want)
		}
	})
}
