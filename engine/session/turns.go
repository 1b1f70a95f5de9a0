package session

import (
	"context"
	"slices"
	"time"
)

// A script may have several goroutines, which take turns: one runs at a time, and gives
// its turn away while it blocks. Each has an Attendant of its own. The sessions know the
// base alone, which knows whose turn it is; so a session is waited on by whichever
// goroutine calls, and belongs to none of them.
//
// The goroutines that wait on a session attend it: they are rung when something
// happens, and call its hooks. The hooks of a session that nobody attends are called by
// the base's goroutine.

// Await blocks until done says so, which is asked whenever the Attendant is rung and at the
// time that it gives (zero: never). The hooks that are due are called meanwhile. Where
// goroutines take turns it is the current one that blocks.
func (t *Attendant) Await(ctx context.Context, clock Clock, done func(now time.Time) (bool, time.Time)) error {
	t = t.current()
	for {
		if _, err := t.serve(ctx); err != nil {
			return err
		}
		if err := ctx.Err(); err != nil {
			return context.Cause(ctx)
		}
		over, next := done(clock.Now())
		if over {
			t.rest()
			return nil
		}
		t.leave()
		err := clock.Wait(ctx, t.bell, next)
		t.enter()
		if err != nil {
			return err
		}
	}
}

// Sleep blocks for d, serving the hooks of the Attendant's sessions meanwhile.
func (t *Attendant) Sleep(ctx context.Context, clock Clock, d time.Duration) error {
	until := clock.Now().Add(d)
	return t.Await(ctx, clock, func(now time.Time) (bool, time.Time) { return !now.Before(until), until })
}

// An attendance is a goroutine's wait on a session. t is nil for a goroutine that is
// none of the script's.
type attendance struct {
	s    *Session
	t    *Attendant
	here bool
}

// beginLocked enters t into the session's list, once there are others to take turns with.
func (a *attendance) beginLocked() {
	if a.t == nil || a.t.turns == nil || a.here {
		return
	}
	a.here = true
	s := a.s
	s.attending = append(s.attending, a.t)
	b := a.t.root()
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, c := range b.calls {
		if c.session == s && c.owner == b {
			c.owner = a.t
		}
	}
}

// end takes t out of the list.
func (a *attendance) end() {
	if a.here {
		a.s.mu.Lock()
		a.endLocked()
		a.s.mu.Unlock()
		a.t.rest()
	}
}

// endLocked is end for a caller that has the lock.
func (a *attendance) endLocked() {
	if !a.here {
		return
	}
	a.here = false
	s := a.s
	if i := slices.Index(s.attending, a.t); i >= 0 {
		s.attending = slices.Delete(s.attending, i, i+1)
	}
	heir, b := s.attendantLocked(), a.t.root()
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, c := range b.calls {
		if c.session == s && c.owner == a.t && heir != a.t {
			c.owner = heir
			heir.ring()
		}
	}
}

func (a *attendance) serve(ctx context.Context) (bool, error) {
	if a.t == nil {
		return false, nil
	}
	return a.s.serveHooks(ctx, a.t)
}

func (a *attendance) read(ctx context.Context, until time.Time) bool {
	return a.t != nil && a.s.readHere(ctx, a.t, until)
}
