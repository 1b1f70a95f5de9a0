package session

import (
	"context"
	"errors"
	"time"

	"github.com/moonwire/moonwire/engine/line"
)

// How the pump and the waiting goroutine hand the reading over; see reading.

// mayRead blocks the pump while it is not to read. It returns false when there is
// nothing left to read.
func (s *Session) mayRead() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.reading.state == pumpReads {
		return !s.eof
	}
	for s.reading.pumpBlocks() {
		s.mu.Unlock()
		<-s.reading.turn
		s.mu.Lock()
	}
	s.catchUpLocked()
	s.restLocked()
	return !s.eof
}

// catchUpLocked looks at what has come while nobody read: it came then, not now, and if
// nothing has the host was silent all the time. It looks below what the host may have
// laid over the wire meanwhile: then it is the pump's Read that sees what has come.
// The pump calls it. The lock is free meanwhile.
func (s *Session) catchUpLocked() {
	some := false
	for s.canTryLocked() && !s.mustRestLocked() && !s.eof && !s.closed {
		s.mu.Unlock()
		n, err, ok := s.stopper.ReadArrived(s.reading.in.In)
		if ok {
			s.received(n, err)
		}
		s.mu.Lock()
		if !ok {
			break
		}
		some = true
	}
	s.reading.on(caughtUp)
	if now := s.clock.Now(); some && now.Sub(s.reading.since) > asideSettle { // the machine was slow, not the host
		s.reading.from = now
	}
	if s.wait != nil || s.watching {
		s.ringLocked() // a wait may have begun that did not count the silence
	}
}

// readHere reads the line once in the waiting goroutine, until the time given at most
// (zero: for ever), or returns when the attendant's bell rings or ctx is done. read is false
// if that is the pump's.
func (s *Session) readHere(ctx context.Context, t *Attendant, until time.Time) (read bool) {
	s.mu.Lock()
	if s.reading.state != nobodyReads { // whoever reads rings
		s.mu.Unlock()
		return false
	}
	if !s.mayStepAsideLocked() || s.mustRestLocked() || s.eof || s.closed {
		s.recallLocked()
		s.mu.Unlock()
		return false
	}
	s.reading.on(takesOver)
	s.reading.interruptedBy(ctx, s.stopper)
	s.mu.Unlock()
	t.leave()
	n, err := 0, line.ErrInterrupted
	t.reading.Store(s)
	select {
	case <-t.bell: // it rang before that
	default:
		if ctx.Err() == nil {
			n, err = s.stopper.ReadUntil(until, s.reading.in.In)
		}
	}
	t.reading.Store(nil)
	if !errors.Is(err, line.ErrInterrupted) {
		s.received(n, err)
	}
	s.mu.Lock()
	s.hasReadLocked()
	s.mu.Unlock()
	t.enter()
	return true
}

// hasReadLocked says that the waiting goroutine has read what there was.
func (s *Session) hasReadLocked() {
	s.reading.since = s.clock.Now()
	s.reading.on(hasRead)
	if s.wait == nil || s.wait.done { // else it goes on reading, and its end arms
		s.armReturnLocked()
	}
}
