package session

import (
	"cmp"
	"time"

	"github.com/moonwire/moonwire/engine/diagnose"
)

// CommandError tells why the output of a command is not known, that the host refused the
// command, or that it failed. Error hides the secrets of Config.Secrets.
type CommandError struct {
	Session string
	Command string        // the line that was sent, "" if none was
	Output  string        // what the host showed
	Line    string        // the line of it that says that the command failed
	Reason  string        // what happened
	Hint    string        // what may help
	Refused bool          // the command ended, and its output or its status says that it failed
	Op      string        // what errors call it, "" is run
	Err     error         // ErrTimeout, io.EOF, ErrBufferFull, or nil
	Cause   error         // for io.EOF: what the connection said
	Waited  time.Duration // for ErrTimeout

	secrets interface{ Mask(string) string }
}

// Error gives one line.
func (e *CommandError) Error() string {
	what := cmp.Or(e.Op, "run")
	if e.Command != "" {
		what += " " + diagnose.QuoteMiddle(e.secrets.Mask(e.Command), 80)
	}
	s := what + ": " + e.Reason
	if e.Err == ErrTimeout { // it is set here
		s = "timeout: " + what + " waited " + seconds(e.Waited) + ": " + e.Reason
	}
	if e.Cause != nil {
		s += " (" + e.Cause.Error() + ")"
	}
	return s
}

// Unwrap gives the cause for errors.Is.
func (e *CommandError) Unwrap() error { return e.Err }

// Hints tells what may help.
func (e *CommandError) Hints() []string {
	if e.Hint == "" {
		return nil
	}
	return []string{e.Hint}
}

// Hidden is a text of e with the secrets hidden in it.
func (e *CommandError) Hidden(text string) string { return e.secrets.Mask(text) }

// quoted is a line as errors show it.
func quoted(s *Session, line string) string {
	return diagnose.QuoteMiddle(s.secrets.Mask(line), 80)
}
