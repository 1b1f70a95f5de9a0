package terminal

import (
	"context"
	"sync"
	"time"
)

// sendChunk is how much the peer is given at once.
const sendChunk = 16 << 10

// sender gives the peer what was typed, at the peer's pace, so that a peer that
// does not read keeps nobody from reading the keys, the escape among them.
type sender struct {
	peer  Peer
	tee   func([]byte)  // is told of what is to be sent; may be nil
	moved chan struct{} // receives after something was sent
	more  chan struct{}
	done  chan struct{}

	mu     sync.Mutex
	buf    []byte
	flight int   // bytes that are being sent
	err    error // why nothing more is sent
}

// newSender starts a sender that ends with ctx; fail is told of a panic.
func newSender(ctx context.Context, peer Peer, fail func(any)) *sender {
	s := &sender{peer: peer, moved: make(chan struct{}, 1), more: make(chan struct{}, 1), done: make(chan struct{})}
	go func() {
		defer close(s.done)
		defer func() {
			if r := recover(); r != nil {
				fail(r)
			}
		}()
		s.run(ctx)
	}()
	return s
}

func (s *sender) run(ctx context.Context) {
	for {
		s.mu.Lock()
		p := s.buf[:min(len(s.buf), sendChunk)]
		if n := len(p); n > 1 && n < len(s.buf) && p[n-1] == '\r' && s.buf[n] == '\n' {
			p = p[:n-1] // a newline is sent whole: the halves mean something else
		}
		s.buf = s.buf[len(p):]
		s.flight = len(p)
		s.mu.Unlock()
		if len(p) == 0 {
			select {
			case <-s.more:
				continue
			case <-ctx.Done():
				return
			}
		}
		err := s.peer.Write(ctx, p)
		s.mu.Lock()
		s.flight = 0
		s.err = err
		s.mu.Unlock()
		signalled(s.moved)
		if err != nil { // the peer's end comes by its output
			return
		}
	}
}

// put adds p to what is to be sent.
func (s *sender) put(p []byte) {
	if len(p) == 0 {
		return
	}
	if s.tee != nil {
		s.tee(p)
	}
	s.mu.Lock()
	if s.err == nil {
		s.buf = append(s.buf, p...)
	}
	s.mu.Unlock()
	signalled(s.more)
}

// backlog returns how many bytes wait to be sent.
func (s *sender) backlog() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err != nil {
		return 0
	}
	return len(s.buf) + s.flight
}

// flush waits until everything has been sent, and gives up after patience
// without progress. It returns how many bytes are left.
func (s *sender) flush(ctx context.Context, patience time.Duration) int {
	var slow alarm
	defer slow.stop()
	slow.set(patience)
	for {
		n := s.backlog()
		if n == 0 {
			return 0
		}
		select {
		case <-s.moved:
			slow.set(patience)
		case <-slow.c():
			return n
		case <-ctx.Done():
			return n
		}
	}
}

// wait returns when the sender has stopped, after its context is done.
func (s *sender) wait() { <-s.done }

// signalled makes c receive, once for any number of calls before it does.
func signalled(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// alarm is a timer that may be off.
type alarm struct{ timer *time.Timer }

// set makes the alarm go off after d, or never if d is not positive.
func (a *alarm) set(d time.Duration) {
	a.stop()
	if d > 0 {
		a.timer = time.NewTimer(d)
	}
}

func (a *alarm) stop() {
	if a.timer != nil {
		a.timer.Stop()
		a.timer = nil
	}
}

func (a *alarm) c() <-chan time.Time {
	if a.timer == nil {
		return nil
	}
	return a.timer.C
}
