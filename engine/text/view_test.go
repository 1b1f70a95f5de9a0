package text_test

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/moonwire/moonwire/engine/text"
)

// log is what a view told: its text, and its edits by their places in the text.
type log struct {
	text  []byte
	edits []text.Edit
}

// take appends what the last call of v told.
func (l *log) take(v *text.View, out []byte) {
	var edits []text.Edit
	for _, e := range v.Edits() {
		for i := range e.Again + 1 {
			edits = append(edits, text.Edit{At: e.At + i, Back: e.Back})
		}
	}
	for _, e := range edits {
		e.At += len(l.text)
		if k := len(l.edits) - 1; k >= 0 && l.edits[k].At == e.At {
			l.edits[k].Back += e.Back
			continue
		}
		l.edits = append(l.edits, e)
	}
	l.text = append(l.text, out...)
}

// seen is what is seen at the end.
func (l *log) seen() string {
	var out []byte
	at := 0
	for _, e := range l.edits {
		out = append(out, l.text[at:e.At]...)
		at = e.At
		if e.Back > len(out) || bytes.IndexByte(out[len(out)-e.Back:], '\n') >= 0 {
			panic("an edit goes back beyond the line")
		}
		out = out[:len(out)-e.Back]
	}
	return string(append(out, l.text[at:]...))
}

// told runs pieces through a view, and flushes it.
func told(t testing.TB, encoding string, pieces ...[]byte) *log {
	t.Helper()
	return toldBy(t, newView(t, encoding), pieces...)
}

func newView(t testing.TB, encoding string) *text.View {
	t.Helper()
	v, err := text.NewView(encoding)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// toldMeanly is told by a view that has no credit for telling text again.
func toldMeanly(t testing.TB, encoding string, pieces ...[]byte) *log {
	t.Helper()
	v := newView(t, encoding)
	v.SpendCredit(0)
	return toldBy(t, v, pieces...)
}

func toldBy(t testing.TB, v *text.View, pieces ...[]byte) *log {
	t.Helper()
	l := new(log)
	for _, p := range pieces {
		l.take(v, v.Append(nil, p))
	}
	l.take(v, v.Flush(nil))
	return l
}

// view is what is seen of pieces at their end.
func view(t testing.TB, encoding string, pieces ...[]byte) string {
	t.Helper()
	return told(t, encoding, pieces...).seen()
}

// everyWay checks that in is seen as want whole, byte by byte, and cut in two at
// every place, and that the log of it is always the same. The same holds where text is not
// told again at each movement.
func everyWay(t *testing.T, encoding, in, want string) {
	t.Helper()
	everyWayBy(t, told, encoding, in, want)
	everyWayBy(t, toldMeanly, encoding, in, want)
}

func everyWayBy(t *testing.T, told func(testing.TB, string, ...[]byte) *log, encoding, in, want string) {
	t.Helper()
	b := []byte(in)
	whole := told(t, encoding, b)
	if got := whole.seen(); got != want {
		t.Errorf("%s %q: got %q, want %q", encoding, in, got, want)
	}
	same := func(how string, pieces ...[]byte) {
		t.Helper()
		if l := told(t, encoding, pieces...); string(l.text) != string(whole.text) || !slices.Equal(l.edits, whole.edits) {
			t.Errorf("%s %q %s: got %q %v, want %q %v", encoding, in, how, l.text, l.edits, whole.text, whole.edits)
		}
	}
	var single [][]byte
	for i := range b {
		single = append(single, b[i:i+1])
		same(fmt.Sprintf("cut at %d", i), b[:i], b[i:])
	}
	same("byte by byte", single...)
}

func TestItem13CarriageReturn(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"a newline", "a\r\nb", "a\nb"},
		{"CR CR LF", "a\r\r\nb", "a\nb"},
		{"LF CR", "a\n\rb", "a\nb"},
		{"CR LF CR", "a\r\n\rb\r\n\r", "a\nb\n"},
		{"CR NUL", "a\r\x00b", "b"},
		{"CR NUL before a prompt", "\r\x00HOST-1# ", "HOST-1# "},
		{"CR CR NUL", "\r\r\x00", ""},
		{"a bare CR", "10%\r20%\r", "20%"},
		{"NULs", "\x00a\x00\x00b\x00", "ab"},
		{"CR NUL LF", "a\r\x00\nb", "a\nb"},
		{"CR, padding, LF", "a\r\x00\x00\x00\nb\r\x00\x00c", "a\nc"},
		{"CR NUL CR NUL LF", "\r\x00\r\x00\nx", "\nx"},
		{"CR at the end", "a\r", "a"},
		{"CR before a sequence", "a\r\x1b[m\n", "a\n"},
		{"other controls", "a\tb\a\x05\x10\x7fc", "a\tbc"},
	} {
		t.Run(c.name, func(t *testing.T) { everyWay(t, "utf-8", c.in, c.want) })
	}
}

func TestAppendKeepsWhatWasThere(t *testing.T) {
	v, _ := text.NewView("")
	dst := []byte("\xC3")
	if got := v.Append(dst, []byte("\xC3")); string(got) != "\xC3" {
		t.Errorf("got %q", got)
	}
	if got := v.Append(dst, []byte("\xA9!")); string(got) != "\xC3\u00E9!" {
		t.Errorf("got %q", got)
	}
}

func BenchmarkView(b *testing.B) {
	line := "2026-01-02T03:04:05.678 router-17 %LINK-3-UPDOWN: Interface Gi0/1, changed state to up\r\n"
	for _, c := range []struct{ name, encoding, line string }{
		{"log", "utf-8", line},
		{"latin1", "iso-8859-1", line},
		{"colour", "utf-8", "\x1b[1;32m2026-01-02\x1b[0m router-17 \x1b[33mwarning\x1b[0m: Interface Gi0/1 is up\r\n"},
		{"lf", "utf-8", strings.ReplaceAll(line, "\r", "")},
		{"utf8", "utf-8", "Schnittstelle für Übertragung — готово — 完了\r\n"},
		{"one line", "utf-8", "\x1b[3Dabcd\b\bef"},
		{"one line, erased", "utf-8", "\b\x1b[Kab"},
		{"koi8r", "koi8-r", "\xcf\xdb\xc9\xc2\xcb\xc1: \xd0\xcf\xd2\xd4 17 \xce\xc5 \xcf\xd4\xd7\xc5\xde\xc1\xc5\xd4\r\n"},
		{"big5", "big5", "\xa4\xa4\xa4\xe5 port 17 \xa4\xe9\xa5\xbb\r\n"},
	} {
		b.Run(c.name, func(b *testing.B) {
			src := bytes.Repeat([]byte(c.line), 64<<10/len(c.line))
			dst := make([]byte, 0, 4*len(src))
			v, err := text.NewView(c.encoding)
			if err != nil {
				b.Fatal(err)
			}
			b.SetBytes(int64(len(src)))
			b.ReportAllocs()
			for b.Loop() {
				dst = v.Append(dst[:0], src)
			}
		})
	}
}
