package session

import (
	"context"
	"io"
	"regexp"
	"strings"
	"time"

	"github.com/moonwire/moonwire/engine/command"
	"github.com/moonwire/moonwire/engine/diagnose"
	"github.com/moonwire/moonwire/engine/telnet"
)

// CommandError tells why the output of a command is not known, or that the host refused
// the command. Error hides the secrets of Config.Secrets.
type CommandError struct {
	Session string
	Command string        // the line that was sent, "" if none was
	Output  string        // what the host showed
	Line    string        // the line of it that says that the command failed
	Reason  string        // what happened
	Hint    string        // what may help
	Refused bool          // the command ended, and its output says that it failed
	Err     error         // ErrTimeout, io.EOF, or nil
	Cause   error         // for io.EOF: what the connection said
	Waited  time.Duration // for ErrTimeout

	secrets interface{ Mask(string) string }
}

// Error gives one line.
func (e *CommandError) Error() string {
	what := "run"
	if e.Command != "" {
		what += " " + diagnose.QuoteMiddle(e.secrets.Mask(e.Command), 80)
	}
	s := what + ": " + e.Reason
	if e.Err == ErrTimeout { //nolint:errorlint // it is set here
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

// Shown is the output with the secrets hidden in it.
func (e *CommandError) Shown() string { return e.secrets.Mask(e.Output) }

// quoted is a line as errors show it.
func quoted(s *Session, line string) string {
	return diagnose.QuoteMiddle(s.secrets.Mask(line), 80)
}

// Prompt is the pattern of the host's prompt as it was learned or set, "" if it is not
// known.
func (s *Session) Prompt() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.commands.source
}

// SetPrompt sets the pattern of the host's prompt, a regular expression; "" forgets it.
func (s *Session) SetPrompt(source string) error {
	var re *regexp.Regexp
	if source != "" {
		var err error
		if re, err = Ending(source); err != nil {
			return err
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.commands.prompt, s.commands.source = re, source
	return nil
}

// leading is the prompt at the beginning of a line.
func (r *runner) leading() *regexp.Regexp {
	c := &r.s.commands
	source := r.prompt().String()
	if c.leading == nil || c.leadingOf != source {
		c.leadingOf = source
		c.leading = regexp.MustCompile("^" + strings.TrimSuffix(source, `\z`)) // a part of one that compiles
	}
	return c.leading
}

// SetCommands sets what Run knows of the host: pagers, answers, errors and notices. A nil
// list leaves what there is; an empty one means none.
func (s *Session) SetCommands(pagers, answers []Mark, errors, notices []*regexp.Regexp) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := &s.commands
	if pagers != nil {
		c.pagers = pagers
	}
	if answers != nil {
		c.answers = answers
	}
	if errors != nil {
		c.errors = errors
	}
	if notices != nil {
		c.notices = notices
	}
}

// Unasked is the text that came before the last command was sent, and belongs to none.
func (s *Session) Unasked() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.commands.unasked
}

// LearnPrompt waits until the host is silent with a line before the cursor, presses Enter
// if there is none, takes that line for its prompt, and returns a pattern of it. What
// came until then is read. After a command that did not end in order it presses Enter in
// any case.
func (s *Session) LearnPrompt(ctx context.Context, o RunOptions) (string, error) {
	if err := s.arrived(ctx, WaitOptions{Op: "learn_prompt"}); err != nil {
		return "", err
	}
	return s.learn(ctx, &runner{s: s, o: o, begun: s.clock.Now()}, true)
}

// learn learns the prompt from the line before the cursor. If there is none it presses
// Enter, where that is allowed.
func (s *Session) learn(ctx context.Context, r *runner, enter bool) (string, error) {
	s.mu.Lock()
	timeout := s.timeout
	if r.o.Timeout != nil {
		timeout = *r.o.Timeout
	}
	limit := deadline(r.begun, timeout)
	pressed := !enter
	again := enter && s.commands.broken != ""
	s.mu.Unlock()
	for {
		line, reply, err := s.settledLine(ctx, r, limit, pressed && enter)
		if err != nil {
			return "", err
		}
		if reply != nil {
			text, shown, err := reply.mark.Reply(ctx, reply.match)
			if err == nil {
				err = s.Write(ctx, text, WriteOptions{Shown: shown, Where: r.o.Where})
			}
			if err != nil {
				return "", err
			}
			continue
		}
		source, ok := command.LearnPrompt(line)
		if ok && !again {
			return source, s.learned(r, source, enter)
		}
		if pressed {
			reason := "no prompt is known, and the host does not stand at one"
			if line != "" {
				reason += ": it stands at " + quoted(s, line)
			}
			return "", r.failed(&CommandError{Reason: reason, Hint: `s:learn_prompt() presses Enter and takes what comes; s.prompt="pattern" sets it`})
		}
		pressed, again = true, false
		if err := s.Write(ctx, "\n", WriteOptions{Where: r.o.Where}); err != nil {
			return "", err
		}
	}
}

// learned takes source for the prompt. If all is to be read, it is.
func (s *Session) learned(r *runner, source string, read bool) error {
	if err := s.SetPrompt(source); err != nil { // no test: what is learned is a pattern
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if read {
		seen := s.unreadView()
		s.commands.unasked = seen.text(&s.buf, 0, seen.pos)
		s.consume(&seen, seen.pos, s.buf.nextSeq)
		s.commands.runs = 0
	}
	s.commands.broken = ""
	_ = r
	return nil
}

// settledLine waits until the host has been silent for the settle time and returns the
// line before the cursor, with what was read of it before. After Enter was pressed
// something must have come. A pager's mark there is to be replied to.
func (s *Session) settledLine(ctx context.Context, r *runner, limit time.Time, fresh bool) (line string, reply *pendingReply, err error) {
	s.mu.Lock()
	begun := s.clock.Now()
	before := s.buf.end()
	s.mu.Unlock()
	err = s.await(ctx, limit, func(now time.Time) (bool, time.Time) {
		if s.eof || s.closed {
			return true, time.Time{}
		}
		settle := s.settle
		if settle <= 0 || settle == Forever {
			settle = DefaultSettle
		}
		since := s.lastArrival
		if (s.facts.received == 0 || s.unanswered()) && !fresh { // something is still to come
			since, settle = begun, patience
		}
		if s.readingSince.After(since) {
			since = s.readingSince
		}
		s.watching = true
		if fresh && s.buf.end() == before && !s.held() {
			return false, time.Time{}
		}
		if at := since.Add(settle); now.Before(at) || !s.listening() {
			return false, maxTime(at, now.Add(time.Millisecond))
		}
		// After Enter a line has to come: its echo alone is no prompt.
		s.flushView()
		return !fresh || s.openLine() != "", time.Time{}
	})
	s.mu.Lock()
	defer s.mu.Unlock()
	s.watching = false
	s.flushView()
	seen := s.unreadView()
	text := seen.text(&s.buf, max(0, seen.pos-lineMost), seen.pos)
	line = text[strings.LastIndexByte(text, '\n')+1:]
	if s.unanswered() && err == nil && !s.eof && !s.closed {
		return "", nil, nil // what stands there is what the last line was typed behind
	}
	if line != "" {
		r.w = &wait{replay: seen}
		if r.answered(line) {
			reply, r.reply, r.marks = r.reply, nil, nil
			return line, reply, nil
		}
	}
	if len(line) == len(text) && !seen.whole { // the line goes on from what was read
		line = string(s.buf.line[:len(s.buf.line)-s.buf.unread]) + line
	}
	switch {
	case s.closed:
		err = ErrClosed
	case s.eof:
		err = r.failed(&CommandError{Reason: "the peer closed the connection", Output: text, Err: io.EOF, Cause: s.eofCause})
	case err != nil:
		err = s.waitError(WaitOptions{Op: "learn_prompt", Timeout: r.o.Timeout}, nil, r.begun, err)
	}
	return line, nil, err
}

// unanswered reports whether nothing has come since the last write. The lock is held.
func (s *Session) unanswered() bool {
	return !s.facts.wroteAt.IsZero() && s.buf.end() == s.facts.wroteText && !s.held()
}

// openLine is the unread line before the cursor.
func (s *Session) openLine() string {
	seen := s.unreadView()
	text := seen.text(&s.buf, max(0, seen.pos-lineMost), seen.pos)
	return text[strings.LastIndexByte(text, '\n')+1:]
}

func maxTime(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// peerEchoes reports whether the peer has agreed to echo. The lock is held.
func (s *Session) peerEchoes() bool { return !s.plain && s.codec.Enabled(telnet.Him, telnet.Echo) }
