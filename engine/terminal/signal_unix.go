//go:build unix

package terminal

// Signals while the terminal is in a mode: the ones that end the program give
// the terminal back first, stopping gives it back until the program goes on.

import (
	"errors"
	"os"
	"os/signal"
	"syscall"

	"golang.org/x/sys/unix"
)

type signalWatch struct {
	signals chan os.Signal
	done    chan struct{}
	stops   bool // SIGTSTP is among them
	own     int  // of those that are still to come, how many Suspend has raised; under the Terminal's lock
}

func (t *Terminal) startWatchLocked() {
	t.endStopsLocked()
	if t.watch != nil {
		return
	}
	w := &signalWatch{signals: make(chan os.Signal, 8), done: make(chan struct{})}
	t.watch = w
	signal.Notify(w.signals, unix.SIGINT, unix.SIGTERM, unix.SIGQUIT, unix.SIGCONT)
	if !signal.Ignored(unix.SIGHUP) { // as it is under nohup
		signal.Notify(w.signals, unix.SIGHUP)
	}
	if w.stops = canStop(); w.stops {
		signal.Notify(w.signals, unix.SIGTSTP)
	}
	go func() {
		for {
			select {
			case s := <-w.signals:
				t.signalled(w, s)
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

// watchStopsLocked lets ^Z stop the program while the terminal is in no mode, as during a
// statement at the prompt: once Go has caught the signal, its default effect does not
// come back.
func (t *Terminal) watchStopsLocked() {
	if t.stops != nil || !canStop() {
		return
	}
	done, signals := make(chan struct{}), make(chan os.Signal, 1)
	t.stops = done
	signal.Notify(signals, unix.SIGTSTP)
	go func() {
		defer signal.Stop(signals)
		for {
			select {
			case <-signals:
				_ = t.stop()
			case <-done:
				return
			}
		}
	}()
}

func (t *Terminal) endStopsLocked() {
	if t.stops != nil {
		close(t.stops)
		t.stops = nil
	}
}

// canStop reports whether there is a shell that would continue the program: not
// in the group of the session's leader, whose parent is in another session,
// and not where the signal is ignored.
func canStop() bool {
	session, err := unix.Getsid(0)
	return err == nil && session != unix.Getpgrp() && !signal.Ignored(unix.SIGTSTP)
}

func (t *Terminal) signalled(w *signalWatch, s os.Signal) {
	switch s {
	case unix.SIGCONT: // after a stop that nobody could see coming
		t.mu.Lock()
		_ = t.applyLocked()
		t.mu.Unlock()
		t.resize.changed()
	case unix.SIGTSTP:
		t.mu.Lock()
		own := w.own > 0
		if own {
			w.own--
		}
		t.mu.Unlock()
		if !own {
			_ = t.stop()
		}
	default:
		t.ending(func() bool {
			if t.cfg.OnSignal != nil {
				return t.cfg.OnSignal(s)
			}
			signal.Reset(s)
			_ = unix.Kill(os.Getpid(), s.(syscall.Signal))
			return true
		})
	}
}

// Suspend stops the program as ^Z at a shell does, with the terminal as it was
// found, and returns when it has been continued, with the terminal as before.
func (t *Terminal) Suspend() error {
	if !canStop() {
		return errors.New("there is no shell to return to")
	}
	// The watch gets the signal too, and may look at it long after this has returned:
	// it would stop the program once more.
	t.mu.Lock()
	watch := t.watch
	if watch != nil && watch.stops {
		watch.own++
	}
	t.mu.Unlock()
	// The terminal's driver would stop the whole job: a pipe's other end, or
	// the program that started us. We get the signal too, and stop by other
	// means: once Go has caught it, its default effect does not come back.
	stopped := make(chan os.Signal, 1)
	signal.Notify(stopped, unix.SIGTSTP)
	defer signal.Stop(stopped)
	if err := unix.Kill(0, unix.SIGTSTP); err != nil {
		return os.NewSyscallError("kill", err)
	}
	<-stopped
	return t.stop()
}

// stop stops the process, with the terminal as it was found.
func (t *Terminal) stop() error {
	t.mu.Lock()
	err := t.restoreLocked()
	t.mu.Unlock()
	if err != nil {
		return err
	}
	continued := make(chan os.Signal, 1)
	signal.Notify(continued, unix.SIGCONT)
	defer signal.Stop(continued)
	if err := unix.Kill(os.Getpid(), unix.SIGSTOP); err != nil {
		return os.NewSyscallError("kill", err)
	}
	<-continued
	t.mu.Lock()
	err = t.applyLocked()
	t.mu.Unlock()
	t.resize.changed()
	return err
}
