package terminal

import (
	"strings"
	"testing"
)

// TestLeftovers: what a peer changed at the terminal is put back, wherever its output
// is cut, and nothing is sent where nothing was changed.
func TestLeftovers(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"plain text\r\n", ""},
		{"\x1b[1;31mred\x1b[0m and \x1b[m", ""},
		{"\x1b[1;31mred", "\x1b[m"},
		{"\x1b[0;1m", "\x1b[m"},
		{"\x1b[?1049h\x1b[?25l\x1b[?1000;1006hvi", "\x1b[?1006l\x1b[?1000l\x1b[?25h\x1b[?1049l"},
		{"\x1b[?1049h\x1b[?1049l", ""},
		{"\x1b[?2004h$ ", "\x1b[?2004l"},
		{"\x1b[?7l", "\x1b[?7h"},
		{"\x1b[?12h\x1b[?xh", ""},
		{"\x1b[?1h\x1b=", "\x1b[?1l\x1b>"},
		{"\x1b[?1h\x1b=\x1b[?1l\x1b>", ""},
		{"\x1b[5;20r", "\x1b7\x1b[r\x1b8"},
		{"\x1b[5;20r\x1b[r", ""},
		{"\x1b(0lqk", "\x1b(B"},
		{"\x1b(0lqk\x1b(B\x1b)0", ""},
		{"\x0e", "\x0f"},
		{"\x1b[4h", "\x1b[4l"},
		{"\x1b[3 q", "\x1b[0 q"},
		{"\x1b[>1u\x1b[>5u\x1b[<u", "\x1b[<1u"},
		{"\x1b[>4;2m", "\x1b[>4m"},
		{"\x1b[?25l\x1b[1m\x1bc", ""},
		{"\x1b[?25l\x1b[1m\x1b[!p", ""},
		{"\x1b]0;title\a", ""},
		{"\x1b]0;title\x1b\\", ""},
		{"\x1b]0;\x1b[?25l\a", "\x1b[?25h"}, // a terminal breaks the string off
		{"\x1b]0;never ends", "\x1b\\"},
		{"\x1b[12", "\x18"},
		{"\x1b\n[?25l", "\x1b[?25h"}, // controls act within a sequence
		{"\x1b[?2\r5\x7fl", "\x1b[?25h"},
		{"\x1b(\n0", "\x1b(B"},
		{"\x1b[?" + strings.Repeat("0", 300) + "25l", "\x1b[?25h"},
		{"\x1b[?" + strings.Repeat("3;", 250) + "25l", "\x1b[?25h"},
		{"\x1b[2;4h\x1b[20h\x1b[12l", "\x1b[12h\x1b[20l\x1b[4l\x1b[2l"},
		{"\x1b[2;4h\x1b[!p", ""},
		{"\x1b[?2l", "\x1b<"},
		{"\x1b[?2l\x1b<", ""},
		{"\x1b[5i", "\x1b[4i"},
		{"\x1b[5i\x1b[4i\x1b[i", ""},
		{"\x1b[=5u", "\x1b[=0u"},
		{"\x1b*0\x1bn", "\x0f"},
		{"\x1b[?66h\x1b[?8l\x1b[?2048h", "\x1b[?2048l\x1b[?8h\x1b[?66l"},
		{"\x1b]11;#000\a\x1b]10;#000\x1b\\\x1b]4;7;#000\a\x1b]10;red\a", "\x1b]111\x1b\\\x1b]110\x1b\\\x1b]104\x1b\\"},
		{"\x1b]" + strings.Repeat("1", 3000) + ";x\a", ""},
		{"\x1b[12\x18\x1b[?25\x1al", ""},
	} {
		for cut := 0; cut <= len(c.in); cut++ {
			var l leftovers
			l.track([]byte(c.in[:cut]))
			l.track([]byte(c.in[cut:]))
			if got := l.reset(); got != c.want {
				t.Errorf("%q cut at %d: %q, want %q", c.in, cut, got, c.want)
			}
			if again := l.reset(); again != "" {
				t.Errorf("%q: %q is undone twice", c.in, again)
			}
		}
	}
}
