package text_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/moonwire/moonwire/engine/text"
)

// view runs whole pieces through a view, and flushes it.
func view(t testing.TB, encoding string, binary bool, pieces ...[]byte) string {
	t.Helper()
	v, err := text.NewView(encoding)
	if err != nil {
		t.Fatal(err)
	}
	v.SetBinary(binary)
	var out []byte
	for _, p := range pieces {
		out = v.Append(out, p)
	}
	return string(v.Flush(out))
}

// everyWay checks that in becomes want whole, byte by byte, and cut in two at
// every place.
func everyWay(t *testing.T, encoding string, binary bool, in, want string) {
	t.Helper()
	b := []byte(in)
	if got := view(t, encoding, binary, b); got != want {
		t.Errorf("%s %q: got %q, want %q", encoding, in, got, want)
	}
	var single [][]byte
	for i := range b {
		single = append(single, b[i:i+1])
		if got := view(t, encoding, binary, b[:i], b[i:]); got != want {
			t.Errorf("%s %q cut at %d: got %q, want %q", encoding, in, i, got, want)
		}
	}
	if got := view(t, encoding, binary, single...); got != want {
		t.Errorf("%s %q byte by byte: got %q, want %q", encoding, in, got, want)
	}
}

func TestItem13CarriageReturn(t *testing.T) {
	for _, c := range []struct {
		name, in, want string
		binary         bool
	}{
		{"a newline", "a\r\nb", "a\nb", false},
		{"CR CR LF", "a\r\r\nb", "a\r\nb", false},
		{"CR NUL", "a\r\x00b", "a\rb", false},
		{"CR NUL before a prompt", "\r\x00HOST-1# ", "\rHOST-1# ", false},
		{"CR NUL under BINARY", "a\r\x00b", "a\r\x00b", true},
		{"CR LF under BINARY", "a\r\nb", "a\nb", true},
		{"CR CR NUL", "\r\r\x00", "\r\r", false},
		{"a bare CR", "10%\r20%\r", "10%\r20%\r", false},
		{"a bare LF", "a\nb\n\r", "a\nb\n\r", false},
		{"NULs", "\x00a\x00\x00b\x00", "ab", false},
		{"NULs under BINARY", "\x00a\x00", "\x00a\x00", true},
		{"CR NUL LF", "a\r\x00\nb", "a\nb", false},
		{"CR, padding, LF", "a\r\x00\x00\x00\nb\r\x00\x00c", "a\nb\rc", false},
		{"CR NUL CR LF", "\r\x00\r\n", "\r\n", false},
		{"CR NUL CR NUL LF", "\r\x00\r\x00\nx", "\r\nx", false},
		{"CR NUL at the end", "a\r\x00", "a\r", false},
		{"CR NUL and a sequence", "\r\x00\x1b[K\n", "\r\n", false},
		{"CR NUL LF under BINARY", "\r\x00\n", "\r\x00\n", true},
		{"CR before a sequence", "\r\x1b[K\n", "\r\n", false},
		{"other controls", "a\tb\b\a\v\f\x7f", "a\tb\b\a\v\f\x7f", false},
	} {
		t.Run(c.name, func(t *testing.T) { everyWay(t, "utf-8", c.binary, c.in, c.want) })
	}
}

func TestHeldCarriageReturn(t *testing.T) {
	v, err := text.NewView("")
	if err != nil {
		t.Fatal(err)
	}
	if got := v.Append(nil, []byte("a\r")); string(got) != "a" || !v.Held() {
		t.Errorf("got %q, held %v", got, v.Held())
	}
	if got := v.Flush(nil); string(got) != "\r" || v.Held() {
		t.Errorf("flush: got %q, held %v", got, v.Held())
	}
	// The event between took the CR's mate from it.
	if got := v.Append(nil, []byte("\nb")); string(got) != "\nb" {
		t.Errorf("got %q", got)
	}
	if got := v.Append(nil, []byte("\r\x00")); string(got) != "" || !v.Held() {
		t.Errorf("CR NUL: got %q, held %v", got, v.Held())
	}
	if got := v.Flush(nil); string(got) != "\r" || v.Held() {
		t.Errorf("CR NUL, flushed: got %q, held %v", got, v.Held())
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
