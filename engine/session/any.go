package session

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/moonwire/moonwire/engine/diagnose"
	"github.com/moonwire/moonwire/engine/patterns"
)

// Alternative is a session, and what ExpectAny waits for on it.
type Alternative struct {
	Session  *Session
	Patterns *patterns.List
}

// errElsewhere is how taps are told that a wait ended because another session's did.
var errElsewhere = errors.New("another session was decided first")

// AnyError says that none of several sessions came to a result in time.
type AnyError struct {
	Err   error
	Waits []*WaitError // of each session, in the list's order
}

// Error says it in a line for each session.
func (e *AnyError) Error() string {
	lines := []string{"none of " + strconv.Itoa(len(e.Waits)) + " sessions: " + e.Err.Error()}
	for _, w := range e.Waits {
		lines = append(lines, "  "+diagnose.OneLine(w.Session)+": "+w.Error())
	}
	return strings.Join(lines, "\n")
}

// Unwrap gives the cause.
func (e *AnyError) Unwrap() error { return e.Err }

// ExpectAny waits on several sessions of one Attendant, and returns the place in the list
// of the one that is decided first, and its result. Each session's own result is what
// Expect would find. Whenever something happens the sessions are looked at in the list's
// order, so of those that are decided by then the first wins. The text of the others is
// left alone. A session that fails, or ends though EOF is not listed, is the first
// decided as well: its error is returned.
func ExpectAny(ctx context.Context, list []Alternative, o WaitOptions) (which int, r Result, err error) {
	if o.Op == "" {
		o.Op = "expect_any"
	}
	x := &anyWait{list: list, o: o, waits: make([]*wait, len(list)), attend: make([]attendance, len(list))}
	first := list[0].Session
	x.begun, x.t = first.clock.Now(), first.attendant.current()
	timeout := or(o.Timeout, first.Timeout())
	for i, a := range list {
		if err := x.begin(i); err != nil {
			x.abandon(i, -1)
			return i, Result{}, a.Session.failed(o, a.Patterns, x.begun, err)
		}
	}
	if timeout <= 0 {
		for i, a := range list {
			if err := a.Session.sync(ctx, time.Time{}); err != nil {
				return x.end(i, err)
			}
		}
	}
	which, err = x.await(ctx, deadline(x.begun, timeout))
	if which >= 0 {
		return x.end(which, nil)
	}
	if errors.Is(err, ErrTimeout) {
		if which = x.late(); which >= 0 {
			return x.end(which, err)
		}
	}
	return x.fail(err)
}

type anyWait struct {
	list   []Alternative
	o      WaitOptions
	begun  time.Time
	t      *Attendant
	waits  []*wait
	attend []attendance
}

func (x *anyWait) begin(i int) (err error) {
	s := x.list[i].Session
	s.mu.Lock()
	defer s.mu.Unlock()
	if x.waits[i], err = s.beginWaitLocked(x.list[i].Patterns, x.o); err != nil {
		return err
	}
	s.recallLocked() // this goroutine reads none of them
	x.attend[i] = attendance{s: s, t: x.t}
	x.attend[i].beginLocked()
	return nil
}

// await blocks until a session is decided, and returns its place; -1 and why if none is.
func (x *anyWait) await(ctx context.Context, limit time.Time) (int, error) {
	clock := x.list[0].Session.clock
	for {
		next := limit
		now := clock.Now()
		for i, a := range x.list {
			a.Session.mu.Lock()
			x.attend[i].beginLocked() // a hook may have started the first task
			done, at := a.Session.lookLocked(x.waits[i], now)
			a.Session.mu.Unlock()
			if done {
				return i, nil
			}
			if !at.IsZero() && (next.IsZero() || at.Before(next)) {
				next = at
			}
		}
		switch {
		case ctx.Err() != nil:
			return -1, context.Cause(ctx)
		case !limit.IsZero() && !now.Before(limit):
			return -1, ErrTimeout
		}
		if served, err := x.t.serve(ctx); err != nil {
			return -1, err
		} else if served {
			continue
		}
		x.t.leave()
		err := clock.Wait(ctx, x.t.bell, next)
		x.t.enter()
		if err != nil {
			return -1, err
		}
	}
}

// late looks for a result that the end of the time brings: a match that was still open,
// or TIMEOUT where it is listed.
func (x *anyWait) late() int {
	for i, a := range x.list {
		s, w := a.Session, x.waits[i]
		s.mu.Lock()
		s.flushViewLocked()
		if s.advanceLocked(w); !w.done {
			s.quietLocked(w, AtTimeout)
		}
		done := w.done
		s.mu.Unlock()
		if done {
			return i
		}
	}
	for i, a := range x.list {
		if a.Patterns.Timeout() >= 0 {
			return i
		}
	}
	return -1
}

// end ends all waits with the result of one.
func (x *anyWait) end(which int, err error) (int, Result, error) {
	x.abandon(len(x.list), which)
	s := x.list[which].Session
	s.mu.Lock()
	x.attend[which].endLocked()
	r, err := s.endWaitLocked(x.waits[which], x.o, x.begun, err)
	x.t.rest()
	return which, r, err
}

// fail ends all waits, none of which has a result.
func (x *anyWait) fail(err error) (int, Result, error) {
	failed := &AnyError{Err: err}
	for i, a := range x.list {
		s := a.Session
		s.mu.Lock()
		x.attend[i].endLocked()
		_, werr := s.endWaitLocked(x.waits[i], x.o, x.begun, err)
		if w, ok := errors.AsType[*WaitError](werr); ok {
			failed.Waits = append(failed.Waits, w)
		}
	}
	return -1, Result{}, failed
}

// abandon ends the first n waits but one, and leaves the text as it is.
func (x *anyWait) abandon(n, but int) {
	for i := range n {
		if i == but {
			continue
		}
		s, w := x.list[i].Session, x.waits[i]
		s.mu.Lock()
		x.attend[i].endLocked()
		if s.wait = nil; !w.done {
			s.resume = w
		}
		s.armReturnLocked()
		s.waitEnded(x.o, w, Result{Index: -1, Rule: "failed", Waited: s.clock.Now().Sub(x.begun)}, errElsewhere)
		s.wakePump()
		s.mu.Unlock()
	}
}
