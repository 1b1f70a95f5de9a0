package repl_test

import (
	"context"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/moonwire/moonwire/internal/repl"
)

// script is an Editor and an Interpreter with everything decided beforehand.
type script struct {
	lines   []string // what is typed; ^C and ^D as such
	open    []string // sessions
	run     []string
	asked   []string // prompts
	history []string
	out     strings.Builder
}

func (s *script) ReadLine(_ context.Context, prompt, _ string) (string, error) {
	s.asked = append(s.asked, prompt)
	if len(s.lines) == 0 {
		return "", errors.New("nothing is typed any more")
	}
	line := s.lines[0]
	s.lines = s.lines[1:]
	switch line {
	case "^C":
		return "", repl.ErrInterrupted
	case "^D":
		return "", io.EOF
	}
	return line, nil
}

func (s *script) Remember(statement string) { s.history = append(s.history, statement) }

func (s *script) Write(p []byte) (int, error) { return s.out.Write(p) }

func (s *script) Close() error { return nil }

func (s *script) Incomplete(statement string) bool {
	return strings.Count(statement, "do") > strings.Count(statement, "end")
}

func (s *script) Run(ctx context.Context, statement string) error {
	s.run = append(s.run, statement)
	switch statement {
	case "fails":
		return errors.New("stdin:1: it fails")
	case "exit":
		return errExit
	case "waits":
		<-ctx.Done()
		return errors.New("interrupted")
	}
	return nil
}

func (s *script) Open() []string { return s.open }

var errExit = errors.New("exit")

func TestREPL(t *testing.T) {
	tests := []struct {
		name, typed string
		open        []string
		run, out    string
		asked       string // the last prompt
		err         error
	}{
		{"runs and leaves", "a;b;^D", nil, "a|b", "hello\n", "> ", nil},
		{"several lines are a statement", "do;b;end;^D", nil, "do\nb\nend", "hello\n", "> ", nil},
		{"^C gives a statement up", "do;^C;b;^D", nil, "b", "hello\n", "> ", nil},
		{"^D finishes a statement", "do;^D;^D", nil, "do", "hello\n", "> ", nil},
		{"errors are told", "fails;a;^D", nil, "fails|a", "hello\nstdin:1: it fails\n", "> ", nil},
		{"^C stops what runs", "waits;a;^D", nil, "waits|a", "hello\ninterrupted\n", "> ", nil},
		{"what is private is run and forgotten", "a;private;b;^D", nil, "a|private|b", "hello\n", "> ", nil},
		{"exit leaves", "exit;a", nil, "exit", "hello\n", "> ", errExit},
		{"a session is asked about", "^D;y", []string{"r1"}, "", "hello\n", "a session is open (r1): leave and close? [y/N] ", nil},
		{"and only once", "^D;;^D", []string{"r1", "r2"}, "", "hello\n", "> ", nil},
		{"or again after a statement", "^D;n;a;^D;yes", []string{"r1", "r2"}, "a", "hello\n", "2 sessions are open (r1, r2): leave and close? [y/N] ", nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := &script{lines: strings.Split(test.typed, ";"), open: test.open}
			err := repl.Run(t.Context(), repl.Config{
				Interpreter: s, Editor: s, Errors: &s.out, Banner: "hello",
				Interrupt: func(ctx context.Context) (context.Context, context.CancelFunc) {
					ctx, cancel := context.WithCancel(ctx)
					if s.lines[0] == "a" && test.name == "^C stops what runs" {
						cancel()
					}
					return ctx, cancel
				},
				Private: func(statement string) bool { return statement == "private" },
				Leave:   func(err error) bool { return err == errExit },
			})
			if err != test.err {
				t.Errorf("ended by %v", err)
			}
			if got := strings.Join(s.run, "|"); got != test.run {
				t.Errorf("ran %q, want %q", got, test.run)
			}
			if slices.Contains(s.history, "private") || strings.Contains(test.run, "a|") && !slices.Contains(s.history, "a") {
				t.Errorf("kept %q", s.history)
			}
			if s.out.String() != test.out {
				t.Errorf("shown %q, want %q", s.out.String(), test.out)
			}
			if last := s.asked[len(s.asked)-1]; last != test.asked {
				t.Errorf("asked last %q, want %q", last, test.asked)
			}
		})
	}
}
