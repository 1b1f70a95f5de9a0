package session

import (
	"context"

	"github.com/moonwire/moonwire/engine/buffer"
	"github.com/moonwire/moonwire/engine/line"
)

// The pump: the goroutine that reads the connection, but when it has stepped aside
// for the waiting one. It holds the lock while it works on what it read and lets it
// go to read and to ask a hook.

func (s *Session) pump(ctx context.Context) {
	s.mu.Lock()
	s.pumpContext = ctx
	s.reading.in = buffer.NewReadBuffer()
	s.mu.Unlock()
	for s.mayRead() {
		n, err := s.line.Read(s.reading.in.In)
		s.received(n, err)
		s.mu.Lock()
		s.restLocked()
		s.mu.Unlock()
	}
}

// startLocked begins to listen.
func (s *Session) startLocked() {
	if s.started || s.closed {
		return
	}
	s.started = true
	s.reading.from = s.clock.Now()
	s.lastArrival, s.lastSent = s.reading.from, s.reading.from
	s.itemsLocked(nil) // what the line tells before the first byte
	s.clock.Go(s.pump)
	s.armKeepaliveLocked()
}

// armKeepaliveLocked starts the idle timer.
func (s *Session) armKeepaliveLocked() {
	if _, ok := s.line.(line.KeepAliver); s.keepalive <= 0 || !ok {
		return
	}
	s.stopIdle = s.clock.AfterFunc(s.keepalive, func() { s.idle() })
}

func (s *Session) idle() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed || s.eof {
		return
	}
	left := s.keepalive - s.clock.Now().Sub(s.lastSent)
	if left <= 0 {
		if k, ok := s.line.(line.KeepAliver); ok {
			k.KeepAlive()
		}
		s.tellSentLocked()
		s.line.Flush()
		left = s.keepalive
	}
	s.stopIdle = s.clock.AfterFunc(left, func() { s.idle() })
}
