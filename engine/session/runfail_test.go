package session_test

// Commands that do not end in order, and what comes after them.

import (
	"context"
	"errors"
	"io"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/moonwire/moonwire/engine/session"
)

// dialogue plays f with a host that says each of says to what it hears.
func dialogue(t *testing.T, config session.Config, greeting string, answers []answer, f func(ctx context.Context, s *session.Session)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		ours, theirs := net.Pipe()
		s, err := connect(ours, config)
		if err != nil {
			t.Fatal(err)
		}
		go hosts(theirs, greeting, answers, uncut)
		_, _ = s.ReadAvailable(t.Context(), session.WaitOptions{})
		time.Sleep(2 * time.Second)
		f(t.Context(), s)
		_ = s.Close()
		_ = theirs.Close()
		time.Sleep(time.Minute) // the host finishes
	})
}

func seconds(n float64) session.RunOptions {
	d := time.Duration(n * float64(time.Second))
	return session.RunOptions{Timeout: d}
}

// outOfOrder wants the next command to be refused, and all to be well after learning.
func outOfOrder(ctx context.Context, t *testing.T, s *session.Session, want string) {
	t.Helper()
	if out, err := s.Run(ctx, "two", seconds(3)); err == nil || !strings.Contains(err.Error(), "the last command did not end in order") {
		t.Errorf("the next command: %q, %v", out, err)
	}
	if prompt, err := s.LearnPrompt(ctx, seconds(9)); err != nil {
		t.Errorf("learned %q, %v", prompt, err)
	}
	if out, err := s.Run(ctx, "two", seconds(3)); err != nil || out != want {
		t.Errorf("after learning: %q, %v", out, err)
	}
}

var two = answer{"two\r\n", "two\r\nsecond\r\nr1# "}

// TestRunIsCutOff: a command that was left in the middle is not mistaken for one that ended.
func TestRunIsCutOff(t *testing.T) {
	host := []answer{{"x\r\n", "x\r\n‖late\r\nr1# "}, {"\r\n", "\r\nr1# "}, two}
	dialogue(t, session.Config{}, echoes+"r1# ", host, func(ctx context.Context, s *session.Session) {
		left := errors.New("left")
		soon, cancel := context.WithTimeoutCause(ctx, time.Second, left)
		defer cancel()
		if _, err := s.Run(soon, "x", seconds(5)); !errors.Is(err, left) {
			t.Errorf("got %v", err)
		}
		outOfOrder(ctx, t, s, "second")
	})
	host = []answer{{"x\r\n", "x\r\nname: "}, {"\r\n", "\r\nr1# "}, two}
	dialogue(t, session.Config{}, echoes+"r1# ", host, func(ctx context.Context, s *session.Session) {
		boom := errors.New("boom")
		o := seconds(5)
		o.Answers = []session.Mark{mark(`name: `, "")}
		o.Answers[0].Reply = func(context.Context, string, []int) (string, string, error) { return "", "", boom }
		if _, err := s.Run(ctx, "x", o); !errors.Is(err, boom) {
			t.Errorf("got %v", err)
		}
		outOfOrder(ctx, t, s, "second")
	})
}

// TestRunAtItsLimits: what looks like the prompt is none when time or room runs out.
func TestRunAtItsLimits(t *testing.T) {
	lines := "x\r\n" + strings.Repeat("line on r1# \r\n", 3000)
	host := []answer{{"x\r\n", lines + "r1# "}, {"\r\n", "\r\nr1# "}, two}
	dialogue(t, session.Config{MaxBuffer: 4096}, echoes+"r1# ", host, func(ctx context.Context, s *session.Session) {
		_, err := s.Run(ctx, "x", seconds(5))
		e, ok := errors.AsType[*session.CommandError](err)
		if !ok || !errors.Is(err, session.ErrBufferFull) || e.Command != "x" || !strings.Contains(err.Error(), "the output is larger than max_buffer") {
			t.Errorf("got %v", err)
		}
		outOfOrder(ctx, t, s, "second")
	})
	synctest.Test(t, func(t *testing.T) {
		ours, theirs := net.Pipe()
		s, err := connect(ours, session.Config{})
		if err != nil {
			t.Fatal(err)
		}
		if err := s.SetPrompt("r1# $"); err != nil {
			t.Fatal(err)
		}
		go func() {
			buf := make([]byte, 64)
			_, _ = theirs.Read(buf) // the pipe does not fail before its end
			_, _ = io.WriteString(theirs, "x\r\n")
			for range 200 {
				if _, err := io.WriteString(theirs, "line on r1# "); err != nil {
					return
				}
				time.Sleep(20 * time.Millisecond)
				if _, err := io.WriteString(theirs, "\r\n"); err != nil {
					return
				}
			}
		}()
		if out, err := s.Run(t.Context(), "x", seconds(1.01)); !errors.Is(err, session.ErrTimeout) || !strings.Contains(err.Error(), "too short a pause") {
			t.Errorf("got %d bytes, %v", len(out), err)
		}
		_ = s.Close()
		_ = theirs.Close()
		time.Sleep(time.Minute)
	})
}

