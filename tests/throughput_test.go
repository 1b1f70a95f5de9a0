//go:build unix

package tests

// How fast a host's output reaches the terminal through the whole command, beside
// cat through the same kind of terminal, and how a long paste reaches a slow host.

import (
	"bytes"
	"crypto/sha256"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/creack/pty"
	"golang.org/x/term"
)

// through runs a program on a terminal until it ends, and returns how long that
// took for at least size bytes of output.
func through(t *testing.T, size int, program string, args ...string) time.Duration {
	t.Helper()
	keys, tty, err := pty.Open()
	if err != nil {
		t.Skip("no pseudo-terminal here: ", err)
	}
	defer keys.Close()
	if _, err := term.MakeRaw(int(tty.Fd())); err != nil { // the same for both
		t.Fatal(err)
	}
	cmd := exec.Command(program, args...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = tty, tty, os.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	begun := time.Now()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	tty.Close()
	n, _ := io.Copy(io.Discard, keys) // ends with an error when the terminal closes
	took := time.Since(begun)
	if err := cmd.Wait(); err != nil || n < int64(size) {
		t.Fatalf("%s: %d bytes of %d, %v", program, n, size, err)
	}
	return took
}

func TestOutputPassesAtHalfOfCatsRate(t *testing.T) {
	if os.Getenv("MOONWIRE_BENCH") == "" {
		t.Skip("a measurement: set MOONWIRE_BENCH=1")
	}
	const size = 100 << 20
	line := []byte("Nov 23 20:41:52 demo kernel: eth0: link is up, 1000 Mbps, full duplex, flow control rx/tx\r\n")
	output := bytes.Repeat(line, size/len(line)+1)[:size]
	file := filepath.Join(t.TempDir(), "output")
	if err := os.WriteFile(file, output, 0o644); err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			_, _ = conn.Write([]byte("\xff\xfb\x01\xff\xfb\x03")) // WILL ECHO, WILL SGA
			_, _ = conn.Write(output)
			_ = conn.(*net.TCPConn).CloseWrite()
			_, _ = io.Copy(io.Discard, conn)
			_ = conn.Close()
		}
	}()
	for i := range 3 {
		theirs := through(t, size, "cat", file)
		ours := through(t, size, "moonwire", "-e", `connect "`+l.Addr().String()+`"; interact()`)
		ratio := theirs.Seconds() / ours.Seconds()
		t.Logf("run %d: cat %v, interact %v, ratio %.2f", i+1, theirs.Round(time.Millisecond), ours.Round(time.Millisecond), ratio)
		if ratio < 0.5 {
			t.Errorf("interact is at %.2f of cat's rate", ratio)
		}
	}
}

func TestLongPasteReachesASlowHost(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	line := []byte("a line of a long paste, 40 bytes of it.\r")
	paste := bytes.Repeat(line, 10<<20/len(line))
	sent := bytes.ReplaceAll(paste, []byte("\r"), []byte("\r\x00")) // RFC 854's Enter key
	sum := make(chan [sha256.Size]byte, 1)
	go func() {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		defer conn.Close()
		_, _ = conn.Write([]byte("\xff\xfb\x01\xff\xfb\x03$ "))
		var got []byte
		buf := make([]byte, 4<<10) // little at a time, for a slow one
		for len(got) < len(sent)+6 {
			n, err := conn.Read(buf)
			if err != nil {
				break
			}
			got = append(got, buf[:n]...)
		}
		sum <- sha256.Sum256(got[6:]) // behind our DO ECHO, DO SGA
		_, _ = conn.Write([]byte("all of it"))
	}()
	p := sits(t, nil, nil, "-e", `connect "`+l.Addr().String()+`"; print(interact())`)
	p.sees("$ ")
	go func() { _, _ = p.keys.Write(paste) }()
	p.sees("all of it")
	if <-sum != sha256.Sum256(sent) {
		t.Error("the host received something else")
	}
	p.sees("eof")
	p.leaves(0)
}
