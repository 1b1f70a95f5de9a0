package session

import (
	"context"
	"sync"
	"sync/atomic"
	"time"
)

// Thread is the one goroutine in which a script runs, as its sessions see it: the
// place where waits block and where option hooks are called. Sessions that belong
// to one script share a Thread, so that the hook of one is served while the script
// waits on another or sleeps.
//
// Only one goroutine may wait on a Thread's sessions at a time.
type Thread struct {
	bell  chan struct{} // rung when something that is waited for may have happened
	cache Cache

	reading atomic.Pointer[Session] // what the goroutine reads for itself, see aside.go

	mu    sync.Mutex
	calls []*hookCall
}

// A hookCall is a question of the peer that a script's hook is to answer.
type hookCall struct {
	session *Session
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
// be the Thread's. It returns the first error of one.
func (t *Thread) Serve(ctx context.Context) error {
	_, err := t.serve(ctx)
	return err
}

func (t *Thread) post(c *hookCall) {
	t.mu.Lock()
	t.calls = append(t.calls, c)
	t.mu.Unlock()
	t.ring()
}

// due tells whether hooks are to be called.
func (t *Thread) due() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return len(t.calls) > 0
}

// serve calls the hooks that are due, tells whether there were any, and returns the
// first error of one.
func (t *Thread) serve(ctx context.Context) (served bool, err error) {
	for {
		t.mu.Lock()
		if len(t.calls) == 0 {
			t.mu.Unlock()
			return served, nil
		}
		c := t.calls[0]
		t.calls[0] = nil
		t.calls = t.calls[1:]
		t.mu.Unlock()
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
	for {
		if _, err := t.serve(ctx); err != nil {
			return err
		}
		if err := ctx.Err(); err != nil {
			return context.Cause(ctx)
		}
		if !clock.Now().Before(until) {
			return nil
		}
		if err := clock.Wait(ctx, t.bell, until); err != nil {
			return err
		}
	}
}
