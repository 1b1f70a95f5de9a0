package pty

import (
	"errors"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/moonwire/moonwire/engine/line"
	"github.com/moonwire/moonwire/engine/line/linetest"
)

// theirEnd is the end of a terminal that a program has, without echo and editing.
type theirEnd struct{ *os.File }

func rawTerminal(t *testing.T) (ours *Program, theirs theirEnd) {
	t.Helper()
	master, slave, err := openTerminal()
	if err != nil {
		t.Fatal(err)
	}
	p := newProgram(master)
	close(p.ended) // nothing runs on it
	fd := int(slave.Fd())
	mode, err := unix.IoctlGetTermios(fd, unix.TCGETS)
	if err != nil {
		t.Fatal(err)
	}
	mode.Lflag &^= unix.ECHO | unix.ICANON | unix.ISIG | unix.IEXTEN
	mode.Iflag &^= unix.ICRNL | unix.IXON
	mode.Oflag &^= unix.OPOST
	if err := unix.IoctlSetTermios(fd, unix.TCSETS, mode); err != nil {
		t.Fatal(err)
	}
	return p, theirEnd{slave}
}

// TestLine holds the line to what a session needs.
func TestLine(t *testing.T) {
	linetest.Test(t, func(t *testing.T) linetest.Pair {
		ours, theirs := rawTerminal(t)
		return linetest.Pair{Line: New(ours), Host: theirs}
	})
}

// read reads everything that a program prints.
func read(t *testing.T, p *Program) string {
	t.Helper()
	all, err := io.ReadAll(p)
	if err != nil {
		t.Error(err)
	}
	return string(all)
}

// TestPrograms: what a program prints, and how it ends.
func TestPrograms(t *testing.T) {
	for _, c := range []struct {
		name, script string
		cfg          Config
		printed      string
		status       line.Exit
	}{
		{name: "output", script: "echo one; echo two >&2", printed: "one\r\ntwo\r\n"},
		{name: "status", script: "exit 3", status: line.Exit{Code: 3}},
		{name: "signal", script: "kill -TERM $$", status: line.Exit{Signal: "TERM"}},
		{name: "window", script: "stty size", cfg: Config{Columns: 132, Rows: 43}, printed: "43 132\r\n"},
		{name: "directory", script: "pwd", cfg: Config{Dir: "/"}, printed: "/\r\n"},
		{name: "environment", script: "echo $A $TERM", cfg: Config{Env: []string{"PATH=/bin:/usr/bin", "A=b", "TERM=x"}, Terminal: "vt100"}, printed: "b vt100\r\n"},
		{name: "a terminal", script: "test -t 0 && test -t 1 && tty | cut -c 1-9", printed: "/dev/pts/\r\n"},
		{name: "no descriptors of ours", script: "ls /proc/self/fd | tr '\\n' ' '", printed: inherited(t)},
		{name: "a child that lives on", script: "trap '' HUP; (while kill -0 $$; do :; done 2>/dev/null; echo late) & exit 0", printed: "late\r\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.cfg.Args = []string{"sh", "-c", c.script}
			p, err := Start(c.cfg)
			if err != nil {
				t.Fatal(err)
			}
			defer p.Close()
			if printed := read(t, p); printed != c.printed {
				t.Errorf("it printed %q, want %q", printed, c.printed)
			}
			if <-p.ended; p.exit != c.status {
				t.Errorf("%v, want that %v", p.exit, c.status)
			}
		})
	}
}

// inherited is the descriptors that any child of the test has.
func inherited(t *testing.T) string {
	t.Helper()
	list, err := exec.Command("sh", "-c", "ls /proc/self/fd | tr '\\n' ' '").Output()
	if err != nil {
		t.Fatal(err)
	}
	return string(list)
}

