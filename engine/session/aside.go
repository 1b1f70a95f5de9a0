package session

import (
	"context"
	"errors"
	"time"

	"github.com/moonwire/moonwire/engine/buffer"
	"github.com/moonwire/moonwire/engine/line"
)

// A dialogue is a wait after a wait, and to wake one goroutine from another for each
// answer takes longer than all that is done with the answer. So when a wait is over
// the pump steps aside for a moment, and if another wait comes soon the waiting
// goroutine reads the connection for itself. If none comes the pump goes on, so that
// the peer is answered while the script sleeps or computes.
//
// The state is the Session's, under its lock: aside says that the pump does not read,
// here that the waiting goroutine does.

const (
	// asideTime is how long nobody may read while no wait is in progress: too short
	// to be a pause of the peer's.
	asideTime = buffer.LeastPause
	// asideSettle is the least settle time for which the pump steps aside: pauses
	// of the peer's are not seen while nobody reads.
	asideSettle = 4 * asideTime
)

// mayStepAside tells whether the waiting goroutine could read for itself: on a bare
// connection, in the machine's time, with no hook, which runs in that goroutine, and
// nothing in the session that has a goroutine of its own. The lock is held.
func (s *Session) mayStepAside() bool {
	_, real := s.clock.(RealClock)
	return real && s.canTry() && s.hook == nil && !s.manual && s.live == nil
}

// canTry reports whether the line can be read without blocking now.
func (s *Session) canTry() bool { return s.stopper != nil && s.stopper.CanTry() }

// stepAside makes the pump, which is at work, step aside if the wait in progress is
// over. The lock is held.
func (s *Session) stepAside() {
	if s.wait != nil && s.wait.done && s.wait.settle >= asideSettle && s.mayStepAside() && !s.aside && s.cameAfter.IsZero() && !s.closed {
		s.aside = true
		s.asideSince = s.clock.Now()
		s.armReturn()
	}
}

// mayRead blocks the pump while it is not to read. It returns false when there is
// nothing left to read.
func (s *Session) mayRead() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.aside && !s.here {
		return !s.eof
	}
	for s.here || s.aside && !s.eof && !s.closed {
		s.mu.Unlock()
		<-s.turn
		s.mu.Lock()
	}
	s.catchUp()
	s.rest()
	return !s.eof
}

// catchUp looks at what has come while nobody read: it came then, not now, and if
// nothing has the peer was silent all the time. It looks below what the peer may have
// laid over the wire meanwhile: then it is the pump's Read that sees what has come.
// Called by the pump with the lock held, which is free meanwhile.
func (s *Session) catchUp() {
	s.cameAfter = s.asideSince
	some := false
	for s.canTry() && !s.mustRest() && !s.eof && !s.closed {
		s.mu.Unlock()
		n, err, ok := s.stopper.ReadArrived(s.read.In)
		if ok {
			s.received(n, err)
		}
		s.mu.Lock()
		if !ok {
			break
		}
		some = true
	}
	s.cameAfter = time.Time{}
	if now := s.clock.Now(); some && now.Sub(s.asideSince) > asideSettle { // the machine was slow, not the peer
		s.readingSince = now
	}
	if s.wait != nil || s.watching {
		s.ring() // a wait may have begun that did not count the silence
	}
}

// comeBack makes the pump read again. The lock is held.
func (s *Session) comeBack() {
	if !s.aside {
		return
	}
	s.aside = false
	if s.here {
		s.stopper.Interrupt() // who reads hands over
	} else {
		s.giveTurn()
	}
}

func (s *Session) giveTurn() {
	select {
	case s.turn <- struct{}{}:
	default: // it has it already
	}
}

// armReturn sees to it that the pump comes back if nobody reads. The lock is held.
func (s *Session) armReturn() {
	if !s.returning {
		s.returning = true
		s.clock.AfterFunc(asideTime, s.returnIfIdle)
	}
}

func (s *Session) returnIfIdle() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.returning = false
	switch {
	case !s.aside || s.eof || s.closed || s.here || s.wait != nil: // the end of that arms it again
	case s.clock.Now().Sub(s.asideSince) < asideTime:
		s.armReturn()
	default:
		s.comeBack()
	}
}

// readHere reads the connection once in the waiting goroutine, until the time given
// at most (zero: for ever), or returns when the thread's bell rings or ctx is done.
// read is false if that is the pump's.
func (s *Session) readHere(ctx context.Context, t *Thread, until time.Time) (read bool) {
	s.mu.Lock()
	if s.here { // another one does, and rings
		s.mu.Unlock()
		return false
	}
	if !s.aside || !s.mayStepAside() || s.mustRest() || s.eof || s.closed {
		s.comeBack()
		s.mu.Unlock()
		return false
	}
	s.here = true
	s.interruptedBy(ctx)
	s.mu.Unlock()

	t.leave()
	n, err := 0, line.ErrInterrupted
	t.reading.Store(s)
	select {
	case <-t.bell: // it rang before that
	default:
		if ctx.Err() == nil {
			n, err = s.stopper.ReadUntil(until, s.read.In)
		}
	}
	t.reading.Store(nil)

	if !errors.Is(err, line.ErrInterrupted) {
		s.received(n, err)
	}
	s.mu.Lock()
	s.readDone()
	s.mu.Unlock()
	t.enter()
	return true
}

// readDone says that the waiting goroutine has read what there was. The lock is held.
func (s *Session) readDone() {
	s.here = false
	s.asideSince = s.clock.Now()
	switch {
	case !s.aside || s.eof || s.closed:
		s.giveTurn()
	case s.wait == nil || s.wait.done: // else it goes on reading, and its end arms
		s.armReturn()
	}
}

// serveHooks is the thread's serve; while hooks run the pump reads.
func (s *Session) serveHooks(ctx context.Context, t *Thread) (served bool, err error) {
	if t.due() {
		s.mu.Lock()
		s.comeBack()
		s.mu.Unlock()
	}
	return t.serve(ctx)
}

// interruptedBy makes the end of ctx interrupt the reads of the waiting goroutine,
// for as long as it does not bring another context. The lock is held.
func (s *Session) interruptedBy(ctx context.Context) {
	if done := ctx.Done(); done != s.hereDone {
		s.forgetContext()
		if s.hereDone = done; done != nil {
			s.hereStop = context.AfterFunc(ctx, s.stopper.Interrupt)
		}
	}
}

func (s *Session) forgetContext() {
	if s.hereStop != nil {
		s.hereStop()
	}
	s.hereDone, s.hereStop = nil, nil
}
