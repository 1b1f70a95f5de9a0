//go:build linux || darwin || freebsd

package pty

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/moonwire/moonwire/engine/line"
	"github.com/moonwire/moonwire/engine/line/device"
)

// A Program runs on a terminal of its own. It is the connection to it: what is written
// was typed, what is read the program has printed.
type Program struct {
	*device.File // our end of the terminal
	pid          int
	ended        chan struct{} // closed when the program has ended and is reaped
	closed       chan struct{} // closed with our end of the terminal
	closing      sync.Once
	closeErr     error

	mu      sync.Mutex // while it is held, the program's number stays its own
	reaped  bool
	exit    line.Exit // valid then
	tellEnd func(e line.Exit)
}

func newProgram(ours *device.File) *Program {
	return &Program{File: ours, ended: make(chan struct{}), closed: make(chan struct{})}
}

// Start starts a program. Its terminal echoes and edits lines, as a new window's does.
func Start(cfg Config) (*Program, error) {
	path, err := exec.LookPath(cfg.Args[0])
	if err != nil {
		return nil, err
	}
	ours, theirs, err := openTerminal()
	if err != nil {
		return nil, err
	}
	defer theirs.Close()
	p := newProgram(ours)
	if cfg.Rows == 0 {
		cfg.Rows = DefaultRows
	}
	if err := p.resize(cfg.Columns, cfg.Rows); err != nil {
		_ = ours.Close()
		return nil, err
	}
	env := cfg.Env
	if env == nil {
		env = os.Environ()
	}
	if cfg.Terminal != "" {
		env = append(env[:len(env):len(env)], "TERM="+cfg.Terminal)
	}
	ends := newWatcher()
	slave := theirs.Fd()
	p.pid, err = syscall.ForkExec(path, cfg.Args, &syscall.ProcAttr{
		Dir: cfg.Dir, Env: last(env), Files: []uintptr{slave, slave, slave},
		Sys: ends.attributes(&syscall.SysProcAttr{Setsid: true, Setctty: true}),
	})
	if err != nil {
		_ = ours.Close()
		return nil, &os.PathError{Op: "start", Path: path, Err: err}
	}
	go p.await(ends)
	return p, nil
}

// last is env with the last value of each variable alone.
func last(env []string) []string {
	c := exec.Cmd{Env: env}
	return c.Environ()
}

// await reaps the program when it ends. It takes no thread while it waits.
func (p *Program) await(ends *watcher) {
	ends.until(p.reap)
	close(p.ended)
	p.mu.Lock()
	tell := p.tellEnd
	p.mu.Unlock()
	if tell != nil {
		tell(p.exit)
	}
}

// reap reports whether the program has ended, and learns how.
func (p *Program) reap() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	var status unix.WaitStatus
	n, err := unix.Wait4(p.pid, &status, unix.WNOHANG, nil)
	switch {
	case n == 0 && err == nil || errors.Is(err, unix.EINTR):
		return false
	case err == nil && status.Signaled():
		p.exit.Signal = signalName(status.Signal())
	case err == nil:
		p.exit.Code = status.ExitStatus()
	}
	p.reaped = true
	return true
}

// signalName names a signal as in "TERM".
func signalName(s syscall.Signal) string {
	if name := unix.SignalName(s); name != "" {
		return strings.TrimPrefix(name, "SIG")
	}
	return strconv.Itoa(int(s)) // a real-time signal
}

// whenEnded makes f be called, in a goroutine of its own, when the program has ended.
func (p *Program) whenEnded(f func(e line.Exit)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.reaped {
		go f(p.exit)
		return
	}
	p.tellEnd = f
}

// status is how the program ended, if it has.
func (p *Program) status() (e line.Exit, ended bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.exit, p.reaped
}

// signal sends a signal to the program's process group.
func (p *Program) signal(name string) error {
	number := unix.SignalNum("SIG" + strings.TrimPrefix(strings.ToUpper(name), "SIG"))
	if number == 0 {
		return fmt.Errorf("%w: %q", line.ErrNoSignal, name)
	}
	return p.kill(number)
}

// kill sends a signal to the program's process group, if the program has not ended.
func (p *Program) kill(number syscall.Signal) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.reaped || p.pid <= 0 { // the number may be another's already
		return errEnded
	}
	return os.NewSyscallError("kill", unix.Kill(-p.pid, number))
}

// Close hangs the terminal up, which ends what runs on it, and kills what is left of it
// after a second.
func (p *Program) Close() error {
	p.closing.Do(func() {
		close(p.closed)
		p.closeErr = p.File.Close()
		if p.kill(unix.SIGHUP) == nil { // else it has ended
			time.AfterFunc(killTime, func() { _ = p.kill(unix.SIGKILL) })
		}
	})
	return p.closeErr
}

// echoes reports whether the terminal echoes what is typed. A program that takes single
// keys, as shells do, echoes them itself.
func (p *Program) echoes() (echo, ok bool) {
	err := p.On(func(fd int) error {
		mode, err := unix.IoctlGetTermios(fd, getMode)
		if err == nil {
			echo = mode.Lflag&unix.ECHO != 0 || mode.Lflag&unix.ICANON == 0
		}
		return err
	})
	return echo, err == nil
}

// readsLines reports whether the terminal collects what is typed to lines.
func (p *Program) readsLines() (lines bool) {
	_ = p.On(func(fd int) error { // fails on a closed terminal, which takes nothing
		mode, err := unix.IoctlGetTermios(fd, getMode)
		lines = err == nil && mode.Lflag&unix.ICANON != 0
		return err
	})
	return lines
}

// tellsEcho: the mode of the terminal says whether it echoes.
const tellsEcho = true

// shell makes the arguments by which the shell runs a command.
func (cfg *Config) shell(command string) { cfg.Args = []string{"/bin/sh", "-c", command} }

// endKeys is the key that ends a program's input, ^D as a rule.
func (p *Program) endKeys() []byte {
	var key byte
	err := p.On(func(fd int) error {
		mode, err := unix.IoctlGetTermios(fd, getMode)
		if err == nil {
			key = mode.Cc[unix.VEOF]
		}
		return err
	})
	if err != nil || key == 0 {
		return nil
	}
	return []byte{key}
}

// size is that of the window.
func (p *Program) size() (columns, rows int) {
	_ = p.On(func(fd int) error { // fails on a closed terminal, which has no size
		w, err := unix.IoctlGetWinsize(fd, unix.TIOCGWINSZ)
		if err == nil {
			columns, rows = int(w.Col), int(w.Row)
		}
		return err
	})
	return columns, rows
}

// resize changes the window.
func (p *Program) resize(columns, rows int) error {
	return p.On(func(fd int) error {
		return unix.IoctlSetWinsize(fd, unix.TIOCSWINSZ, &unix.Winsize{Col: uint16(columns), Row: uint16(rows)})
	})
}
