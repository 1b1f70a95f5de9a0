package session_test

// What depends on the system's own connections, over real sockets.

import (
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/moonwire/moonwire/engine/session"
)

// connected gives the two ends of a real connection.
func connected(t *testing.T) (ours, theirs *net.TCPConn) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	a, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	b, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = a.Close()
		_ = b.Close()
	})
	return a.(*net.TCPConn), b.(*net.TCPConn)
}

// overTCP opens a session to a peer on a real socket.
func overTCP[C session.Config | setup](t *testing.T, cfg C) (*session.Session, *net.TCPConn) {
	t.Helper()
	ours, theirs := connected(t)
	s, err := connect(ours, cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s, theirs
}

func say(t *testing.T, conn net.Conn, p string) {
	t.Helper()
	if _, err := io.WriteString(conn, p); err != nil {
		t.Fatal(err)
	}
}

// TestEventsWithoutEnd: a peer that marks prompts without end costs no memory, holds
// nothing up, and what it says behind them is found.
func TestEventsWithoutEnd(t *testing.T) {
	s, peer := overTCP(t, session.Config{})
	go func() {
		flood := strings.Repeat("\xff\xf9", 1<<15)
		for range 20 {
			if _, err := io.WriteString(peer, flood); err != nil {
				return
			}
		}
		_, _ = io.WriteString(peer, "the end")
	}()
	if text, err := s.ReadUntil(t.Context(), "the end", within(30*time.Second)); text != "the end" || err != nil {
		t.Errorf("got %q, %v", text, err)
	}
}
