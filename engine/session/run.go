package session

import (
	"context"
	"errors"
	"io"
	"regexp"
	"strings"
	"time"

	"github.com/moonwire/moonwire/engine/command"
)

// RunOptions say how one command differs from the session's ways. A nil field leaves
// what the session has.
type RunOptions struct {
	Timeout *time.Duration
	Prompt  *regexp.Regexp
	Pagers  []Mark           // an empty list: none
	Errors  []*regexp.Regexp // lines that say that the command failed
	Answers []Mark           // questions that the command may ask
	Echo    *bool            // whether the host shows the line that is sent; nil: as it has until now
	Where   string           // script and line, for traces
}

// A Mark is text before the cursor at which the host waits, and what is sent then.
type Mark struct {
	Pattern *regexp.Regexp // matches up to the cursor; see Ending
	Reply   func(ctx context.Context, match []string) (text, shown string, err error)
}

// Ending compiles a regular expression that matches up to the cursor.
func Ending(source string) (*regexp.Regexp, error) {
	return regexp.Compile(`(?:` + source + `)\z`)
}

// patience is how long the host must be silent where a prompt alone does not say that
// the command is over.
const patience = time.Second

// commands is what a session knows of its host's ways with commands.
type commands struct {
	prompt *regexp.Regexp
	source string // of prompt

	leading   *regexp.Regexp // the prompt at the beginning of a line
	leadingOf string         // what it was made of

	pagers  []Mark // nil: those that are known
	answers []Mark
	errors  []*regexp.Regexp
	notices []*regexp.Regexp // nil: those that are known
	unasked string           // came before the last command was sent
	runs    int              // commands that have ended
	echoes  bool             // a command was echoed
	single  bool             // and once
	broken  string           // why no command may be run before LearnPrompt
	running bool
}

// Run sends a line and returns what the host shows between the echo of it and its
// prompt. It never returns what it is not sure of: the error is a *CommandError then.
func (s *Session) Run(ctx context.Context, line string, o RunOptions) (string, error) {
	begun := s.clock.Now()
	r := &runner{s: s, line: line, o: o, begun: begun, echoEnd: -1}
	if err := s.beginRun(ctx, r); err != nil {
		return "", err
	}
	if err := s.Write(ctx, line+"\n", WriteOptions{Where: o.Where}); err != nil {
		return "", err
	}
	return r.run(ctx)
}

