package text_test

import (
	"slices"
	"strings"
	"testing"
)

// Newlines that are copied as they are count at once: for the row that the cursor is in, for
// where the window ends, and for the window's width.
func TestRowsBehindNewlines(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"\x1b[HT\nr\x1b[H", "T\nr"}, // the cursor has left, and printed nothing there
		{"\x1bcT\n\x1bcr\x1b[H", "T\n"},
		{"\x1b[Ha\nb\n\x1b[3Hc\x1b[3;1Hd", "a\nb\nd"},
		{"\x1b[;2r\x1b[Ha\nb\n\n\x1b[rc\x1b[2;1Hd", "a\nb\n\nd"}, // row 2 was the last that scrolls
		{"\x1b[Ha\n\x1b[Sb\x1b[2;1Hc", "a\nc"},
	} {
		everyWay(t, "", c.in, c.want)
	}
	const in = "\n\x1b[60Gx\nab\x1b[I\x1b[I\x1b[Ic"
	logs := []*log{new(log), new(log)}
	for i, pieces := range [][]string{{in}, strings.Split(in, "")} {
		v := newView(t, "")
		logs[i].take(v, v.Append(nil, []byte("a")))
		v.SetWindow(20, 0)
		for _, p := range pieces {
			logs[i].take(v, v.Append(nil, []byte(p)))
		}
	}
	if whole, single := logs[0], logs[1]; string(whole.text) != string(single.text) || !slices.Equal(whole.edits, single.edits) {
		t.Errorf("got %q %v, byte by byte %q %v", whole.text, whole.edits, single.text, single.edits)
	}
}

// A CR in a row that begins before what edits reach does not look there.
func TestReturnBeyondReach(t *testing.T) {
	for _, columns := range []int{2, 7, 80} {
		for n := range 12 {
			in := "\x1b7" + strings.Repeat("x", 13_000+n) + "\x1b8\r" + strings.Repeat(" ", columns-4*min(1, columns/8)) + "\r!"
			var seen []string
			for _, pieces := range [][]string{{in}, strings.Split(in, "")} {
				v, l := newView(t, ""), new(log)
				v.SetWindow(columns, 0)
				for _, p := range pieces {
					l.take(v, v.Append(nil, []byte(p)))
				}
				seen = append(seen, l.seen())
			}
			if seen[0] != seen[1] {
				t.Errorf("%d columns, %d more: cuts matter", columns, n)
			}
		}
	}
}

// A CR in the first column of a narrow row is no newline, as no blanks have got the cursor
// there.
func TestReturnInNarrowRow(t *testing.T) {
	for _, columns := range []int{2, 4, 5, 8, 9} {
		row := "abcdefghi"[:columns]
		for _, c := range []struct{ in, want string }{
			{row + "fg\r\x1b[C\b\rX", row + "X"},
			{row + "fg\r\x1b[C\b\rX\n", row + "Xg\n"},
			{row + "fg\x1b[D\x1b[D\rX\n", row + "Xg\n"},
		} {
			v, l := newView(t, ""), new(log)
			v.SetWindow(columns, 0)
			l.take(v, v.Append(nil, []byte(c.in)))
			l.take(v, v.Flush(nil))
			if got := l.seen(); got != c.want {
				t.Errorf("%d columns: %q: got %q, want %q", columns, c.in, got, c.want)
			}
		}
	}
}

// Half of a character may look like a control where bytes below 0x80 are not ASCII. It is no
// text, whether a pause or another encoding follows.
func TestHalfThatLooksLikeAControl(t *testing.T) {
	for _, half := range []string{"\n", "\x1b", "\b", "\x00", "\x7f", "\r", "\t"} {
		v, l := newView(t, "utf-16le"), new(log)
		l.take(v, v.Append(nil, []byte("a\x00"+half)))
		l.take(v, v.Flush(nil))
		if l.seen() != "a" || v.Held() {
			t.Errorf("%q at a pause: got %q, held %v", half, l.seen(), v.Held())
		}
		if err := v.SetEncoding(""); err != nil {
			t.Fatal(err)
		}
		l.take(v, v.Append(nil, []byte("b")))
		if l.seen() != "ab" {
			t.Errorf("%q before another encoding: got %q", half, l.seen())
		}
		v, l = newView(t, "utf-16le"), new(log)
		l.take(v, v.Append(nil, []byte(half)))
		l.take(v, v.Flush(nil))
		l.take(v, v.Append(nil, []byte("\x25")))
		if l.take(v, v.Flush(nil)); l.seen() != string(rune(0x2500+int(half[0]))) {
			t.Errorf("%q that goes on: got %q", half, l.seen())
		}
	}
}

// A wide character that is repeated over the margin goes to the next row, told or not.
func TestRepeatedOverTheMargin(t *testing.T) {
	for _, credit := range []bool{true, false} {
		v, l := newView(t, ""), new(log)
		v.SetWindow(3, 1)
		if !credit {
			v.SpendCredit(100)
		}
		l.take(v, v.Append(nil, []byte("\x1b[d漢   \x1b[d\x1b[b\x1b[P")))
		l.take(v, v.Flush(nil))
		if l.seen() != "漢漢" {
			t.Errorf("credit %v: got %q", credit, l.seen())
		}
	}
}
