package session

import (
	"time"

	"github.com/moonwire/moonwire/engine/buffer"
	"github.com/moonwire/moonwire/engine/match"
	"github.com/moonwire/moonwire/engine/patterns"
)

// WaitOptions say how one wait differs from the session's defaults.
type WaitOptions struct {
	Timeout time.Duration // total; 0: the session's; Now and Forever are times as well
	Settle  time.Duration // quiet that ends an open match; 0: the session's
	Op      string        // what errors and traces call the wait; "expect"
	Where   string        // script and line, for traces
	Orderly bool          // an end that is not in order, or of a command that failed, is no result, though EOF is listed
}

// Result is what a wait found.
type Result struct {
	Index     int      // the pattern's place in the list, from 0
	Text      string   // all text up to and including the match
	Groups    []int    // pairs of offsets in Text, of the match and its groups; -1 where one took no part
	Names     []string // of the groups, "" where they have none; Names[0] is the match
	Rule      string   // why it ended: "decided", "settled", "closed", "timeout"
	Truncated int64    // bytes dropped before Text, because of max_buffer
	// Replaced is how many bytes at the end of what earlier waits have returned are not
	// seen any more: the peer has erased them, or Text holds their line once more.
	Replaced int
	Waited   time.Duration
	Ended    error // why the connection was lost, if that decided the wait; nil after an orderly end
}

// Group returns what a group of the match has, by its number; Group(0) is the match. It is
// "" where the group took no part.
func (r *Result) Group(n int) string {
	if n < 0 || 2*n+1 >= len(r.Groups) || r.Groups[2*n] < 0 {
		return ""
	}
	return r.Text[r.Groups[2*n]:r.Groups[2*n+1]]
}

// Before returns the text before the match.
func (r *Result) Before() string {
	if len(r.Groups) == 0 || r.Groups[0] < 0 {
		return r.Text
	}
	return r.Text[:r.Groups[0]]
}

// The rules by which a wait ends.
const (
	Decided   = "decided" // no further byte could change the result
	Settled   = "settled" // the peer paused
	AtClose   = "closed"  // the peer closed
	AtTimeout = "timeout" // the time ran out
)

// wait is a search in progress. The pump and the waiting goroutine both advance
// it, under the session's lock.
type wait struct {
	seen    buffer.Reader // what the matcher has been fed
	list    *patterns.List
	matcher patterns.Search
	settle  time.Duration
	paused  time.Duration // the pause of the peer's that was looked at last
	dropped int64         // bytes of the log that are gone because of max_buffer
	foldAt  int64         // the place in the log from which on folding it is tried again
	sawEOF  bool
	orderly bool // see WaitOptions
	armed   bool // the waiting goroutine has its timer set for the settle time
	done    bool
	found   match.Match
	rule    string
	err     error
}

// decide ends the wait with the match that the matcher has decided on.
func (w *wait) decide() { w.finish(w.matcher.Result(&w.seen), Decided) }

func (w *wait) finish(m match.Match, rule string) {
	w.done, w.found, w.rule = true, m, rule
}