// TestLearnPromptAtAPager: the key is pressed once for each page.
func TestLearnPromptAtAPager(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ours, theirs := net.Pipe()
		s, err := connect(ours, session.Config{})
		if err != nil {
			t.Fatal(err)
		}
		heard := make(chan int)
		go func() {
			_, _ = io.WriteString(theirs, "one\r\n--More--") // a read tells of the end
			all, _ := io.ReadAll(theirs)
			heard <- len(all)
		}()
		if _, err := s.LearnPrompt(t.Context(), seconds(3)); !errors.Is(err, session.ErrTimeout) {
			t.Errorf("got %v", err)
		}
		_ = s.Close()
		if n := <-heard; n != 1 {
			t.Errorf("%d keys were pressed", n)
		}
	})
	dialogue(t, session.Config{}, "one\r\n--More--", []answer{{" ", "\r        \rtwo\r\n--More--"}, {" ", "\r        \rr1# "}}, func(ctx context.Context, s *session.Session) {
		if prompt, err := s.LearnPrompt(ctx, seconds(3)); err != nil || !strings.HasPrefix(prompt, "r") {
			t.Errorf("learned %q, %v", prompt, err)
		}
	})
}

// TestLearnPromptAtAPagerThatWasRead: a pager's mark is no prompt where a read took it.
func TestLearnPromptAtAPagerThatWasRead(t *testing.T) {
	dialogue(t, session.Config{}, "one\r\n--More--", []answer{{" ", "\r        \rr1# "}}, func(ctx context.Context, s *session.Session) {
		if _, err := s.ReadAvailable(ctx, session.WaitOptions{}); err != nil {
			t.Fatal(err)
		}
		if prompt, err := s.LearnPrompt(ctx, seconds(3)); err != nil || !strings.HasPrefix(prompt, "r") {
			t.Errorf("learned %q, %v", prompt, err)
		}
	})
}

// TestLearnPromptAtTheEnd: there is no prompt where nobody is, nor where the host goes on
// without a pause.
func TestLearnPromptAtTheEnd(t *testing.T) {
	dialogue(t, session.Config{}, "bye\r\nr1# §", nil, func(ctx context.Context, s *session.Session) {
		if prompt, err := s.LearnPrompt(ctx, seconds(3)); !errors.Is(err, io.EOF) {
			t.Errorf("learned %q, %v", prompt, err)
		}
	})
	synctest.Test(t, func(t *testing.T) {
		ours, theirs := net.Pipe()
		s, err := connect(ours, session.Config{})
		if err != nil {
			t.Fatal(err)
		}
		go func() {
			for {
				if _, err := io.WriteString(theirs, "text\r\ntext "); err != nil {
					return
				}
				time.Sleep(20 * time.Millisecond)
			}
		}()
		if prompt, err := s.LearnPrompt(t.Context(), seconds(3)); !errors.Is(err, session.ErrTimeout) {
			t.Errorf("learned %q, %v", prompt, err)
		}
		_ = s.Close()
		_ = theirs.Close()
		time.Sleep(time.Minute)
	})
}

// TestLearnPromptAfterAFailure: Enter is not pressed at a question, and what still comes
// of the command is not taken for the prompt.
func TestLearnPromptAfterAFailure(t *testing.T) {
	for _, question := range []string{"Proceed with reload? [confirm]", "New password: ", "Overwrite (y/n)? "} {
		dialogue(t, session.Config{}, echoes+"r1# ", []answer{{"x\r\n", "x\r\n" + question}, {"\r\n", "\r\nreloading\r\nr1# "}}, func(ctx context.Context, s *session.Session) {
			if _, err := s.Run(ctx, "x", seconds(3)); err == nil {
				t.Fatal("no error")
			}
			if prompt, err := s.LearnPrompt(ctx, seconds(3)); err == nil || !strings.Contains(err.Error(), "Enter would answer it") {
				t.Errorf("%s: learned %q, %v", question, prompt, err)
			}
		})
	}
	for name, says := range map[string]string{
		"typed ahead": "x\r\n‖late\r\nr1# r1# ", "in lines of their own": "x\r\n‖late\r\nr1# \r\nr1# ",
	} {
		dialogue(t, session.Config{}, echoes+"r1# ", []answer{{"x\r\n", says}, {"\r\n", ""}, {"two\r\n", "two\r\nsecond\r\nr1# "}}, func(ctx context.Context, s *session.Session) {
			if _, err := s.Run(ctx, "x", seconds(0.5)); err == nil {
				t.Fatal("no error")
			}
			if prompt, err := s.LearnPrompt(ctx, seconds(9)); err != nil || !strings.HasPrefix(prompt, `r\d+`) || strings.Count(prompt, "r") != 1 {
				t.Errorf("%s: learned %q, %v", name, prompt, err)
			}
			if out, err := s.Run(ctx, "two", seconds(3)); err != nil || out != "second" {
				t.Errorf("%s: %q, %v", name, out, err)
			}
		})
	}
	ticks := "x\r\n" + strings.Repeat(".¦¦", 40)
	dialogue(t, session.Config{}, echoes+"r1# ", []answer{{"x\r\n", ticks + "\r\nr1# "}, {"\r\n", "\r\nr1# "}, two}, func(ctx context.Context, s *session.Session) {
		if _, err := s.Run(ctx, "x", seconds(1)); err == nil {
			t.Fatal("no error")
		}
		if prompt, err := s.LearnPrompt(ctx, seconds(20)); err != nil || !strings.HasPrefix(prompt, "r") {
			t.Errorf("learned %q, %v", prompt, err)
		}
	})
}

// TestRunBehindAPromptThatWasRead: a prompt that the script has read itself stands; a run
// does not wait for another one.
func TestRunBehindAPromptThatWasRead(t *testing.T) {
	dialogue(t, session.Config{}, echoes+"r1# ", []answer{{"x\r\n", "x\r\nout\r\nr1# "}}, func(ctx context.Context, s *session.Session) {
		if _, err := s.ReadAvailable(ctx, session.WaitOptions{}); err != nil { // it may have been read before
			t.Fatal(err)
		}
		if out, err := s.Run(ctx, "x", seconds(0.5)); err != nil || out != "out" {
			t.Errorf("%q, %v", out, err)
		}
	})
}
