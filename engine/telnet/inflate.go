package telnet

// MCCP2: reading a stream that turns compressed, and back.

import (
	"compress/zlib"
	"errors"
	"fmt"
	"io"
)

// Inflater is a reader that passes another one through, and from [Inflater.Start]
// on inflates it (zlib, RFC 1950), up to the end of the compressed stream; what
// follows that is passed through again. It inflates only as much as is asked
// for, so that a stream that expands a thousandfold is held back by a reader
// that does not read on.
//
// A block that the peer ends by a sync flush, as MCCP2 has it, is readable at
// once. One that is ended by zlib's older partial flush is so only when the next
// one begins, a limit of compress/flate.
type Inflater struct {
	in       source
	zlib     io.ReadCloser
	inflated int64
	inflates bool
	started  bool // zlib stands in the stream that is being inflated
	err      error
}

// InflateError is a compressed stream that is corrupt, after Offset bytes of
// inflated data.
type InflateError struct {
	Offset int64
	Err    error
}

func (e *InflateError) Error() string {
	return fmt.Sprintf("mccp2: the compressed stream is corrupt after %d bytes of data: %v", e.Offset, e.Err)
}

// Unwrap returns zlib's own error.
func (e *InflateError) Unwrap() error { return e.Err }

// ErrNested is that a compressed stream began inside of another one.
var ErrNested = errors.New("mccp2: a compressed stream begins inside of another one")

// NewInflater returns a reader that passes r through until Start.
func NewInflater(r io.Reader) *Inflater {
	return &Inflater{in: source{r: r}}
}

// Start says that compressed data begins with rest, which was read before but
// not used up, and goes on with what r gives: call it on an event of kind
// [Compress] with the input that [Codec.Next] has left. It fails with
// [ErrNested] if the stream is compressed already.
func (f *Inflater) Start(rest []byte) error {
	if f.inflates {
		return ErrNested
	}
	f.in.unread(rest)
	f.inflates = true
	f.inflated = 0
	f.started = false
	return nil
}

// Compressed says whether what Read returns next is inflated.
func (f *Inflater) Compressed() bool { return f.inflates }

// Read reads inflated data, or what follows its end. Data from both sides of
// the end never comes in the same call. A corrupt stream is an [*InflateError];
// a stream cut off by the end of r is io.EOF, since that is how MCCP2 servers
// hang up. Other errors are those of r. After an error inside of a compressed
// stream all calls fail with it.
func (f *Inflater) Read(p []byte) (int, error) {
	for f.err == nil && f.inflates && len(p) > 0 {
		n, err := f.inflate(p)
		f.inflated += int64(n)
		switch {
		case err == nil:
		case errors.Is(err, io.EOF):
			f.inflates = false
		default:
			f.err = f.failure(err)
		}
		if n > 0 {
			return n, nil
		}
	}
	if f.err != nil {
		return 0, f.err
	}
	n, err := f.in.Read(p)
	if err != nil {
		f.in.err = nil // told; a deadline, say, may pass
	}
	return n, err
}

// inflate reads inflated data; io.EOF is the end of the compressed stream, since
// zlib calls an end of its input anywhere else io.ErrUnexpectedEOF.
func (f *Inflater) inflate(p []byte) (int, error) {
	if !f.started {
		if f.zlib == nil {
			stream, err := zlib.NewReader(&f.in)
			if err != nil {
				return 0, err
			}
			f.zlib = stream
		} else if err := f.zlib.(zlib.Resetter).Reset(&f.in, nil); err != nil {
			return 0, err
		}
		f.started = true
	}
	return f.zlib.Read(p)
}

// failure returns the error to report for one of zlib's.
func (f *Inflater) failure(err error) error {
	lacking := errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, f.in.err)
	if f.in.err != nil && len(f.in.buf) == 0 && lacking {
		return f.in.err // the stream is not at fault
	}
	return &InflateError{Offset: f.inflated, Err: err}
}

// roomSize is how much is read at once of a compressed stream.
const roomSize = 4096

// source is what zlib reads from. Being an io.ByteReader, it is not read beyond
// the end of the compressed stream.
type source struct {
	r    io.Reader
	buf  []byte // read, and not used
	room []byte // what buf is filled into
	err  error  // of r, once buf is used up
}

// unread puts p before what is to be read next.
func (s *source) unread(p []byte) {
	s.buf = append(append(make([]byte, 0, len(p)+len(s.buf)), p...), s.buf...)
}

func (s *source) fill() error {
	if s.room == nil {
		s.room = make([]byte, roomSize)
	}
	for len(s.buf) == 0 && s.err == nil {
		var n int
		n, s.err = s.r.Read(s.room)
		s.buf = s.room[:n]
	}
	if len(s.buf) == 0 {
		return s.err
	}
	return nil
}

func (s *source) ReadByte() (byte, error) {
	if len(s.buf) == 0 {
		if err := s.fill(); err != nil {
			return 0, err
		}
	}
	b := s.buf[0]
	s.buf = s.buf[1:]
	return b, nil
}

func (s *source) Read(p []byte) (int, error) {
	if len(s.buf) == 0 {
		if s.err != nil {
			return 0, s.err
		}
		if len(p) >= roomSize { // nothing to keep: no need to pass through room
			n, err := s.r.Read(p)
			if s.err = err; n > 0 {
				err = nil // it comes next time: what follows p may be compressed
			}
			return n, err
		}
		if err := s.fill(); err != nil {
			return 0, err
		}
	}
	n := copy(p, s.buf)
	s.buf = s.buf[n:]
	return n, nil
}
