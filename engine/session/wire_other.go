//go:build !unix

package session

// canTry tells that a descriptor can not be tried without waiting.
const canTry = false

// readNow has no way to look without waiting here: nothing is there.
func (w *wire) readNow([]byte) (int, error, bool) { return 0, nil, false }

// writeNow leaves everything to the ordinary Write.
func (w *wire) writeNow([]byte) int { return 0 }

// writeUrgent has no urgent data to offer here: the byte goes in its place.
func (w *wire) writeUrgent(p []byte) (int, error) { return w.Conn.Write(p) }
