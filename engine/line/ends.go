package line

import (
	"bytes"
	"errors"
	"io"
	"net"
	"os"
	"syscall"
)

// ErrGone is the cause of an end for a line whose other end was on this machine and is not
// there any more, such as a port that was unplugged.
var ErrGone = errors.New("is gone")

// Error tells that a layer which the peer put over the connection broke.
type Error struct {
	What string // "TLS", "START-TLS", "compression", "SYNCH" or "telnet"
	Err  error
}

// Error gives one line.
func (e *Error) Error() string {
	if errors.Is(e.Err, io.ErrUnexpectedEOF) {
		return e.What + " failed: the connection ended without the closing message of " + e.layer() + ", so the text may be cut short"
	}
	return e.What + " failed: " + e.Err.Error()
}

// layer names the protocol of the layer.
func (e *Error) layer() string {
	if e.What == "START-TLS" {
		return "TLS"
	}
	return e.What
}

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Err }

// endCause returns why a connection ended for which Read returned err: nil if it
// ended in order, a *Error if a layer over it broke. secured says whether
// TLS lies over the connection, and cut that the connection itself has ended:
// crypto/tls takes that for an orderly end between two records, where anyone on
// the way can make it.
func endCause(err error, secured, cut bool) error {
	if secured && cut && err == io.EOF { // as below
		return NewError("TLS", err)
	}
	if errors.Is(err, net.ErrClosed) || err == io.EOF { // a wrapped EOF is an end within something
		return nil
	}
	if _, ok := errors.AsType[*Error](err); ok {
		return err
	}
	_, system := errors.AsType[syscall.Errno](err)
	if secured && !system && !errors.Is(err, os.ErrDeadlineExceeded) {
		return NewError("TLS", err)
	}
	return err
}

// NewError returns the error of a layer. The end of the connection is an
// unexpected one inside a layer, and never an EOF to those who ask by errors.Is.
func NewError(what string, err error) *Error {
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	return &Error{What: what, Err: err}
}

// restConn is the connection with bytes before it that were read too early.
type restConn struct {
	*Conn
	in io.Reader
}

func (c restConn) Read(p []byte) (int, error) { return c.in.Read(p) }

func before(head []byte, rest io.Reader) io.Reader {
	if len(head) == 0 {
		return rest
	}
	return io.MultiReader(bytes.NewReader(bytes.Clone(head)), rest)
}
