package session

// How a session learns its host's prompt.

import (
	"context"
	"io"
	"strings"
	"time"

	"github.com/moonwire/moonwire/engine/buffer"
	"github.com/moonwire/moonwire/engine/command"
)

// LearnPrompt waits until the host is silent with a line before the cursor, presses Enter
// if there is none, takes that line for its prompt, and returns a pattern of it. What
// came until then is read. After a command that did not end in order it presses Enter in
// any case.
func (s *Session) LearnPrompt(ctx context.Context, o RunOptions) (string, error) {
	r := &runner{s: s, o: o, begun: s.clock.Now()}
	s.mu.Lock()
	r.timeout = or(o.Timeout, s.timeout)
	r.limit = deadline(r.begun, r.timeout)
	s.mu.Unlock()
	if err := s.arrivedBy(ctx, WaitOptions{Op: "learn_prompt"}, r.limit); err != nil {
		return "", err
	}
	return s.learn(ctx, r, true)
}

// learn learns the prompt from the line before the cursor. If there is none it presses
// Enter, where that is allowed.
func (s *Session) learn(ctx context.Context, r *runner, enter bool) (string, error) {
	s.mu.Lock()
	known := s.commands.prompt
	presses := 0 // how often Enter may still be pressed
	press := enter && s.commands.broken != ""
	if enter {
		presses = 1
	}
	if press { // what stands there may be what is left of the command
		presses = 2
	}
	s.mu.Unlock()
	behind := int64(-1)
	before := "" // what was learned of the line before the last Enter
	for {
		line, reply, err := s.settledLine(ctx, r, behind)
		if err != nil {
			return "", err
		}
		text, shown := "\n", ""
		line = command.Once(line)
		source, ok := command.LearnPrompt(line)
		if press && behind >= 0 && ok && (source == before || known != nil && isWhole(known, line)) {
			press = false
		}
		switch {
		case reply != nil:
			if text, shown, err = reply.mark.Reply(ctx, reply.line, reply.groups); err != nil {
				return "", err
			}
		case ok && !press:
			return source, s.learned(source, line, enter)
		case presses == 0 && press && ok: // another one each time
			return "", r.failed(&CommandError{Reason: "the host shows no prompt twice: it stands at " + quoted(s, line), Hint: `s.prompt="pattern" sets it`})
		case presses == 0:
			reason, hint := "no prompt is known, and the host does not stand at one", `s:learn_prompt() presses Enter and takes what comes; s.prompt="pattern" sets it`
			if line != "" {
				reason += ": it stands at " + quoted(s, line)
			} else if s.silentSoFar() { // such as a program that is still to connect
				reason, hint = "no prompt is known, and nothing has come yet", `wait for the prompt first, as by s:read_until("$ "); s:learn_prompt() presses Enter and takes what comes`
			}
			return "", r.failed(&CommandError{Reason: reason, Hint: hint})
		case command.Asks(line) && (known == nil || !isWhole(known, line)):
			return "", r.failed(&CommandError{
				Reason: "the host asks something, and Enter would answer it: " + quoted(s, line), Hint: "answer it with s:write or s:writeln, then s:learn_prompt()",
			})
		default:
			presses--
			before = source
		}
		s.mu.Lock()
		behind = s.buf.End()
		if reply != nil {
			r.replies(reply.line, text)
		}
		s.mu.Unlock()
		if text == "" { // is it the prompt that stands there?
			behind = -1
			continue
		}
		if err := s.Write(ctx, text, WriteOptions{Shown: shown, Where: r.o.Where, Timeout: option(r.timeout)}); err != nil {
			return "", err
		}
	}
}

// silentSoFar reports whether nothing has come since the session began.
func (s *Session) silentSoFar() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.facts.received == 0
}

