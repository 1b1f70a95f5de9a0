package text_test

import (
	"strings"
	"testing"

	"github.com/moonwire/moonwire/engine/vt"
)

func TestEscapeSequences(t *testing.T) {
	for _, c := range []struct{ name, encoding, in, want string }{
		{"colours", "utf-8", "\x1b[1;31mred\x1b[0m", "red"},
		{"bracketed paste", "utf-8", "\x1b[?2004h$ ", "$ "},
		{"intermediate bytes", "utf-8", "a\x1b[2 qb\x1b[!pc", "abc"},
		{"charsets", "utf-8", "\x1b(B\x1b)0\x1b$(Da\x1b%Gb\x1b#8c", "abc"},
		{"two bytes", "utf-8", "a\x1b7\x1b=\x1b>\x1b8b", "ab"},
		{"a single shift", "utf-8", "\x1bOA", "A"},
		{"OSC and BEL", "utf-8", "\x1b]0;user@host: ~\a$ ", "$ "},
		{"OSC and ST", "utf-8", "\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\", "link"},
		{"OSC broken off by a newline", "utf-8", "\x1b]0;title\r\nlogin: ", "\nlogin: "},
		{"OSC with UTF-8", "utf-8", "\x1b]0;\xe2\x82\x9c\xc2\x9c\aa", "a"},
		{"screen's title", "utf-8", "\x1bkbash\x1b\\$ \x1bkRed\ab", "$ b"},
		{"Linux's palette", "utf-8", "\x1b]P0a1B2c3\x1b]Rx\x1b]P012\ay\x1b]Pz\aw", "xyw"},
		{"DCS over lines", "utf-8", "a\x1bP1;2q#0\r\n#1\a\x1b\\b", "ab"},
		{"SOS, PM, APC", "utf-8", "\x1bXone\x1b\\a\x1b^two\x1b\\b\x1b_three\x1b\\c", "abc"},
		{"ESC ends a string", "utf-8", "\x1b]0;t\x1b[1mbold", "bold"},
		{"ESC ends a CSI", "utf-8", "\x1b[12\x1b[1mbold", "bold"},
		{"ESC, NUL and ST", "utf-8", "\x1b]0;t\x1b\x00\\a", "a"},
		{"ESC, string, ESC, designation", "utf-8", "\x1bP" + strings.Repeat("x", 300) + "\x1b(Ba", "a"},
		{"CAN and SUB abort", "utf-8", "\x1b[12\x18a\x1b]0;t\x1ab\x1bPx\x18c\x1b(\x1ad", "abcd"},
		{"CAN and SUB in text", "utf-8", "a\x18b\x1ac", "abc"},
		{"a newline ends a CSI", "utf-8", "\x1b[12\r\na", "\na"},
		{"a letter ends a CSI", "utf-8", "\x1b[12\xc3\xa9", "\u00e9"},
		{"NUL and DEL within", "utf-8", "\x1b\x00[\x001\x7fma", "a"},
		{"three intermediates", "iso-2022-jp", "\x1b$((Da\x1b!!!Bb", "ab"},
		{"unfinished", "utf-8", "a\x1b", "a"},
		{"unfinished CSI", "utf-8", "a\x1b[1", "a"},
		{"unfinished string", "utf-8", "a\x1b]0;x\x1b", "a"},
		{"C1 in ISO 8859", "iso-8859-1", "\x9b1ma\x9d0;t\x9cb\x90q\x9c\x98s\x9c\x9ep\x9c\x9fa\x9cc\x9c\x81", "abc"},
		{"ST in eight bits after seven", "iso-8859-5", "\x1b]0;t\x9ca", "a"},
		{"C1 within a CSI", "iso-8859-1", "\x1b[1\x9b2ma", "a"},
		{"letters in C1's place", "windows-1252", "\x9b\x9c", "\u203a\u0153"},
		{"bytes of UTF-8 in C1's place", "utf-8", "\xe2\x82\x9b\x9b1m", "\u209b\x9b1m"},
		{"a backslash in a character", "big5", "\x1b]0;\xa5\x5c\aok", "ok"},
	} {
		t.Run(c.name, func(t *testing.T) { everyWay(t, c.encoding, c.in, c.want) })
	}
}

// A sequence without an end is given up at its bound, and no earlier.
func TestSequencesAreBounded(t *testing.T) {
	for _, c := range []struct {
		name, introducer string
		bound            int
		end              string
	}{
		{"CSI", "\x1b[", vt.MaxSequence, "m"},
		{"escape", "\x1b(", vt.MaxSequence - 1, "0"},
		{"OSC", "\x1b]", vt.MaxString, "\a"},
		{"DCS", "\x1bP", vt.MaxString, "\x18"},
	} {
		t.Run(c.name, func(t *testing.T) {
			fill := func(n int) string { return strings.Repeat("(", n) }
			if c.name == "CSI" {
				fill = func(n int) string { return strings.Repeat("1", n) }
			}
			whole := c.introducer + fill(c.bound-1) + c.end + "text"
			endless := c.introducer + fill(c.bound) + "text" + c.end
			for _, size := range []int{1, 7, 1 << 20} {
				if got := view(t, "utf-8", chunks(whole, size)...); got != "text" {
					t.Errorf("in pieces of %d: one byte below the bound: got %.40q", size, got)
				}
				if got := view(t, "utf-8", chunks(endless, size)...); got != "text"+strings.Trim(c.end, "\a\x18") {
					t.Errorf("in pieces of %d: beyond the bound: got %.40q", size, got)
				}
			}
		})
	}
}

func chunks(s string, size int) [][]byte {
	var out [][]byte
	for len(s) > size {
		out = append(out, []byte(s[:size]))
		s = s[size:]
	}
	return append(out, []byte(s))
}
