package session

// What a session knows of its host's ways with commands.

import (
	"context"
	"regexp"
)

// A Mark is text before the cursor at which the host waits, and what is sent then.
type Mark struct {
	Pattern *regexp.Regexp // matches up to the cursor; see Ending
	// Reply gives what is sent: text, of which traces tell as shown, if that is not "".
	// It is given the line and where in it the match and its groups are, as pairs of
	// offsets. The match ends where the line does.
	Reply func(ctx context.Context, line string, groups []int) (text, shown string, err error)
}

// commands is what a session knows of its host's ways with commands.
type commands struct {
	prompt *regexp.Regexp
	source string // of prompt
	stood  string // the prompt as the host showed it last, "" if it was set

	leading   *regexp.Regexp // the prompt at the beginning of a line
	leadingOf string         // what it was made of

	pagers  []Mark // nil: those that are known
	answers []Mark
	errors  []*regexp.Regexp
	notices []*regexp.Regexp // nil: those that are known

	glued string // what stood in the line before the last command's prompt
	ran   string // the last command

	unasked string // came before the last command was sent
	runs    int    // commands that have ended
	echoes  bool   // a command was echoed
	single  bool   // and once
	broken  string // why no command may be run before LearnPrompt
	running bool
}
