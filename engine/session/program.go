package session

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/moonwire/moonwire/engine/diagnose"
	"github.com/moonwire/moonwire/engine/line"
	"github.com/moonwire/moonwire/engine/patterns"
)

// The program that a session talks to, where its line knows one.

// ErrNoProgram: something was asked of a program, and the line leads to none.
var ErrNoProgram = errors.New("the line leads to a host, not to a program")

// program is the line, if it leads to a program.
func (s *Session) program() (line.Program, error) {
	if p, ok := s.line.(line.Program); ok {
		return p, nil
	}
	return nil, ErrNoProgram
}

// Pid returns the number of the program on this machine, 0 if there is none.
func (s *Session) Pid() int {
	if p, err := s.program(); err == nil {
		return p.Pid()
	}
	return 0
}

// Signal sends the program a signal, which is named as in "INT".
func (s *Session) Signal(name string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	p, err := s.program()
	if err == nil && s.closed {
		err = ErrClosed
	}
	if err != nil {
		return err
	}
	s.startLocked()
	return p.Signal(name)
}

// Wait waits until the program has ended, and returns how. Everything that it has printed
// by then is unread text. A program whose output fills the buffer waits for the script, and
// does not end.
func (s *Session) Wait(ctx context.Context, o WaitOptions) (e line.Exit, err error) {
	if o.Op == "" {
		o.Op = "wait"
	}
	begun := s.clock.Now()
	p, err := s.program()
	if err != nil {
		return e, s.failed(o, nil, begun, err)
	}
	timeout := or(o.Timeout, s.Timeout())
	s.mu.Lock()
	if s.closed { // the line has waited for the program
		defer s.mu.Unlock()
		e, ended, _ := p.Exit()
		if !ended {
			return e, s.waitErrorLocked(o, nil, begun, ErrClosed) // no test: the program would have to outlive a kill
		}
		return e, nil
	}
	err = s.freeLocked()
	s.startLocked()
	s.mu.Unlock()
	if err != nil {
		return e, s.failed(o, nil, begun, err)
	}
	s.readBegan(o)
	defer func() { s.readEnded(o, begun, "", err) }()
	if timeout <= 0 {
		err = s.sync(ctx, time.Time{})
	}
	if err == nil {
		err = s.await(ctx, deadline(begun, timeout), func(time.Time) (bool, time.Time) {
			_, known, missing := s.exitedLocked(p)
			return known || missing != nil || s.closed, time.Time{}
		})
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	e, known, missing := s.exitedLocked(p)
	switch {
	case known:
		return e, nil
	case s.closed:
		err = ErrClosed
	case missing != nil:
		w := s.waitErrorLocked(o, nil, begun, io.EOF)
		w.Cause = missing
		return e, w
	case err == nil:
		err = ErrTimeout
	}
	return e, s.waitErrorLocked(o, nil, begun, err)
}

// exitedLocked returns how the program ended, once all that could be read then has been laid
// into the buffer.
func (s *Session) exitedLocked(p line.Program) (e line.Exit, known bool, missing error) {
	if s.exit != nil {
		return *s.exit, true, nil
	}
	if s.eof { // it has outlived its terminal
		return p.Exit()
	}
	return e, false, nil
}

// commandEnded returns an error if the line has run a command that failed. It waits until
// that is known: a command may close its output first. output is what it printed.
func (s *Session) commandEnded(ctx context.Context, output string, o WaitOptions, begun time.Time) error {
	c, ok := s.line.(line.Commander)
	if !ok || c.Command() == "" {
		return nil
	}
	o.Timeout = or(o.Timeout, s.Timeout())
	if o.Timeout != Forever {
		o.Timeout = option(o.Timeout - s.clock.Now().Sub(begun))
	}
	e, err := s.Wait(ctx, o)
	if errors.Is(err, io.EOF) || err == nil && e.OK() { // a host may not say how it ended
		return nil
	}
	failed := &CommandError{Session: s.name, Op: "the command", Command: c.Command(), Output: output, secrets: s.secrets}
	if errors.Is(err, ErrTimeout) {
		failed.Reason = "it has closed its output and has not ended"
		failed.Err, failed.Waited = ErrTimeout, s.clock.Now().Sub(begun).Round(time.Millisecond)
		return failed
	}
	if err != nil {
		return err
	}
	if r, ok := s.line.(line.Relay); ok && r.Failed(e) {
		failed.Reason, failed.Err = "the connection failed: ssh exited with status "+strconv.Itoa(e.Code)+s.saidLast(output), io.EOF
		failed.Hint = "it is the status of ssh itself; a command that ends with it cannot be told from that"
		return failed
	}
	failed.Reason, failed.Line, failed.Refused = e.String()+s.saidLast(output), lastLine(output), true
	failed.Hint = "s:wait() returns the status, and s:expect{ EOF } the output whatever the status is"
	return failed
}

// lastLine is the last line of a text that is not blank.
func lastLine(text string) string {
	last := ""
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line != "" {
			last = line
		}
	}
	return last
}

// saidLast makes an error go on with the last words of a text.
func (s *Session) saidLast(text string) string {
	last := lastLine(text)
	if last == "" {
		return ""
	}
	return ", and said last " + diagnose.QuoteMiddle(s.secrets.Mask(last), 160)
}

// A SilentError tells of an event that was waited for and that no peer on the line can
// cause.
type SilentError struct{ Event patterns.Pattern }

// Error says so.
func (e *SilentError) Error() string {
	return fmt.Sprintf("%s never comes over this line", e.Event)
}

// Hints says what to do.
func (e *SilentError) Hints() []string {
	if e.Event.Kind == patterns.Exit {
		return []string{"a line to a host has no program that ends; wait for EOF"}
	}
	return []string{"only telnet hosts and programs on this machine tell of the echo; wait for the text, as in \"assword:\""}
}

// silentIn returns an error if a pattern of the list waits for what cannot happen.
func (s *Session) silentIn(p *patterns.List) error {
	for _, one := range p.Patterns() {
		kind := line.None
		switch one.Kind {
		case patterns.EchoOff:
			kind = line.EchoOff
		case patterns.EchoOn:
			kind = line.EchoOn
		case patterns.Exit:
			kind = line.Exited
		}
		if kind != line.None && !s.line.Tells(kind) {
			return &SilentError{one}
		}
	}
	return nil
}
