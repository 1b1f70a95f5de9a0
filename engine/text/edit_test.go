package text_test

import (
	"strings"
	"testing"
)

// What a terminal of so many columns shows once the line has ended.
func TestEdits(t *testing.T) {
	for _, c := range []struct {
		name    string
		columns int
		in      string
		want    string
	}{
		{"EL 0 within the line", 0, "abcd\x1b[2D\x1b[K\n", "ab\n"},
		{"EL 0 behind the last column", 4, "abcd\x1b[Kx\n", "abcdx\n"},
		{"EL 1 takes the cursor's column too", 0, "abcd\x1b[2D\x1b[1K\n", "   d\n"},
		{"EL 2", 0, "abcd\x1b[2D\x1b[2Kx\n", "  x\n"},
		{"EL of one row of two", 4, "abcdef\x1b[2K\n", "abcd\n"},
		{"ED 0", 4, "abcdef\x1b[A\x1b[J\n", "ab\n"},
		{"ED 1 reaches rows above", 4, "abcdef\x1b[1J\n", "\n"},
		{"ED 2", 4, "abcdef\x1b[2J\n", "\n"},
		{"ECH", 0, "abcdef\x1b[4D\x1b[2X\n", "ab  ef\n"},
		{"DCH", 0, "abcdef\x1b[4D\x1b[2P\n", "abef\n"},
		{"DCH within its row", 4, "abcdef\x1b[A\x1b[P\n", "abd ef"},
		{"DCH of half a wide character", 0, "日本語\x1b[5D\x1b[P\n", " 本語\n"},
		{"DCH up to the middle of a wide character", 0, "a日b\x1b[4D\x1b[2P\n", " b\n"},
		{"ICH", 0, "abcdef\x1b[4D\x1b[2@x\n", "abx cdef\n"},
		{"ICH pushes text over its row's end", 4, "abcd\x1b[2D\x1b[2@\n", "a  b\n"},
		{"ICH cuts a wide character", 4, "ab日\x1b[2D\x1b[@\n", "a b\n"},
		{"ICH leaves a whole wide character", 6, "ab日\x1b[2D\x1b[@\n", "ab 日\n"},
		{"ICH before a tab", 40, "a\tb\r\x1b[@\n", " a       b\n"},
		{"IRM", 0, "abcd\x1b[2D\x1b[4hxy\x1b[4lz\n", "abxyzd\n"},
		{"IRM and REP", 20, "abcd\x1b[2D\x1b[4hx\x1b[3b\x1b[4l\n", "abxxxxcd\n"},
		{"IRM and REP over the row's end", 4, "ab\x1b[D\x1b[4hx\x1b[3b\x1b[4l\n", "axxxx\n"},
		{"REP", 0, "ab\x1b[3b\n", "abbbb\n"},
		{"REP of a wide character", 0, "日\x1b[2b\n", "日日日\n"},
		{"REP of a character with another over it", 0, "xe\u0301\x1b[2b\n", "xe\u0301e\u0301e\u0301\n"},
		{"REP over text", 0, "abcdef\ra\x1b[2bx\n", "aaaxef\n"},
		{"half of a wide character is printed over", 0, "日x\x1b[2Da\n", " ax\n"},
		{"a wide character stays right of the cursor", 0, "a日\x1b[3D\n", "a日\n"},
		{"a wide character that has no place in its row", 4, "abc日\n", "abc日\n"},
		{"a blank over a character at the end", 0, "abc\b \n", "ab\n"},
		{"a blank that was printed stays", 0, "abc \n", "abc \n"},
		{"HT goes to the last column", 12, "ab\rabcdefghi\tx\ty\n", "abcdefghi\txy\n"},
		{"HT over text moves", 40, "abcdefghij\r\tX\n", "abcdefghXj\n"},
		{"CBT", 40, "abcdefghijkl\x1b[ZX\n", "abcdefghXjkl\n"},
		{"CHA", 0, "abcd\x1b[2GX\n", "aXcd\n"},
		{"HPR and CUB", 0, "a\x1b[3ab\x1b[3DX\n", "a X b\n"},
		{"DECSC and DECRC", 0, "ab\x1b7cd\x1b8X\n", "abXd\n"},
		{"LF within a line that has wrapped", 4, "abcdef\x1b[A\nX\n", "abcdefX\n"},
		{"up in a line that has wrapped", 4, "abcdef\x1b[AX\n", "abXdef"},
		{"the last row but one up and down again", 0, "ab\x1b[23A\x1b[23Bc\n", "abc\n"},
		{"as far as the first row", 0, "ab\x1b[24A\x1b[24Bc\n", "ab\n  c\n"},
		{"as far as the last row", 0, "ab\x1b[24B\x1b[24Ac\n", "ab\n  c\n"},
		{"above the first row", 0, "\x1b[2;1Hab\x1b[2A\x1b[2Bc\n", "ab\n  c\n"},
		{"marks of direction", 0, "a\u061cb\u200ec\u200fd\u202ae\u202ef\u2066g\u2069h\u0080i\n", "abcdefghi\n"},
		{"a row below the usual last one", 0, "\x1b[30;1Ha\nb\x1b[30;2Hc\n", "a\nbc\n"},

		// How zsh and fish mark output without a newline, in a window as wide as they think.
		{"a mark behind output", 20, "out%" + strings.Repeat(" ", 19) + "\r \r$ \n", "out%\n$ \n"},
		{"a mark in an empty row", 20, "%" + strings.Repeat(" ", 19) + "\r \r$ \n", "$ \n"},
		{"as many blanks as a mark needs", 20, "0123456789" + strings.Repeat(" ", 12) + "\r \r$ \n", "0123456789\n$ \n"},
		{"too few", 20, "0123456789" + strings.Repeat(" ", 11) + "\r$\n", "0123456789" + strings.Repeat(" ", 10) + "$\n"},
		// In a wider one.
		{"a mark behind output, in a wider window", 80, "out%" + strings.Repeat(" ", 19) + "\r \r$ \n", "out%\n$ \n"},
		{"a mark in an empty row, in a wider window", 80, "%" + strings.Repeat(" ", 19) + "\r \r$ \n", "$ \n"},
		{"what fills the row is erased before the blank", 80, "\rxxxx" + strings.Repeat(" ", 11) + "\r\x1b[Ja \r$ \n", "$ \n"},
		{"to the line's end", 80, "a\bxxxx" + strings.Repeat(" ", 12) + "\r\x1b[Ka \r$ \n", "$ \n"},
		{"the blank is in another row", 80, "\rxxxx" + strings.Repeat(" ", 11) + "\r" + strings.Repeat("y", 80*200) + " \r$\n", strings.Repeat("y", 80*200) + "$\n"},
		{"fish's mark in a wider window", 80, "out~" + strings.Repeat(" ", 19) + "\r~ \r$ \n", "out~\n$ \n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, debt := range []int{-1 << 20, 0} {
				v := newView(t, "")
				v.SetWindow(c.columns, 0)
				v.SpendCredit(debt)
				if got := toldBy(t, v, []byte(c.in)).seen(); got != c.want {
					t.Errorf("%q in %d columns: got %q, want %q", c.in, c.columns, got, c.want)
				}
				single := newView(t, "")
				single.SetWindow(c.columns, 0)
				single.SpendCredit(debt)
				if got := toldBy(t, single, chunks(c.in, 1)...).seen(); got != c.want {
					t.Errorf("%q in %d columns, byte by byte: got %q, want %q", c.in, c.columns, got, c.want)
				}
			}
		})
	}
}

// Nothing is lost of a long line that is told late.
func TestALongLineToldLate(t *testing.T) {
	v := newView(t, "")
	v.SetWindow(4000, 0)
	row := strings.Repeat("abcdefgh", 500)
	l := toldBy(t, v, []byte("x\b"+row+row+row+"\x1b[A"))
	v.SpendCredit(80_000)
	l.take(v, v.Append(nil, []byte("\rX\x1b[4000C"+strings.Repeat("z", 9000)+"\n")))
	want := row + row[:len(row)-2]
	if got := l.seen(); !strings.HasPrefix(got, row) || strings.Count(got, "X") != 1 || strings.Count(got, "z") != 9000 || len(got) < len(want) {
		t.Errorf("got %d bytes, %d of them z", len(got), strings.Count(got, "z"))
	}
}
