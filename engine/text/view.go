// The view: the stream's state, and the fast way through plain text.

package text

import (
	"bytes"
	"encoding/binary"
	"errors"
	"math/bits"
	"unicode/utf8"

	"golang.org/x/text/transform"
)

// View turns a stream of bytes into text. It is for one goroutine at a time.
// The zero View is not usable; call [NewView].
type View struct {
	charset *charset
	state   state
	binary  bool // telnet's BINARY is on for what we read

	// held begins a character that has not come whole. In state ground it
	// belongs to UTF-8, which needs no state but has its characters told whole.
	held  [4]byte
	nheld uint8

	spill []byte // owed to dst since the last SetEncoding

	// In an escape sequence:
	length     int     // bytes since its introducer
	title      bool    // ESC k: no OSC
	shift      [2]byte // intermediates, for ISO-2022-JP's designations
	designated []byte  // a designation that the decoder must see

	// For the encodings decoded before or after the filter.
	scratch []byte
	carry   []byte
}

// NewView returns a view of text in the encoding of that name ("" is UTF-8).
// The error wraps [ErrUnknownEncoding].
func NewView(encoding string) (*View, error) {
	v := new(View)
	return v, v.SetEncoding(encoding)
}

// Encoding returns the encoding's canonical name.
func (v *View) Encoding() string { return v.charset.name }

// SetEncoding changes the encoding from the next byte on. A character that has
// come in part is not valid then: its bytes pass as they are. A held CR and an
// unfinished escape sequence go on. On an error, which wraps
// [ErrUnknownEncoding], nothing has changed.
func (v *View) SetEncoding(name string) error {
	if name == "" {
		name = "utf-8"
	}
	c, err := newCharset(name)
	if err != nil {
		return err
	}
	v.spill = v.giveUp(v.spill)
	v.charset = c
	return nil
}

// SetBinary tells the view that telnet's BINARY option is on (or off) for what
// the peer sends, from the next byte on.
func (v *View) SetBinary(on bool) { v.binary = on }

// Append appends to dst the text that src adds and returns the result. A CR at
// the end of src, with NULs after it or without, or the beginning of a character,
// waits for the next call or for [View.Flush]. It keeps nothing of src.
func (v *View) Append(dst, src []byte) []byte {
	dst = v.settle(dst)
	switch v.charset.order {
	case filterFirst:
		v.scratch = v.filter(v.scratch[:0], src)
		return v.transform(dst, v.scratch)
	case decodeFirst:
		v.scratch = v.transform(v.scratch[:0], src)
		return v.filter(dst, v.scratch)
	}
	return v.filter(dst, src)
}

// Flush appends what is held back: a CR, and the bytes of a character that has
// not come whole. It is for an event in the stream, a pause and the end. An
// unfinished escape sequence stays unfinished: if more comes, it goes on.
func (v *View) Flush(dst []byte) []byte {
	dst = v.giveUp(v.settle(dst))
	if v.state == afterCR {
		v.state = ground
		dst = append(dst, cr)
	}
	return dst
}

// Held reports whether [View.Flush] would append anything.
func (v *View) Held() bool {
	return v.state == afterCR || v.nheld > 0 || len(v.carry) > 0 || len(v.spill) > 0
}

func (v *View) settle(dst []byte) []byte {
	if len(v.spill) > 0 {
		dst = append(dst, v.spill...)
		v.spill = v.spill[:0]
	}
	return dst
}

// giveUp ends an unfinished character: its first byte passes as it is, and the
// others are read afresh.
func (v *View) giveUp(dst []byte) []byte {
	for v.nheld > 0 {
		dst = v.reread(dst)
	}
	dst = append(dst, v.carry...)
	v.carry = v.carry[:0]
	return dst
}

// filter is the whole view for the encodings of order together, and all but
// the decoding for the others.
func (v *View) filter(dst, src []byte) []byte {
	whole := v.charset.order != together || v.charset.utf8
	stop := uint64(0x8080808080808080)
	if whole {
		stop = 0
	}
	base := len(dst)
	var found marks
	long := true // the text has been plain for long
	if v.state == ground && v.nheld > 0 && len(src) > 0 {
		dst = append(dst, v.held[:v.nheld]...)
		v.nheld = 0
	}
	for i := 0; i < len(src); {
		switch v.state {
		case ground:
			begin := i
			if stop == 0 && long {
				dst, i = found.plain(dst, src, i)
			} else {
				var n int
				dst, n = plain(dst, src[i:], stop)
				i += n
			}
			long = i-begin >= longRun
			if stop != 0 {
				var n int
				dst, n = v.high(dst, src[i:])
				i += n
			}
			if n := wholeCSI(src[i:]); n > 0 {
				i += n
			} else if i < len(src) {
				dst = v.special(dst, src[i])
				i++
			}
		case afterCR:
			switch {
			case src[i] == lf:
				v.state = ground
				dst = append(dst, lf)
				i++
			case src[i] == nul && !v.binary:
				i++ // what comes next says whether this is a newline
			default:
				v.state = ground
				dst = append(dst, cr)
			}
		case partial:
			dst = v.character(dst, src[i])
			i++
		default:
			i += v.sequence(src[i:])
			if len(v.designated) > 0 {
				dst = append(dst, v.designated...)
				v.designated = v.designated[:0]
			}
		}
	}
	if v.charset.utf8 && v.state == ground {
		if n := incomplete(dst[base:]); n > 0 {
			v.nheld = uint8(copy(v.held[:], dst[len(dst)-n:]))
			dst = dst[:len(dst)-n]
		}
	}
	return dst
}

