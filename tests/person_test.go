//go:build unix

package tests

// A person at a terminal, for the tests of the command there.

import (
	"bytes"
	"os"
	"os/exec"
	"regexp"
	"syscall"
	"testing"
	"time"

	"github.com/creack/pty"
	"golang.org/x/sys/unix"
)

// person sits at a terminal on which the command runs.
type person struct {
	t     *testing.T
	cmd   *exec.Cmd
	keys  *os.File
	tty   *os.File
	found unix.Termios
	more  chan []byte
	seen  []byte // without control sequences, from where the last wait ended
	rest  []byte // the beginning of a control sequence
	home  string
}

// sits starts the command at a terminal of its own. stdin, if not nil, is its
// standard input in place of the terminal.
func sits(t *testing.T, env []string, stdin *os.File, args ...string) *person {
	t.Helper()
	return sitsAt(t, env, stdin, "moonwire", args...)
}

// sitsAt starts any program.
func sitsAt(t *testing.T, env []string, stdin *os.File, program string, args ...string) *person {
	t.Helper()
	keys, tty, err := pty.Open()
	if err != nil {
		t.Skip("no pseudo-terminal here: ", err)
	}
	if err := pty.Setsize(keys, &pty.Winsize{Cols: 80, Rows: 24}); err != nil {
		t.Fatal(err)
	}
	p := &person{t: t, keys: keys, tty: tty, more: make(chan []byte, 1024), home: t.TempDir()}
	p.found = p.modes()
	p.cmd = exec.Command(program, args...)
	p.cmd.Env = append(os.Environ(), "TERM=xterm", "HOME="+p.home, "XDG_STATE_HOME=", "LUA_INIT=", "NO_COLOR=1")
	p.cmd.Env = append(p.cmd.Env, env...)
	p.cmd.Stdin, p.cmd.Stdout, p.cmd.Stderr = tty, tty, tty
	if stdin != nil {
		p.cmd.Stdin = stdin
	}
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true, Ctty: 1}
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		for {
			b := make([]byte, 64<<10)
			n, err := keys.Read(b)
			if n > 0 {
				p.more <- b[:n]
			}
			if err != nil {
				close(p.more)
				return
			}
		}
	}()
	t.Cleanup(func() {
		_ = p.cmd.Process.Kill()
		tty.Close()
		keys.Close()
	})
	return p
}

func (p *person) modes() unix.Termios {
	p.t.Helper()
	m, err := unix.IoctlGetTermios(int(p.tty.Fd()), getTermios)
	if err != nil {
		p.t.Fatal(err)
	}
	return *m
}

func (p *person) types(s string) {
	p.t.Helper()
	if _, err := p.keys.WriteString(s); err != nil {
		p.t.Fatal(err)
	}
}

var (
	// sequences are what a person does not see.
	sequences = regexp.MustCompile("\x1b\\[[0-9;?]*[A-Za-z]")
	// begun is the beginning of one.
	begun = regexp.MustCompile("\x1b(\\[[0-9;?]*)?$")
)

// sees waits until text has been shown, and returns all up to it. Control sequences
// are left out.
func (p *person) sees(text string) string {
	p.t.Helper()
	tooLong := time.After(20 * time.Second)
	from := 0 // where text may begin
	for {
		if i := bytes.Index(p.seen[from:], []byte(text)); i >= 0 {
			shown := p.seen[:from+i+len(text)]
			p.seen = p.seen[len(shown):]
			return string(shown)
		}
		from = max(from, len(p.seen)-len(text)+1)
		select {
		case b, ok := <-p.more:
			if !ok {
				p.t.Fatalf("the terminal closed and did not show %q but %q", text, p.seen)
			}
			b = append(p.rest, b...)
			end := len(b)
			if i := begun.FindIndex(b); i != nil {
				end = i[0]
			}
			p.rest = bytes.Clone(b[end:])
			p.seen = append(p.seen, sequences.ReplaceAllLiteral(b[:end], nil)...)
		case <-tooLong:
			p.t.Fatalf("the terminal does not show %q but %q", text, p.seen)
		}
	}
}

// says types a line and waits for an answer.
func (p *person) says(line, answer string) string {
	p.t.Helper()
	p.types(line + "\r")
	return p.sees(answer)
}

// leaves waits for the command's end and wants the status, and the terminal as it
// was found.
func (p *person) leaves(status int) {
	p.t.Helper()
	done := make(chan struct{})
	go func() {
		_ = p.cmd.Wait()
		close(done)
	}()
	select {
	case <-done:
	case <-time.After(20 * time.Second):
		p.t.Fatalf("the command does not end; the terminal shows %q", p.seen)
	}
	if got := p.cmd.ProcessState.ExitCode(); got != status {
		p.t.Errorf("exit status %d, not %d; the terminal shows %q", got, status, p.seen)
	}
	if p.modes() != p.found {
		p.t.Errorf("the terminal was left in modes %+v, found in %+v", p.modes(), p.found)
	}
}

// logsIn logs in to the embedded host at the prompt.
func (p *person) logsIn() {
	p.t.Helper()
	p.sees("> ")
	p.says(`local t = connect "demo://"`, "> ")
	p.says(`t:read_until("login: ", 5)`, `login: "`)
	p.says(`t:writeln("brandon")`, "> ")
	p.says(`t:read_until("assword: ", 5)`, `assword: "`)
	p.says(`t:writeln("mypass")`, "> ")
	p.says(`t:expect({ "Login incorrect", [[\$ $]] }, 10)`, `"$ "`)
	p.sees("> ")
}
