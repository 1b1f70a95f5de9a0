//go:build unix

package terminal_test

// How fast output passes through to a terminal, beside cat through the same one.

import (
	"context"
	"os"
	"os/exec"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/creack/pty"

	"github.com/moonwire/moonwire/engine/terminal"
)

const throughputSize = 100 << 20

// outputFile makes a file of log lines.
func outputFile(t testing.TB, size int) string {
	f, err := os.CreateTemp(t.TempDir(), "output")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	line := []byte("Nov 23 20:41:52 demo kernel: eth0: link is up, 1000 Mbps, full duplex, flow control rx/tx\r\n")
	chunk := make([]byte, 0, 1<<20+len(line))
	for len(chunk) < 1<<20 {
		chunk = append(chunk, line...)
	}
	for written := 0; written < size; written += len(chunk) {
		if _, err := f.Write(chunk[:min(len(chunk), size-written)]); err != nil {
			t.Fatal(err)
		}
	}
	return f.Name()
}

// show interacts with a host that sends a file.
func show() {
	f, err := os.Open(os.Args[1])
	if err != nil {
		panic(err)
	}
	h := newHost()
	h.file = f
	t := terminal.New(terminal.Config{In: os.Stdin, Out: os.Stdout})
	if _, err := t.Interact(context.Background(), h, terminal.Options{Escape: terminal.DefaultEscape}); err != nil {
		panic(err)
	}
}

// passes returns how long a program takes to bring size bytes through a
// pseudo-terminal.
func passes(t testing.TB, size int, name string, args ...string) time.Duration {
	keys, tty, err := pty.Open()
	if err != nil {
		t.Skip("no pseudo-terminal here: ", err)
	}
	defer keys.Close()
	found := terminal.New(terminal.Config{In: tty, Out: tty})
	if _, err := found.Enter(terminal.Raw); err != nil { // the same for both
		t.Fatal(err)
	}
	cmd := exec.Command(name, args...)
	cmd.Env = append(os.Environ(), roleVariable+"=show")
	cmd.Stdin, cmd.Stdout, cmd.Stderr = tty, tty, os.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	begun := time.Now()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	tty.Close()
	buf := make([]byte, 64<<10)
	got := 0
	for {
		n, err := keys.Read(buf)
		got += n
		if err != nil {
			break
		}
	}
	took := time.Since(begun)
	if err := cmd.Wait(); err != nil {
		t.Fatal(err)
	}
	if got < size {
		t.Fatalf("%s: %d bytes of %d arrived", name, got, size)
	}
	return took
}

func TestOutputPassesAsFastAsCatsHalf(t *testing.T) {
	if os.Getenv("MOONWIRE_BENCH") == "" {
		t.Skip("a measurement: set MOONWIRE_BENCH=1")
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	file := outputFile(t, throughputSize)
	for i := range 3 {
		theirs := passes(t, throughputSize, "cat", file)
		ours := passes(t, throughputSize, self, file)
		ratio := theirs.Seconds() / ours.Seconds()
		t.Logf("run %d: cat %v, interact %v, ratio %s", i+1, theirs.Round(time.Millisecond), ours.Round(time.Millisecond), strconv.FormatFloat(ratio, 'f', 2, 64))
		if ratio < 0.5 {
			t.Errorf("interact is at %.2f of cat's rate", ratio)
		}
	}
}
