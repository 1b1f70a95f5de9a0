//go:build unix

package session

import (
	"errors"
	"io"
	"net"
	"syscall"
)

// canTry tells whether a descriptor can be tried without waiting.
const canTry = true

// readNow reads what is there without waiting; ok is false if nothing is.
func (w *wire) readNow(p []byte) (n int, err error, ok bool) {
	if w.raw == nil || len(p) == 0 {
		return 0, nil, false
	}
	again := false
	rawErr := w.raw.Read(func(fd uintptr) bool {
		n, err = syscall.Read(int(fd), p)
		again = errors.Is(err, syscall.EAGAIN) || errors.Is(err, syscall.EINTR)
		return true
	})
	switch {
	case rawErr != nil:
		return 0, rawErr, true
	case again:
		return 0, nil, false
	case err != nil:
		return 0, err, true
	case n == 0:
		return 0, io.EOF, true
	}
	return n, nil, true
}

// writeNow writes what fits without waiting. An error that is not about fitting
// is left for the ordinary Write to meet.
func (w *wire) writeNow(p []byte) (n int) {
	if w.raw == nil {
		return 0
	}
	_ = w.raw.Write(func(fd uintptr) bool {
		n, _ = syscall.Write(int(fd), p)
		return true
	})
	return max(n, 0)
}

// writeUrgent writes p, of which TCP marks the last byte as urgent. Connections that
// know no such thing get it as any other.
func (w *wire) writeUrgent(p []byte) (n int, err error) {
	if _, ok := w.Conn.(*net.TCPConn); !ok || w.raw == nil {
		return w.Conn.Write(p)
	}
	rawErr := w.raw.Write(func(fd uintptr) bool {
		for {
			n, err = syscall.SendmsgN(int(fd), p, nil, nil, syscall.MSG_OOB)
			if !errors.Is(err, syscall.EINTR) {
				return !errors.Is(err, syscall.EAGAIN)
			}
		}
	})
	if rawErr != nil {
		return 0, rawErr
	}
	return max(n, 0), err
}
