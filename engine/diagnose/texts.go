package diagnose

// Texts changed in one way, with the way back to the original.

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"
	"golang.org/x/text/encoding/unicode"

	"github.com/moonwire/moonwire/engine/vt"
)

// maxVariant is how much of a text is changed, from its end.
const maxVariant = 64 << 10

// variant is a text derived from another.
type variant struct {
	subject
	original []byte
	at       []int32 // for each byte its place in the original, and the original's length; nil if text is the original
}

// near is the end of a text, of which variants are made.
func near(s subject) subject {
	if from := charBefore(s.text, len(s.text)-maxVariant); from > 0 {
		s.before, _ = utf8.DecodeLastRune(s.text[:from])
		s.text, s.cut = s.text[from:], true
	}
	return s
}

// asItIs is the variant that changes nothing.
func asItIs(text []byte) *variant {
	return &variant{subject: subject{text: text, before: -1}, original: text}
}

// origin gives the original's bytes for a span of the variant.
func (v *variant) origin(s span) span {
	if v.at == nil {
		return s
	}
	original, end := v.original, len(v.original)
	if s.end > s.start {
		// Not the place of the next byte: what was dropped after the match is no
		// part of it.
		end = int(v.at[s.end-1])
		_, n := utf8.DecodeRune(original[end:])
		end += max(n, 1)
	} else if s.start < len(v.at) {
		end = int(v.at[s.start])
	}
	return span{int(v.at[s.start]), end}
}

// rewriteText builds a variant; f is called for each place and says how many bytes
// it takes (at least 1) and what it puts there.
func rewriteText(from subject, f func(i int) (n int, out string, keep bool)) *variant {
	v := newVariant(from)
	text := from.text
	for i := 0; i < len(text); {
		n, out, keep := f(i)
		if keep {
			out = string(text[i : i+n])
		}
		for j := range len(out) {
			at := i
			if keep {
				at = i + j
			}
			v.text = append(v.text, out[j])
			v.at = append(v.at, int32(at))
		}
		i += n
	}
	v.at = append(v.at, int32(len(text)))
	return v
}

func newVariant(from subject) *variant {
	v := &variant{subject: from, original: from.text, at: make([]int32, 0, len(from.text)+1)}
	v.text = make([]byte, 0, len(from.text))
	return v
}

// withoutNULs drops NULs, withoutReturns the CR of CR LF, withoutEscapes the
// escape sequences, withoutControls all of these and what other control
// characters do to a line: backspaces take a character back, bells vanish.
func withoutNULs(from subject) *variant {
	text := from.text
	return rewriteText(from, func(i int) (int, string, bool) { return 1, "", text[i] != 0 })
}

func withoutReturns(from subject) *variant {
	text := from.text
	return rewriteText(from, func(i int) (int, string, bool) {
		return 1, "", !(text[i] == '\r' && i+1 < len(text) && text[i+1] == '\n')
	})
}

func withoutEscapes(from subject) *variant {
	text := from.text
	return rewriteText(from, func(i int) (int, string, bool) {
		if text[i] == 0x1b {
			return sequence(text[i:]), "", false
		}
		return 1, "", true
	})
}

func withoutControls(from subject) *variant {
	v := newVariant(from)
	text := from.text
	for i := 0; i < len(text); {
		c := text[i]
		switch {
		case c == 0x1b:
			i += sequence(text[i:])
			continue
		case c == '\b':
			if n := len(v.text); n > 0 && v.text[n-1] != '\n' {
				_, w := utf8.DecodeLastRune(v.text)
				v.text, v.at = v.text[:n-w], v.at[:n-w]
			}
		case c < ' ' && c != '\n' && c != '\t' || c == 0x7f:
			// " \r" is how shells wrap a long line at the terminal's edge.
			if n := len(v.text); c == '\r' && n > 0 && v.text[n-1] == ' ' && i+1 < len(text) && text[i+1] != '\n' {
				v.text, v.at = v.text[:n-1], v.at[:n-1]
			}
		default:
			v.text = append(v.text, c)
			v.at = append(v.at, int32(i))
		}
		i++
	}
	v.at = append(v.at, int32(len(text)))
	return v
}

// sequence returns the length of the escape sequence that p begins with.
func sequence(p []byte) int {
	var parser vt.Parser
	parser.Begin(p[0])
	n, _ := parser.Feed(p[1:])
	return 1 + n
}

// hasControls says whether withoutControls would change the text.
func hasControls(text []byte) bool {
	return bytes.ContainsFunc(text, func(r rune) bool { return r < ' ' && r != '\n' && r != '\t' || r == 0x7f })
}

// hasHigh says whether there are bytes beyond ASCII.
func hasHigh[T ~string | ~[]byte](s T) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return true
		}
	}
	return false
}

// folded writes characters that look alike as the ASCII ones.
func folded(from subject) *variant {
	text := from.text
	return rewriteText(from, func(i int) (int, string, bool) {
		if text[i] < utf8.RuneSelf {
			return 1, "", true
		}
		r, n := utf8.DecodeRune(text[i:])
		if s, ok := plain(r); ok {
			return n, s, false
		}
		return n, "", true
	})
}

// plain gives the ASCII that a character can be taken for.
func plain(r rune) (string, bool) {
	switch {
	case r < utf8.RuneSelf:
		return "", false
	case r >= 0xff01 && r <= 0xff5e: // full width
		return string(r - 0xff01 + '!'), true
	case r >= 0x2000 && r <= 0x200a, r == 0xa0, r == 0x202f, r == 0x3000:
		return " ", true
	case r >= 0x2010 && r <= 0x2015, r == 0x2212, r == 0xad:
		return "-", true
	case r >= 0x200b && r <= 0x200f, r == 0xfeff, r == 0x2060:
		return "", true
	}
	if i := strings.IndexRune(lookalikes, r); i >= 0 {
		n := utf8.RuneCountInString(lookalikes[:i])
		return lookalikesASCII[n : n+1], true
	}
	if r == '…' {
		return "...", true
	}
	return "", false
}

// Quotes, signs, and the Cyrillic and Greek letters that look like Latin ones.
const (
	lookalikes      = "‘’‚‛′´“”„‟″«»‹›⁄∶ː．ꞏ·•※＃⌗✱∗❯➜→аеорсухіјѕԁһɡАВЕКМНОРСТУХІЈЅΑΒΕΖΗΙΚΜΝΟΡΤΥΧοιν"
	lookalikesASCII = "''''''\"\"\"\"\"\"\"<>/::....*##**>>>aeopcyxijsdhgABEKMHOPCTYXIJSABEZHIKMNOPTYXoiv"
)

// encodings are the ones tried, the likelier first.
var encodings = [...]string{"utf-8", "windows-1252", "cp437", "gbk", "big5", "shift_jis", "euc-kr", "utf-16le", "utf-16be"}

// decode reads bytes in one of encodings; nil if it cannot.
func decode(p []byte, name string) []byte {
	var e encoding.Encoding
	switch name {
	case "utf-8":
		return p
	case "windows-1252":
		e = charmap.Windows1252
	case "cp437":
		e = charmap.CodePage437
	case "gbk":
		e = simplifiedchinese.GBK
	case "big5":
		e = traditionalchinese.Big5
	case "shift_jis":
		e = japanese.ShiftJIS
	case "euc-kr":
		e = korean.EUCKR
	case "utf-16le":
		e = unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM)
	case "utf-16be":
		e = unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM)
	default:
		return nil
	}
	decoded, err := e.NewDecoder().Bytes(p)
	if err != nil {
		return nil
	}
	return decoded
}
