// The way back: what a script writes, in the peer's encoding.

package text

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/transform"
)

// Encoder turns UTF-8 into the peer's encoding. It is for one goroutine at a
// time. The zero Encoder writes UTF-8.
type Encoder struct {
	name    string
	encoder transform.Transformer // nil: UTF-8
	strict  bool                  // bytes that are not UTF-8 can't be written as they are
}

// EncodeError says which character of a write the peer's encoding lacks.
type EncodeError struct {
	Encoding string // its canonical name
	Rune     rune   // the character
	Invalid  bool   // it is no character, but a byte that is not UTF-8
	Offset   int    // its place in the text, in bytes
}

// Error says it in one line.
func (e *EncodeError) Error() string {
	if e.Invalid {
		return fmt.Sprintf("the byte at offset %d is not UTF-8 and can not be written in %s", e.Offset, e.Encoding)
	}
	return fmt.Sprintf("%q (%U) at offset %d does not exist in %s", e.Rune, e.Rune, e.Offset, e.Encoding)
}

var errUnencodable = errors.New("no such character")

// NewEncoder returns an encoder for the encoding of that name ("" is UTF-8).
// The error wraps [ErrUnknownEncoding].
func NewEncoder(encoding string) (*Encoder, error) {
	if encoding == "" {
		return new(Encoder), nil
	}
	canonical, e, ok := lookup(encoding)
	if !ok {
		return nil, fmt.Errorf("%w %q", ErrUnknownEncoding, encoding)
	}
	enc := &Encoder{name: canonical}
	if e != nil {
		enc.encoder = e.NewEncoder().Transformer
		c, err := newCharset(encoding)
		enc.strict = err != nil || c.order != together
	}
	return enc, nil
}

// Append appends s in the peer's encoding to dst. A character that it lacks is
// an [*EncodeError], and then nothing is appended: a router must not be sent a
// "?" in the place of what was meant. Bytes that are not UTF-8 pass as they
// are, so that what a [View] could not decode can be sent back; the encodings
// of which a byte is no unit (UTF-16, ISO-2022-JP and so on) refuse them. Each
// call leaves the encoding in its initial shift state.
func (e *Encoder) Append(dst []byte, s string) ([]byte, error) {
	if e.encoder == nil {
		return append(dst, s...), nil
	}
	base := len(dst)
	for rest := s; rest != ""; {
		n := validPrefix(rest)
		if n == 0 {
			if e.strict {
				return dst[:base], &EncodeError{e.name, utf8.RuneError, true, len(s) - len(rest)}
			}
			dst = append(dst, rest[0])
			rest = rest[1:]
			continue
		}
		var used int
		var err error
		dst, used, err = e.run(dst, rest[:n])
		if err != nil {
			r, _ := utf8.DecodeRuneInString(rest[used:])
			e.encoder.Reset()
			return dst[:base], &EncodeError{e.name, r, false, len(s) - len(rest) + used}
		}
		rest = rest[n:]
	}
	return dst, nil
}

// run encodes s, which is valid UTF-8, and says how far it got.
func (e *Encoder) run(dst []byte, s string) (out []byte, used int, err error) {
	src := []byte(s)
	for {
		dst = grow(dst, len(src)-used+8)
		n, m, err := e.encoder.Transform(dst[len(dst):cap(dst)], src[used:], true)
		dst, used = dst[:len(dst)+n], used+m
		if !errors.Is(err, transform.ErrShortDst) {
			return dst, used, err
		}
	}
}

// validPrefix returns how many bytes at the beginning of s are valid UTF-8.
func validPrefix(s string) int {
	if utf8.ValidString(s) {
		return len(s)
	}
	if i := strings.IndexFunc(s, func(r rune) bool { return r == utf8.RuneError }); i > 0 {
		return i
	}
	if strings.HasPrefix(s, "\uFFFD") {
		return len("\uFFFD")
	}
	return 0
}
