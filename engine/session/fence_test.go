package session_test

import (
	"errors"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/moonwire/moonwire/engine/session"
)

const (
	askMark  = "\xff\xfd\x06"
	willMark = "\xff\xfb\x06"
)

// TestFence returns when the peer has answered, refusal included.
func TestFence(t *testing.T) {
	for _, answer := range []string{willMark, "\xff\xfc\x06"} {
		synctest.Test(t, func(t *testing.T) {
			s, p := talk(t, session.Config{})
			go func() {
				<-p.got
				time.Sleep(time.Second)
				p.say(answer)
			}()
			begun := time.Now()
			if err := s.Fence(t.Context(), within(5*time.Second)); err != nil || time.Since(begun) != time.Second {
				t.Errorf("after %v: %v", time.Since(begun), err)
			}
		})
	}
}

// unfenced has fences run out, each after a second.
func unfenced(t *testing.T, s *session.Session, n int) {
	t.Helper()
	for range n {
		if err := s.Fence(t.Context(), within(time.Second)); !errors.Is(err, session.ErrTimeout) {
			t.Fatalf("got %v", err)
		}
	}
}

// TestFenceAfterMarksWereLost: what the peer never answers is not waited for, however
// many marks it was; each costs a question more.
func TestFenceAfterMarksWereLost(t *testing.T) {
	for lost := range 4 {
		synctest.Test(t, func(t *testing.T) {
			s, p := talk(t, session.Config{})
			unfenced(t, s, lost)
			if heard := p.heard(); heard != strings.Repeat(askMark, lost) {
				t.Errorf("the peer heard %q", heard)
			}
			asked := 0
			go func() {
				for b := range p.got {
					asked += strings.Count(string(b), askMark)
					p.say(strings.Repeat(willMark, strings.Count(string(b), askMark)))
				}
			}()
			for fence := 1; fence <= 3; fence++ {
				begun := time.Now()
				if err := s.Fence(t.Context(), within(5*time.Second)); err != nil || time.Since(begun) != 0 {
					t.Errorf("%d lost: after %v: %v", lost, time.Since(begun), err)
				}
				if synctest.Wait(); asked != fence*(lost+1) {
					t.Errorf("%d lost: fence %d: %d marks were asked for", lost, fence, asked)
				}
			}
		})
	}
}

// TestFenceAfterMarksWereLate: the answer to an earlier mark does not pass for this
// fence's.
func TestFenceAfterMarksWereLate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, p := talk(t, session.Config{})
		unfenced(t, s, 2)
		go func() {
			time.Sleep(time.Second)
			p.say(willMark) // the first
			time.Sleep(time.Second)
			p.say("text" + willMark) // the second
			time.Sleep(time.Second)
			p.say(willMark) // this fence's
		}()
		begun := time.Now()
		if err := s.Fence(t.Context(), within(10*time.Second)); err != nil || time.Since(begun) != 3*time.Second {
			t.Errorf("after %v: %v", time.Since(begun), err)
		}
		// This fence has asked twice more. Once that is answered nothing is owed.
		if heard := p.heard(); heard != strings.Repeat(askMark, 5) {
			t.Errorf("the peer heard %q", heard)
		}
		p.say(willMark + willMark)
		synctest.Wait()
		go func() {
			<-p.got
			p.say(willMark)
		}()
		begun = time.Now()
		if err := s.Fence(t.Context(), within(10*time.Second)); err != nil || time.Since(begun) != 0 {
			t.Errorf("after %v: %v", time.Since(begun), err)
		}
		if heard := p.heard(); heard != "" {
			t.Errorf("the peer heard %q more", heard)
		}
	})
}

// TestFenceAfterTheEnd asks nothing of a peer that has closed.
func TestFenceAfterTheEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var seen notebook
		s, p := talk(t, session.Config{Taps: []session.Tap{&seen}})
		go func() { _ = p.conn.Close() }()
		if _, _, err := s.ReadAll(t.Context(), within(time.Second)); err != nil {
			t.Fatal(err)
		}
		if err := s.Fence(t.Context(), within(time.Second)); !errors.Is(err, io.EOF) {
			t.Errorf("got %v", err)
		}
		if len(seen.lines) > 0 {
			t.Errorf("told %q", seen.lines)
		}
	})
}
