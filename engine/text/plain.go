package text

import (
	"bytes"
	"encoding/binary"
	"math/bits"
	"unicode/utf8"

	"github.com/moonwire/moonwire/engine/vt"
)

const (
	ones  = 0x0101010101010101
	highs = 0x80 * ones
)

// plain copies text from index i of src on, up to the first byte that needs a closer
// look, and returns where that is. CR LF is made "\n" on the way, and colours are left
// out.
func (v *View) plain(src []byte, i int, next *marks) int {
	out, start := v.out, i
	high := false // characters above ASCII pass, up to those that may be no text
	for i < len(src) {
		end := next.cr.in(src, i, cr)
		if high {
			end = min(end, next.c2.in(src, i, 0xC2), next.d8.in(src, i, 0xD8), next.e2.in(src, i, 0xE2))
		}
		if i = clean(src[:end], i, high); i == len(src) {
			break
		}
		switch b := src[i]; {
		case b == cr && i+1 < len(src) && src[i+1] == lf:
			out = append(out, src[start:i]...)
			start = i + 1
			i += 2
			continue
		case b == esc:
			if n := colour(src[i:]); n > 0 && (!high || incomplete(src[start:i]) == 0) {
				out = append(out, src[start:i]...)
				i += n
				start = i
				continue
			}
		case b < utf8.RuneSelf:
		case v.charset.order == together && !v.charset.utf8:
			out = append(out, src[start:i]...)
			start = i
			var n int
			if out, n = v.high(out, src[i:]); n > 0 {
				i += n
				start = i
				continue
			}
		case !high:
			high = true
			continue
		case utf8.FullRune(src[i:]):
			if r, size := utf8.DecodeRune(src[i:]); size == 1 || !unseen(r) {
				i += size
				continue
			}
		}
		break // the loop: what is here needs a closer look
	}
	if high {
		i -= incomplete(src[start:i])
	}
	v.out = append(out, src[start:i]...)
	return i
}

// marks knows where in a piece of text the next of some bytes are. Each is looked for
// on its own, which processors do many bytes at a time, and never twice in the same
// place.
type marks struct{ cr, c2, d8, e2 place1 }

// place1 is the last place found of a byte, plus 1; 0 if none was looked for.
type place1 int

// in returns the next place of b in src from i on, len(src) if there is none.
func (p *place1) in(src []byte, i int, b byte) int {
	if at := int(*p) - 1; at >= i {
		return at
	}
	at := len(src)
	if n := bytes.IndexByte(src[i:], b); n >= 0 {
		at = i + n
	}
	*p = place1(at + 1)
	return at
}

// clean returns the index, from i on, of the first byte of src that is a control other
// than HT and LF, or, unless high, not ASCII.
func clean(src []byte, i int, high bool) int {
	for {
		for i+32 <= len(src) {
			p := src[i : i+32 : i+32]
			a, b := binary.LittleEndian.Uint64(p), binary.LittleEndian.Uint64(p[8:])
			c, d := binary.LittleEndian.Uint64(p[16:]), binary.LittleEndian.Uint64(p[24:])
			// In all four words each byte is ASCII, at least 0x20 and no DEL.
			above := (a + 0x60*ones) & (b + 0x60*ones) & (c + 0x60*ones) & (d + 0x60*ones)
			below := a | b | c | d | (a + ones) | (b + ones) | (c + ones) | (d + ones)
			if above&^below&highs != highs {
				break
			}
			i += 32
		}
		for i+8 <= len(src) {
			m := unclean(binary.LittleEndian.Uint64(src[i:]), high)
			if m != 0 {
				i += bits.TrailingZeros64(m) / 8
				break
			}
			i += 8
		}
		if i+8 > len(src) {
			break
		}
		if b := src[i]; b != lf && b != ht {
			return i
		}
		i++
	}
	if n := len(src) - 8; n >= 0 && i < len(src) { // the last bytes, with those before them
		if unclean(binary.LittleEndian.Uint64(src[n:]), high)>>(8*uint(i-n)) == 0 {
			return len(src)
		}
	}
	for i < len(src) {
		if b := src[i]; b < ' ' && b != lf && b != ht || b == del || b > del && !high {
			return i
		}
		i++
	}
	return i
}

// unclean returns a word in which the high bit is set of each byte of w that is below
// 0x20, or DEL, or, unless high, above.
func unclean(w uint64, high bool) uint64 {
	low := w &^ highs
	m := ^(low + 0x60*ones) | (low + ones)
	if high {
		return m &^ w & highs
	}
	return (m | w) & highs
}

// colour returns the length of the SGR sequence (CSI m) that src begins with, 0 if it
// doesn't: nearly all sequences are of this kind, and change nothing here.
func colour(src []byte) int {
	if len(src) < 3 || src[1] != '[' {
		return 0
	}
	for i, b := range src[2:min(len(src), vt.MaxSequence)] {
		if b < '0' || b > ';' {
			if b == 'm' {
				return i + 3
			}
			break
		}
	}
	return 0
}

// incomplete returns how many bytes at the end of p begin a character in UTF-8 that is
// valid as far as it goes.
func incomplete(p []byte) int {
	for i := 1; i < utf8.UTFMax && i <= len(p); i++ {
		switch b := p[len(p)-i]; {
		case b < utf8.RuneSelf:
			return 0
		case b >= 0xC0:
			if utf8.FullRune(p[len(p)-i:]) {
				return 0
			}
			return i
		}
	}
	return 0
}

// unseen reports whether r has no look of its own and would change how others look: a
// control, or one of the characters that turn the direction of the text.
func unseen(r rune) bool {
	switch {
	case r < 0x80:
		return false
	case r < 0xA0: // C1
		return true
	case r == 0x061C, // ARABIC LETTER MARK
		0x200E <= r && r <= 0x200F, // LEFT-TO-RIGHT MARK, RIGHT-TO-LEFT MARK
		0x202A <= r && r <= 0x202E, // embeddings and overrides
		0x2066 <= r && r <= 0x2069: // isolates
		return true
	}
	return false
}

// high takes a run of characters above ASCII that are whole, in the charsets of order
// together.
func (v *View) high(dst, src []byte) ([]byte, int) {
	i := 0
	for i < len(src) && src[i] >= utf8.RuneSelf {
		switch e := &v.charset.table[src[i]&0x7F]; e.n {
		case 1:
			dst = append(dst, e.b[0])
		case 2:
			dst = append(dst, e.b[0], e.b[1])
		case 3:
			dst = append(dst, e.b[0], e.b[1], e.b[2])
		case lead:
			n, whole := len(dst), false
			if i+2 <= len(src) {
				dst, whole, _ = v.charset.decode(dst, src[i:i+2])
			}
			if !whole {
				return dst, i
			}
			if r, _ := utf8.DecodeRune(dst[n:]); unseen(r) {
				dst, v.redrawn = dst[:n], true
			}
			i++
		default:
			return dst, i
		}
		i++
	}
	return dst, i
}
