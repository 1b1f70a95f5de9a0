package session

import (
	"bytes"
	"context"

	"github.com/moonwire/moonwire/engine/telnet"
)

// Hook decides the peer's option requests; in a manual session, where the script
// answers them, it is only told of them. It is called in the goroutine that
// waits on the session, so it may use what that goroutine uses; it must not wait
// for the peer itself. An error refuses the request and comes out of the wait.
type Hook func(ctx context.Context, s *Session, r HookRequest) (HookAnswer, error)

// HookRequest is what the peer asks: WILL, WONT, DO or DONT of an option, or SB,
// a subnegotiation with its payload. In a manual session it is any other command,
// too.
type HookRequest struct {
	Command telnet.Command
	Option  telnet.Option
	Data    []byte // the payload, for SB
}

// Decision is a hook's word on a request.
type Decision uint8

// The decisions of a hook.
const (
	ByDefault Decision = iota // as if there were no hook
	Accept
	Refuse
)

// HookAnswer is what a hook wants to be done. Reply, if not nil, is sent back as
// the answer to a subnegotiation, in place of the standard one.
type HookAnswer struct {
	Decision Decision
	Reply    []byte
}

// SetHook sets the function that decides option requests; nil removes it. Set
// before the first wait or write it sees the peer's very first request.
func (s *Session) SetHook(h Hook) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.hook = h
	s.comeBack()
}

// askHook hands a request to the waiting goroutine and blocks until it is
// answered or the session is closed. Called by the pump with the lock held, which
// is free meanwhile.
func (s *Session) askHook(r HookRequest) HookAnswer {
	return s.ask(&hookCall{session: s, request: r})
}

// report tells the hook of a manual session what the peer sent.
func (s *Session) report(ev telnet.Event) {
	switch ev.Kind {
	case telnet.Request, telnet.CommandEvent:
		s.askHook(HookRequest{Command: ev.Command, Option: ev.Option})
	case telnet.Subnegotiation:
		s.askHook(HookRequest{Command: telnet.SB, Option: ev.Option, Data: bytes.Clone(ev.Data)})
	}
}

func (s *Session) ask(c *hookCall) HookAnswer {
	if s.here { // the request was read before there was a hook, by the goroutine that would call it
		return HookAnswer{}
	}
	s.feed() // what came before the request does not wait for the hook
	c.done = make(chan struct{})
	s.attendant().post(c)
	s.asking++
	defer func() { s.asking-- }()
	for !c.answered() && !s.closed {
		s.pumpWait()
	}
	s.readingSince = s.clock.Now() // we were not listening: this was no pause of the peer's
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
