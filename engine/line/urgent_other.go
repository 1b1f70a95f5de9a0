//go:build !linux

package line

type urgency struct{}

// UrgentAhead is not known here: a SYNCH of the peer's is then its DM alone, and
// nothing is discarded.
func (c *Conn) UrgentAhead() bool { return false }
