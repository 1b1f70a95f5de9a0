package record

import (
	"context"
	"errors"
	"io"
	"net"
	"strings"
	"sync"
	"testing"

	tline "github.com/moonwire/moonwire/engine/line/telnet"
	"github.com/moonwire/moonwire/engine/session"
)

// served is a Host on the loopback, a hundred times as fast as it was.
func served(t *testing.T, rec *Recording, o ReplayOptions) (address string, lines func() string) {
	t.Helper()
	l, err := Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	var all []string
	h := &Host{Recording: rec, Options: o, Speed: 100, Log: func(line string) {
		mu.Lock()
		defer mu.Unlock()
		all = append(all, line)
	}}
	ctx, cancel := context.WithCancelCause(context.WithoutCancel(t.Context()))
	done := make(chan error)
	go func() { done <- h.Serve(ctx, l) }()
	over := errors.New("over")
	stop := sync.OnceFunc(func() {
		cancel(over)
		if err := <-done; !errors.Is(err, over) {
			t.Errorf("Serve returned %v", err)
		}
	})
	t.Cleanup(stop)
	return l.Addr().String(), func() string {
		stop()
		mu.Lock()
		defer mu.Unlock()
		return strings.Join(all, "\n")
	}
}

func dialed(t *testing.T, address string) *session.Session {
	t.Helper()
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	s, err := session.New(tline.New(conn, tline.Config{}), session.Config{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// The host answers when the client has sent what the recording has, to any client
// and as often as one comes.
func TestHost(t *testing.T) {
	rec := script(t, "<0 \xff\xfb\x01login: ", ">1 \xff\xfd\x01", ">2 name\r\n", "<2.5 name\r\nPassword: ", ">4 <secret password>\r\n", "<5 \r\n$ ", ">6 exit\r\n", "<7 bye\r\n", "x8 closed by the peer")
	for _, mode := range []CutMode{AsRecorded, Bytes} {
		address, lines := served(t, rec, ReplayOptions{Faults: NoFaults, Cuts: Cuts{Mode: mode}})
		for range 2 {
			s := dialed(t, address)
			for _, step := range [][2]string{{"login: ", "name\n"}, {"name\nPassword: ", "any\n"}, {"\n$ ", "exit\n"}} {
				if _, err := s.ReadUntil(t.Context(), step[0], session.WaitOptions{}); err != nil {
					t.Fatal(err)
				}
				write(t, s, step[1])
			}
			if text, _, err := s.ReadAll(t.Context(), session.WaitOptions{}); text != "bye\n" || err != nil {
				t.Errorf("the end: %q %v", text, err)
			}
		}
		if log := lines(); strings.Contains(log, "recording") || strings.Count(log, "ended") != 2 {
			t.Errorf("the host said\n%s", log)
		}
	}
}

// A client that never answers options, and sends another line, is hung up on, or
// goes on at the next prompt.
func TestHostDifference(t *testing.T) {
	rec := script(t, "<0 # ", ">1 \xff\xfd\x01", ">1 show version\r\n", "<2 v1\r\n# ")
	for _, lenient := range []bool{false, true} {
		address, lines := served(t, rec, ReplayOptions{Faults: NoFaults, Lenient: lenient})
		conn, err := net.Dial("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(conn, "show ver\r\n"); err != nil {
			t.Fatal(err)
		}
		got := ""
		buf := make([]byte, 100)
		for err == nil && !strings.HasSuffix(got, "v1\r\n# ") {
			var n int
			n, err = conn.Read(buf)
			got += string(buf[:n])
		}
		if want := map[bool]string{false: "# ", true: "# v1\r\n# "}[lenient]; got != want {
			t.Errorf("lenient %v: got %q %v, want %q", lenient, got, err, want)
		}
		_ = conn.Close()
		if log := lines(); !strings.Contains(log, `the recording has "show version", the client sent "show ver"`) {
			t.Errorf("the host said\n%s", log)
		}
	}
}

// A peer that dies resets the connection.
func TestHostDies(t *testing.T) {
	address, _ := served(t, script(t, "<0 login: ", ">1 x\r\n", "<2 more"), ReplayOptions{Faults: Faults{DropAt: 9, StallAt: -1}})
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := io.WriteString(conn, "x\r\n"); err != nil {
		t.Fatal(err)
	}
	if text, err := io.ReadAll(conn); !strings.HasPrefix("login: mo", string(text)) || err == nil {
		t.Errorf("got %q, %v", text, err)
	}
}

// A client that sends without end and without a line is hung up on: what it may send
// ahead is bounded.
func TestHostIsFlooded(t *testing.T) {
	for _, lenient := range []bool{false, true} {
		address, lines := served(t, script(t, "<0 # ", ">1 show version\r\n", "<2 v1\r\n# "), ReplayOptions{Faults: NoFaults, Lenient: lenient})
		conn, err := net.Dial("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.CopyN(conn, endless('x'), spareHeard+100); err != nil {
			t.Fatal(err)
		}
		if text, err := io.ReadAll(conn); string(text) != "# " || err != nil {
			t.Errorf("lenient %v: got %q, %v", lenient, text, err)
		}
		_ = conn.Close()
		if log, want := lines(), `the recording has "show version", the client sent "`+strings.Repeat("x", 80)+`..."`; !strings.Contains(log, want) {
			t.Errorf("the host said\n%s", log)
		}
	}
}

// endless reads as one byte over and over.
type endless byte

func (e endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = byte(e)
	}
	return len(p), nil
}

// A client that does not read does not keep the host from ending.
func TestHostEndsWhileItWrites(t *testing.T) {
	address, lines := served(t, script(t, "<0 "+strings.Repeat("x", 32<<20)), ReplayOptions{Faults: NoFaults})
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := conn.Read(make([]byte, 1)); err != nil { // it is writing
		t.Fatal(err)
	}
	lines() // returns when the host has ended
}