// high takes a run of characters above ASCII that are whole.
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
			var done bool
			if i+2 <= len(src) {
				dst, done, _ = v.charset.decode(dst, src[i:i+2])
			}
			if !done {
				return dst, i
			}
			i++
		default:
			return dst, i
		}
		i++
	}
	return dst, i
}

// special takes a byte that plain and high stopped at.
func (v *View) special(dst []byte, b byte) []byte {
	switch {
	case b == cr:
		v.state = afterCR
	case b == esc:
		v.begin(escape)
	case b == nul:
		if v.binary {
			dst = append(dst, nul)
		}
	case b < utf8.RuneSelf:
		dst = append(dst, b) // high stopped at ASCII
	case v.controlAt(b):
		v.beginC1(b)
	default:
		v.held[0], v.nheld = b, 1
		v.state = partial
	}
	return dst
}

// character takes the second or a later byte of a character. If that makes
// none, the first byte passes as it is and the others are read afresh.
func (v *View) character(dst []byte, b byte) []byte {
	v.held[v.nheld] = b
	v.nheld++
	dst, done, more := v.charset.decode(dst, v.held[:v.nheld])
	if more && int(v.nheld) < len(v.held) {
		return dst
	}
	if done {
		v.state, v.nheld = ground, 0
		return dst
	}
	return v.reread(dst)
}

// reread passes the first byte held as it is, and filters the others.
func (v *View) reread(dst []byte) []byte {
	held, n := v.held, v.nheld
	v.state, v.nheld = ground, 0
	dst = append(dst, held[0])
	if v.charset.utf8 {
		return append(dst, held[1:n]...)
	}
	return v.filter(dst, held[1:n])
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
	return dst
}

func grow(dst []byte, n int) []byte {
	if cap(dst)-len(dst) >= n {
		return dst
	}
	return append(dst, make([]byte, n)...)[:len(dst)]
}

// incomplete returns how many bytes at the end of p begin a character in UTF-8
// that is valid as far as it goes.
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

// longRun is how many bytes of plain text make it worth while to look for each byte
// that is not plain on its own.
const longRun = 64

// marks knows where in a piece of text the next of each byte is that plain text
// has not. Each is looked for on its own, which processors do many bytes at a time,
// and never twice in the same place.
type marks struct{ nul, cr, esc int }

// after is the next place of b in src that is not before i; known is the last one
// found, or 0.
func after(src []byte, i, known int, b byte) int {
	if known > i || known == i && i < len(src) && src[i] == b {
		return known
	}
	if n := bytes.IndexByte(src[i:], b); n >= 0 {
		return i + n
	}
	return len(src)
}

// plain copies text from index i on, up to the first byte that needs a closer look,
// with CR LF made "\n" on the way, and returns where that is.
func (m *marks) plain(dst, src []byte, i int) ([]byte, int) {
	m.nul, m.esc = after(src, i, m.nul, nul), after(src, i, m.esc, esc)
	stop := min(m.nul, m.esc)
	for {
		m.cr = after(src, i, m.cr, cr)
		end := min(m.cr, stop)
		dst = append(dst, src[i:end]...)
		if m.cr >= stop || m.cr+1 == len(src) || src[m.cr+1] != lf {
			return dst, end
		}
		i = m.cr + 1 // the CR before an LF
	}
}

// plain copies text up to the first byte that needs a closer look, with CR LF
// made "\n" on the way, and returns how much of src that was. It is for text with
// much between that is not plain, and for encodings in which bytes from 0x80 up need
// that look: then stop has the high bit of each byte set.
func plain(dst, src []byte, stop uint64) ([]byte, int) {
	const (
		ones = 0x0101010101010101
		high = 0x80 * ones
	)
	start, i := 0, 0
	for {
		// Eight bytes at a time: the lowest bit set in m is in the first byte
		// that is below 0x1C (all that matter are: NUL, CR, ESC), or above 0x7F.
		for ; i+8 <= len(src); i += 8 {
			w := binary.LittleEndian.Uint64(src[i:])
			if m := (w-(esc+1)*ones)&^w&high | w&stop; m != 0 {
				i += bits.TrailingZeros64(m) / 8
				break
			}
		}
		for i < len(src) && src[i] > esc && (src[i] < utf8.RuneSelf || stop == 0) {
			i++
		}
		if i >= len(src) {
			break
		}
		switch b := src[i]; {
		case b == cr && i+1 < len(src) && src[i+1] == lf:
			dst = append(dst, src[start:i]...)
			start = i + 1
			i += 2
		case b == nul || b == cr || b == esc || b >= utf8.RuneSelf && stop != 0:
			return append(dst, src[start:i]...), i
		default:
			i++
		}
	}
	return append(dst, src[start:]...), len(src)
}
