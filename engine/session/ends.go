package session

import (
	"errors"
	"io"
	"net"
	"os"
	"syscall"

	"github.com/moonwire/moonwire/engine/telnet"
)

// How a conversation ends. There are three ways, and a read tells them apart:
//
//   - In order: the peer closes the connection. A read returns io.EOF.
//   - Lost: the network or the peer's system breaks the connection, by a reset
//     for example. A read fails with a *WaitError that wraps io.EOF and gives the
//     reason as its Cause. A wait that lists EOF still matches it, and the
//     result's Ended has the reason.
//   - Broken: TLS, START-TLS or compression fails, so that what came may be cut
//     short by anyone. Every read fails with a *LayerError, a listed EOF too.
//
// In every case the text that came before stays readable.

// endCause returns why a connection ended for which Read returned err: nil if it
// ended in order, a *LayerError if a layer over it broke. secured says whether
// TLS lies over the connection, and cut that the connection itself has ended:
// crypto/tls takes that for an orderly end between two records, where anyone on
// the way can make it.
func endCause(err error, secured, cut bool) error {
	if secured && cut && err == io.EOF { //nolint:errorlint // as below
		return newLayerError("TLS", err)
	}
	if errors.Is(err, net.ErrClosed) || err == io.EOF { //nolint:errorlint // a wrapped EOF is an end within something
		return nil
	}
	if _, ok := errors.AsType[*LayerError](err); ok {
		return err
	}
	_, corrupt := errors.AsType[*telnet.InflateError](err)
	_, system := errors.AsType[syscall.Errno](err)
	switch {
	case corrupt, errors.Is(err, telnet.ErrNested):
		return newLayerError("compression", err)
	case secured && !system && !errors.Is(err, os.ErrDeadlineExceeded):
		return newLayerError("TLS", err)
	}
	return err
}

// newLayerError returns the error of a layer. The end of the connection is an
// unexpected one inside a layer, and never an EOF to those who ask by errors.Is.
func newLayerError(what string, err error) *LayerError {
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	return &LayerError{What: what, Err: err}
}

// broken returns the *LayerError with which the conversation ended, nil if it
// ended otherwise or goes on. The lock is held.
func (s *Session) broken() error {
	if broken, ok := errors.AsType[*LayerError](s.eofCause); ok {
		return broken
	}
	return nil
}

// ended returns what a read at the end of the conversation fails with: io.EOF
// after an orderly end, else a *WaitError. The lock is held.
func (s *Session) ended(o WaitOptions) error {
	if s.eofCause == nil {
		return io.EOF
	}
	return s.waitError(o, nil, s.clock.Now(), io.EOF)
}

// endCounts reports whether the end of the conversation may decide w: an end in
// order does, a lost connection unless the wait is for an orderly end, a broken
// layer never. The lock is held.
func (s *Session) endCounts(w *wait) bool {
	return s.eofCause == nil || !w.orderly && s.broken() == nil
}
