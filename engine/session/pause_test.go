package session_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/moonwire/moonwire/engine/session"
)

// What counts as a pause of the peer's.

// slowHook takes longer than the settle time.
func slowHook(context.Context, *session.Session, session.HookRequest) (session.HookAnswer, error) {
	time.Sleep(170 * time.Millisecond)
	return session.HookAnswer{}, nil
}

// TestSlowHookIsNoPause: while a hook decides, what came behind the request is not
// read yet, so an open match before it is not settled.
func TestSlowHookIsNoPause(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, p := talk(t, session.Config{Hook: slowHook})
		go p.say("a$ \xff\xfd\x18b$ ")
		r, err := s.Expect(t.Context(), listOf(t, `\$ $`), within(5*time.Second))
		if err != nil || r.Text != "a$ b$ " {
			t.Errorf("got %q, %v", r.Text, err)
		}
	})
}

// TestPauseBeforeAnEvent is remembered for a wait that begins later.
func TestPauseBeforeAnEvent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, p := talk(t, session.Config{})
		if _, err := s.ReadAvailable(t.Context(), session.WaitOptions{}); err != nil {
			t.Fatal(err)
		}
		p.say("one$ ")
		time.Sleep(150 * time.Millisecond)
		p.say("\xff\xf9two$ ")
		synctest.Wait()
		r, err := s.Expect(t.Context(), listOf(t, `\$ $`), within(time.Second))
		if err != nil || r.Text != "one$ " {
			t.Errorf("got %q, %v", r.Text, err)
		}
	})
}

// TestResumeWithAnotherSettle: a wait that goes on after a timeout sees the pauses
// that were too short for the one before.
func TestResumeWithAnotherSettle(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, p := talk(t, session.Config{})
		go func() {
			p.say("one$ ")
			time.Sleep(150 * time.Millisecond)
			p.say("two$ x")
		}()
		ps := listOf(t, `\$ $`)
		never, limit := session.Forever, time.Second
		if r, err := s.Expect(t.Context(), ps, session.WaitOptions{Settle: never, Timeout: limit}); err == nil {
			t.Fatalf("got %q", r.Text)
		}
		r, err := s.Expect(t.Context(), ps, within(time.Second))
		if err != nil || r.Text != "one$ " {
			t.Errorf("got %q, %v", r.Text, err)
		}
	})
}

// TestFullBufferIsNoPause: the peer that is held back because the buffer is full
// has not paused.
func TestFullBufferIsNoPause(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, p := talk(t, session.Config{MaxBuffer: 8})
		if _, err := s.ReadAvailable(t.Context(), session.WaitOptions{}); err != nil {
			t.Fatal(err)
		}
		go p.say("12345 a$ ", "b$ ")
		time.Sleep(time.Second)
		r, err := s.Expect(t.Context(), listOf(t, `\$ $`), within(5*time.Second))
		if err != nil || r.Text[len(r.Text)-3:] != "b$ " {
			t.Errorf("got %q, %v", r.Text, err)
		}
	})
}

// TestHookOfAClosedSession is not called for a request that was on its way.
func TestHookOfAClosedSession(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		called := false
		s, p := talk(t, session.Config{Hook: func(context.Context, *session.Session, session.HookRequest) (session.HookAnswer, error) {
			called = true
			return session.HookAnswer{}, nil
		}})
		if err := s.Write(t.Context(), "x", session.WriteOptions{}); err != nil {
			t.Fatal(err)
		}
		p.say("\xff\xfd\x18")
		synctest.Wait()
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		if err := s.Attendant().Serve(t.Context()); err != nil || called {
			t.Errorf("called %v, %v", called, err)
		}
	})
}

// TestMatchBeforeARequest: a wait whose match is complete before an option request
// does not get that request's error, although both came in one packet.
func TestMatchBeforeARequest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		broken := errors.New("broken")
		s, p := talk(t, session.Config{Hook: func(context.Context, *session.Session, session.HookRequest) (session.HookAnswer, error) {
			return session.HookAnswer{}, broken
		}})
		go p.say("login: \xff\xfd\x18")
		if r, err := s.Expect(t.Context(), listOf(t, `login: `), within(time.Second)); err != nil || r.Text != "login: " {
			t.Errorf("got %q, %v", r.Text, err)
		}
		if _, err := s.Expect(t.Context(), listOf(t, `x`), within(time.Second)); !errors.Is(err, broken) {
			t.Errorf("got %v", err)
		}
	})
}

// TestHalfACommandEndsNoPause: a telnet command that comes in two packets after a
// pause does not hide the pause.
func TestHalfACommandEndsNoPause(t *testing.T) {
	for _, pieces := range [][]string{{"\xff\xf1two$ "}, {"\xff", "\xf1two$ "}, {"\xff", "\xf1", "two$ "}} {
		synctest.Test(t, func(t *testing.T) {
			s, p := talk(t, session.Config{})
			if _, err := s.ReadAvailable(t.Context(), session.WaitOptions{}); err != nil {
				t.Fatal(err)
			}
			p.say("one$ ")
			time.Sleep(150 * time.Millisecond)
			p.say(pieces...)
			synctest.Wait()
			if r, err := s.Expect(t.Context(), listOf(t, `\$ $`), within(time.Second)); err != nil || r.Text != "one$ " {
				t.Errorf("%q: got %q, %v", pieces, r.Text, err)
			}
		})
	}
}
