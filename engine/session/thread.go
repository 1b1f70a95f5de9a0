package session

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/moonwire/moonwire/engine/patterns"
)

// Thread is the one goroutine in which a script runs, as its sessions see it: the
// place where waits block and where option hooks are called. Sessions that belong
// to one script share a Thread, so that the hook of one is served while the script
// waits on another or sleeps.
//
// Only one goroutine may wait on a Thread's sessions at a time. Where a script has
// several, each has a Thread made by Task, and they take turns.
type Thread struct {
	bell  chan struct{} // rung when something that is waited for may have happened
	cache patterns.Cache

	reading atomic.Pointer[Session] // what the goroutine reads for itself

	turns   Turns   // nil while the script has one goroutine, see turns.go
	base    *Thread // that the sessions know; nil for that one itself
	running *Thread // of the base: the one whose turn it is; nil is the base itself
	streak  int     // waits that have ended without blocking, since the last that blocked

	mu    sync.Mutex // of the base
	calls []*hookCall
}

// A hookCall is a question of the peer that a script's hook is to answer.
type hookCall struct {
	session *Session
	owner   *Thread // that is to call it
	request HookRequest
	wire    []byte // not nil: what the receiver is told of, in the hook's place
	answer  HookAnswer
	done    chan struct{}
}

func (c *hookCall) answered() bool {
	select {
	case <-c.done:
		return true
	default:
		return false
	}
}

// NewThread makes a Thread.
func NewThread() *Thread { return &Thread{bell: make(chan struct{}, 1)} }

// ring wakes the waiting goroutine, or the next wait if there is none.
func (t *Thread) ring() {
	select {
	case t.bell <- struct{}{}:
	default: // it rings already
	}
	if s := t.reading.Load(); s != nil {
		s.stopper.Interrupt()
	}
}

// Bell receives when something may have happened that the Thread's goroutine
// should look at: for a goroutine that waits for other things besides. It calls
// Serve then.
func (t *Thread) Bell() <-chan struct{} { return t.bell }

// Serve calls the option hooks that are due, on the calling goroutine, which must
// be the Thread's. It returns the first error of one. It is called while the goroutine
// blocks elsewhere, so it takes the turn for the time that hooks run.
func (t *Thread) Serve(ctx context.Context) error {
	if !t.due() {
		return nil
	}
	if t.turns != nil { // a hook may be what starts the first task
		t.enter()
		defer t.leave()
	}
	_, err := t.serve(ctx)
	return err
}

func (t *Thread) post(c *hookCall) {
	c.owner = t
	b := t.root()
	b.mu.Lock()
	b.calls = append(b.calls, c)
	b.mu.Unlock()
	t.ring()
}

// due reports whether hooks are to be called.
func (t *Thread) due() bool {
	b := t.root()
	b.mu.Lock()
	defer b.mu.Unlock()
	return t.nextLocked() >= 0
}

// nextLocked is the first of the calls that are t's, -1 if there is none. It needs the base's
// lock.
func (t *Thread) nextLocked() int {
	return slices.IndexFunc(t.root().calls, func(c *hookCall) bool { return c.owner == t })
}

// serve calls the hooks that are due, reports whether there were any, and returns the
// first error of one.
func (t *Thread) serve(ctx context.Context) (served bool, err error) {
	b := t.root()
	for {
		b.mu.Lock()
		i := t.nextLocked()
		if i < 0 {
			b.mu.Unlock()
			return served, nil
		}
		c := b.calls[i]
		b.calls = slices.Delete(b.calls, i, i+1)
		b.mu.Unlock()
		served = true
		err := c.session.runHook(ctx, c)
		close(c.done)
		c.session.wakePump()
		if err != nil {
			return true, err
		}
	}
}

// Sleep blocks for d, serving the hooks of the Thread's sessions meanwhile.
func (t *Thread) Sleep(ctx context.Context, clock Clock, d time.Duration) error {
	until := clock.Now().Add(d)
	return t.Await(ctx, clock, func(now time.Time) (bool, time.Time) { return !now.Before(until), until })
}
