package session

// How a caller waits: its own time, the pump's news, the end of the context.

import (
	"context"
	"math"
	"time"
)

// A step is asked, with the lock held, whether what is waited for has happened,
// and when it wants to be asked again if nothing else happens (zero: never).
type step func(now time.Time) (done bool, next time.Time)

// await blocks the waiting goroutine until step is done. Hooks that become due are
// run meanwhile. limit is the end of the time allowed, zero for none; then
// ErrTimeout is returned.
func (s *Session) await(ctx context.Context, limit time.Time, step step) error {
	defer s.open()()
	return s.awaitHeld(ctx, limit, step)
}

// awaitHeld is await, but a manual session goes on holding back what comes.
func (s *Session) awaitHeld(ctx context.Context, limit time.Time, step step) error {
	a := attendance{s: s, t: s.attendant.current()}
	defer a.end()
	return s.awaitBell(ctx, limit, step, a.t.bell, &a)
}

// awaitAside is await for any other goroutine.
func (s *Session) awaitAside(ctx context.Context, limit time.Time, step step) error {
	bell := make(chan struct{}, 1)
	s.mu.Lock()
	s.bells = append(s.bells, bell)
	s.mu.Unlock()
	defer func() {
		s.mu.Lock()
		s.dropBellLocked(bell)
		s.mu.Unlock()
	}()
	return s.awaitBell(ctx, limit, step, bell, &attendance{s: s})
}

func (s *Session) awaitBell(ctx context.Context, limit time.Time, step step, bell <-chan struct{}, a *attendance) error {
	for {
		s.mu.Lock()
		a.beginLocked()
		now := s.clock.Now()
		done, next := step(now)
		s.mu.Unlock()
		switch {
		case done:
			return nil
		case ctx.Err() != nil:
			return context.Cause(ctx)
		case !limit.IsZero() && !now.Before(limit):
			return ErrTimeout
		}
		// What is waited for lies before the request that a hook is asked about, so
		// the hook's turn comes after it.
		if served, err := a.serve(ctx); err != nil {
			return err
		} else if served {
			continue // the hook may have taken the bell's ringing
		}
		if next.IsZero() || !limit.IsZero() && limit.Before(next) {
			next = limit
		}
		if a.read(ctx, next) {
			continue
		}
		a.t.leave()
		err := s.clock.Wait(ctx, bell, next)
		a.t.enter()
		if err != nil {
			return err
		}
	}
}

// overdue returns why a loop over waits must end: ctx is done, or limit has passed.
func (s *Session) overdue(ctx context.Context, limit time.Time) error {
	switch {
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case !limit.IsZero() && !s.clock.Now().Before(limit):
		return ErrTimeout
	}
	return nil
}

// syncEnough is how many bytes sync takes at most: more than a system keeps for a
// connection, so under a flood as well all that had arrived when it was called is
// among them.
const syncEnough = 16 << 20

// notDryLocked forgets that everything had arrived: what was true before says nothing of
// now.
func (s *Session) notDryLocked() {
	s.dry = false
	s.line.Renew()
}

// sync returns when everything that had arrived is in the buffer, or nothing more may
// be read into it. limit is the end of the time allowed, zero for none.
func (s *Session) sync(ctx context.Context, limit time.Time) error {
	s.mu.Lock()
	s.notDryLocked()
	before := s.facts.received
	s.mu.Unlock()
	return s.await(ctx, limit, func(time.Time) (bool, time.Time) {
		if s.dry || s.mustRestLocked() || s.eof || s.closed || s.facts.received-before >= syncEnough {
			return true, time.Time{}
		}
		s.watching = true
		s.line.Ask()
		return false, time.Time{}
	})
}

// deadline is when a wait ends that began at begun, the zero time if never.
func deadline(begun time.Time, timeout time.Duration) time.Time {
	if timeout == Forever || timeout > time.Duration(math.MaxInt64)/4 {
		return time.Time{}
	}
	return begun.Add(timeout)
}

// freeLocked tells why no wait may begin, if so.
func (s *Session) freeLocked() error {
	switch {
	case s.closed:
		return ErrClosed
	case s.inHook > 0:
		return ErrInHook
	case s.wait != nil || s.live != nil:
		return ErrBusy
	}
	return nil
}

// open lets the pump go on while a call waits for the peer; it returns what ends
// that.
func (s *Session) open() (shut func()) {
	if !s.manual {
		return func() {}
	}
	s.mu.Lock()
	s.waiting++
	s.wakePump()
	s.mu.Unlock()
	return func() {
		s.mu.Lock()
		s.waiting--
		s.mu.Unlock()
	}
}
