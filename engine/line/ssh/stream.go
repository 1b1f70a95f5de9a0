package ssh

import (
	"io"
	"net"
	"os"
	"sync"
	"time"

	"golang.org/x/crypto/ssh"
)

// The buffers of a stream begin small and grow with what comes.
const (
	minBuffer = 2 << 10
	maxBuffer = 64 << 10
)

// closeTime is how long Close waits for the host to be told.
const closeTime = 50 * time.Millisecond

// A stream is a channel of a connection as a net.Conn whose reads have deadlines. What
// it buffers is bounded; the channel's window holds the host back.
type stream struct {
	ch     ssh.Channel
	client *Client

	mu      sync.Mutex
	base    []byte // the buffer that out is a part of
	out     []byte // was read and is to be handed out
	err     error  // comes behind it
	closed  bool
	arrived chan struct{} // rung when out or err has changed
	drained chan struct{} // rung when out is empty
	over    chan struct{} // closed by Close
	alarm   deadline
	late    []func()  // requests that wait to go out, the first is on its way
	sent    sync.Cond // tells that late is empty, or that the stream is closed
	nudged  bool      // the next Read that would wait returns nothing

	writing sync.Mutex // the library wants no end of our side beside a write
}

// newStream reads ch. end is called behind its last byte and says how it ended.
func newStream(client *Client, ch ssh.Channel, end func() error) *stream {
	s := &stream{
		ch: ch, client: client,
		arrived: make(chan struct{}, 1), drained: make(chan struct{}, 1), over: make(chan struct{}),
		alarm: deadline{change: make(chan struct{})},
	}
	s.sent.L = &s.mu
	var both sync.WaitGroup
	turn := make(chan struct{}, 1) // who fills out
	for _, r := range []io.Reader{ch, ch.Stderr()} {
		both.Go(func() { s.pump(r, turn) })
	}
	go func() {
		both.Wait()
		err := end()
		s.mu.Lock()
		s.err = err
		s.mu.Unlock()
		ring(s.arrived)
	}()
	return s
}

func ring(bell chan struct{}) {
	select {
	case bell <- struct{}{}:
	default:
	}
}

// pump reads r until its end. While it fills one buffer, the other is handed out.
func (s *stream) pump(r io.Reader, turn chan struct{}) {
	in := make([]byte, minBuffer)
	for {
		n, err := r.Read(in)
		if n > 0 {
			turn <- struct{}{}
			in = s.swap(in, n)
			<-turn
			ring(s.arrived)
		}
		if err != nil {
			return
		}
	}
}

// swap hands the first n bytes of in out, once what came before them has been, and
// returns the buffer to read into next.
func (s *stream) swap(in []byte, n int) (next []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for len(s.out) > 0 && !s.closed {
		s.mu.Unlock()
		select {
		case <-s.drained:
		case <-s.over:
		}
		s.mu.Lock()
	}
	next, s.base, s.out = s.base, in, in[:n]
	if len(next) < maxBuffer && n == len(in) || next == nil {
		next = make([]byte, min(2*len(in), maxBuffer))
	}
	return next
}

// Read implements net.Conn. What has come is handed out whatever the deadline.
func (s *stream) Read(p []byte) (int, error) {
	for {
		s.mu.Lock()
		switch {
		case s.closed:
			s.mu.Unlock()
			return 0, net.ErrClosed
		case len(s.out) > 0:
			n := copy(p, s.out)
			s.out = s.out[n:]
			if len(s.out) == 0 {
				ring(s.drained)
			}
			s.mu.Unlock()
			return n, nil
		case s.nudged:
			s.nudged = false
			s.mu.Unlock()
			return 0, nil
		case s.err != nil:
			s.mu.Unlock()
			return 0, s.err
		}
		due, change := s.alarm.look()
		s.mu.Unlock()
		if due {
			return 0, os.ErrDeadlineExceeded
		}
		select {
		case <-s.arrived:
		case <-change:
		case <-s.over:
		}
	}
}

