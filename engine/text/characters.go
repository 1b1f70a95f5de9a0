package text

// Characters: what the encoding makes of the bytes.

import (
	"errors"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/transform"
)

// text takes bytes without controls of ASCII. It returns how many of them it took:
// fewer than all when a control sequence begins, and at least one.
func (v *View) text(p []byte) int {
	switch {
	case v.charset.order == filterFirst:
		v.scratch = v.transform(v.scratch[:0], p)
		v.print(v.scratch)
		return len(p)
	case v.charset.utf8 || v.charset.order == decodeFirst:
		return v.textUTF8(p)
	}
	return v.textTable(p)
}

// textUTF8 is text for UTF-8.
func (v *View) textUTF8(p []byte) int {
	start := 0
	for i := 0; i < len(p); {
		if p[i] < utf8.RuneSelf {
			i++
			continue
		}
		if p[i] != 0xC2 && p[i] != 0xE2 && p[i] != 0xD8 && len(p)-i >= utf8.UTFMax { // no control begins so
			i++
			continue
		}
		if !utf8.FullRune(p[i:]) {
			v.print(p[start:i])
			v.nheld, v.redrawn = copy(v.held[:], p[i:]), true
			return len(p)
		}
		r, size := utf8.DecodeRune(p[i:])
		if !unseen(r) || size == 1 {
			i += size
			continue
		}
		v.print(p[start:i])
		v.redrawn = true // half of it would be text at a pause
		i += size
		start = i
		if r < 0xA0 {
			v.c1(byte(r))
			if v.parser.Active() {
				return i
			}
		}
	}
	v.print(p[start:])
	return len(p)
}

// textTable is text for the charsets without shift states.
func (v *View) textTable(p []byte) int {
	dst := v.scratch[:0]
	defer func() { v.scratch = dst[:0] }()
	for i := 0; i < len(p); i++ {
		b := p[i]
		if b < utf8.RuneSelf {
			dst = append(dst, b)
			continue
		}
		switch e := &v.charset.table[b&0x7F]; e.n {
		default:
			dst = append(dst, e.b[:e.n]...)
		case control:
			v.print(dst)
			dst = dst[:0]
			v.c1(b)
			if v.parser.Active() {
				return i + 1
			}
		case lead:
			n, whole := len(dst), false
			if i+2 <= len(p) {
				dst, whole, _ = v.charset.decode(dst, p[i:i+2])
			}
			if !whole {
				v.print(dst)
				v.held[0], v.nheld, v.redrawn = b, 1, true
				return i + 1
			}
			if r, _ := utf8.DecodeRune(dst[n:]); unseen(r) {
				dst, v.redrawn = dst[:n], true
			}
			i++
		}
	}
	v.print(dst)
	return len(p)
}

// character takes bytes behind those held. It returns how many of src it took; a
// control among them does what it does, and those that no one sees do not break the
// character.
func (v *View) character(src []byte) int {
	b := src[0]
	if b < ' ' || b == del {
		if moves(b) {
			v.giveUp()
		}
		v.control(b)
		return 1
	}
	if v.charset.utf8 || v.charset.order == decodeFirst {
		return v.characterUTF8(b)
	}
	v.held[v.nheld] = b
	v.nheld++
	dst, whole, more := v.charset.decode(v.scratch[:0], v.held[:v.nheld])
	v.scratch = dst[:0]
	switch {
	case more && v.nheld < len(v.held):
	case whole:
		v.nheld = 0
		if r, _ := utf8.DecodeRune(dst); !unseen(r) {
			v.print(dst)
		}
		v.redrawn = true
	default:
		v.reread()
	}
	return 1
}

func (v *View) characterUTF8(b byte) int {
	p := append(v.held[:v.nheld:len(v.held)], b)
	if !utf8.FullRune(p) {
		v.nheld = len(p)
		return 1
	}
	r, size := utf8.DecodeRune(p)
	v.nheld, v.redrawn = 0, true
	switch {
	case size < len(p): // b is not of it
		v.print(p[:len(p)-1])
		return 0
	case !unseen(r):
		v.print(p)
	case r < 0xA0:
		v.c1(byte(r))
	}
	return 1
}

// giveUp ends an unfinished character: its first byte passes as it is, and the others
// are read afresh.
func (v *View) giveUp() {
	for v.nheld > 0 {
		v.reread()
	}
}

func (v *View) reread() {
	held, n := v.held, v.nheld
	v.nheld = 0
	if v.charset.utf8 {
		v.print(held[:n])
		return
	}
	v.print(held[:1])
	v.scan(held[1:n])
}

// print puts characters where the cursor is.
func (v *View) print(p []byte) {
	if len(p) == 0 {
		return
	}
	if v.graphics.on() {
		p = v.graphics.translate(p)
	}
	v.act()
	v.skipLF = false
	if v.line.away {
		v.arrive()
	}
	if v.line.active {
		v.overwrite(p)
	} else {
		v.out = append(v.out, p...)
	}
}

// transform runs the charset's decoder over what is carried and src.
func (v *View) transform(dst, src []byte) []byte {
	if len(v.carry) > 0 {
		src = append(v.carry, src...)
	}
	for {
		dst = grow(dst, len(src)+utf8.UTFMax)
		n, used, err := v.charset.decoder.Transform(dst[len(dst):cap(dst)], src, false)
		dst, src = dst[:len(dst)+n], src[used:]
		if !errors.Is(err, transform.ErrShortDst) {
			break // nothing left, or the beginning of a character
		}
	}
	v.carry = append(v.carry[:0], src...)
	if v.charset.order == filterFirst || strings.HasPrefix(v.charset.name, "utf-") {
		v.redrawn = true // what has come of a character or a shift would be text at a pause
	}
	return dst
}
