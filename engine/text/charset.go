// Charsets: how the bytes of one encoding become UTF-8 inside the view.

package text

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/transform"
)

// ErrUnknownEncoding is wrapped by every error about an encoding's name.
var ErrUnknownEncoding = errors.New("unknown encoding")

// order says where decoding has its place beside the dropping of escape
// sequences.
type order uint8

const (
	// together: ASCII is ASCII, and bytes from 0x80 up begin the characters of
	// a charset without shift states. Nearly all encodings are of this kind.
	together order = iota
	// filterFirst: seven-bit encodings with shifts (ISO-2022-JP, HZ), in which
	// ESC, CR, LF and NUL keep their meaning.
	filterFirst
	// decodeFirst: encodings in which bytes below 0x80 are not ASCII (UTF-16,
	// UTF-32, EBCDIC).
	decodeFirst
)

// What a byte from 0x80 up is, when it is not a character of its own.
const (
	lead    = 0xFE // the first byte of a longer character
	control = 0xFF // a C1 control
)

// entry is one byte from 0x80 up: the UTF-8 of its character in b[:n], or n is
// lead or control. A byte that is not valid stands for itself: n is 1.
type entry struct {
	n uint8
	b [utf8.UTFMax - 1]byte
}

// charset is what a view knows of an encoding. It is made once for each
// SetEncoding and has the decoder's state.
type charset struct {
	name    string
	utf8    bool
	order   order
	shifts  bool // ISO-2022-JP: the decoder must see the designations
	c1      bool // 0x80 to 0x9F are controls
	decoder transform.Transformer
	table   [128]entry // for order together
	buffer  [16]byte   // a character, decoded
}

func newCharset(name string) (*charset, error) {
	canonical, e, ok := lookup(name)
	if !ok {
		return nil, fmt.Errorf("%w %q", ErrUnknownEncoding, name)
	}
	c := &charset{name: canonical}
	if e == nil {
		c.utf8 = true
		return c, nil
	}
	c.decoder = e.NewDecoder().Transformer
	switch {
	case e == japanese.ISO2022JP:
		c.order, c.shifts = filterFirst, true
	case e == simplifiedchinese.HZGB2312:
		c.order = filterFirst
	case !c.asciiCompatible():
		c.order = decodeFirst
	default:
		c.fill()
	}
	return c, nil
}

// asciiCompatible asks the decoder itself whether ASCII is ASCII.
func (c *charset) asciiCompatible() bool {
	var dst [8]byte
	for b := range byte(utf8.RuneSelf) {
		c.decoder.Reset()
		n, _, err := c.decoder.Transform(dst[:], []byte{b}, false)
		if err != nil || n != 1 || dst[0] != b {
			c.decoder.Reset()
			return false
		}
	}
	return true
}

func (c *charset) fill() {
	for i := range c.table {
		b := byte(i + utf8.RuneSelf)
		var dst [16]byte
		n, _, err := c.decoder.Transform(dst[:], []byte{b}, false)
		switch {
		case errors.Is(err, transform.ErrShortSrc):
			c.table[i].n = lead
		case err != nil || n == 0 || n >= utf8.UTFMax || string(dst[:n]) == "\uFFFD":
			c.table[i] = entry{1, [3]byte{b}}
		default:
			c.table[i] = entry{uint8(n), [3]byte(dst[:3])}
			if r, _ := utf8.DecodeRune(dst[:n]); unseen(r) {
				c.table[i].n = 0
			}
		}
	}
	// All parts of ISO 8859 leave 0x80 to 0x9F to the controls of ISO 6429.
	if strings.HasPrefix(c.name, "iso-8859-") {
		c.c1 = true
		for i := range 0x20 {
			c.table[i].n = control
		}
	}
}

// decode appends the character whose bytes p are and reports done; or reports
// that p is the beginning of a longer one (more), or is none (neither).
func (c *charset) decode(dst, p []byte) (out []byte, done, more bool) {
	b := &c.buffer
	n, used, err := c.decoder.Transform(b[:], p, false)
	switch {
	case errors.Is(err, transform.ErrShortSrc) && used == 0:
		return dst, false, true
	case err != nil || used < len(p):
		return dst, false, false
	}
	// Every decoder stands U+FFFD for what it can't read. GB18030 alone has that
	// character itself, as four bytes.
	if r, size := utf8.DecodeRune(b[:n]); r == utf8.RuneError && (size < n || len(p) < 4) {
		return dst, false, false
	}
	return append(dst, b[:n]...), true, false
}

// asciiOnly is US-ASCII: what is above it is not valid, and passes as it is.
type asciiOnly struct{}

func (asciiOnly) NewDecoder() *encoding.Decoder {
	return &encoding.Decoder{Transformer: asciiCoder{}}
}

func (asciiOnly) NewEncoder() *encoding.Encoder {
	return &encoding.Encoder{Transformer: asciiCoder{encode: true}}
}

type asciiCoder struct {
	transform.NopResetter
	encode bool
}

func (a asciiCoder) Transform(dst, src []byte, _ bool) (nDst, nSrc int, err error) {
	for _, b := range src {
		out := string(rune(b))
		if b >= utf8.RuneSelf {
			if a.encode {
				return nDst, nSrc, errUnencodable
			}
			out = "\uFFFD"
		}
		if nDst+len(out) > len(dst) {
			return nDst, nSrc, transform.ErrShortDst
		}
		nDst += copy(dst[nDst:], out)
		nSrc++
	}
	return nDst, nSrc, nil
}
