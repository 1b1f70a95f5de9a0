package session

// What run looks for in what the host shows: the echo, questions, the prompt, the output.

import (
	"context"
	"errors"
	"regexp"
	"strings"
	"time"

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

// isNotice reports whether line is one of the log lines that break in.
func (s *Session) isNotice(line string) bool {
	if s.commands.notices == nil {
		for _, source := range command.Notices() {
			s.commands.notices = append(s.commands.notices, regexp.MustCompile(source))
		}
	}
	for _, n := range s.commands.notices {
		if n.MatchString(line) {
			return true
		}
	}
	return false
}

// lineMost is how much of the text before the cursor is looked at.
const lineMost = 16 << 10

// tail is the end of what is seen.
func (r *runner) tail() string {
	seen := &r.w.replay
	return seen.text(&r.s.buf, max(0, seen.pos-lineMost), seen.pos)
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
	return r.s.commands.echoes || r.s.peerEchoes()
}

// findEcho looks for the echo. Where none is expected it may be there all the same.
func (r *runner) findEcho() error {
	if r.echoEnd >= 0 || strings.TrimSpace(r.line) == "" || r.o.Echo != nil && !*r.o.Echo {
		if r.echoEnd < 0 && r.o.Echo != nil && !*r.o.Echo {
			r.echoEnd = 0
		}
		if r.echoEnd < 0 { // an empty line is echoed as one
			text := r.w.replay.text(&r.s.buf, 0, min(r.w.replay.pos, lineMost))
			if i := strings.IndexByte(text, '\n'); i >= 0 {
				r.echoEnd = int64(i) + 1
			}
		}
		return nil
	}
	text := r.w.replay.text(&r.s.buf, 0, min(r.w.replay.pos, 4*lineMost))
	before, end, err := command.FindEcho(text, r.line, r.leading())
	switch {
	case errors.Is(err, command.ErrDoubled), errors.Is(err, command.ErrRepeated) && !r.s.commands.single:
		return err
	case errors.Is(err, command.ErrRepeated): // commands before were echoed once: this is output
	case err != nil:
		return nil // it may still come
	case !r.expectsEcho() && strings.TrimRight(firstOf(text), " ") != strings.TrimRight(r.line, " "):
		return nil // nothing says that the host echoes: only the line itself is its echo
	}
	r.echoEnd, r.before = int64(end), text[:before]
	r.s.commands.echoes, r.s.commands.single = true, true
	return nil
}

func firstOf(text string) string {
	line, _, _ := strings.Cut(text, "\n")
	return line
}

// answered reports whether line is a question or a pager's mark that there is a reply
// for.
func (r *runner) answered(line string) bool {
	if line == "" {
		return false
	}
	pagers := r.s.commands.pagers
	if r.o.Pagers != nil {
		pagers = r.o.Pagers
	}
	if pagers == nil {
		pagers = r.s.knownPagers()
	}
	try := func(marks []Mark, pager bool) bool {
		for _, m := range marks {
			at := m.Pattern.FindStringSubmatchIndex(line)
			if at == nil {
				continue
			}
			if pager {
				from := r.w.replay.pos - int64(len(line)-at[0])
				for len(r.marks) > 0 && r.marks[0].from < r.w.replay.gone {
					r.marks = r.marks[1:] // it was dropped because of MaxBuffer
				}
				for n := len(r.marks); n > 0 && r.marks[n-1].from >= from; n-- {
					r.marks = r.marks[:n-1] // it was erased
				}
				r.marks = append(r.marks, markPlace{from, strings.Clone(line[at[0]:])})
			}
			r.reply = &pendingReply{m, m.Pattern.FindStringSubmatch(line)}
			return true
		}
		return false
	}
	return try(r.o.Answers, false) || try(r.s.commands.answers, false) || try(pagers, true)
}

// promptAt finds the prompt before the cursor, or, if the host has been silent for long,
// before log lines behind which it was not drawn again.
func (r *runner) promptAt(line string, paused time.Duration) (at int64, found bool) {
	end := r.w.replay.pos
	if m := r.prompt().FindStringIndex(line); m != nil {
		return end - int64(len(line)-m[0]), true
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
		case r.s.isNotice(line):
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
	b, seen := &r.s.buf, &r.w.replay
	begin := max(r.echoEnd, seen.gone)
	if end <= begin {
		return ""
	}
	var out []byte
	at := begin
	for _, m := range r.marks {
		to := m.from + int64(len(m.text))
		if m.from < at || to > end || seen.text(b, m.from, to) != m.text {
			continue
		}
		out = seen.appendText(b, out, at, m.from)
		if to < end && seen.text(b, to, to+1) == "\n" && (len(out) == 0 || out[len(out)-1] == '\n') {
			to++ // the mark had a line of its own
		}
		at = to
	}
	if at == begin {
		return seen.text(b, begin, end)
	}
	return stringOf(seen.appendText(b, out, at, end))
}

// knownPagers are the pagers that every session knows. The lock is held.
func (s *Session) knownPagers() []Mark {
	if s.commands.pagers == nil {
		for _, p := range command.Pagers() {
			key := p.Key
			s.commands.pagers = append(s.commands.pagers, Mark{
				Pattern: regexp.MustCompile(p.Pattern),
				Reply:   func(context.Context, []string) (string, string, error) { return key, "", nil },
			})
		}
	}
	return s.commands.pagers
}
