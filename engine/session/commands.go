package session

// What a session knows of its host's ways with commands.

import (
	"context"
	"regexp"
	"regexp/syntax"
	"strings"
	"sync"

	"github.com/moonwire/moonwire/engine/command"
)

// Ending compiles a regular expression that matches up to the cursor.
func Ending(source string) (*regexp.Regexp, error) {
	parsed, err := syntax.Parse(source, syntax.Perl)
	if err != nil {
		return nil, err
	}
	if strings.Contains(source, `\Q`) { // which what is laid behind it would belong to
		source = parsed.String() // slow, as it looks at the case of each letter of a class
	}
	return regexp.Compile(`(?:` + source + `)\z`)
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
	s.commands.prompt, s.commands.source, s.commands.stood = re, source, ""
	return nil
}

// SetPagers sets the marks of pagers that Run answers; nil means those that are known.
func (s *Session) SetPagers(pagers []Mark) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.commands.pagers = pagers
}

// SetAnswers sets the questions that Run answers.
func (s *Session) SetAnswers(answers []Mark) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.commands.answers = answers
}

// SetErrors sets the patterns of lines that say that a command failed.
func (s *Session) SetErrors(errors []*regexp.Regexp) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.commands.errors = errors
}

// SetNotices sets the patterns of the log lines that break in; nil means those that are
// known.
func (s *Session) SetNotices(notices []*regexp.Regexp) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.commands.notices = notices
}

// Unasked is the text that came before the last command was sent, and belongs to none.
func (s *Session) Unasked() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.commands.unasked
}

// pagersLocked are the pagers that the command o knows.
func (s *Session) pagersLocked(o *RunOptions) []Mark {
	c := &s.commands
	switch {
	case o.Pagers != nil:
		return o.Pagers
	case c.pagers != nil:
		return c.pagers
	}
	return knownPagers()
}

// The pagers and the log lines that are known are compiled once for all sessions: a
// script that is replayed under every cut has thousands.
var (
	knownPagers = sync.OnceValue(func() (list []Mark) {
		for _, p := range command.Pagers() {
			list = append(list, Mark{
				Pattern: regexp.MustCompile(p.Pattern),
				Reply:   func(context.Context, string, []int) (string, string, error) { return p.Key, "", nil },
			})
		}
		return list
	})
	knownNotices = sync.OnceValue(func() (list []*regexp.Regexp) {
		for _, source := range command.Notices() {
			list = append(list, regexp.MustCompile(source))
		}
		return list
	})
)

// isNoticeLocked reports whether line is one of the log lines that break in.
func (s *Session) isNoticeLocked(line string) bool {
	c := &s.commands
	list := c.notices
	if list == nil {
		list = knownNotices()
	}
	for _, n := range list {
		if n.MatchString(line) {
			return true
		}
	}
	return false
}