// learned takes source, which was learned from line, for the prompt. If all is to be
// read, it is, and what was known of the host's echo is forgotten.
func (s *Session) learned(source, line string, read bool) error {
	if err := s.SetPrompt(source); err != nil { // no test: what is learned is a pattern
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	c := &s.commands
	c.broken, c.stood = "", strings.Clone(strings.TrimLeft(line, " "))
	if read {
		seen := s.buf.Unread()
		c.unasked = seen.Text(0, seen.Len())
		s.consumeLocked(&seen, seen.Len(), buffer.AllNotes)
		s.wakePump()
		c.runs, c.echoes, c.single = 0, false, false
	}
	return nil
}

// settledLine waits until the host has been silent for the settle time and returns the
// line before the cursor, with what was read of it before. If behind is not negative
// something must have come behind that place of the log. A pager's mark there is to be
// replied to.
func (s *Session) settledLine(ctx context.Context, r *runner, behind int64) (line string, reply *pendingReply, err error) {
	begun := s.clock.Now()
	fresh := behind >= 0
	err = s.await(ctx, r.limit, func(now time.Time) (bool, time.Time) {
		if s.eof || s.closed {
			return true, time.Time{}
		}
		if s.fullLocked() { // a flood; its end counts
			seen := s.buf.Unread()
			s.consumeLocked(&seen, seen.Len(), buffer.AllNotes)
			s.wakePump()
		}
		settle := s.pauseOfLinesLocked()
		since := s.lastArrival
		if (s.facts.received == 0 || s.unansweredLocked()) && !fresh { // something is still to come
			since, settle = begun, patience
		}
		if s.facts.wroteAt.IsZero() && !fresh && since != begun { // a greeting has come, a prompt is still to come
			s.flushViewLocked()
			r.w = &wait{seen: s.buf.Unread()}
			read := r.w.seen.Len() == 0 && len(s.buf.OpenLine()) > 0 // the prompt was read already
			if !read && r.openLine() == "" {
				since, settle = maxTime(begun, s.lastArrival), patience
			}
		}
		since = s.reading.silentSince(since)
		s.watching = true
		if fresh && s.buf.End() == behind && !s.heldLocked() {
			return false, time.Time{}
		}
		if at := since.Add(settle); now.Before(at) || !s.listeningLocked() {
			return false, maxTime(at, now.Add(time.Millisecond))
		}
		// After Enter, or a pager's key, a line has to come: its echo alone is no prompt.
		s.flushViewLocked()
		r.w = &wait{seen: s.buf.Unread()}
		line := r.openLine()
		return !fresh || line != "" && !r.stale(line) && (r.last != nil || s.beganBehindLocked(behind, line)), time.Time{}
	})
	s.mu.Lock()
	defer s.mu.Unlock()
	s.watching = false
	s.flushViewLocked()
	r.w = &wait{seen: s.buf.Unread()}
	seen := &r.w.seen
	text := seen.Text(max(0, seen.Len()-lineMost), seen.Len())
	line = text[strings.LastIndexByte(text, '\n')+1:]
	switch {
	case s.closed:
		return "", nil, s.waitErrorLocked(WaitOptions{Op: "learn_prompt", Timeout: r.o.Timeout}, nil, r.begun, ErrClosed)
	case s.eof:
		return "", nil, r.failed(&CommandError{Reason: "the peer closed the connection" + s.saidLast(text), Output: text, Err: io.EOF, Cause: s.eofCause})
	case err != nil:
		return "", nil, s.waitErrorLocked(WaitOptions{Op: "learn_prompt", Timeout: r.o.Timeout}, nil, r.begun, err)
	case s.unansweredLocked():
		return "", nil, nil // what stands there is what the last line was typed behind
	}
	if len(line) == len(text) && !seen.Revived() { // the line goes on from what was read
		line = string(s.buf.OpenLine()) + line
	}
	if r.answered(line) {
		reply, r.reply, r.marks = r.reply, nil, nil
		return line, reply, nil
	}
	return line, nil, nil
}

// beganBehindLocked reports whether the line before the cursor began behind place at of the
// log, or is a prompt that was shown again in its line.
func (s *Session) beganBehindLocked(at int64, line string) bool {
	return s.buf.End()-at >= int64(len(line)) || command.Once(line) != line
}

// unansweredLocked reports whether nothing has come since the last write.
func (s *Session) unansweredLocked() bool {
	return !s.facts.wroteAt.IsZero() && s.buf.End() == s.facts.wroteText && !s.heldLocked()
}

func maxTime(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
