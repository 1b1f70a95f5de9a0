package session_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/moonwire/moonwire/engine/session"
	"github.com/moonwire/moonwire/engine/telnet"
)

// inDialogue opens a session and has a wait behind it, so that the pump has stepped
// aside and the next wait reads for itself.
func inDialogue[C session.Config | setup](t *testing.T, cfg C) (*session.Session, *peer) {
	t.Helper()
	ours, theirs := socketPair()
	s, p := talkOver(t, ours, theirs, cfg)
	go p.say("$ ")
	if _, err := s.ReadUntil(t.Context(), "$ ", session.WaitOptions{}); err != nil {
		t.Fatal(err)
	}
	synctest.Wait()
	if !s.Aside() {
		t.Fatal("the pump has not stepped aside")
	}
	return s, p
}

// TestWaitReadsForItself: waits in a dialogue read the connection in the waiting
// goroutine, with the results and at the times of any others.
func TestWaitReadsForItself(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, p := inDialogue(t, session.Config{})
		for range 3 {
			go func() {
				time.Sleep(50 * time.Millisecond)
				p.say("one\r", "\ntwo\xff", "\xf1$", " three")
			}()
			begun := time.Now()
			text, err := s.ReadUntil(t.Context(), "$ ", session.WaitOptions{})
			if err != nil || text != "one\ntwo$ " && text != "threeone\ntwo$ " {
				t.Fatalf("%q %v", text, err)
			}
			if took := time.Since(begun); took != 50*time.Millisecond {
				t.Errorf("it took %v", took)
			}
			synctest.Wait()
			if !s.Aside() {
				t.Error("the pump reads again though one wait follows the other")
			}
		}
		// An open match ends after the settle time, and a wait after its timeout.
		go p.say(" 42")
		begun := time.Now()
		r, err := s.Expect(t.Context(), listOf(t, `\d+`), session.WaitOptions{})
		if err != nil || r.Text != "three 42" || r.Rule != session.Settled || time.Since(begun) != session.DefaultSettle {
			t.Errorf("%+v %v after %v", r, err, time.Since(begun))
		}
		begun = time.Now()
		_, err = s.ReadUntil(t.Context(), "more", within(300*time.Millisecond))
		if !errors.Is(err, session.ErrTimeout) || time.Since(begun) != 300*time.Millisecond {
			t.Errorf("%v after %v", err, time.Since(begun))
		}
		_ = p.conn.Close()
		if text, _, err := s.ReadAll(t.Context(), session.WaitOptions{}); err != nil || text != "" {
			t.Errorf("%q %v at the end", text, err)
		}
	})
}

// TestPumpComesBack: a peer that speaks while the script does something else is
// answered, and what it says is no part of a pause.
func TestPumpComesBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, p := inDialogue(t, setup{Telnet: telnet.Config{Terminal: []string{"vt100"}}})
		go p.say("\xff\xfd\x18")
		time.Sleep(10 * time.Millisecond)
		if got := p.heard(); got != "\xff\xfb\x18" {
			t.Errorf("the peer heard %q while the script computed", got)
		}
		if s.Aside() {
			t.Error("the pump has not come back")
		}
	})
}

// TestPumpStaysAside: a script that computes a little between its waits keeps the
// connection to itself.
func TestPumpStaysAside(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, p := inDialogue(t, session.Config{})
		for range 9 {
			time.Sleep(400 * time.Microsecond)
			if !s.Aside() {
				t.Fatal("the pump has come back")
			}
			p.say("$ ")
			if _, err := s.ReadUntil(t.Context(), "$ ", session.WaitOptions{}); err != nil {
				t.Fatal(err)
			}
		}
	})
}

// TestWhenItCame: what comes while nobody reads is looked at late, and is as old as
// if it had been read at once.
func TestWhenItCame(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, p := inDialogue(t, session.Config{})
		p.say("12")
		begun := time.Now()
		time.Sleep(50 * time.Millisecond)
		r, err := s.Expect(t.Context(), listOf(t, `\d+`), session.WaitOptions{})
		if err != nil || r.Text != "12" || time.Since(begun) != session.DefaultSettle {
			t.Errorf("%+v %v after %v", r, err, time.Since(begun))
		}
	})
}

