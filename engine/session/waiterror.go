package session

// Why a wait failed.

import (
	"errors"
	"io"
	"time"

	"github.com/moonwire/moonwire/engine/line"
	"github.com/moonwire/moonwire/engine/mask"
	"github.com/moonwire/moonwire/engine/patterns"
)

// failed makes the error of a wait that could not begin.
func (s *Session) failed(o WaitOptions, p *patterns.List, begun time.Time, err error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.waitErrorLocked(o, p, begun, err)
}

// waitErrorLocked gathers what is known for a wait's failure.
func (s *Session) waitErrorLocked(o WaitOptions, p *patterns.List, begun time.Time, err error) *WaitError {
	if we, ok := errors.AsType[*WaitError](err); ok {
		return we
	}
	e := &WaitError{secrets: s.secrets, Session: s.name, Op: o.Op, Waited: s.clock.Now().Sub(begun), Err: err}
	if errors.Is(err, ErrTimeout) { // what was asked for, not how late the timer was
		e.Cause = s.missingTLSLocked()
		e.Waited = or(o.Timeout, s.timeout)
	}
	if p != nil {
		e.Patterns = p.Shown(s.secrets)
		e.List = p.Patterns()
	}
	if errors.Is(err, io.EOF) {
		e.Cause, e.Exit = s.eofCause, s.exit
		if broken := s.brokenLocked(); broken != nil {
			e.Err = broken
		}
	}
	s.syncViewLocked()
	r := s.buf.Unread()
	from := max(0, r.Len()-pendingShown)
	e.Pending, e.Omitted = r.Text(from, r.Len()), from
	e.Facts = s.gatherLocked()
	return e
}

// pendingShown bounds the unread text that an error carries.
const pendingShown = 64 << 10

// WaitError tells why a wait did not find what it waited for. Its text, Patterns,
// Shown and Report hide the secrets of Config.Secrets; List, Pending and Facts are
// as they were, for programs.
type WaitError struct {
	Session  string             // the session's name
	Op       string             // what was called: "expect", "read_until", ...
	Patterns []string           // what was waited for, as shown to a person
	List     []patterns.Pattern // the same as it was given; nil where the call has none
	Waited   time.Duration      // how long
	Pending  string             // the end of the unread text
	Omitted  int64              // bytes of unread text before Pending
	Err      error              // ErrTimeout, io.EOF, ErrClosed, a context's cause, ...
	Cause    error              // for io.EOF: what the connection said, nil for an orderly close; for ErrTimeout: TLS that is due and has not begun
	Exit     *line.Exit         // for io.EOF: how the program ended, if the line leads to one and told
	Facts    Facts              // what is known of the conversation, for a diagnosis

	secrets *mask.Secrets
}

// Error gives one line: what happened. The diagnosis is the caller's to add.
func (e *WaitError) Error() string {
	what := e.Op
	if len(e.Patterns) > 0 {
		what += " " + join(e.Patterns)
	}
	switch {
	case errors.Is(e.Err, ErrTimeout):
		s := "timeout: " + what + " waited " + seconds(e.Waited)
		if e.Cause != nil {
			s += " (" + said(e.Cause) + ")"
		}
		return s
	case errors.Is(e.Err, io.EOF):
		s := "the peer closed the connection during " + what
		if e.Exit != nil {
			s = "the program ended during " + what + ": " + e.Exit.String()
		}
		if e.Cause != nil {
			s += " (" + said(e.Cause) + ")"
		}
		return s
	}
	return what + ": " + e.Err.Error()
}

// Unwrap gives the cause for errors.Is and errors.As.
func (e *WaitError) Unwrap() error { return e.Err }

// endedLocked returns what a read at the end of the conversation fails with: io.EOF
// after an orderly end, else a *WaitError.
func (s *Session) endedLocked(o WaitOptions) error {
	if s.eofCause == nil {
		return io.EOF
	}
	return s.waitErrorLocked(o, nil, s.clock.Now(), io.EOF)
}
