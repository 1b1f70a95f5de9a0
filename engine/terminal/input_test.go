//go:build unix

package terminal_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"testing"
	"time"

	"github.com/creack/pty"
	"golang.org/x/sys/unix"

	"github.com/moonwire/moonwire/engine/terminal"
)

// operator is a Terminal on one end of a pseudo-terminal and the person at the
// other.
type operator struct {
	*terminal.Terminal
	keys *os.File // the person's end
	tty  *os.File
	seen *screen
}

func newOperator(t *testing.T) *operator {
	t.Helper()
	keys, tty, err := pty.Open()
	if err != nil {
		t.Skip("no pseudo-terminal here: ", err)
	}
	o := &operator{Terminal: terminal.New(terminal.Config{In: tty, Out: tty}), keys: keys, tty: tty, seen: newScreen(keys)}
	t.Cleanup(func() {
		o.Close()
		tty.Close()
		keys.Close()
	})
	return o
}

func (o *operator) types(t *testing.T, s string) {
	t.Helper()
	if _, err := o.keys.WriteString(s); err != nil {
		t.Fatal(err)
	}
}

// screen collects what the terminal was given.
type screen struct {
	more chan []byte
	got  []byte
}

func newScreen(f *os.File) *screen {
	s := &screen{more: make(chan []byte, 1024)}
	go func() {
		for {
			b := make([]byte, 64<<10)
			n, err := f.Read(b)
			if n > 0 {
				s.more <- b[:n]
			}
			if err != nil {
				close(s.more)
				return
			}
		}
	}()
	return s
}

// waits returns all that was shown up to and including want.
func (s *screen) waits(t *testing.T, want string) string {
	t.Helper()
	tooLong := time.After(30 * time.Second)
	for {
		if i := bytes.Index(s.got, []byte(want)); i >= 0 {
			out := string(s.got[:i+len(want)])
			s.got = s.got[i+len(want):]
			return out
		}
		select {
		case b, ok := <-s.more:
			if !ok {
				t.Fatalf("the terminal closed without %q; it showed %q", want, s.got)
			}
			s.got = append(s.got, b...)
		case <-tooLong:
			t.Fatalf("no %q; the terminal showed %q", want, s.got)
		}
	}
}

func read(t *testing.T, in *terminal.Input, n int) string {
	t.Helper()
	p := make([]byte, n)
	if _, err := io.ReadFull(in.Stream(), p); err != nil {
		t.Fatal(err)
	}
	return string(p)
}

func TestCancelledReadTakesNoKey(t *testing.T) {
	o := newOperator(t)
	lease, err := o.Enter(terminal.Raw)
	if err != nil {
		t.Fatal(err)
	}
	defer lease.Leave()
	for range 100 {
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error)
		go func() {
			_, err := o.Input().Read(ctx, make([]byte, 1))
			done <- err
		}()
		cancel()
		if err := <-done; !errors.Is(err, context.Canceled) {
			t.Fatalf("a cancelled read gave %v", err)
		}
		o.types(t, "k")
		if got := read(t, o.Input(), 1); got != "k" {
			t.Fatalf("the key after a cancelled read was %q", got)
		}
	}
}

func TestReadersShareWhatWasTyped(t *testing.T) {
	o := newOperator(t)
	lease, err := o.Enter(terminal.Edit)
	if err != nil {
		t.Fatal(err)
	}
	o.types(t, "line one\rab\x1dline two\rline three\r")
	if got := read(t, o.Input(), 9); got != "line one\r" {
		t.Fatalf("keys: %q", got)
	}
	o.Input().Unread([]byte("again "))
	if got := read(t, o.Input(), 9); got != "again ab\x1d" {
		t.Fatalf("keys put back: %q", got)
	}
	if err := lease.Leave(); err != nil {
		t.Fatal(err)
	}
	line, err := o.Input().ReadLine(t.Context())
	if err != nil || string(line) != "line two\n" {
		t.Fatalf("a line typed ahead: %q, %v", line, err)
	}
	lease, err = o.Enter(terminal.Raw)
	if err != nil {
		t.Fatal(err)
	}
	defer lease.Leave()
	if got := read(t, o.Input(), 11); got != "line three\r" {
		t.Fatalf("keys typed ahead: %q", got)
	}
}

func TestLinesTypedAheadBecomeKeys(t *testing.T) {
	o := newOperator(t)
	o.types(t, "early\n")
	o.seen.waits(t, "early\r\n") // the terminal's own echo: it has the line
	lease, err := o.Enter(terminal.Raw)
	if err != nil {
		t.Fatal(err)
	}
	defer lease.Leave()
	if got := read(t, o.Input(), 6); got != "early\r" {
		t.Fatalf("typed ahead before raw mode: %q", got)
	}
	if err := lease.Leave(); err != nil {
		t.Fatal(err)
	}
	o.types(t, "x\n\x04y")
	o.seen.waits(t, "x\r\ny")
	if _, err = o.Enter(terminal.Raw); err != nil {
		t.Fatal(err)
	}
	if got := read(t, o.Input(), 4); got != "x\r\x04y" {
		t.Fatalf("the end typed ahead before raw mode: %q", got)
	}
}

