package text_test

// The view again, written another way: slow, over the whole input at once,
// with the grammar of the escape sequences as one regular expression.

import (
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"

	"github.com/moonwire/moonwire/engine/text"
)

const (
	refCSI    = `(?:[ -?\x00\x7f]{0,255}[@-~\x18\x1a]|[ -?\x00\x7f]{0,256})`
	refOSC    = `(?:P[0-9a-fA-F]{7}|R|[^\x07\n\x18\x1a\x1b]*[\x07\x18\x1a]?)`
	refTitle  = `[^\x07\n\x18\x1a\x1b]*[\x07\x18\x1a]?`
	refDevice = `[^\x18\x1a\x1b]*[\x18\x1a]?`
	refEscape = `\x1b(?:[\x00\x7f]{0,255}(?:\[` + refCSI + `|\]` + refOSC + `|k` + refTitle + `|[PX^_]` + refDevice + `)` +
		`|[\x00\x7f -/]{0,255}[0-~\x18\x1a]|[\x00\x7f -/]{0,256})`

	refOSC8    = `(?:P[0-9a-fA-F]{7}|R|[^\x07\n\x18\x1a\x1b\x9c]*[\x07\x18\x1a\x9c]?)`
	refTitle8  = `[^\x07\n\x18\x1a\x1b\x9c]*[\x07\x18\x1a\x9c]?`
	refDevice8 = `[^\x18\x1a\x1b\x9c]*[\x18\x1a\x9c]?`
	refEscape8 = `\x1b(?:[\x00\x7f]{0,255}(?:\[` + refCSI + `|\]` + refOSC8 + `|k` + refTitle8 + `|[PX^_]` + refDevice8 + `)` +
		`|[\x00\x7f -/]{0,255}[0-~\x18\x1a]|[\x00\x7f -/]{0,256})` +
		`|\x9b` + refCSI + `|\x9d` + refOSC8 + `|[\x90\x98\x9e\x9f]` + refDevice8 + `|\x9c`
)

type reference struct {
	name     string
	encoding encoding.Encoding
	c1       bool
}

func references() []reference {
	return []reference{
		{"utf-8", nil, false},
		{"iso-8859-1", charmap.ISO8859_1, true},
		{"iso-8859-7", charmap.ISO8859_7, true},
		{"cp437", charmap.CodePage437, false},
		{"windows-1252", charmap.Windows1252, false},
		{"koi8-r", charmap.KOI8R, false},
		{"big5", traditionalchinese.Big5, false},
		{"gbk", simplifiedchinese.GBK, false},
		{"gb18030", simplifiedchinese.GB18030, false},
		{"euc-jp", japanese.EUCJP, false},
		{"shift_jis", japanese.ShiftJIS, false},
		{"euc-kr", korean.EUCKR, false},
	}
}

func (r reference) view(in []byte) string {
	escape := refEscape
	if r.c1 {
		escape = refEscape8
	}
	grammar := `^(?:(\r*\n)|(` + escape + `))`
	re := regexp.MustCompile(grammar)
	in = r.together(in, re)
	wide := []rune(wide(in))
	var out strings.Builder
	for i := 0; i < len(in); {
		found := re.FindStringSubmatchIndex(string(wide[i:]))
		n := 1
		if found != nil {
			n = len([]rune(string(wide[i:])[:found[1]]))
		}
		switch {
		case found == nil:
			n = r.character(&out, in[i:])
		case found[2] >= 0:
			out.WriteByte('\n')
		}
		i += n
	}
	return plainText(out.String())
}

// together leaves out what does not end a character in whose middle it comes: escape
// sequences, and controls that move nothing.
func (r reference) together(in []byte, re *regexp.Regexp) []byte {
	wide := []rune(wide(in))
	var out []byte
	for i := 0; i < len(in); {
		found := re.FindStringSubmatchIndex(string(wide[i:]))
		switch {
		case found != nil && found[2] < 0:
			i += len([]rune(string(wide[i:])[:found[1]]))
			continue
		case in[i] >= ' ' && in[i] != 0x7F, '\b' <= in[i] && in[i] <= '\r':
			out = append(out, in[i])
		}
		i++
	}
	return out
}

