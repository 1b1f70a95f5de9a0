package session_test

import (
	"io"
	"net"
	"os"
	"sync"
	"time"
)

// socketPair gives two ends of a connection that keeps what was written until it is
// read and can be tried without blocking, as sockets do, but lives in the time of a
// synctest bubble.
func socketPair() (a, b net.Conn) {
	there, back := newStream(), newStream()
	return &socket{in: back, out: there}, &socket{in: there, out: back}
}

// A stream is one direction.
type stream struct {
	mu      sync.Mutex
	data    []byte
	ended   bool          // by the writer
	broken  bool          // by the reader
	changed chan struct{} // closed when anything of this changes
	limit   time.Time     // of reads
}

func newStream() *stream { return &stream{changed: make(chan struct{})} }

// change makes a change and wakes who waits for one.
func (s *stream) change(f func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f()
	close(s.changed)
	s.changed = make(chan struct{})
}

// take reads what is there; wait is nil if there was something to tell.
func (s *stream) take(p []byte) (n int, wait chan struct{}, limit time.Time, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.broken:
		return 0, nil, s.limit, net.ErrClosed
	case !s.limit.IsZero() && !time.Now().Before(s.limit):
		return 0, nil, s.limit, os.ErrDeadlineExceeded
	case len(s.data) > 0:
		n = copy(p, s.data)
		s.data = s.data[n:]
		return n, nil, s.limit, nil
	case s.ended:
		return 0, nil, s.limit, io.EOF
	}
	return 0, s.changed, s.limit, nil
}

type socket struct{ in, out *stream }

func (c *socket) Read(p []byte) (int, error) {
	for {
		n, wait, limit, err := c.in.take(p)
		if wait == nil {
			return n, err
		}
		var strikes <-chan time.Time
		if !limit.IsZero() {
			timer := time.NewTimer(time.Until(limit))
			defer timer.Stop()
			strikes = timer.C
		}
		select {
		case <-wait:
		case <-strikes:
		}
	}
}

// ReadNow implements line.Immediate.
func (c *socket) ReadNow(p []byte) (n int, err error, ok bool) {
	n, wait, _, err := c.in.take(p)
	return n, err, wait == nil
}

func (c *socket) Write(p []byte) (n int, err error) {
	c.out.change(func() {
		switch {
		case c.out.ended:
			err = net.ErrClosed
		case c.out.broken:
			err = io.ErrClosedPipe
		default:
			c.out.data = append(c.out.data, p...)
			n = len(p)
		}
	})
	return n, err
}

// WriteNow implements line.Immediate.
func (c *socket) WriteNow(p []byte) (n int) {
	n, _ = c.Write(p)
	return n
}

func (c *socket) Close() error {
	c.out.change(func() { c.out.ended = true })
	c.in.change(func() { c.in.broken = true })
	return nil
}

func (c *socket) CloseWrite() error {
	c.out.change(func() { c.out.ended = true })
	return nil
}

func (c *socket) SetReadDeadline(t time.Time) error {
	c.in.change(func() { c.in.limit = t })
	return nil
}

func (c *socket) SetDeadline(t time.Time) error    { return c.SetReadDeadline(t) }
func (c *socket) SetWriteDeadline(time.Time) error { return nil }
func (c *socket) LocalAddr() net.Addr              { return nil }
func (c *socket) RemoteAddr() net.Addr             { return nil }
