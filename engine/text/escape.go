// Escape sequences: how far one goes. ECMA-48 (ISO 6429), section 5, and what
// terminals do beyond it.

package text

import "bytes"

// The bounds on one sequence, in bytes after its introducer. A sequence that
// has no end by then is given up: what came of it stays dropped, what follows
// is text again.
const (
	MaxSequence = 256       // CSI and ESC sequences
	MaxString   = 64 * 1024 // OSC, DCS, SOS, PM and APC strings
)

const (
	nul = 0x00
	bel = 0x07
	lf  = '\n'
	cr  = '\r'
	can = 0x18
	sub = 0x1A
	esc = 0x1B
	del = 0x7F

	// The eight-bit forms, where the encoding has them.
	c1DCS = 0x90
	c1SOS = 0x98
	c1CSI = 0x9B
	c1ST  = 0x9C
	c1OSC = 0x9D
	c1PM  = 0x9E
	c1APC = 0x9F
)

// state is where a view stands in the stream.
type state uint8

const (
	ground       state = iota
	afterCR            // CR came: LF and NUL belong to it
	partial            // View.held begins a character
	escape             // ESC came
	intermediate       // ESC and bytes 0x20 to 0x2F: a designation of a charset, say
	csi                // ESC [
	osc                // ESC ]
	palette            // ESC ] P: Linux's console takes 7 hex digits and no terminator
	device             // DCS, SOS, PM, APC
	stringEscape       // ESC within a string: of ST, or of a new sequence
)

// sequence steps through the escape sequence that the view is in. It returns
// how many bytes of src belong to it; the state is ground if it ended.
func (v *View) sequence(src []byte) int {
	for i, b := range src {
		bound := MaxSequence
		if v.state >= osc {
			bound = MaxString
		}
		if v.length++; v.length > bound {
			v.state = ground
			return i
		}
		if !v.step(b) {
			v.state = ground
			return i
		}
		if v.state == ground {
			return i + 1
		}
	}
	return len(src)
}

// wholeCSI returns the length of the CSI sequence that src begins with, and 0
// if it doesn't, or if there is anything unusual about it: then the view steps
// through it. Most sequences are of this kind.
func wholeCSI(src []byte) int {
	if len(src) < 3 || src[0] != esc || src[1] != '[' {
		return 0
	}
	for i, b := range src[2:min(len(src), MaxSequence+2)] {
		if b < ' ' || b > '?' {
			if '@' <= b && b < del {
				return i + 3
			}
			break
		}
	}
	return 0
}

// step takes the next byte of a sequence. It reports false if the sequence
// broke off before this byte, which then is text.
func (v *View) step(b byte) bool {
	switch {
	case b == can || b == sub:
		v.state = ground
		return true
	case v.state >= osc && v.state != stringEscape:
		return v.stepString(b)
	case v.state == stringEscape && b == '\\':
		v.state = ground
		return true
	case b == esc:
		v.begin(escape)
		return true
	case b == nul || b == del:
		return true
	case b < ' ' || b > del:
		// A newline or a letter of another alphabet can't be part of one.
		return false
	}
	switch v.state {
	case csi:
		if b >= '@' {
			v.state = ground
		}
	case intermediate:
		v.stepIntermediate(b)
	default: // escape, or stringEscape: ESC ended the string and begins this
		v.stepEscape(b)
	}
	return true
}

func (v *View) begin(s state) {
	v.state, v.length = s, 0
}

func (v *View) stepEscape(b byte) {
	switch b {
	case '[':
		v.begin(csi)
	case ']', 'k': // ESC k is screen's title
		v.begin(osc)
		v.title = b == 'k'
	case 'P', 'X', '^', '_':
		v.begin(device)
	default:
		v.state = ground
		if b < '0' {
			v.state = intermediate
			v.shift = [2]byte{b}
		}
	}
}

func (v *View) stepIntermediate(b byte) {
	if b < '0' {
		if v.shift[1] == 0 {
			v.shift[1] = b
		} else {
			v.shift[0] = 0 // none that ISO-2022-JP has
		}
		return
	}
	v.state = ground
	if v.charset.shifts {
		switch [3]byte{v.shift[0], v.shift[1], b} {
		case [3]byte{'$', 0, '@'}, [3]byte{'$', 0, 'B'}, [3]byte{'$', '(', 'D'},
			[3]byte{'(', 0, 'B'}, [3]byte{'(', 0, 'J'}, [3]byte{'(', 0, 'I'}:
			v.designated = append(v.designated[:0], esc)
			v.designated = append(v.designated, bytes.TrimRight(v.shift[:], "\x00")...)
			v.designated = append(v.designated, b)
		}
	}
}

func (v *View) stepString(b byte) bool {
	first := v.state == osc && v.length == 1 && !v.title
	switch {
	case b == esc:
		v.begin(stringEscape)
	case b == bel && v.state != device,
		b == c1ST && v.controlAt(c1ST),
		b == 'R' && first: // Linux's console: reset the palette
		v.state = ground
	case b == lf && v.state != device:
		// No title or link holds a newline: the peer broke it off.
		return false
	case b == 'P' && first:
		v.state = palette
	case v.state == palette && !hex(b):
		v.state = osc
	case v.state == palette && v.length == 8:
		v.state = ground
	}
	return true
}

func hex(b byte) bool {
	return '0' <= b && b <= '9' || 'a' <= b|0x20 && b|0x20 <= 'f'
}

// controlAt reports whether byte b, 0x80 or above, is a C1 control here.
func (v *View) controlAt(b byte) bool {
	return v.charset.table[b&0x7F].n == control
}

// beginC1 begins the sequence that the C1 control b introduces.
func (v *View) beginC1(b byte) {
	switch b {
	case c1CSI:
		v.begin(csi)
	case c1OSC:
		v.begin(osc)
		v.title = false
	case c1ST:
		// the end of no string: dropped
	default:
		v.begin(device)
	}
}
