package session_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/moonwire/moonwire/engine"
	"github.com/moonwire/moonwire/engine/line"
	"github.com/moonwire/moonwire/engine/session"
	"github.com/moonwire/moonwire/engine/telnet"
)

// logIn opens a session to the demo host and logs in.
func logIn(ctx context.Context, o engine.Options) (*session.Session, error) {
	s, err := engine.Open(ctx, "demo://", o)
	if err != nil {
		return nil, err
	}
	for _, step := range []struct{ wait, write string }{{"login: ", "brandon\n"}, {"assword: ", "mypass\n"}} {
		_, err := s.ReadUntil(ctx, step.wait, session.WaitOptions{})
		if err == nil {
			err = s.Write(ctx, step.write, session.WriteOptions{})
		}
		if err != nil {
			_ = s.Close()
			return nil, err
		}
	}
	return s, nil
}

// Learn the host's prompt, then run commands: each returns what the host shows between
// the echo of the line and the next prompt.
func ExampleSession_Run() {
	ctx := context.Background()
	s, err := logIn(ctx, engine.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer s.Close()
	if _, err := s.LearnPrompt(ctx, session.RunOptions{}); err != nil {
		fmt.Println(err)
		return
	}
	text, err := s.Run(ctx, "echo one two", session.RunOptions{Timeout: 5 * time.Second})
	fmt.Printf("%q %v\n", text, err)
	// Output: "one two" <nil>
}

// A wait that fails says what it waited for and what it got instead.
func ExampleWaitError() {
	ctx := context.Background()
	s, err := engine.Open(ctx, "demo://", engine.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer s.Close()
	_, err = s.ReadUntil(ctx, "Username: ", session.WaitOptions{Timeout: 500 * time.Millisecond})
	if e, ok := errors.AsType[*session.WaitError](err); ok {
		fmt.Println(e.Op, errors.Is(e, session.ErrTimeout))
	}
	// Nothing is lost by it: what came is unread still.
	text, _ := s.ReadUntil(ctx, "login: ", session.WaitOptions{Timeout: session.Now})
	fmt.Printf("%q\n", text[strings.LastIndex(text, "\n")+1:])
	// Output:
	// read_until true
	// "login: "
}

// Decide what the host may switch on: here everything but its echo is the rule's.
func ExampleHook() {
	ctx := context.Background()
	var asked []string
	hook := func(_ context.Context, _ *session.Session, r session.HookRequest) (session.HookAnswer, error) {
		asked = append(asked, fmt.Sprint(r.Command, " ", r.Option))
		if r.Option == telnet.Echo {
			return session.HookAnswer{Decision: line.Refuse}, nil
		}
		return session.HookAnswer{}, nil
	}
	s, err := engine.Open(ctx, "demo://", engine.Options{Session: session.Config{Hook: hook}})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer s.Close()
	if _, err := s.ReadUntil(ctx, "login: ", session.WaitOptions{}); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(asked[0], s.Echo())
	// Output: WILL ECHO false
}

// A lineTap keeps what is written.
type lineTap struct{ lines []string }

func (w *lineTap) Observe(o *session.Observation) {
	if o.Kind == session.Wrote {
		w.lines = append(w.lines, o.Text)
	}
}

// Follow a session: a tap is told of all that happens on it, in order.
func ExampleTap() {
	ctx := context.Background()
	w := new(lineTap)
	s, err := logIn(ctx, engine.Options{Session: session.Config{Taps: []session.Tap{w}}})
	if err != nil {
		fmt.Println(err)
		return
	}
	_ = s.Close()
	fmt.Printf("%q\n", w.lines)
	// Output: ["brandon\n" "mypass\n"]
}
