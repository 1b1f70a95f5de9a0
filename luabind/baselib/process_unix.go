//go:build unix

package baselib

import (
	"os"
	"syscall"
	"time"
)

// processorTime returns how long the processor has worked for this process.
func processorTime() time.Duration {
	var use syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &use); err != nil {
		return 0 // the call fails only for bad arguments
	}
	return time.Duration(use.Utime.Nano() + use.Stime.Nano())
}

// signalOf returns the number of the signal that ended a process, 0 if none did.
func signalOf(state *os.ProcessState) int {
	if status, ok := state.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		return int(status.Signal())
	}
	return 0
}

// pause keeps a process from running; it may have ended.
func pause(p *os.Process) { _ = p.Signal(syscall.SIGSTOP) }
