package text

import (
	"bytes"
	"errors"
	"fmt"

	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

// Decoder turns an encoding into UTF-8 and does nothing else: escape sequences and
// controls stay, for those who show them at a terminal. It is for one goroutine at
// a time.
type Decoder struct {
	t    transform.Transformer
	held []byte // the beginning of a character
}

// NewDecoder returns a decoder for the encoding of that name ("" is UTF-8). The
// error wraps ErrUnknownEncoding.
func NewDecoder(name string) (*Decoder, error) {
	if name == "" {
		name = "utf-8"
	}
	_, e, ok := lookup(name)
	if !ok {
		return nil, fmt.Errorf("%w %q", ErrUnknownEncoding, name)
	}
	if e == nil {
		e = unicode.UTF8
	}
	return &Decoder{t: e.NewDecoder().Transformer}, nil
}

// Append appends to dst what src adds. The beginning of a character at the end of
// src waits for the next call; what is no character is U+FFFD.
func (d *Decoder) Append(dst, src []byte) []byte {
	if len(d.held) > 0 {
		src = append(d.held, src...)
		d.held = nil
	}
	var piece [512]byte
	for len(src) > 0 {
		n, used, err := d.t.Transform(piece[:], src, false)
		dst = append(dst, piece[:n]...)
		src = src[used:]
		switch {
		case err == nil, errors.Is(err, transform.ErrShortDst):
		case errors.Is(err, transform.ErrShortSrc):
			d.held = bytes.Clone(src)
			return dst
		default: // no character
			dst = append(dst, "\uFFFD"...)
			src = src[1:]
		}
	}
	return dst
}

// Held reports whether the beginning of a character waits.
func (d *Decoder) Held() bool { return len(d.held) > 0 }
