//go:build unix

package terminal

import (
	"testing"

	"golang.org/x/sys/unix"
)

// TestStopIsTakenOnce: the signal that Suspend raises reaches the watch as well, which
// may look at it only after the program has been continued. That must not stop it
// again: this test would not return.
func TestStopIsTakenOnce(t *testing.T) {
	w := &signalWatch{stops: true, own: 1}
	New(Config{}).signalled(w, unix.SIGTSTP)
	if w.own != 0 {
		t.Error("the next signal, which may be another's, would be passed over")
	}
}