// plainText leaves out what nobody sees.
func plainText(s string) string {
	var out strings.Builder
	for len(s) > 0 {
		r, n := utf8.DecodeRuneInString(s)
		switch {
		case n == 1 && r == utf8.RuneError, r == '\n', r == '\t', r >= ' ' && r < 0x7F,
			r >= 0xA0 && r != 0x061C && !(0x200E <= r && r <= 0x200F) && !(0x202A <= r && r <= 0x202E) && !(0x2066 <= r && r <= 0x2069):
			out.WriteString(s[:n])
		}
		s = s[n:]
	}
	return out.String()
}

// wide is a string with a character for each byte, as regexp reads UTF-8.
func wide(in []byte) string {
	runes := make([]rune, len(in))
	for i, b := range in {
		runes[i] = rune(b)
	}
	return string(runes)
}

// edited matches what moves the cursor, or might, and so is beyond the reference.
var edited = regexp.MustCompile(`[\x08\x0b\x0c\x0e\x0f\x84-\x8d\x9b]|\r[^\r\n]|\r\x00*$|\x1b[\x00\x7f]*[78DEMcNO()]|\x1b[\x00\x7f]*\[[^m]|[\xc2\xe2\xd8]`)

// character decodes the shortest run of bytes that is a character.
func (r reference) character(out *strings.Builder, p []byte) int {
	if r.c1 && p[0] >= 0x80 && p[0] < 0xA0 {
		return 1
	}
	if r.encoding != nil {
		for n := 1; n <= len(p) && n <= 4; n++ {
			s, err := r.encoding.NewDecoder().String(string(p[:n]))
			if err == nil && (!strings.Contains(s, "\uFFFD") || r.name == "gb18030" && string(p[:n]) == "\x841\xa47") {
				out.WriteString(s)
				return n
			}
		}
	}
	out.WriteByte(p[0])
	return 1
}

func FuzzView(f *testing.F) {
	for _, s := range []string{
		"login: \r\nPassword: \r\x00\x1b[?2004h\x1b]0;title\a$ ",
		"\x1b(B\x1b#8\x1bP1;2q\r\nsixel\x1b\\after\x1b]2;t\x1b\\\x9b1mC1\x9d0;t\x9c",
		"caf\xc3\xa9 caf\xe9 \xa4\xa4\xa4\xe5 \x84\x31\xa4\x37 \x81\x30\x81\x30 \x8f\xa2\xaf\x8e\xb1",
		"\x1b]P0123456\x1b]R\x1b]PnoColour\nx\x1bktitle\x1b\\\x1b[12\x18a\x1b[\x1b[1mb\x1b\r\n",
		"00\xbb\x04A \xa4\x1b[1m\xa4\x00\xa4\x7f\xe5",
		"\x1b[31\r\n\x1b\xc3\xa9\x1b \x1b\x00[m\xff\xfe\r\r\n\r\r\x00\x00",
	} {
		for i := range references() {
			f.Add([]byte(s), uint16(3), uint16(11), byte(i))
		}
	}
	f.Fuzz(func(t *testing.T, in []byte, i, j uint16, which byte) {
		if len(in) > 4096 {
			return // slow, and far from MaxString
		}
		r := references()[int(which)%len(references())]
		a, b := int(i), int(j)
		if len(in) > 0 {
			a, b = a%len(in), b%len(in)
		} else {
			a, b = 0, 0
		}
		if a > b {
			a, b = b, a
		}
		whole := told(t, r.name, in)
		if want := r.view(in); !edited.MatchString(wide(in)) && whole.seen() != want {
			t.Fatalf("%s %q: got %q, want %q", r.name, in, whole.seen(), want)
		}
		single := make([][]byte, len(in))
		for k := range in {
			single[k] = in[k : k+1]
		}
		mean := toldMeanly(t, r.name, in)
		if mean.seen() != whole.seen() {
			t.Fatalf("%s %q: got %q without credit, %q with it", r.name, in, mean.seen(), whole.seen())
		}
		for how, pieces := range map[string][][]byte{"cut": {in[:a], in[a:b], in[b:]}, "byte by byte": single} {
			if l := told(t, r.name, pieces...); string(l.text) != string(whole.text) || !slices.Equal(l.edits, whole.edits) {
				t.Fatalf("%s %q %s (%d, %d): got %q %v, want %q %v", r.name, in, how, a, b, l.text, l.edits, whole.text, whole.edits)
			}
			if l := toldMeanly(t, r.name, pieces...); string(l.text) != string(mean.text) || !slices.Equal(l.edits, mean.edits) {
				t.Fatalf("%s %q %s (%d, %d), without credit: got %q %v, want %q %v", r.name, in, how, a, b, l.text, l.edits, mean.text, mean.edits)
			}
		}
	})
}

