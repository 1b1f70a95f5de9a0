package session

// What taps are told.

import (
	"time"

	"github.com/moonwire/moonwire/engine/patterns"
	"github.com/moonwire/moonwire/engine/telnet"
	"github.com/moonwire/moonwire/engine/text"
)

// Tap is told what happens on a session, as it happens: traces, logs and
// recordings are taps. Observe is called under the session's lock, so it must not
// block for long nor call the session; bytes that it is given are valid until it
// returns.
type Tap interface {
	Observe(o *Observation)
}

// ObservationKind says what an Observation tells of.
type ObservationKind uint8

// What a Tap may be told.
const (
	Opened     ObservationKind = iota + 1 // the session is connected; Text is the address
	WireIn                                // Bytes came, as they were on the connection (after TLS)
	WireOut                               // Bytes went out
	DataIn                                // Bytes came, telnet commands removed, before the text view
	TextIn                                // Bytes of text came, and Edits among them, as a script sees them
	Negotiated                            // Event is what the codec told: a request, an answer with its reason, a change
	WaitBegan                             // Wait is about to look for something
	WaitEnded                             // Wait ended
	Wrote                                 // Text was written by the script, secrets as placeholders; Where is ByOperator if it was typed
	Resized                               // Columns and Rows are the window from now on
	Closed                                // the connection is gone; Text says how
	Noted                                 // the line told what no byte stands for; Text is its note, see line.Item
	Remark                                // Text is something worth telling
	kinds
)

// Observation is one thing that happened.
type Observation struct {
	Kind          ObservationKind
	Session       *Session
	Time          time.Time
	Bytes         []byte
	Edits         []text.Edit // by their places in Bytes
	Text          string
	Event         telnet.Event
	Wait          *WaitReport
	Where         string // script and line, where the script caused it
	Columns, Rows int
}

// ByOperator is the place that is told of what an operator typed at a terminal
// that is joined to the session.
const ByOperator = "terminal"

// WaitReport describes a wait for taps. What it holds of the peer's text is as it
// came: a tap that shows it hides the secrets in it.
type WaitReport struct {
	Op       string
	Patterns []string       // as a script would write them, secrets hidden
	List     *patterns.List // the same, compiled; nil for reads that need none
	Timeout  time.Duration  // how long it may take; Forever
	Settle   time.Duration  // the quiet that ends an open match

	Index   int           // of the pattern that ended it, -1 if none did
	Rule    string        // why it ended: "decided", "settled", "closed", "timeout", "failed"
	Matched string        // the matched text
	Before  []byte        // some of the text that came before Matched, valid until Observe returns
	After   []byte        // some of the unread text behind it, the same
	Waited  time.Duration // how long it took
	Err     error
}

// A SelectiveTap is a tap that is told of some kinds alone: what the others tell of need
// not be gathered for it.
type SelectiveTap interface {
	Tap
	// Wants reports whether the tap is told of a kind. It says the same at each call.
	Wants(k ObservationKind) bool
}

// A BriefTap is a tap that is taken away once it has heard enough: a session that nobody
// watches has less to do.
type BriefTap interface {
	Tap
	// Over is called under the session's lock, after Observe.
	Over() bool
}

// aroundMatch is how much text a WaitReport has on either side of the match.
const aroundMatch = 1 << 10
