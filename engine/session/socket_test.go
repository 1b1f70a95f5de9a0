package session_test

// What depends on the system's own connections, over real sockets.

import (
	"io"
	"net"
	"testing"

	"github.com/moonwire/moonwire/engine/session"
)

// overTCP opens a session to a peer on a real socket.
func overTCP(t *testing.T, cfg session.Config) (*session.Session, *net.TCPConn) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	ours, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	theirs, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	s, err := session.New(ours, cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = s.Close()
		_ = theirs.Close()
	})
	return s, theirs.(*net.TCPConn)
}

func say(t *testing.T, conn net.Conn, p string) {
	t.Helper()
	if _, err := io.WriteString(conn, p); err != nil {
		t.Fatal(err)
	}
}