// FuzzShiftStates: the encodings that keep a state, against themselves.
func FuzzShiftStates(f *testing.F) {
	names := []string{"iso-2022-jp", "hz-gb-2312", "utf-16", "utf-16le", "utf-32", "cp037"}
	for i := range names {
		f.Add([]byte("a\x1b[1m\x1b$B$3$s\x1b(B\r\n~{<:Ky~}\x1b$(D0!\x1b(J\x00a\xd8\x3d\xde\x00"), uint16(9), byte(i))
	}
	f.Fuzz(func(t *testing.T, in []byte, i uint16, which byte) {
		name := names[int(which)%len(names)]
		cut := 0
		if len(in) > 0 {
			cut = int(i) % len(in)
		}
		want := view(t, name, in)
		if got := view(t, name, in[:cut], in[cut:]); got != want {
			t.Fatalf("%s %q cut at %d: got %q, want %q", name, in, cut, got, want)
		}
		single := make([][]byte, len(in))
		for k := range in {
			single[k] = in[k : k+1]
		}
		if got := view(t, name, single...); got != want {
			t.Fatalf("%s %q byte by byte: got %q, want %q", name, in, got, want)
		}
	})
}

// FuzzEncoder: what an encoder writes, a view reads back.
func FuzzEncoder(f *testing.F) {
	for i, s := range []string{"uptime", "größe", "готово", "完了 ｶﾅ", "文字"} {
		f.Add(s, byte(i))
	}
	names := []string{"koi8-r", "windows-1252", "big5", "gb18030", "euc-jp", "shift_jis", "euc-kr", "iso-2022-jp", "hz-gb-2312", "utf-16", "utf-32le", "cp437"}
	f.Fuzz(func(t *testing.T, s string, which byte) {
		if strings.ToValidUTF8(s, "?") != s || strings.Contains(s, "~") || plainText(s) != s {
			return // not text, or with a meaning of its own on the way back
		}
		if strings.ContainsFunc(s, func(r rune) bool { return unicode.Is(unicode.Co, r) }) {
			return // x/text's GB18030 mixes some characters for private use up
		}
		name := names[int(which)%len(names)]
		e, err := text.NewEncoder(name)
		if err != nil {
			t.Fatal(err)
		}
		b, err := e.Append(nil, s)
		if err != nil {
			return
		}
		got := view(t, name, b)
		if got != s && (name == "shift_jis" || name == "euc-jp") {
			// By the rules of the web they write a yen sign as the backslash that
			// stands in its place, and one dash for another; then that stays.
			b, err = e.Append(nil, got)
			s, got = got, view(t, name, b)
		}
		if err != nil || got != s {
			t.Fatalf("%s: %q was written as %q and came back as %q (%v)", name, s, b, got, err)
		}
	})
}
