package match

import (
	"strconv"
	"unicode/utf8"
)

// Kind says how the Source of a [Pattern] is to be read.
type Kind uint8

// The kinds of patterns.
const (
	// Regex is a regular expression in RE2 syntax, as in the package regexp.
	Regex Kind = iota
	// Exact is a literal: the bytes of Source, none of them special.
	Exact
	// Glob is a pattern as of Tcl's "string match"; see [GlobExpression].
	Glob
	// EventKind waits for the Event of the pattern; Source is not used.
	EventKind
)

// String names the kind in lower case: "regex", "exact", "glob", "event".
func (k Kind) String() string {
	names := [...]string{"regex", "exact", "glob", "event"}
	if int(k) < len(names) {
		return names[k]
	}
	return "kind " + strconv.Itoa(int(k))
}

// Event is something other than a byte that has its place in the stream. It is
// fed with [Matcher.Mark] and takes no room in the text.
type Event uint8

// The events that a pattern can wait for. NoEvent is the zero value and none of them.
const (
	NoEvent Event = iota
	// EOF is the end of the stream: nothing comes after it.
	EOF
	// Prompt is the peer's GA or EOR: it has written a prompt and waits.
	Prompt
	// EchoOff says that the peer took over echoing, as it does before a password.
	EchoOff
	// EchoOn says that the peer gave echoing back.
	EchoOn
	// Exit is the end of the program that the peer is.
	Exit
)

// String gives the name that scripts know the event by: "EOF", "PROMPT", "ECHO_OFF", "ECHO_ON", "EXIT".
func (e Event) String() string {
	names := [...]string{"no event", "EOF", "PROMPT", "ECHO_OFF", "ECHO_ON", "EXIT"}
	if int(e) < len(names) {
		return names[e]
	}
	return "event " + strconv.Itoa(int(e))
}

// events is the number of values of Event.
const events = int(Exit) + 1

// A Pattern is one entry of the list given to [Compile].
type Pattern struct {
	Kind   Kind
	Source string
	// Flags are letters for a Regex or a Glob: i (ignore case), s (. matches a
	// newline), m (^ and $ hold at lines) and U (lazy where greedy is written).
	// An Exact pattern takes i alone.
	Flags string
	// Event is what an EventKind pattern waits for.
	Event Event
}

// String gives the pattern as a message shows it: the source quoted, shortened if it
// is long, with its kind where that is not Regex; or the event's name.
func (p Pattern) String() string {
	if p.Kind == EventKind {
		return p.Event.String()
	}
	s := strconv.Quote(shorten(p.Source))
	if p.Kind != Regex {
		s = p.Kind.String() + " " + s
	}
	if p.Flags != "" {
		s += " with flags " + strconv.Quote(p.Flags)
	}
	return s
}

// shorten gives s if it is short, else its beginning.
func shorten(s string) string {
	const most = 100
	if len(s) <= most {
		return s
	}
	n := most - 3
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n] + "..."
}
