//go:build unix

package terminal

// Signals while the terminal is in a mode: the ones that end the program give
// the terminal back first, stopping gives it back until the program goes on.

import (
	"os"
	"os/signal"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// stopPatience is how long a stop that does not happen (there is no shell that
// could continue us) is waited for.
const stopPatience = 300 * time.Millisecond

type signalWatch struct {
	signals chan os.Signal
	done    chan struct{}
}

func (t *Terminal) startWatchLocked() {
	if t.watch != nil {
		return
	}
	w := &signalWatch{signals: make(chan os.Signal, 8), done: make(chan struct{})}
	t.watch = w
	signal.Notify(w.signals, unix.SIGINT, unix.SIGTERM, unix.SIGHUP, unix.SIGQUIT, unix.SIGTSTP, unix.SIGCONT)
	go func() {
		for {
			select {
			case s := <-w.signals:
				t.signalled(s)
			case <-w.done:
				return
			}
		}
	}()
}

func (t *Terminal) stopWatchLocked() {
	if t.watch == nil {
		return
	}
	signal.Stop(t.watch.signals)
	close(t.watch.done)
	t.watch = nil
}

func (t *Terminal) signalled(s os.Signal) {
	switch s {
	case unix.SIGCONT: // after a stop that nobody could see coming
		t.mu.Lock()
		_ = t.applyLocked()
		t.mu.Unlock()
		t.resize.changed()
	case unix.SIGTSTP:
		_ = t.stop(os.Getpid())
	default:
		t.ending()
		if t.cfg.OnSignal != nil {
			t.cfg.OnSignal(s)
			return
		}
		signal.Reset(s)
		_ = unix.Kill(os.Getpid(), s.(syscall.Signal))
	}
}

// Suspend stops the program as ^Z at a shell does, with the terminal as it was
// found, and returns when it has been continued, with the terminal as before.
func (t *Terminal) Suspend() error { return t.stop(0) }

// stop stops process pid, or the whole process group for 0, as the terminal's
// own driver does.
func (t *Terminal) stop(pid int) error {
	t.mu.Lock()
	err := t.restoreLocked()
	t.mu.Unlock()
	if err != nil {
		return err
	}
	continued := make(chan os.Signal, 1)
	signal.Notify(continued, unix.SIGCONT)
	defer signal.Stop(continued)
	signal.Reset(unix.SIGTSTP)
	if err := unix.Kill(pid, unix.SIGTSTP); err != nil {
		return os.NewSyscallError("kill", err)
	}
	patience := time.NewTimer(stopPatience)
	defer patience.Stop()
	select {
	case <-continued:
	case <-patience.C:
	}
	t.mu.Lock()
	if t.watch != nil {
		signal.Notify(t.watch.signals, unix.SIGTSTP)
	}
	err = t.applyLocked()
	t.mu.Unlock()
	t.resize.changed()
	return err
}
