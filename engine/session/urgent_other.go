//go:build !linux

package session

type urgency struct{}

// urgentAhead is not known here: a SYNCH of the peer's is then its DM alone, and
// nothing is discarded.
func (w *wire) urgentAhead() bool { return false }
