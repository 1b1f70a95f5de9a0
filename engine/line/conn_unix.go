//go:build unix

package line

import (
	"errors"
	"io"
	"net"
	"syscall"
)

// canTry reports whether a descriptor can be tried without waiting.
const canTry = true

// readNow reads what is there without waiting; ok is false if nothing is.
func (c *Conn) readNow(p []byte) (n int, err error, ok bool) {
	if c.raw == nil || len(p) == 0 {
		return 0, nil, false
	}
	again := false
	rawErr := c.raw.Read(func(fd uintptr) bool {
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
func (c *Conn) writeNow(p []byte) (n int) {
	if c.raw == nil {
		return 0
	}
	_ = c.raw.Write(func(fd uintptr) bool {
		n, _ = syscall.Write(int(fd), p)
		return true
	})
	return max(n, 0)
}

// WriteUrgent writes p, of which TCP marks the last byte as urgent. Connections that
// know no such thing get it as any other.
func (c *Conn) WriteUrgent(p []byte) (n int, err error) {
	if _, ok := c.Conn.(*net.TCPConn); !ok || c.raw == nil {
		return c.Conn.Write(p)
	}
	rawErr := c.raw.Write(func(fd uintptr) bool {
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
