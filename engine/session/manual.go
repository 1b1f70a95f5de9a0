package session

import (
	"context"
	"errors"
	"time"

	"github.com/moonwire/moonwire/engine/line"
)

// Manual sessions: the script answers the peer's options itself, with bytes of its
// own, and nothing that the peer sends is looked at but during a call that reads.
// They are made with Config.Manual.
//
// The hook is told of every request, subnegotiation and command, at its place
// between the bytes; what it returns has no meaning. The pump reads one piece
// ahead at most, and holds it back until somebody waits.

// ErrNotManual: the call is one for manual sessions.
var ErrNotManual = errors.New("the session answers its options itself: it was not opened as manual")

// SetReceiver sets a function that a manual session tells of the bytes that come,
// as they are on the connection, before anything is made of them; nil removes it.
// Like a hook it is called in the goroutine that waits.
func (s *Session) SetReceiver(f func(ctx context.Context, s *Session, wire []byte) error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.manual {
		return ErrNotManual
	}
	s.receiver = f
	return nil
}

// SetRemove changes Config.Remove, from the next byte on that is looked at.
func (s *Session) SetRemove(drop string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.remove = drop
}

// Remove is the bytes that are dropped from what the peer sends.
func (s *Session) Remove() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.remove
}

// WriteWire sends bytes as they are: nothing is escaped or changed.
func (s *Session) WriteWire(ctx context.Context, bytes string, o WriteOptions) error {
	secret := o.Shown != "" && o.Shown != bytes
	if o.Shown == "" {
		o.Shown = bytes
	}
	begun := s.clock.Now()
	s.mu.Lock()
	if err := s.writableLocked(); err != nil {
		s.mu.Unlock()
		return err
	}
	s.startLocked()
	s.facts.wrote(o.Shown, secret, s.buf.End(), begun)
	if s.wants(Wrote) {
		s.observeLocked(Observation{Kind: Wrote, Text: o.Shown, Where: o.Where})
	}
	timeout := s.writeTimeoutLocked(o)
	s.line.WriteWire([]byte(bytes))
	return s.sendLocked(ctx, begun, timeout, o.Aside)
}

// ReadWire returns at most n of the bytes that come next on a manual session's
// connection, telnet commands and all; they are not looked at otherwise. It waits
// for at least one. At the end of the conversation it returns io.EOF.
func (s *Session) ReadWire(ctx context.Context, n int, o WaitOptions) (string, error) {
	if o.Op == "" {
		o.Op = "read_wire"
	}
	begun := s.clock.Now()
	timeout, err := s.beginRead(o)
	if err == nil && !s.manual {
		err = ErrNotManual
	}
	if err == nil {
		err = s.awaitHeld(ctx, deadline(begun, timeout), func(time.Time) (bool, time.Time) {
			s.watching = true
			return len(s.fetched) > 0 || s.eof || s.closed, time.Time{}
		})
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.watching = false
	switch {
	case len(s.fetched) > 0:
		taken := string(s.fetched[:min(n, len(s.fetched))])
		s.fetched = s.fetched[len(taken):]
		s.wakePump()
		return taken, nil
	case s.eof && !s.closed:
		return "", s.endedLocked(o)
	case s.closed:
		err = ErrClosed
	}
	return "", s.waitErrorLocked(o, nil, begun, err)
}

// Take returns what has been read and is unread by the script, and does not look
// at the connection; "" if there is nothing.
func (s *Session) Take() (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.wait != nil || s.live != nil:
		return "", ErrBusy
	case s.closed:
		return "", ErrClosed
	}
	return s.takeAllLocked(), nil
}

// Available returns how many bytes have arrived and are unread; 0 and io.EOF
// at the end of the conversation.
func (s *Session) Available(ctx context.Context) (int64, error) {
	if err := s.arrived(ctx, WaitOptions{Op: "available"}); err != nil {
		return 0, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.buf.Unread()
	if s.eof && r.Len() == 0 {
		return 0, s.endedLocked(WaitOptions{Op: "available"})
	}
	return r.Len(), nil
}

// Descriptor is the connection's number in the process, -1 if it has none.
func (s *Session) Descriptor() (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return -1, ErrClosed
	}
	if d, ok := s.line.(line.Descriptor); ok {
		return d.Descriptor()
	}
	return -1, nil
}
