package session

// What run looks for in what the host shows: the echo, questions, the prompt, the output.

import (
	"errors"
	"regexp"
	"strings"
	"time"

	"github.com/moonwire/moonwire/engine/buffer"
	"github.com/moonwire/moonwire/engine/command"
)

// isWhole reports whether the prompt is all of a line.
func isWhole(prompt *regexp.Regexp, line string) bool {
	m := prompt.FindStringIndex(line)
	if m == nil {
		m = prompt.FindStringIndex(line + " ")
	}
	return m != nil && strings.TrimSpace(line[:m[0]]) == ""
}

// lineMost is how much of the text before the cursor is looked at.
const lineMost = 16 << 10

// tail is the end of what is seen.
func (r *runner) tail() string {
	seen := &r.w.seen
	return seen.Text(max(0, seen.Len()-lineMost), seen.Len())
}

// openLine is the line up to the cursor.
func (r *runner) openLine() string {
	tail := r.tail()
	return tail[strings.LastIndexByte(tail, '\n')+1:]
}

// expectsEcho reports whether the host shows what it is sent.
func (r *runner) expectsEcho() bool {
	if r.o.Echo != nil {
		return *r.o.Echo
	}
	return r.s.commands.echoes || r.s.peerEchoesLocked()
}

// findEcho looks for the echo. Where none is expected it may be there all the same.
func (r *runner) findEcho() error {
	seen := &r.w.seen
	switch {
	case r.echoEnd >= 0:
		return nil
	case r.o.Echo != nil && !*r.o.Echo:
		r.echoEnd = 0
		return nil
	case strings.TrimSpace(r.line) == "": // an empty line is echoed as one
		if i := strings.IndexByte(seen.Text(0, min(seen.Len(), lineMost)), '\n'); i >= 0 {
			r.echoEnd = int64(i) + 1
		}
		return nil
	}
	text := seen.Text(0, min(seen.Len(), int64(4*lineMost+2*len(r.line))))
	echo, err := command.FindEcho(text, r.line, r.leading(), r.s.isNoticeLocked)
	switch {
	case errors.Is(err, command.ErrDoubled), errors.Is(err, command.ErrRepeated) && !r.s.commands.single:
		return err
	case errors.Is(err, command.ErrRepeated): // commands before were echoed once: this is output
	case err != nil:
		return nil // it may still come
	case !r.expectsEcho() && !echo.Exact:
		return nil // nothing says that the host echoes: only the line itself is its echo
	}
	r.echoEnd, r.before = int64(echo.Output), text[:echo.Before]
	r.s.commands.echoes, r.s.commands.single = true, true
	return nil
}

// answered reports whether line is a question or a pager's mark that there is a reply
// for. Each is answered once: something new has to come before the next reply.
func (r *runner) answered(line string) bool {
	if line == "" || r.stale(line) {
		return false
	}
	try := func(marks []Mark, pager bool) bool {
		for _, m := range marks {
			at := m.Pattern.FindStringSubmatchIndex(line)
			if at == nil {
				continue
			}
			if pager {
				from := r.w.seen.Len() - int64(len(line)-at[0])
				for len(r.marks) > 0 && r.marks[0].from < r.w.seen.Gone() {
					r.marks = r.marks[1:] // it was dropped because of MaxBuffer
				}
				for n := len(r.marks); n > 0 && r.marks[n-1].from >= from; n-- {
					r.marks = r.marks[:n-1] // it was erased
				}
				r.marks = append(r.marks, markPlace{from, strings.Clone(line[at[0]:])})
			}
			r.reply = &pendingReply{m, line, at}
			return true
		}
		return false
	}
	return try(r.o.Answers, false) || try(r.s.commands.answers, false) || try(r.s.pagersLocked(&r.o), true)
}

// replies notes that the host, which stands behind line, is sent text.
func (r *runner) replies(line, text string) {
	seen := &r.w.seen
	r.last = &replied{seen.Place(), seen.Len() - int64(len(line)), strings.Clone(line), strings.TrimRight(text, "\r\n")}
}

