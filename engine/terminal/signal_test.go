//go:build unix

package terminal_test

// Signals and stops, in a process of their own with a pseudo-terminal for its
// controlling one.

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"syscall"
	"testing"

	"github.com/creack/pty"
	"golang.org/x/sys/unix"

	"github.com/moonwire/moonwire/engine/terminal"
)

// roleVariable makes the test binary play a part instead of testing.
const roleVariable = "MOONWIRE_TEST_ROLE"

func TestMain(m *testing.M) {
	switch role := os.Getenv(roleVariable); role {
	case "":
		// A program does not inherit that a signal is ignored where it is caught: so the
		// tests do the same under nohup and in the background.
		for _, s := range []syscall.Signal{unix.SIGINT, unix.SIGHUP} {
			if signal.Ignored(s) {
				signal.Notify(make(chan os.Signal, 1), s)
			}
		}
		os.Exit(m.Run())
	case "interact", "panic", "action panics", "paused":
		os.Exit(play(role))
	case "show":
		show()
	}
}

// play interacts with a host that says ready, then nothing.
func play(role string) int {
	t := terminal.New(terminal.Config{In: os.Stdin, Out: os.Stdout})
	defer func() {
		if r := recover(); r != nil {
			fmt.Println("recovered:", r)
		}
	}()
	h := newHost()
	h.sends("\x1b[?25lready ")
	o := terminal.Options{Escape: terminal.DefaultEscape}
	switch role {
	case "panic":
		h.change(func() { h.panics = true })
	case "paused":
		o.Prompt = true
	}
	end, err := t.Interact(context.Background(), h, o)
	fmt.Println("ended:", end.Reason, err)
	return 0
}

// part is a process that plays a role at a terminal.
type part struct {
	cmd  *exec.Cmd
	keys *os.File
	tty  *os.File
	seen *screen
}

// starts runs a role in a session of its own; under a shell's job control if
// jobs is set, which is a process group that is not the session's first.
func starts(t *testing.T, role string, jobs bool) *part {
	t.Helper()
	keys, tty, err := pty.Open()
	if err != nil {
		t.Skip("no pseudo-terminal here: ", err)
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self)
	if jobs {
		// The shell waits for the job like one that is used by hand, and tells
		// how it went.
		cmd = exec.Command("sh", "-mc", `"$0"; echo "status $?"; stty -a; fg >/dev/null; echo "status $?"`, self)
	}
	cmd.Env = append(os.Environ(), roleVariable+"="+role)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = tty, tty, tty
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	p := &part{cmd: cmd, keys: keys, tty: tty, seen: newScreen(keys)}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		tty.Close()
		keys.Close()
	})
	return p
}

func TestSignalsRestoreTheTerminal(t *testing.T) {
	for _, s := range []syscall.Signal{unix.SIGINT, unix.SIGTERM, unix.SIGHUP, unix.SIGQUIT} {
		t.Run(unix.SignalName(s), func(t *testing.T) {
			p := starts(t, "interact", false)
			before := modes(t, p.tty)
			if err := p.cmd.Start(); err != nil {
				t.Fatal(err)
			}
			p.seen.waits(t, "ready ")
			if modes(t, p.tty) == before {
				t.Fatal("the terminal is not raw")
			}
			if err := p.cmd.Process.Signal(s); err != nil {
				t.Fatal(err)
			}
			_ = p.cmd.Wait()
			p.seen.waits(t, "\x1b[?25h") // what the host had hidden
			if after := modes(t, p.tty); after != before {
				t.Errorf("modes before %+v, after %+v", before, after)
			}
			status := p.cmd.ProcessState.Sys().(syscall.WaitStatus)
			if s == unix.SIGQUIT { // Go's runtime tells its goroutines and exits
				if !status.Exited() || status.ExitStatus() != 2 {
					t.Errorf("status %v", p.cmd.ProcessState)
				}
			} else if !status.Signaled() || status.Signal() != s {
				t.Errorf("status %v", p.cmd.ProcessState)
			}
		})
	}
}

func TestPanicRestoresTheTerminal(t *testing.T) {
	p := starts(t, "panic", false)
	before := modes(t, p.tty)
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	p.seen.waits(t, "recovered: ")
	_ = p.cmd.Wait()
	if after := modes(t, p.tty); after != before {
		t.Errorf("modes before %+v, after %+v", before, after)
	}
}

func TestStopAndContinue(t *testing.T) {
	if _, err := exec.LookPath("stty"); err != nil {
		t.Skip("no stty here")
	}
	p := starts(t, "paused", true)
	before, err := p.stty()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	p.seen.waits(t, "ready ")
	_, _ = io.WriteString(p.keys, "\x1dz")
	p.seen.waits(t, "status ")
	during := p.seen.waits(t, "extproc")
	if _, during, _ = strings.Cut(during, "speed"); strings.Join(strings.Fields("speed "+during), " ") != strings.Join(strings.Fields(before), " ") {
		t.Errorf("modes before:\n%s\nwhile stopped:\n%s", before, during)
	}
	// It goes on, raw again: the next keys are read as they are typed.
	p.seen.waits(t, "\n")
	_, _ = io.WriteString(p.keys, "\x1d\x1d")
	_, _ = io.WriteString(p.keys, "\x1dq")
	p.seen.waits(t, "ended: quit")
	p.seen.waits(t, "status 0")
	_ = p.cmd.Wait()
	if after, _ := p.stty(); after != before {
		t.Errorf("modes before:\n%s\nafter:\n%s", before, after)
	}
}

func (p *part) stty() (string, error) {
	cmd := exec.Command("stty", "-a")
	cmd.Stdin = p.tty
	out, err := cmd.Output()
	return string(out), err
}
