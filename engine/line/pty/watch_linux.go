package pty

import (
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// A watcher learns when a program has ended: by a descriptor that stands for it, or by
// signals where the kernel has none.
type watcher struct{ pidfd int }

func newWatcher() *watcher { return &watcher{-1} }

// attributes adds what the start of the program has to know.
func (w *watcher) attributes(a *syscall.SysProcAttr) *syscall.SysProcAttr {
	a.PidFD = &w.pidfd
	return a
}

// until returns when ended reports true.
func (w *watcher) until(ended func() bool) {
	if w.pidfd >= 0 && unix.SetNonblock(w.pidfd, true) == nil {
		f := os.NewFile(uintptr(w.pidfd), "program")
		defer f.Close()
		if raw, err := f.SyscallConn(); err == nil && raw.Read(func(uintptr) bool { return ended() }) == nil {
			return
		}
	}
	bySignals(ended)
}
