package session

import (
	"context"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"
	"time"
	"unicode"

	"github.com/moonwire/moonwire/engine/buffer"
	"github.com/moonwire/moonwire/engine/command"
)

// Run sends a line and returns what the host shows between the echo of it and its
// prompt. It never returns what it is not sure of: the error is a *CommandError then, or
// what a Reply or the context says. No command may be run behind one that did not end in
// order before LearnPrompt.
func (s *Session) Run(ctx context.Context, line string, o RunOptions) (string, error) {
	r := &runner{s: s, line: line, o: o, begun: s.clock.Now(), echoEnd: -1}
	s.mu.Lock()
	r.timeout = or(o.Timeout, s.timeout)
	r.limit = deadline(r.begun, r.timeout)
	s.mu.Unlock()
	if err := s.beginRun(ctx, r); err != nil {
		return "", err
	}
	err := s.Write(ctx, line+"\n", WriteOptions{Where: o.Where, Timeout: option(r.timeout)})
	output := ""
	if err == nil {
		output, err = r.run(ctx)
	}
	if e, ok := errors.AsType[*CommandError](err); err != nil && !(ok && e.Refused) {
		r.outOfOrder(e)
	}
	return output, err
}

// outOfOrder notes that the command has not ended in order; e, if it is not nil, says
// why.
func (r *runner) outOfOrder(e *CommandError) {
	reason := "it was left before its end"
	if e != nil {
		reason = e.Reason
	}
	r.s.mu.Lock()
	defer r.s.mu.Unlock()
	if r.s.commands.broken == "" {
		r.s.commands.broken = reason
	}
}

