package session

import (
	"errors"

	"github.com/moonwire/moonwire/engine/line"
)

// What serial ports can do beside.

var (
	// ErrNoBreak: a break on a line that knows none.
	ErrNoBreak = errors.New("the line can send no break")
	// ErrNoModem: the control lines of a line that has none.
	ErrNoModem = errors.New("the line is no serial port and has no control lines")
)

// SetBreak begins a break, or ends it. lasts reports whether it lasts until it is ended:
// where it does not, it was sent as a whole when it began.
func (s *Session) SetBreak(on bool) (lasts bool, err error) {
	err = s.onPort(func() error {
		if b, ok := s.line.(line.Breakable); ok {
			lasts = true
			return b.SetBreak(on)
		}
		b, ok := s.line.(line.Breaker)
		if !ok {
			return ErrNoBreak
		}
		if !on {
			return nil
		}
		return b.Break()
	})
	return lasts, err
}

// Modem returns the state of a serial port's control lines.
func (s *Session) Modem() (m line.Modem, err error) {
	err = s.onModem(func(p line.Modemer) (err error) {
		m, err = p.Modem()
		return err
	})
	return m, err
}

// SetModem sets our control lines; nil leaves one as it is.
func (s *Session) SetModem(dtr, rts *bool) error {
	return s.onModem(func(p line.Modemer) error { return p.SetModem(dtr, rts) })
}

// Purge throws away what a serial port has received and nobody read, or not sent yet. What
// has come to the session stays.
func (s *Session) Purge(in, out bool) error {
	return s.onModem(func(p line.Modemer) error { return p.Purge(in, out) })
}

func (s *Session) onModem(f func(p line.Modemer) error) error {
	return s.onPort(func() error {
		p, ok := s.line.(line.Modemer)
		if !ok {
			return ErrNoModem
		}
		return f(p)
	})
}

// onPort runs f under the lock, and sends what it queues.
func (s *Session) onPort(f func() error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.writableLocked(); err != nil {
		return err
	}
	s.startLocked()
	err := f()
	s.tellSentLocked()
	s.line.Flush()
	return err
}
