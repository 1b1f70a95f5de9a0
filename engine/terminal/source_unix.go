//go:build unix

package terminal

// Reading a descriptor without ever being stuck in read(2): the wait is for
// the descriptor or a pipe of our own, whichever comes first, and the read
// follows only when it will not block. The descriptor's own flags stay as they
// are, for they belong to the shell that gave it to us as well.

import (
	"context"
	"errors"
	"io"
	"os"
	"sync"

	"golang.org/x/sys/unix"
)

type fdSource struct {
	fd int

	mu           sync.Mutex
	wakeR, wakeW int // -1 until the first wait, and after close
	waiting      bool
	woken        bool
	closed       bool
}

func newSource(f *os.File) source {
	return &fdSource{fd: int(f.Fd()), wakeR: -1, wakeW: -1}
}

func (s *fdSource) read(ctx context.Context, p []byte) (int, error) {
	r, err := s.pipe()
	if err != nil {
		return 0, err
	}
	stop := context.AfterFunc(ctx, s.wake)
	readable, err := waitReadable(s.fd, r)
	stop()
	s.waited()
	if err != nil || ctx.Err() != nil || !readable {
		return 0, errors.Join(err, ctx.Err())
	}
	return s.take(p)
}

func (s *fdSource) ready(p []byte) (int, error) {
	readable, err := isReadable(s.fd)
	if err != nil || !readable {
		return 0, err
	}
	return s.take(p)
}

func (s *fdSource) take(p []byte) (int, error) {
	for {
		n, err := unix.Read(s.fd, p)
		switch {
		case err == unix.EINTR:
			continue
		case err == unix.EAGAIN:
			return 0, nil
		case err == unix.EIO: // the terminal has gone
			return 0, io.EOF
		case err != nil:
			return 0, os.NewSyscallError("read", err)
		case n == 0:
			return 0, io.EOF
		}
		return n, nil
	}
}

// pipe returns the end of the pipe that a wait listens on.
func (s *fdSource) pipe() (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return -1, os.ErrClosed
	}
	if s.wakeR < 0 {
		var p [2]int
		if err := unix.Pipe(p[:]); err != nil {
			return -1, os.NewSyscallError("pipe", err)
		}
		for _, fd := range p {
			unix.CloseOnExec(fd)
			_ = unix.SetNonblock(fd, true)
		}
		s.wakeR, s.wakeW = p[0], p[1]
	}
	s.waiting = true
	return s.wakeR, nil
}

// wake ends the wait that goes on, if there is one. A late one costs the next
// wait a turn and nothing else.
func (s *fdSource) wake() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.wakeW >= 0 && !s.woken {
		s.woken = true
		_, _ = unix.Write(s.wakeW, []byte{0})
	}
}

// waited takes the wake-ups that have come.
func (s *fdSource) waited() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.waiting = false
	if s.closed {
		s.closePipe()
		return
	}
	if s.woken {
		var b [8]byte
		_, _ = unix.Read(s.wakeR, b[:])
	}
	s.woken = false
}

// close ends a wait that goes on, which then closes the pipe.
func (s *fdSource) close() {
	s.wake()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	if !s.waiting {
		s.closePipe()
	}
}

func (s *fdSource) closePipe() {
	if s.wakeR >= 0 {
		_ = unix.Close(s.wakeR)
		_ = unix.Close(s.wakeW)
		s.wakeR, s.wakeW = -1, -1
	}
}