// beginRun learns the prompt if it is not known, and takes what came before the command.
func (s *Session) beginRun(ctx context.Context, r *runner) error {
	if err := s.arrivedBy(ctx, WaitOptions{Op: "run"}, r.limit); err != nil {
		return err
	}
	s.mu.Lock()
	broken := s.commands.broken
	s.mu.Unlock()
	if broken != "" {
		return r.failed(&CommandError{Reason: "the last command did not end in order: " + broken, Hint: "s:learn_prompt() begins anew"})
	}
	if r.prompt() == nil {
		if _, err := s.learn(ctx, r, false); err != nil {
			return err
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.syncViewLocked()
	seen := s.buf.Unread()
	text := seen.Text(0, seen.Len())
	if s.commands.runs > 0 && s.outOfStepLocked(text, r.prompt()) {
		s.commands.broken = "a prompt came that belongs to none of the commands"
		return r.failed(&CommandError{
			Reason: "after the last command had ended the host showed its prompt again: outputs and commands are out of step",
			Output: text, Hint: "was the prompt in that command's output? give s.prompt more of it, then s:learn_prompt()",
		})
	}
	s.commands.unasked = text
	s.consumeLocked(&seen, seen.Len(), buffer.AllNotes)
	s.wakePump() // it rests where the buffer was full
	return nil
}

// outOfStepLocked reports whether text, which nobody asked for, holds a prompt, but for one
// that the host draws again behind its log lines.
func (s *Session) outOfStepLocked(text string, prompt *regexp.Regexp) bool {
	prompts, others := 0, 0
	for line := range strings.SplitSeq(text, "\n") {
		switch {
		case strings.TrimSpace(line) == "", s.isNoticeLocked(line):
		case isWhole(prompt, line):
			prompts++
		default:
			others++
		}
	}
	return prompts > 1 || prompts == 1 && others > 0 || prompts == 1 && !strings.Contains(text, "\n")
}

// run waits until the command is over.
func (r *runner) run(ctx context.Context) (string, error) {
	s := r.s
	s.mu.Lock()
	if err := s.freeLocked(); err != nil {
		s.mu.Unlock()
		return "", s.failed(WaitOptions{Op: "run"}, nil, r.begun, err)
	}
	r.search = &runSearch{settle: s.pauseOfLinesLocked()}
	r.w = &wait{settle: r.search.settle, seen: s.buf.Reader(), matcher: r.search}
	r.search.w = r.w
	s.beginLocked(r.w, -1)
	s.wait, s.commands.running = r.w, true
	s.wakePump()
	if s.wants(WaitBegan) {
		s.observeLocked(Observation{Kind: WaitBegan, Where: r.o.Where, Wait: r.report()})
	}
	s.mu.Unlock()
	output, err := r.steps(ctx)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.wait, s.commands.running = nil, false
	s.armReturnLocked()
	s.wakePump()
	if s.wants(WaitEnded) {
		report := r.report()
		report.Index, report.Rule, report.Err, report.Waited = 0, Settled, err, s.clock.Now().Sub(r.begun)
		if err != nil {
			report.Index, report.Rule = -1, "failed"
		}
		s.tellEnd(WaitOptions{Where: r.o.Where}, report)
	}
	return output, err
}

func (r *runner) report() *WaitReport {
	return &WaitReport{Op: "run", Index: -1, Timeout: r.timeout, Settle: r.search.settle, Patterns: []string{"its prompt"}}
}

// steps waits for a pause, looks at what stands before the cursor, and goes on until
// that is the prompt.
func (r *runner) steps(ctx context.Context) (string, error) {
	s := r.s
	var unsent error // why a reply could not be sent
	var err error
	for ; ; err = s.overdue(ctx, r.limit) { // a host that marks prompts without end does not hold it up
		limit := r.limit
		if unsent != nil {
			limit = s.clock.Now().Add(patience) // the end of the connection is told soon
		}
		if err == nil {
			err = s.await(ctx, limit, func(now time.Time) (bool, time.Time) { return s.lookLocked(r.w, now) })
		}
		for {
			output, over, failure := r.lookedAt(err)
			reply := r.reply
			r.reply = nil
			if unsent != nil && errors.Is(failure, ErrTimeout) {
				return "", unsent
			}
			if over || failure != nil {
				return output, failure
			}
			if reply == nil {
				break
			}
			text, shown, rerr := reply.mark.Reply(ctx, reply.line, reply.groups)
			if rerr != nil {
				return "", rerr
			}
			s.mu.Lock()
			r.replies(reply.line, text)
			s.mu.Unlock()
			if text != "" {
				unsent = s.Write(ctx, text, WriteOptions{Shown: shown, Where: r.o.Where, Timeout: option(r.timeout)})
				if unsent != nil && ctx.Err() != nil {
					return "", unsent
				}
				break
			}
			// Nothing is sent: is it the prompt that stands there?
		}
	}
}

// lookedAt is examine of all that has come; err says why the wait for more ended, if not
// by a pause.
func (r *runner) lookedAt(err error) (output string, over bool, failure error) {
	s := r.s
	s.mu.Lock()
	defer s.mu.Unlock()
	if err != nil || r.w.err != nil {
		s.flushViewLocked()
		s.advanceLocked(r.w)
		err = errors.Join(err, r.w.err)
	}
	output, over, failure = r.examineLocked(err)
	r.w.done, r.w.err = false, nil
	return output, over, failure
}

// examineLocked looks at what there is, now that the host has paused, marked its prompt,
// closed, or time is up.
func (r *runner) examineLocked(err error) (output string, over bool, failure error) {
	s := r.s
	r.search.changed = false
	line := r.openLine()
	paused := r.w.paused
	if ferr := r.findEcho(); ferr != nil {
		return "", false, r.broken(&CommandError{Reason: ferr.Error(), Hint: "echo=false takes the output as it comes"})
	}
	// Time, room or the host's presence may end in mid-line: what stands there then is
	// neither a question nor the prompt.
	stands := err == nil && !s.eof && !s.closed
	if stands && r.answered(line) {
		return "", false, nil
	}
	at, found := r.promptAt(line, paused)
	if found && stands && (r.echoEnd >= 0 || !r.expectsEcho()) {
		if r.echoEnd < 0 {
			r.echoEnd = 0
		}
		output, failure = r.finish(at)
		return output, true, failure
	}
	asks := command.AsksSecret(line)
	switch {
	case s.closed:
		return "", false, s.waitErrorLocked(WaitOptions{Op: "run", Timeout: option(r.timeout)}, nil, r.begun, ErrClosed)
	case asks && stands && paused >= patience:
		return "", false, r.broken(&CommandError{Reason: "it asks for a password: " + quoted(s, line), Hint: `answers={ {"assword", secret "name"} } gives it`})
	case found && stands && paused >= patience:
		return "", false, r.broken(&CommandError{Reason: command.ErrNoEcho.Error(), Hint: "echo=false if it shows no echo"})
	case errors.Is(err, ErrTimeout):
		return "", false, r.timedOut(line, found)
	case errors.Is(err, ErrBufferFull):
		return "", false, r.broken(&CommandError{
			Reason: fmt.Sprintf("the output is larger than max_buffer (%d bytes)", s.maxBuffer), Err: ErrBufferFull,
			Hint: "a larger max_buffer takes it, or several commands that show less each",
		})
	case err != nil && !errors.Is(err, io.EOF):
		return "", false, s.waitErrorLocked(WaitOptions{Op: "run", Timeout: option(r.timeout)}, nil, r.begun, err)
	case s.eof:
		e := &CommandError{Reason: "the peer closed the connection", Err: io.EOF, Cause: s.eofCause}
		if text := r.w.seen.Text(max(0, r.w.seen.Len()-lineMost), r.w.seen.Len()); !strings.HasSuffix(lastLine(text), r.line) { // more than its echo
			e.Reason += s.saidLast(text)
		}
		if broken := s.brokenLocked(); broken != nil {
			e.Err = broken
		}
		return "", false, r.broken(e)
	}
	if found || asks || r.mayBeOver() {
		r.w.settle = patience // longer than a prompt that something stands behind
	}
	return "", false, nil
}

// finish ends the command whose prompt begins at position at.
func (r *runner) finish(at int64) (string, error) {
	s, seen := r.s, &r.w.seen
	output := strings.TrimSuffix(r.output(at), "\n")
	line := r.openLine()
	before := line[:max(0, at-(seen.Len()-int64(len(line))))] // in the prompt's line
	if e := r.doubts(output, before, line); e != nil {
		return "", r.broken(e)
	}
	if before == "" && r.learnt() {
		s.commands.stood = strings.Clone(line)
	}
	s.commands.unasked += r.before
	s.consumeLocked(seen, seen.Len(), seen.LastNote())
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

// doubts tells what in the output says that it is not the command's alone, nil if
// nothing does. line is the prompt's, and before what stands in it before the prompt.
func (r *runner) doubts(output, before, line string) *CommandError {
	c := &r.s.commands
	shown := strings.Split(output, "\n")
	last := shown[len(shown)-1]
	if m := r.prompt().FindStringIndex(last); strings.TrimSpace(last) != "" && before == "" && (isWhole(r.prompt(), last) || m != nil && letters(last[m[0]:])) {
		return &CommandError{
			Reason: "the host showed its prompt twice", Hint: `if it takes Enter for two lines: newline="\n"; if the output ends so: a longer s.prompt`,
		}
	}
	for i, text := range shown[:len(shown)-1] {
		typed, prompted := strings.CutSuffix(strings.TrimRight(text, " "), strings.TrimRight(r.line, " "))
		whole := strings.TrimSpace(text) != "" && isWhole(r.prompt(), text) && !r.s.isNoticeLocked(shown[i+1])
		if whole || prompted && strings.TrimSpace(typed) != "" && letters(typed) && r.line != "" && isWhole(r.prompt(), typed) {
			return &CommandError{
				Reason: "the host showed its prompt in the output: " + quoted(r.s, text),
				Hint:   "outputs and commands may be out of step: s:learn_prompt(); if the output has such lines: a longer s.prompt",
			}
		}
	}
	if strings.TrimSpace(before) != "" && before == c.glued && c.ran != r.line && r.learnt() {
		return &CommandError{
			Reason: "the line before the prompt is " + quoted(r.s, before) + " again",
			Hint:   "is " + quoted(r.s, line) + " the prompt now? s:learn_prompt() learns it",
		}
	}
	c.glued, c.ran = strings.Clone(before), r.line
	return nil
}

// letters reports whether text has letters.
func letters(text string) bool { return strings.ContainsFunc(text, unicode.IsLetter) }

// timedOut tells why the time ran out; found says that the line looks like the prompt.
func (r *runner) timedOut(line string, found bool) error {
	e := &CommandError{Err: ErrTimeout, Waited: r.timeout}
	switch {
	case r.echoEnd < 0 && r.expectsEcho():
		e.Reason = "no echo came"
		if line != "" {
			e.Reason += "; the host stands at " + quoted(r.s, line)
		}
		e.Hint = "echo=false if the host shows no echo"
	case found:
		e.Reason = "the host has not ended: there was too short a pause behind what looks like its prompt, " + quoted(r.s, line)
		e.Hint = "if the command takes longer: timeout=SECONDS"
	case line != "":
		e.Reason = "the prompt did not come back; the host stands at " + quoted(r.s, line)
		e.Hint = "if this is its prompt now: s:learn_prompt(); if it asks something: answers={ {pattern, reply} }; if it is a pager's mark: pager={ {pattern, key} }"
	default:
		e.Reason = "the prompt did not come back"
		e.Hint = "if the command takes longer: timeout=SECONDS"
	}
	return r.broken(e)
}