// TestReadIsInterrupted: what wakes a wait wakes one that reads for itself, at once.
func TestReadIsInterrupted(t *testing.T) {
	why := errors.New("enough")
	for _, c := range []struct {
		name string
		do   func(s *session.Session, cancel context.CancelCauseFunc)
		want error
	}{
		{"by the context's end", func(_ *session.Session, cancel context.CancelCauseFunc) { cancel(why) }, why},
		{"by a close", func(s *session.Session, _ context.CancelCauseFunc) { _ = s.Close() }, session.ErrClosed},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s, _ := inDialogue(t, session.Config{})
				ctx, cancel := context.WithCancelCause(t.Context())
				defer cancel(nil)
				for range 2 { // the second time the context is known
					if _, err := s.ReadUntil(ctx, "never", within(time.Millisecond)); !errors.Is(err, session.ErrTimeout) {
						t.Fatal(err)
					}
				}
				begun := time.Now()
				go func() {
					time.Sleep(time.Second)
					c.do(s, cancel)
				}()
				_, err := s.ReadUntil(ctx, "never", session.WaitOptions{})
				if !errors.Is(err, c.want) || time.Since(begun) != time.Second {
					t.Errorf("%v after %v", err, time.Since(begun))
				}
			})
		})
	}
}

// TestHooksBesideARead: a hook of another session of the same attendant is called while
// a wait reads for itself, and one that is set between two waits sees the next option.
func TestHooksBesideARead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		asked := ""
		hook := func(_ context.Context, s *session.Session, _ session.HookRequest) (session.HookAnswer, error) {
			asked += s.Name()
			return session.HookAnswer{Decision: session.Accept}, nil
		}
		attendant := session.NewAttendant()
		other, p2 := talk(t, session.Config{Name: "other", Attendant: attendant, Hook: hook})
		if err := other.Write(t.Context(), "x", session.WriteOptions{}); err != nil { // it begins to listen
			t.Fatal(err)
		}
		s, p := inDialogue(t, session.Config{Name: "this", Attendant: attendant})
		go func() {
			time.Sleep(time.Second)
			p2.say("\xff\xfb\x2a")
		}()
		if _, err := s.ReadUntil(t.Context(), "never", within(2*time.Second)); !errors.Is(err, session.ErrTimeout) {
			t.Fatal(err)
		}
		if asked != "other" || p2.heard() != "x\xff\xfd\x2a" {
			t.Errorf("hooks were asked of %q", asked)
		}
		s.SetHook(hook)
		go p.say("\xff\xfb\x2a$ ")
		if _, err := s.ReadUntil(t.Context(), "$ ", session.WaitOptions{}); err != nil {
			t.Fatal(err)
		}
		if asked != "otherthis" {
			t.Errorf("hooks were asked of %q", asked)
		}

		s, p = inDialogue(t, session.Config{Name: "third", Attendant: session.NewAttendant()})
		go func() {
			time.Sleep(time.Second)
			s.SetHook(hook)
			p.say("\xff\xfb\x2a$ ")
		}()
		if _, err := s.ReadUntil(t.Context(), "$ ", session.WaitOptions{}); err != nil {
			t.Fatal(err)
		}
		if asked != "otherthisthird" {
			t.Errorf("hooks were asked of %q", asked)
		}
	})
}

// TestOthersBesideARead: a terminal, a poll and a wait with a short settle time work
// where the pump has stepped aside.
func TestOthersBesideARead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, p := inDialogue(t, session.Config{})
		go p.say("for the terminal")
		live, err := s.Live()
		if err != nil {
			t.Fatal(err)
		}
		out, err := live.Output(t.Context())
		if err != nil || string(out) != "for the terminal" {
			t.Errorf("%q %v", out, err)
		}
		live.Consume(len(out))
		live.End()
	})
	synctest.Test(t, func(t *testing.T) {
		s, p := inDialogue(t, session.Config{})
		go p.say("12")
		synctest.Wait()
		text, err := s.ReadAvailable(t.Context(), session.WaitOptions{})
		if err != nil || text != "12" {
			t.Errorf("%q %v", text, err)
		}
		short := 3 * time.Millisecond
		go p.say("34")
		begun := time.Now()
		r, err := s.Expect(t.Context(), listOf(t, `\d+`), session.WaitOptions{Settle: short})
		if err != nil || r.Text != "34" || time.Since(begun) != short {
			t.Errorf("%+v %v after %v", r, err, time.Since(begun))
		}
	})
}

// TestFullBufferBesideARead: what is more than the buffer holds is left to the network
// where no wait wants it, and comes when one does.
func TestFullBufferBesideARead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, p := inDialogue(t, session.Config{MaxBuffer: 8})
		p.say(strings.Repeat("0123456789", 1000), "$ ")
		if err := s.Fence(t.Context(), within(time.Second)); !errors.Is(err, session.ErrTimeout) {
			t.Fatal(err)
		}
		if text, err := s.Peek(t.Context()); err != nil || len(text) > 4096 {
			t.Errorf("%d bytes were read for a fence, %v", len(text), err)
		}
		r, err := s.Expect(t.Context(), listOf(t, `89\$ `), session.WaitOptions{})
		if err != nil || !strings.HasSuffix(r.Text, "789$ ") {
			t.Errorf("%+v %v", r, err)
		}
	})
}
