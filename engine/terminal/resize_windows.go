package terminal

import "os"

// resizeSignals is empty: this system tells of no change.
func resizeSignals() []os.Signal { return nil }
