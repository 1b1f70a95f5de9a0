package diagnose

// What the caller knows of a failed wait.

import (
	"slices"
	"time"
)

// Kind is how a pattern is written.
type Kind uint8

// The kinds of pattern.
const (
	Regex Kind = iota // RE2 syntax, with Flags
	Exact             // literal text
	Glob              // * ? [...]
	Event             // something other than text: EOF, PROMPT, ...
)

// Pattern is one entry of the list that was waited for.
type Pattern struct {
	Kind   Kind
	Source string // the text of a regex, literal or glob; the name of an event: "EOF", "TIMEOUT", "PROMPT", "ECHO_OFF", "ECHO_ON"
	Flags  string // letters of "imsU"
}

// isEnd reports whether it is the peer's end.
func (p Pattern) isEnd() bool { return p.Kind == Event && p.Source == "EOF" }

// Reason is how the wait ended.
type Reason uint8

// The reasons.
const (
	Timeout     Reason = iota // time ran out
	EOF                       // the peer closed
	Interrupted               // the operator or the script stopped it
	Asked                     // nothing failed: somebody asks [Why] about a live conversation
)

// OptionFact is one telnet request of the peer and what was answered.
type OptionFact struct {
	Received string // as "DO TTYPE" or "SB TTYPE SEND"
	Answered string // as "WONT TTYPE"; empty if nothing was
	By       string // what decided: "default", "hook", "options"; may be empty
	Waiting  bool   // the peer can be expected to hold its output until it has its answer
}

// Facts is what is known about a wait. The zero value of every field means
// "unknown" or "none". Secrets must have been masked by the caller: all that is
// here may be shown.
type Facts struct {
	Call     string // the function that waited: "expect" (if empty), "read_until", "read_line", ...
	Patterns []Pattern
	Reason   Reason
	Waited   time.Duration

	Pending  []byte // text that no wait has taken, its end; at most MaxText bytes are looked at
	Omitted  int64  // bytes of pending text before Pending that are not in it
	Consumed []byte // text that earlier waits took, up to where Pending begins
	Wire     []byte // the last bytes as they came, after telnet commands were removed: ESC, NUL, CR and all
	Raw      bool   // the session has no text view: Pending is bytes as they came
	Encoding string // of the peer's text, "utf-8" if empty
	Dropped  int64  // bytes of pending text that the buffer's limit discarded

	Received      int64         // bytes of text and data since the connection was made
	InWait        int64         // those that came during this wait
	SinceLastByte time.Duration // since the last of them, or since the connection was made

	LastWrite       string        // what the script wrote last, before newline translation
	LastWriteSecret bool          // a secret was in it, so it is never echoed
	LastWriteEchoed bool          // it was seen coming back
	LastWriteAge    time.Duration // since then
	SinceWrite      int64         // bytes received since then
	WroteSinceMatch bool          // the script wrote something after the last successful wait
	PeerEchoes      bool          // the peer has taken over echoing, or was seen to echo
	PeerClosed      bool
	Cut             bool   // the peer's end was none in order
	Ended           bool   // the error tells how the peer ended: a program by its status, a port by being gone
	Unfinished      string // what telnet command or subnegotiation the peer has begun and not ended

	Options []OptionFact // in the order they came, the last ones if there were many
}

// MaxText is how much of each text is looked at, in bytes, from its end.
const MaxText = 1 << 20

// endMissed reports whether the peer's end was waited for, came, and was none in order: the
// error says why.
func (f *Facts) endMissed() bool {
	return f.PeerClosed && slices.ContainsFunc(f.Patterns, Pattern.isEnd)
}