// stale reports whether nothing has come since the last reply but the echo of it.
func (r *runner) stale(line string) bool {
	seen, last := &r.w.seen, r.last
	switch {
	case last == nil:
		return false
	case seen.Place() == last.place:
		return true
	}
	return last.text != "" && line == last.line+last.text && seen.Len()-int64(len(line)) == last.begin
}

// learnt reports whether the prompt was learned, not set.
func (r *runner) learnt() bool { return r.s.commands.stood != "" && r.o.Prompt == nil }

// promptAt finds the prompt before the cursor, or, if the host has been silent for long,
// before log lines behind which it was not drawn again.
func (r *runner) promptAt(line string, paused time.Duration) (at int64, found bool) {
	end := r.w.seen.Len()
	if m := r.prompt().FindStringIndex(line); m != nil {
		from := m[0]
		// The directory in a prompt may be anything, so output that begins like a learned
		// prompt seems to belong to it. The last place where the prompt can begin counts.
		for r.learnt() && !strings.HasPrefix(r.s.commands.source, "^") {
			if m = r.prompt().FindStringIndex(line[from+1:]); m == nil {
				break
			}
			from += 1 + m[0]
		}
		return end - int64(len(line)-from), true
	}
	// One that is anchored may stand behind unfinished output as it stood before.
	if stood := r.s.commands.stood; r.learnt() && strings.HasSuffix(line, stood) {
		return end - int64(len(stood)), true
	}
	if strings.Contains(r.prompt().String(), `\n`) { // of several lines
		tail := r.tail()
		if m := r.prompt().FindStringIndex(tail); m != nil {
			if tail[m[0]] == '\n' {
				m[0]++ // it ends the line before
			}
			return end - int64(len(tail)-m[0]), true
		}
	}
	if paused < patience {
		return 0, false
	}
	if n, ok := r.beforeNotices(); ok {
		return end - n, true
	}
	return 0, false
}

// mayBeOver reports whether the command is over if nothing more comes.
func (r *runner) mayBeOver() bool {
	_, ok := r.beforeNotices()
	return ok
}

// beforeNotices looks for a prompt with nothing but log lines behind it. n is how many
// bytes before the cursor it begins.
func (r *runner) beforeNotices() (n int64, ok bool) {
	tail := r.tail()
	rest, seen := tail, false
	for {
		i := strings.LastIndexByte(rest, '\n')
		line := rest[i+1:]
		switch {
		case seen && isWhole(r.prompt(), line):
			m := r.prompt().FindStringIndex(line)
			if m == nil {
				m = []int{0}
			}
			return int64(len(tail) - (i + 1) - m[0]), true
		case r.s.isNoticeLocked(line):
			seen = true
		case strings.TrimSpace(line) != "":
			return 0, false
		}
		if i < 0 {
			return 0, false
		}
		rest = rest[:i]
	}
}

// output is what the host has shown up to position end, without the marks of pagers that
// are still there.
func (r *runner) output(end int64) string {
	seen := &r.w.seen
	begin := max(r.echoEnd, seen.Gone())
	if end <= begin {
		return ""
	}
	var out []byte
	at := begin
	for _, m := range r.marks {
		to := m.from + int64(len(m.text))
		if m.from < at || to > end || seen.Text(m.from, to) != m.text {
			continue
		}
		out = seen.AppendText(out, at, m.from)
		if to < end && seen.Text(to, to+1) == "\n" && (len(out) == 0 || out[len(out)-1] == '\n') {
			to++ // the mark had a line of its own
		}
		at = to
	}
	if at == begin {
		return seen.Text(begin, end)
	}
	return buffer.String(seen.AppendText(out, at, end))
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

// peerEchoesLocked reports whether the peer has agreed to echo.
func (s *Session) peerEchoesLocked() bool { return s.line.Echoes() }

// broken is failed for a command that has not ended in order, with what the host has
// shown.
func (r *runner) broken(e *CommandError) error {
	e.Output = r.output(r.w.seen.Len())
	r.s.commands.broken = e.Reason
	return r.failed(e)
}
