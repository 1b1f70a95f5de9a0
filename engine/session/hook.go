package session

import (
	"context"

	"github.com/moonwire/moonwire/engine/line"
)

// Hook decides the peer's option requests; in a manual session, where the script
// answers them, it is only told of them. It is called in the goroutine that
// waits on the session, so it may use what that goroutine uses; it must not wait
// for the peer itself. An error refuses the request and comes out of the wait.
type Hook func(ctx context.Context, s *Session, r HookRequest) (HookAnswer, error)

// HookRequest is what the peer asks.
type HookRequest = line.Question

// HookAnswer is what a hook wants to be done.
type HookAnswer = line.Answer

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