// Write implements net.Conn. What was requested before goes out before.
func (s *stream) Write(p []byte) (int, error) {
	s.mu.Lock()
	for len(s.late) > 0 && !s.closed {
		s.sent.Wait()
	}
	s.mu.Unlock()
	s.writing.Lock()
	defer s.writing.Unlock()
	return s.ch.Write(p)
}

// nudge makes a Read return nothing once all that has come is handed out.
func (s *stream) nudge() {
	s.mu.Lock()
	s.nudged = true
	s.mu.Unlock()
	ring(s.arrived)
}

// CloseWrite ends our side. It does not wait until the host is told.
func (s *stream) CloseWrite() error {
	s.later(func() {
		if s.writing.TryLock() { // else the host takes nothing, and the connection is about to be closed
			_ = s.ch.CloseWrite() // the host may have closed already
			s.writing.Unlock()
		}
	})
	return nil
}

// Close implements net.Conn.
func (s *stream) Close() error {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return net.ErrClosed
	}
	s.closed = true
	s.alarm.set(time.Time{}, nil)
	close(s.over)
	s.sent.Broadcast()
	s.mu.Unlock()
	told := make(chan struct{})
	go func() { // a host that takes nothing would hold us
		_ = s.ch.Close() // it may have closed already
		close(told)
	}()
	t := time.NewTimer(closeTime)
	defer t.Stop()
	select {
	case <-told:
	case <-t.C:
	}
	s.client.release()
	return nil
}

// later runs f, which sends a request and may block, behind those before it. It never
// blocks; f is dropped where too many wait.
func (s *stream) later(f func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed || len(s.late) >= maxRequests {
		return
	}
	if s.late = append(s.late, f); len(s.late) == 1 {
		go s.send()
	}
}

// send sends what waits.
func (s *stream) send() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for len(s.late) > 0 {
		f := s.late[0]
		s.mu.Unlock()
		f()
		s.mu.Lock()
		s.late = s.late[1:]
	}
	s.sent.Broadcast()
}

// maxRequests is the number of requests that may wait to go out.
const maxRequests = 16

// SetReadDeadline implements net.Conn.
func (s *stream) SetReadDeadline(t time.Time) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return net.ErrClosed
	}
	s.alarm.set(t, func(set int) {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.alarm.ringIf(set)
	})
	return nil
}

// SetDeadline implements net.Conn, for reads alone.
func (s *stream) SetDeadline(t time.Time) error { return s.SetReadDeadline(t) }

// SetWriteDeadline implements net.Conn. Writes have no deadline.
func (*stream) SetWriteDeadline(time.Time) error { return os.ErrNoDeadline }

// LocalAddr implements net.Conn.
func (s *stream) LocalAddr() net.Addr { return s.client.conn.LocalAddr() }

// RemoteAddr implements net.Conn.
func (s *stream) RemoteAddr() net.Addr { return s.client.conn.RemoteAddr() }

// A deadline is the time until which a read may wait.
type deadline struct {
	at     time.Time
	sets   int
	timer  *time.Timer
	due    bool
	change chan struct{} // closed when due or at has changed
}

func (d *deadline) look() (due bool, change <-chan struct{}) { return d.due, d.change }

// set changes the time; ring is called, with the number of this call, when it has come.
func (d *deadline) set(t time.Time, ring func(set int)) {
	d.sets++
	set := d.sets
	if d.timer != nil {
		d.timer.Stop()
		d.timer = nil
	}
	d.at, d.due = t, false
	if !t.IsZero() {
		left := time.Until(t)
		if d.due = left <= 0; !d.due {
			d.timer = time.AfterFunc(left, func() { ring(set) })
		}
	}
	close(d.change)
	d.change = make(chan struct{})
}

// ringIf makes the deadline due if it is the one that was set then.
func (d *deadline) ringIf(set int) {
	if d.sets == set {
		d.due = true
		close(d.change)
		d.change = make(chan struct{})
	}
}