// TestClose ends a program, one that ignores the hang-up too.
func TestClose(t *testing.T) {
	for name, script := range map[string]string{"obedient": "echo go; sleep 100", "stubborn": "trap '' HUP; echo go; while :; do sleep 100; done"} {
		t.Run(name, func(t *testing.T) {
			p, err := Start(Config{Args: []string{"sh", "-c", script}})
			if err != nil {
				t.Fatal(err)
			}
			if _, err := io.ReadFull(p, make([]byte, 4)); err != nil {
				t.Fatal(err)
			}
			if err := p.Close(); err != nil {
				t.Error(err)
			}
			want := map[string]string{"obedient": "HUP", "stubborn": "KILL"}[name]
			if <-p.ended; p.exit.Signal != want {
				t.Errorf("%v, want %v", p.exit, want)
			}
		})
	}
}

// TestStartFails: what cannot be started is told, and leaves nothing open.
func TestStartFails(t *testing.T) {
	before := descriptors(t)
	for name, cfg := range map[string]Config{
		"no such program":   {Args: []string{"no-such-program-here"}},
		"not a program":     {Args: []string{"/etc/passwd"}},
		"no such directory": {Args: []string{"sh"}, Dir: "/no/such/directory"},
	} {
		if p, err := Start(cfg); err == nil {
			t.Errorf("%s: it started", name)
			_ = p.Close()
		}
	}
	if after := descriptors(t); after != before {
		t.Errorf("%d descriptors, %d before", after, before)
	}
}

func descriptors(t *testing.T) int {
	t.Helper()
	list, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	return len(list)
}

// TestEcho: a program that switches the echo off is told of behind what it printed.
func TestEcho(t *testing.T) {
	p, err := Start(Config{Args: []string{"sh", "-c", "stty -echo; printf 'Password: '; read x; stty echo; echo; echo \"<$x>\""}})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	l := New(p)
	var got strings.Builder
	typed := false
	buf := make([]byte, 100)
	for {
		n, err := l.Read(buf)
		l.Arrived(n)
		for in := buf[:n]; ; {
			it, used := l.Next(in)
			in = in[used:]
			switch it.Kind {
			case line.Data:
				got.Write(it.Data)
			case line.EchoOff:
				got.WriteString("[off]")
			case line.EchoOn:
				got.WriteString("[on]")
			}
			if it.Kind == line.None {
				break
			}
		}
		if strings.Contains(got.String(), "[off]") && !typed {
			typed = true
			if _, err := io.WriteString(p, "pw\r"); err != nil {
				t.Fatal(err)
			}
		}
		if err != nil {
			if _, cause := l.End(err); !errors.Is(err, io.EOF) || cause != nil {
				t.Error(err, cause)
			}
			break
		}
	}
	if text := strings.ReplaceAll(got.String(), "[on]", ""); !strings.HasPrefix(text, "Password: [off]\r\n") || !strings.HasSuffix(text, "<pw>\r\n") || !strings.Contains(got.String(), "[on]") {
		t.Errorf("got %q", got.String())
	}
}

// TestExitAtOnce: how a program ended is known as soon as it is reaped, before the line is
// told: hanging up waits for no more.
func TestExitAtOnce(t *testing.T) {
	p, err := Start(Config{Args: []string{"sleep", "100"}})
	if err != nil {
		t.Fatal(err)
	}
	l, o := New(p), new(linetest.Owner)
	l.Attach(o)
	o.Lock() // the line cannot be told
	defer o.Unlock()
	_ = p.Close()
	<-p.ended
	if e, ended, err := l.Exit(); !ended || e.Signal != "HUP" || err != nil {
		t.Errorf("%v %v %v", e, ended, err)
	}
}

// TestEndBySignals: where the kernel has no descriptor for a program, signals tell of its end.
func TestEndBySignals(t *testing.T) {
	const count = 20
	var all sync.WaitGroup
	for i := range count {
		all.Go(func() {
			cmd := exec.Command("sh", "-c", "exit "+strconv.Itoa(i))
			if err := cmd.Start(); err != nil {
				t.Error(err)
				return
			}
			p := newProgram(nil)
			p.pid = cmd.Process.Pid
			w := newWatcher()
			w.until(p.reap)
			if e, ended := p.status(); !ended || e.Code != i {
				t.Errorf("program %d ended by %v, %v", i, e, ended)
			}
			_ = cmd.Process.Release()
		})
	}
	all.Wait()
}
