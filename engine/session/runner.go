package session

// A command that is being run: its options and its state.

import (
	"regexp"
	"time"

	"github.com/moonwire/moonwire/engine/buffer"
)

// RunOptions say how one command differs from the session's ways. A field's zero value
// leaves what the session has.
type RunOptions struct {
	Timeout time.Duration
	Prompt  *regexp.Regexp
	Pagers  []Mark           // an empty list: none
	Errors  []*regexp.Regexp // lines that say that the command failed
	Answers []Mark           // questions that the command may ask
	Echo    *bool            // whether the host shows the line that is sent; nil: as it has until now
	Where   string           // script and line, for traces
}

// patience is how long the host must be silent where a prompt alone does not say that
// the command is over.
const patience = time.Second

// runner is a command that is being run.
type runner struct {
	s       *Session
	line    string
	o       RunOptions
	begun   time.Time
	timeout time.Duration
	limit   time.Time // when it is over; zero: never
	w       *wait
	search  *runSearch
	echoEnd int64 // where the output begins; -1 while the echo has not been seen
	before  string
	marks   []markPlace
	reply   *pendingReply
	last    *replied // nil: nothing was replied to
}

// A markPlace is where a pager's mark stood.
type markPlace struct {
	from int64
	text string
}

// A pendingReply is to be sent before the command goes on.
type pendingReply struct {
	mark   Mark
	line   string
	groups []int
}

func (r *runner) prompt() *regexp.Regexp {
	if r.o.Prompt != nil {
		return r.o.Prompt
	}
	return r.s.commands.prompt
}

// replied is where the host stood when it was replied to, and what it was sent.
type replied struct {
	place      buffer.Place
	begin      int64 // where the line begins
	line, text string
}

func (r *runner) failed(e *CommandError) error {
	e.Session, e.Command = r.s.name, r.line
	e.secrets = r.s.secrets
	return e
}

// pauseOfLinesLocked is how long the host must be silent for a line before the cursor to
// stand. Where the session has no settle time, or none at all counts as a pause, that is
// DefaultSettle.
func (s *Session) pauseOfLinesLocked() time.Duration {
	if s.settle <= 0 || s.settle == Forever {
		return DefaultSettle
	}
	return s.settle
}