func TestInputFromPipe(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	term := terminal.New(terminal.Config{In: r})
	defer term.Close()
	go func() {
		_, _ = w.WriteString("one\r\ntwo\nlast")
		w.Close()
	}()
	for _, want := range []string{"one\r\n", "two\n", "last"} {
		line, err := term.Input().ReadLine(t.Context())
		if err != nil || string(line) != want {
			t.Fatalf("line %q, %v; want %q", line, err, want)
		}
	}
	if _, err := term.Input().ReadLine(t.Context()); err != io.EOF {
		t.Fatalf("at the end: %v", err)
	}
}

func TestNoInput(t *testing.T) {
	term := terminal.New(terminal.Config{})
	if _, err := term.Input().Read(t.Context(), make([]byte, 1)); err != io.EOF {
		t.Fatalf("reading nothing gave %v", err)
	}
	term.Input().Unread([]byte("x"))
	if got := read(t, term.Input(), 1); got != "x" {
		t.Fatalf("put back: %q", got)
	}
}

func TestPassword(t *testing.T) {
	o := newOperator(t)
	type answer struct {
		line string
		err  error
	}
	answers := make(chan answer)
	ask := func() {
		line, err := o.ReadPassword(t.Context(), "Password: ")
		answers <- answer{line, err}
	}
	go ask()
	o.seen.waits(t, "Password: ")
	o.types(t, "wrong\x15hünt\x7fter2\rnext")
	if a := <-answers; a.err != nil || a.line != "hünter2" {
		t.Fatalf("password %q, %v", a.line, a.err)
	}
	if shown := o.seen.waits(t, "\n"); shown != "\r\n" {
		t.Fatalf("the password was shown: %q", shown)
	}
	go ask()
	o.types(t, "\r")
	if a := <-answers; a.err != nil || a.line != "next" {
		t.Fatalf("typed ahead %q, %v", a.line, a.err)
	}
	o.seen.waits(t, "Password: ")
	go ask()
	o.seen.waits(t, "Password: ")
	o.types(t, "x\x03")
	if a := <-answers; !errors.Is(a.err, terminal.ErrInterrupted) {
		t.Fatalf("^C gave %q, %v", a.line, a.err)
	}
}

func TestPasswordOnTheControllingTerminal(t *testing.T) {
	keys, tty, err := pty.Open()
	if err != nil {
		t.Skip("no pseudo-terminal here: ", err)
	}
	defer keys.Close()
	defer tty.Close()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	defer w.Close()
	term := terminal.New(terminal.Config{In: r, Tty: tty.Name()})
	seen := newScreen(keys)
	done := make(chan string)
	go func() {
		line, err := term.ReadPassword(t.Context(), "secret: ")
		if err != nil {
			t.Error(err)
		}
		done <- line
	}()
	seen.waits(t, "secret: ")
	_, _ = keys.WriteString("mypass\r")
	if got := <-done; got != "mypass" {
		t.Fatalf("got %q", got)
	}
	term = terminal.New(terminal.Config{In: r, Tty: "/nonexistent"})
	if _, err := term.ReadPassword(t.Context(), "secret: "); !errors.Is(err, terminal.ErrNoTerminal) {
		t.Fatalf("without a terminal: %v", err)
	}
}

// TestTakeInterrupt: a ^C that lies behind what was read is taken; ^D that was typed at a
// terminal in its own mode stays the end of what is read next.
func TestTakeInterrupt(t *testing.T) {
	keys, tty, err := pty.Open()
	if err != nil {
		t.Skip("no pseudo-terminal here: ", err)
	}
	defer keys.Close()
	defer tty.Close()
	in := terminal.New(terminal.Config{In: tty}).Input()
	in.Unread([]byte("x\x03"))
	if in.TakeInterrupt() {
		t.Error("another key lies before it")
	}
	in.Unread([]byte("\x03"))
	if !in.TakeInterrupt() || in.Buffered() != 2 {
		t.Errorf("it is not taken: %d bytes are there", in.Buffered())
	}
	if _, err := in.Read(t.Context(), make([]byte, 10)); err != nil {
		t.Fatal(err)
	}
	if _, err := keys.WriteString("\x04"); err != nil {
		t.Fatal(err)
	}
	fds := []unix.PollFd{{Fd: int32(tty.Fd()), Events: unix.POLLIN}}
	if _, err := unix.Poll(fds, 10_000); err != nil {
		t.Fatal(err)
	}
	if in.TakeInterrupt() {
		t.Error("^D is taken for ^C")
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	if _, err := in.Read(ctx, make([]byte, 10)); err != io.EOF {
		t.Errorf("the end is lost: %v", err)
	}
}
