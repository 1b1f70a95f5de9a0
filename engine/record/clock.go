package record

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/moonwire/moonwire/engine/session"
)

// ErrStuck ends a wait without a timeout for which nothing can happen any more:
// the recording waits for something to be written, or is over.
var ErrStuck = errors.New("the recording has nothing more to say until something is written")

// Clock is virtual time for sessions whose peers are recordings. It stands still
// while anything is at work, and jumps to the next thing that is due when all is
// blocked: bytes that come, a timer, the end of a wait. So what happens depends on
// the recording and the script alone, and no pause takes any time.
//
// It takes part in every decision: whatever waits, waits in Wait or in a Read of a
// [Conn], and goroutines that do so beside the script are started by Go. When what
// is due at one time is both bytes and the end of a wait, the bytes come first.
type Clock struct {
	mu      sync.Mutex
	now     time.Time
	running int // goroutines of Go, and calls of AfterFunc, that are at work
	waiters []*waiter
	timers  []*timer
	conns   []*Conn
	turn    func() bool // see Turns
}

var _ session.Clock = (*Clock)(nil)

// NewClock makes a clock that stands at a time.
func NewClock(now time.Time) *Clock { return &Clock{now: now} }

// A waiter is a goroutine in Wait.
type waiter struct {
	ctx     context.Context
	wake    <-chan struct{}
	until   time.Time // zero: never
	counted bool      // the goroutine is one of Go's
	patient bool
	task    bool
	ready   chan error // takes one value, the result
}

type timer struct {
	at time.Time
	f  func()
}

type ofClock struct{}

// Now implements session.Clock.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// Go implements session.Clock.
func (c *Clock) Go(f func(ctx context.Context)) {
	ctx := context.WithValue(context.Background(), ofClock{}, c)
	c.mu.Lock()
	c.running++
	c.mu.Unlock()
	go func() {
		defer c.rest()
		f(ctx)
	}()
}

// rest notes that one less is at work.
func (c *Clock) rest() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.running--
	c.settleLocked()
}

// AfterFunc implements session.Clock.
func (c *Clock) AfterFunc(d time.Duration, f func()) (stop func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	t := &timer{c.now.Add(max(d, 0)), f}
	c.timers = append(c.timers, t)
	return func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.timers = slices.DeleteFunc(c.timers, func(have *timer) bool { return have == t })
	}
}

// Wait implements session.Clock. It returns ErrStuck if nothing can ever end it.
func (c *Clock) Wait(ctx context.Context, wake <-chan struct{}, until time.Time) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	c.mu.Lock()
	if rung(wake) || !until.IsZero() && !c.now.Before(until) {
		c.mu.Unlock()
		return nil
	}
	w := &waiter{
		ctx: ctx, wake: wake, until: until, ready: make(chan error, 1),
		counted: ctx.Value(ofClock{}) == c, patient: session.IsPatient(ctx), task: session.IsTask(ctx),
	}
	c.waiters = append(c.waiters, w)
	if w.counted {
		c.running--
	}
	c.settleLocked()
	c.mu.Unlock()
	var err error
	select {
	case err = <-w.ready:
	case <-ctx.Done():
		c.mu.Lock()
		c.end(w, nil)
		c.mu.Unlock()
	}
	if ctx.Err() != nil { // whichever was seen first
		return context.Cause(ctx)
	}
	return err
}

func rung(bell <-chan struct{}) bool {
	select {
	case <-bell:
		return true
	default:
		return false
	}
}

// end lets a waiter go on, if it is one still.
func (c *Clock) end(w *waiter, err error) {
	i := slices.Index(c.waiters, w)
	if i < 0 {
		return
	}
	c.waiters = slices.Delete(c.waiters, i, i+1)
	if w.counted {
		c.running++
	}
	w.ready <- err
}

// settleLocked looks what happens next, if nothing is at work.
func (c *Clock) settleLocked() {
	for c.running == 0 {
		if c.wakeRung() || !c.awaited() || c.deliver() {
			return
		}
		if c.passOver() || c.turn != nil && c.turn() {
			continue
		}
		next, any := c.next()
		if !any {
			c.stuck()
			return
		}
		if next.After(c.now) {
			c.now = next
		}
		if c.deliver() || c.fire() || c.wakeDue() {
			return
		}
	}
}

// wakeRung lets those go on whose bell has been rung, or whose context has ended: they may
// not have seen it yet.
func (c *Clock) wakeRung() (any bool) {
	for _, w := range slices.Clone(c.waiters) {
		if rung(w.wake) || w.ctx.Err() != nil {
			c.end(w, nil)
			any = true
		}
	}
	return any
}

// awaited reports whether a script waits. If not, it is at work.
func (c *Clock) awaited() bool {
	return slices.ContainsFunc(c.waiters, func(w *waiter) bool { return !w.counted })
}

// deliver lets the readers go on for which something has come.
func (c *Clock) deliver() (any bool) {
	for _, conn := range c.conns {
		any = conn.wakeReader() || any
	}
	return any
}

// passOver tells the peers that the client is idle, and whether that has moved one
// of them.
func (c *Clock) passOver() (any bool) {
	for _, conn := range c.conns {
		any = conn.parked && conn.peer.idle(c.now) || any
	}
	return any
}

// next is when something is due.
func (c *Clock) next() (at time.Time, any bool) {
	least := func(t time.Time) {
		if !any || t.Before(at) {
			at, any = t, true
		}
	}
	for _, conn := range c.conns {
		if t, ok := conn.due(); ok && conn.parked {
			least(t)
		}
	}
	for _, t := range c.timers {
		least(t.at)
	}
	for _, w := range c.waiters {
		if !w.until.IsZero() {
			least(w.until)
		}
	}
	return at, any
}

// fire starts the timers that are due.
func (c *Clock) fire() (any bool) {
	for _, t := range slices.Clone(c.timers) {
		if t.at.After(c.now) {
			continue
		}
		c.timers = slices.DeleteFunc(c.timers, func(have *timer) bool { return have == t })
		c.running++
		any = true
		go func() {
			defer c.rest()
			t.f()
		}()
	}
	return any
}

// wakeDue lets those go on whose time has come.
func (c *Clock) wakeDue() (any bool) {
	for _, w := range slices.Clone(c.waiters) {
		if !w.until.IsZero() && !w.until.After(c.now) {
			c.end(w, nil)
			any = true
		}
	}
	return any
}

// stuck ends the waits that would never end: those of a script's tasks, or, where there
// are none, those of the script itself.
func (c *Clock) stuck() {
	any := false
	for _, w := range slices.Clone(c.waiters) {
		if w.task && !w.patient {
			c.end(w, ErrStuck)
			any = true
		}
	}
	for _, w := range slices.Clone(c.waiters) {
		if !w.counted && !w.patient && !any {
			c.end(w, ErrStuck)
		}
	}
}

// Turns makes the clock call next whenever everything is at rest and all that is due has
// come, before it jumps. next reports whether it has rung the bell of a waiter. So
// goroutines that take turns do so in an order that depends on the recording alone. next
// must not call the clock.
func (c *Clock) Turns(next func() bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.turn = next
}
