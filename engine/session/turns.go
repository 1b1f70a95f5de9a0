package session

import (
	"context"
	"slices"
	"time"
)

// A script may have several goroutines, which take turns: one runs at a time, and gives
// its turn away while it blocks. Each has a Thread of its own. The sessions know the
// base alone, which knows whose turn it is; so a session is waited on by whichever
// goroutine calls, and belongs to none of them.
//
// The goroutines that wait on a session attend it: they are rung when something
// happens, and call its hooks. The hooks of a session that nobody attends are called by
// the base's goroutine.

// Turns is how a goroutine takes turns with the others of its script.
type Turns interface {
	Leave() // gives the turn away; the goroutine is going to block
	Enter() // waits for the turn
}

// Task makes the Thread of one more goroutine of the script whose base t is.
func (t *Thread) Task(turns Turns) *Thread {
	n := NewThread()
	n.base, n.turns = t.root(), turns
	return n
}

// SetTurns makes t, a base, take turns with the Threads that Task makes. It is called
// before the first of them runs.
func (t *Thread) SetTurns(turns Turns) { t.turns = turns }

// Run says that it is the turn of t's goroutine, which calls it.
func (t *Thread) Run() { t.root().running = t }

// Ring wakes the Thread's goroutine, or its next wait. It may be called from anywhere.
func (t *Thread) Ring() { t.ring() }

func (t *Thread) root() *Thread {
	if t.base != nil {
		return t.base
	}
	return t
}

// current is the Thread of the base t whose turn it is.
func (t *Thread) current() *Thread {
	if t.running != nil {
		return t.running
	}
	return t
}

// maxStreak is how many waits in a row may find at once what they wait for before the
// other goroutines have their turn.
const maxStreak = 64

// rest gives the others a turn if t's goroutine has not blocked for long. It is called
// where a wait ends.
func (t *Thread) rest() {
	if t == nil || t.turns == nil {
		return
	}
	if t.streak++; t.streak >= maxStreak {
		t.leave()
		t.enter()
	}
}

// leave gives the turn away, enter waits for it. They do nothing for a script that has
// one goroutine, nor for nil, a goroutine that is none of a script's.
func (t *Thread) leave() {
	if t != nil && t.turns != nil {
		t.streak = 0
		t.turns.Leave()
	}
}

func (t *Thread) enter() {
	if t != nil && t.turns != nil {
		t.turns.Enter()
	}
}

// Block runs f, which blocks and needs nothing of the script's, and gives the turn away
// meanwhile.
func (t *Thread) Block(f func()) {
	t = t.current()
	if t.turns == nil { // f may be what starts the first task
		f()
		return
	}
	t.leave()
	defer t.enter()
	f()
}

// Await blocks until done says so, which is asked whenever the Thread is rung and at the
// time that it gives (zero: never). The hooks that are due are called meanwhile. Where
// goroutines take turns it is the current one that blocks.
func (t *Thread) Await(ctx context.Context, clock Clock, done func(now time.Time) (bool, time.Time)) error {
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

// Finish hands what t's goroutine has left undone to the base: the goroutine ends.
func (t *Thread) Finish() {
	b := t.root()
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, c := range b.calls {
		if c.owner == t {
			c.owner = b
			b.ring()
		}
	}
}

// attendantLocked is who calls the session's hooks.
func (s *Session) attendantLocked() *Thread {
	if len(s.attending) > 0 {
		return s.attending[0]
	}
	return s.thread
}

// An attendance is a goroutine's wait on a session. t is nil for a goroutine that is
// none of the script's.
type attendance struct {
	s    *Session
	t    *Thread
	here bool
}

// beginLocked enters t into the session's list, once there are others to take turns with. The
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
