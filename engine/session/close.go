package session

// How a session is closed, by either side.

import (
	"context"
	"errors"
	"sync"
	"time"
)

// Close ends the session at once, whatever is in progress; a wait returns
// ErrClosed. What was written and fits goes out before.
func (s *Session) Close() error {
	if !s.beginClose() {
		return nil
	}
	return s.hangUp()
}

// CloseAll closes sessions. Those whose peers take their time, such as a program that does
// not hang up, do so beside each other.
func CloseAll(list []*Session) error {
	failed := make([]error, len(list))
	var group sync.WaitGroup
	for i, s := range list {
		if s.beginClose() {
			group.Go(func() { failed[i] = s.hangUp() })
		}
	}
	group.Wait()
	return errors.Join(failed...)
}

// beginClose does what closing needs but for the line, and reports whether it is open.
func (s *Session) beginClose() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return false
	}
	s.closed = true
	s.line.Shut()
	if s.stopIdle != nil {
		s.stopIdle()
	}
	s.wakePump()
	s.reading.forgetContext()
	s.recallLocked()
	s.observeLocked(Observation{Kind: Closed, Text: "closed by the script"})
	s.ringLocked()
	return true
}

// hangUp closes the line.
func (s *Session) hangUp() error {
	return s.line.HangUp(func(done <-chan struct{}, d time.Duration) {
		_ = s.clock.Wait(context.Background(), done, s.clock.Now().Add(d))
	})
}

// CloseWrite tells the peer that nothing more will be written, as soon as all that
// was written is out; what it still has to say can be read.
func (s *Session) CloseWrite() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	err := s.line.CloseWrite()
	s.releaseLocked()
	return err
}

// releaseLocked closes a connection of which both ends are closed, or that was lost, once
// everything is out that was written. A peer that has closed its end alone may still
// read.
func (s *Session) releaseLocked() {
	lost := s.eofCause != nil
	if !s.eof || s.closed || s.released || s.manual || !s.line.Release(lost) {
		return
	}
	s.released = true
	if s.stopIdle != nil {
		s.stopIdle()
	}
	go s.hangUp()
}
