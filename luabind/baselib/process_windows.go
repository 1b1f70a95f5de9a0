package baselib

import (
	"os"
	"syscall"
	"time"
)

// processorTime returns how long the processor has worked for this process.
func processorTime() time.Duration {
	process, err := syscall.GetCurrentProcess()
	if err != nil {
		return 0 // the call always succeeds
	}
	var created, ended, kernel, user syscall.Filetime
	if err := syscall.GetProcessTimes(process, &created, &ended, &kernel, &user); err != nil {
		return 0 // the call fails only for bad arguments
	}
	return ticks(kernel) + ticks(user)
}

// ticks converts a length of time that Windows gives in units of 100 ns.
func ticks(t syscall.Filetime) time.Duration {
	return time.Duration(int64(t.HighDateTime)<<32|int64(t.LowDateTime)) * 100
}

// pause does nothing: Windows does not stop processes.
func pause(*os.Process) {}

// signalOf returns 0: Windows has no signals.
func signalOf(*os.ProcessState) int { return 0 }