// beginRun learns the prompt if it is not known, and takes what came before the command.
func (s *Session) beginRun(ctx context.Context, r *runner) error {
	if err := s.arrived(ctx, WaitOptions{Op: "run"}); err != nil {
		return err
	}
	if r.prompt() == nil {
		if _, err := s.learn(ctx, r, false); err != nil {
			return err
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.commands.broken != "" {
		return r.failed(&CommandError{Reason: "the last command did not end in order: " + s.commands.broken, Hint: "s:learn_prompt() begins anew"})
	}
	s.syncView()
	seen := s.unreadView()
	text := seen.text(&s.buf, 0, seen.pos)
	if s.commands.runs > 0 && s.outOfStep(text, r.prompt()) {
		s.commands.broken = "a prompt came that belongs to none of the commands"
		return r.failed(&CommandError{
			Reason: "after the last command had ended the host showed its prompt again: outputs and commands are out of step",
			Output: text, Hint: "was the prompt in that command's output? give s.prompt more of it, then s:learn_prompt()",
		})
	}
	s.commands.unasked = text
	s.consume(&seen, seen.pos, s.buf.nextSeq)
	return nil
}

// outOfStep reports whether text, which nobody asked for, holds a prompt, but for one
// that the host draws again behind its log lines.
func (s *Session) outOfStep(text string, prompt *regexp.Regexp) bool {
	prompts, others := 0, 0
	for line := range strings.SplitSeq(text, "\n") {
		switch {
		case strings.TrimSpace(line) == "", s.isNotice(line):
		case isWhole(prompt, line):
			prompts++
		default:
			others++
		}
	}
	return prompts > 1 || prompts == 1 && others > 0 || prompts == 1 && !strings.Contains(text, "\n")
}

// runner is a command that is being run.
type runner struct {
	s       *Session
	line    string
	o       RunOptions
	begun   time.Time
	w       *wait
	search  *runSearch
	echoEnd int64 // where the output begins; -1 while the echo has not been seen
	before  string
	marks   []markPlace
	reply   *pendingReply
}

// A markPlace is where a pager's mark stood.
type markPlace struct {
	from int64
	text string
}

// A pendingReply is to be sent before the command goes on.
type pendingReply struct {
	mark  Mark
	match []string
}

func (r *runner) prompt() *regexp.Regexp {
	if r.o.Prompt != nil {
		return r.o.Prompt
	}
	return r.s.commands.prompt
}

// run waits until the command is over.
func (r *runner) run(ctx context.Context) (string, error) {
	s := r.s
	s.mu.Lock()
	timeout := s.timeout
	if r.o.Timeout != nil {
		timeout = *r.o.Timeout
	}
	if err := s.free(); err != nil {
		s.mu.Unlock()
		return "", s.failed(WaitOptions{Op: "run"}, nil, r.begun, err)
	}
	r.search = &runSearch{}
	r.w = &wait{settle: s.settle, replay: s.buf.replay(), matcher: r.search}
	r.search.w, r.search.settle = r.w, s.settle
	s.begin(r.w, -1)
	s.wait, s.commands.running = r.w, true
	s.wakePump()
	if s.tapped() {
		s.observe(Observation{Kind: WaitBegan, Where: r.o.Where, Wait: r.report(timeout)})
	}
	s.mu.Unlock()
	output, err := r.steps(ctx, deadline(r.begun, timeout), timeout)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.wait, s.commands.running = nil, false
	if s.aside {
		s.armReturn()
	}
	s.wakePump()
	if s.tapped() {
		report := r.report(timeout)
		report.Index, report.Rule, report.Err, report.Waited = 0, Settled, err, s.clock.Now().Sub(r.begun)
		if err != nil {
			report.Index, report.Rule = -1, "failed"
		}
		s.tellEnd(WaitOptions{Where: r.o.Where}, report)
	}
	return output, err
}

func (r *runner) report(timeout time.Duration) *WaitReport {
	return &WaitReport{Op: "run", Index: -1, Timeout: timeout, Settle: r.search.settle, Patterns: []string{"its prompt"}}
}

// steps waits for a pause, looks at what stands before the cursor, and goes on until
// that is the prompt.
func (r *runner) steps(ctx context.Context, limit time.Time, timeout time.Duration) (string, error) {
	s := r.s
	for {
		err := s.await(ctx, limit, func(now time.Time) (bool, time.Time) { return s.look(r.w, now) })
		if err == nil {
			err = s.overdue(ctx, limit) // a host that marks prompts without end does not hold it up
		}
		s.mu.Lock()
		if err != nil || r.w.err != nil {
			s.flushView()
			s.advance(r.w)
			err = errors.Join(err, r.w.err)
		}
		output, over, failure := r.examine(err, timeout)
		reply := r.reply
		r.reply = nil
		r.w.done, r.w.err = false, nil
		s.mu.Unlock()
		if over || failure != nil {
			return output, failure
		}
		if reply != nil {
			text, shown, err := reply.mark.Reply(ctx, reply.match)
			if err == nil && text != "" {
				err = s.Write(ctx, text, WriteOptions{Shown: shown, Where: r.o.Where})
			}
			if err != nil {
				return "", err
			}
		}
	}
}

// examine looks at what there is, now that the host has paused, marked its prompt,
// closed, or time is up. The lock is held.
func (r *runner) examine(err error, timeout time.Duration) (output string, over bool, failure error) {
	s := r.s
	r.search.changed = false
	line := r.openLine()
	paused := r.w.paused
	if ferr := r.findEcho(); ferr != nil {
		return "", false, r.broken(&CommandError{Reason: ferr.Error(), Output: r.output(r.w.replay.pos), Hint: "echo=false takes the output as it comes"})
	}
	if err == nil && !s.eof && r.answered(line) {
		return "", false, nil
	}
	at, found := r.promptAt(line, paused)
	if found && (r.echoEnd >= 0 || !r.expectsEcho()) {
		if r.echoEnd < 0 {
			r.echoEnd = 0
		}
		output, failure = r.finish(at)
		return output, true, failure
	}
	switch {
	case command.AsksSecret(line) && err == nil:
		return "", false, r.broken(&CommandError{
			Reason: "it asks for a password: " + quoted(s, line), Output: r.output(r.w.replay.pos),
			Hint: `answers={ {"assword", secret "name"} } gives it`,
		})
	case found && paused >= patience:
		return "", false, r.broken(&CommandError{Reason: command.ErrNoEcho.Error(), Output: r.output(r.w.replay.pos), Hint: "echo=false if it shows no echo"})
	case errors.Is(err, ErrTimeout):
		return "", false, r.timedOut(line, timeout)
	case err != nil && !errors.Is(err, io.EOF):
		return "", false, s.waitError(WaitOptions{Op: "run", Timeout: &timeout}, nil, r.begun, err)
	case s.eof:
		e := &CommandError{Reason: "the peer closed the connection", Output: r.output(r.w.replay.pos), Err: io.EOF, Cause: s.eofCause}
		if broken := s.broken(); broken != nil {
			e.Err = broken
		}
		return "", false, r.broken(e)
	}
	if found || r.mayBeOver() {
		r.w.settle = patience // longer than a prompt that something stands behind
	}
	return "", false, nil
}

// finish ends the command whose prompt begins at position at.
func (r *runner) finish(at int64) (string, error) {
	s, seen := r.s, &r.w.replay
	output := strings.TrimSuffix(r.output(at), "\n")
	s.commands.unasked += r.before
	s.consume(seen, seen.pos, seen.seq-1)
	s.commands.runs++
	for _, list := range [][]*regexp.Regexp{s.commands.errors, r.o.Errors} {
		for _, re := range list {
			for line := range strings.SplitSeq(output, "\n") {
				if re.MatchString(line) {
					return "", r.failed(&CommandError{Reason: "the host says: " + quoted(s, line), Line: line, Output: output, Refused: true})
				}
			}
		}
	}
	return output, nil
}

func (r *runner) timedOut(line string, timeout time.Duration) error {
	e := &CommandError{Err: ErrTimeout, Output: r.output(r.w.replay.pos), Waited: timeout}
	switch {
	case r.echoEnd < 0 && r.expectsEcho():
		e.Reason = "no echo came"
		if line != "" {
			e.Reason += "; the host stands at " + quoted(r.s, line)
		}
		e.Hint = "echo=false if the host shows no echo"
	case line != "":
		e.Reason = "the prompt did not come back; the host stands at " + quoted(r.s, line)
		e.Hint = "if this is its prompt now: s:learn_prompt(); if it asks something: answers={ {pattern, reply} }; if it is a pager's mark: pager={ {pattern, key} }"
	default:
		e.Reason = "the prompt did not come back"
		e.Hint = "if the command takes longer: timeout=SECONDS"
	}
	return r.broken(e)
}

// broken is failed for a command that has not ended in order.
func (r *runner) broken(e *CommandError) error {
	r.s.commands.broken = e.Reason
	return r.failed(e)
}

func (r *runner) failed(e *CommandError) error {
	e.Session, e.Command = r.s.name, r.line
	e.secrets = r.s.secrets
	return e
}
