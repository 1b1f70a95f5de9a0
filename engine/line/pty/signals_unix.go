//go:build linux || darwin || freebsd

package pty

import (
	"os"
	"os/signal"
	"syscall"
)

// bySignals returns when ended reports true. It asks at each signal that says that a
// child has ended: the runtime gives every program a copy, so that none takes a thread.
func bySignals(ended func() bool) {
	came := make(chan os.Signal, 1) // one stands for all that have come since
	signal.Notify(came, syscall.SIGCHLD)
	defer signal.Stop(came)
	for !ended() {
		<-came
	}
}
