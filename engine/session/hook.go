package session

import (
	"context"
	"slices"

	"github.com/moonwire/moonwire/engine/line"
)

// The decisions of a hook.
const (
	ByDefault = line.ByDefault
	Accept    = line.Accept
	Refuse    = line.Refuse
)

// SetHook sets the function that decides option requests; nil removes it. Set
// before the first wait or write it sees the peer's very first request.
func (s *Session) SetHook(h Hook) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.hook = h
	s.recallLocked()
}

// askHookLocked hands a request to the waiting goroutine and blocks until it is
// answered or the session is closed. The pump calls it. The lock is free meanwhile.
func (s *Session) askHookLocked(r HookRequest) HookAnswer {
	return s.askLocked(&hookCall{session: s, request: r})
}

func (s *Session) askLocked(c *hookCall) HookAnswer {
	if s.reading.byWaiter() { // the request was read before there was a hook, by the goroutine that would call it
		return HookAnswer{}
	}
	s.feedLocked() // what came before the request does not wait for the hook
	c.done = make(chan struct{})
	s.attendantLocked().post(c)
	s.asking++
	defer func() { s.asking-- }()
	for !c.answered() && !s.closed {
		s.pumpWait()
	}
	s.reading.from = s.clock.Now() // we were not listening: this was no pause of the peer's
	if c.answered() {
		return c.answer
	}
	return HookAnswer{Decision: Refuse}
}

// runHook calls the hook for c in the waiting goroutine.
func (s *Session) runHook(ctx context.Context, c *hookCall) error {
	s.mu.Lock()
	if s.closed { // nobody waits for the answer any more
		s.mu.Unlock()
		return nil
	}
	hook, receiver := s.hook, s.receiver
	s.inHook++
	s.mu.Unlock()
	defer func() {
		s.mu.Lock()
		s.inHook--
		s.mu.Unlock()
	}()
	if c.wire != nil {
		if receiver == nil {
			return nil
		}
		return receiver(ctx, s, c.wire)
	}
	if hook == nil { // removed meanwhile
		return nil
	}
	c.answer = HookAnswer{Decision: Refuse} // should the hook panic
	answer, err := hook(ctx, s, c.request)
	if err != nil {
		return err
	}
	c.answer = answer
	return nil
}

// Serve calls the option hooks that are due, on the calling goroutine, which must
// be the Attendant's. It returns the first error of one. It is called while the goroutine
// blocks elsewhere, so it takes the turn for the time that hooks run.
func (t *Attendant) Serve(ctx context.Context) error {
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

func (t *Attendant) post(c *hookCall) {
	c.owner = t
	b := t.root()
	b.mu.Lock()
	b.calls = append(b.calls, c)
	b.mu.Unlock()
	t.ring()
}

// due reports whether hooks are to be called.
func (t *Attendant) due() bool {
	b := t.root()
	b.mu.Lock()
	defer b.mu.Unlock()
	return t.nextLocked() >= 0
}

// nextLocked is the first of the calls that are t's, -1 if there is none. It needs the base's
// lock.
func (t *Attendant) nextLocked() int {
	return slices.IndexFunc(t.root().calls, func(c *hookCall) bool { return c.owner == t })
}

// serve calls the hooks that are due, reports whether there were any, and returns the
// first error of one.
func (t *Attendant) serve(ctx context.Context) (served bool, err error) {
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

// serveHooks is the attendant's serve; while hooks run the pump reads.
func (s *Session) serveHooks(ctx context.Context, t *Attendant) (served bool, err error) {
	if t.due() {
		s.mu.Lock()
		s.recallLocked()
		s.mu.Unlock()
	}
	return t.serve(ctx)
}
