//go:build !unix

package line

// canTry tells that a descriptor cannot be tried without waiting.
const canTry = false

// readNow has no way to look without waiting here: nothing is there.
func (c *Conn) readNow([]byte) (int, error, bool) { return 0, nil, false }

// writeNow leaves everything to the ordinary Write.
func (c *Conn) writeNow([]byte) int { return 0 }

// WriteUrgent has no urgent data to offer here: the byte goes in its place.
func (c *Conn) WriteUrgent(p []byte) (int, error) { return c.Conn.Write(p) }
