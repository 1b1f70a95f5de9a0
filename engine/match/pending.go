package match

// The bytes of a rune that has not ended yet. Package regexp decodes runes, and
// takes a byte that belongs to none for U+FFFD; so do the machines, a byte at a
// time in both directions. A run of bytes means the same from both ends: a rune's
// first byte cannot be in the middle of another rune, and what follows it either
// completes it or leaves all of them invalid one by one.

import (
	"sort"
	"unicode/utf8"
)

type pending struct {
	n    uint8 // how many bytes; 0 when between runes
	need uint8 // how many are missing (forwards only)
	// lo and hi bound the next byte (forwards only).
	lo, hi byte
	// uniform: val is already a rune that stands for all that may come, as no
	// set of the program can tell them apart. So texts in scripts that a
	// program does not speak of need a handful of states.
	uniform bool
	// val is, forwards, the bits of the rune so far; backwards the bytes, the
	// one seen last in the lowest eight bits.
	val rune
}

// start begins a rune with byte x; it reports false if none begins so.
func (p *pending) start(x byte, bounds []rune) bool {
	q := pending{n: 1, lo: 0x80, hi: 0xBF}
	switch {
	case x < 0xC2:
		return false
	case x < 0xE0:
		q.need, q.val = 1, rune(x&0x1F)
	case x < 0xF0:
		q.need, q.val = 2, rune(x&0x0F)
		if x == 0xE0 {
			q.lo = 0xA0
		} else if x == 0xED {
			q.hi = 0x9F
		}
	case x < 0xF5:
		q.need, q.val = 3, rune(x&0x07)
		if x == 0xF0 {
			q.lo = 0x90
		} else if x == 0xF4 {
			q.hi = 0x8F
		}
	default:
		return false
	}
	q.settle(bounds)
	*p = q
	return true
}

// take adds the byte x, from lo to hi.
func (p *pending) take(x byte, bounds []rune) {
	p.n++
	p.need--
	if !p.uniform {
		p.val = p.val<<6 | rune(x&0x3F)
	}
	p.lo, p.hi = 0x80, 0xBF
	if p.need > 0 {
		p.settle(bounds)
	}
}

// span gives the least and the greatest rune that can come of p.
func (p *pending) span() (lo, hi rune) {
	if p.uniform {
		return p.val, p.val
	}
	shift := 6 * uint(p.need-1)
	lo = (p.val<<6 | rune(p.lo&0x3F)) << shift
	hi = (p.val<<6|rune(p.hi&0x3F))<<shift | (1<<shift - 1)
	return lo, hi
}

// settle makes p uniform if it can be.
func (p *pending) settle(bounds []rune) {
	if p.uniform {
		return
	}
	lo, hi := p.span()
	i := sort.Search(len(bounds), func(i int) bool { return bounds[i] > lo })
	if i < len(bounds) && bounds[i] <= hi {
		return
	}
	p.uniform, p.val = true, utf8.RuneSelf
	if i > 0 {
		p.val = max(p.val, bounds[i-1])
	}
}

// push adds, backwards, one more byte that is not a rune's first.
func (p *pending) push(x byte, bounds []rune) {
	if i := sort.Search(len(bounds), func(i int) bool { return bounds[i] > utf8.RuneSelf }); i == len(bounds) ||
		bounds[i] > utf8.MaxRune {
		// All that matters is whether it is a rune at all.
		switch {
		case x < 0x90:
			x = 0x80
		case x < 0xA0:
			x = 0x90
		default:
			x = 0xA0
		}
	}
	p.n++
	p.val = p.val<<8 | rune(x)
}

// shift drops, backwards, the byte that was seen first.
func (p *pending) shift() {
	p.n--
	p.val &= 1<<(8*uint(p.n)) - 1
}

// runeBefore gives, backwards, the rune that x begins with the bytes seen last,
// and how many of those it takes: 0 if it begins none.
func (p *pending) runeBefore(x byte) (r rune, used int) {
	buf := [utf8.UTFMax]byte{x, byte(p.val), byte(p.val >> 8), byte(p.val >> 16)}
	r, size := utf8.DecodeRune(buf[:p.n+1])
	if size == 1 {
		return 0, 0
	}
	return r, size - 1
}
