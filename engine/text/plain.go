package text

import (
	"encoding/binary"
	"math/bits"
	"unicode/utf8"
)

const (
	ones  = 0x0101010101010101
	highs = 0x80 * ones
)

// plain copies text from index i of src on, up to the first byte that needs a closer
// look, and returns where that is. CR LF is made "\n" on the way.
func (v *View) plain(src []byte, i int) int {
	out, start := v.out, i
	for {
		i = clean(src, i)
		if i == len(src) {
			break
		}
		if b := src[i]; b == cr && i+1 < len(src) && src[i+1] == lf {
			out = append(out, src[start:i]...)
			start = i + 1
			i += 2
			continue
		} else if b < utf8.RuneSelf {
			break
		}
		if v.charset.order == together && !v.charset.utf8 {
			out = append(out, src[start:i]...)
			start = i
			var n int
			if out, n = v.high(out, src[i:]); n == 0 {
				break
			}
			i += n
			start = i
			continue
		}
		n := seen(src[i:])
		if n == 0 {
			break
		}
		i += n
	}
	v.out = append(out, src[start:i]...)
	return i
}

// clean returns the index, from i on, of the first byte of src that is a control other
// than HT and LF, or not ASCII.
func clean(src []byte, i int) int {
	for {
		for i+32 <= len(src) {
			p := src[i : i+32 : i+32]
			a, b := binary.LittleEndian.Uint64(p), binary.LittleEndian.Uint64(p[8:])
			c, d := binary.LittleEndian.Uint64(p[16:]), binary.LittleEndian.Uint64(p[24:])
			if unclean(a)|unclean(b)|unclean(c)|unclean(d) != 0 {
				break
			}
			i += 32
		}
		for i+8 <= len(src) {
			m := unclean(binary.LittleEndian.Uint64(src[i:]))
			if m != 0 {
				i += bits.TrailingZeros64(m) / 8
				break
			}
			i += 8
		}
		if i+8 > len(src) {
			for i < len(src) && (src[i] >= ' ' && src[i] < del || src[i] == ht || src[i] == lf) {
				i++
			}
			return i
		}
		if b := src[i]; b != lf && b != ht && (b < ' ' || b >= del) {
			return i
		}
		i++
	}
}

// unclean returns a word in which the high bit is set of each byte of w that is below
// 0x20 or above 0x7E.
func unclean(w uint64) uint64 {
	low := w &^ highs
	return (^(low + 0x60*ones | w) | w | (low + ones)) & highs
}

// seen returns how many bytes from the first on are characters in UTF-8 above ASCII
// that are seen, or bytes that are not valid; 0 where one is a control, or is cut off.
func seen(src []byte) int {
	i := 0
	for i < len(src) && src[i] >= utf8.RuneSelf {
		if src[i] != 0xC2 && src[i] != 0xE2 && src[i] != 0xD8 && i+utf8.UTFMax <= len(src) {
			i++ // a byte within a character does not matter: none of these begins in one
			continue
		}
		if !utf8.FullRune(src[i:]) {
			break
		}
		r, size := utf8.DecodeRune(src[i:])
		if unseen(r) && size > 1 {
			break
		}
		i += size
	}
	return i
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
				dst = dst[:n]
			}
			i++
		default:
			return dst, i
		}
		i++
	}
	return dst, i
}
