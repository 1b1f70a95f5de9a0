package session_test

import (
	"fmt"
	"io"
	"net"
	"os"
	"syscall"
	"testing"

	"github.com/moonwire/moonwire/engine/session"
)

// TestResetWithoutPorts: the message of a connection that was reset has no port of ours,
// so that the same failure of many hosts reads the same.
func TestResetWithoutPorts(t *testing.T) {
	here, there := &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 37102}, &net.TCPAddr{IP: net.IPv4(192, 0, 2, 1), Port: 23}
	reset := &net.OpError{Op: "read", Net: "tcp", Source: here, Addr: there, Err: os.NewSyscallError("read", syscall.ECONNRESET)}
	for _, test := range []struct {
		err  error
		want string
	}{
		{&session.WaitError{Op: "read_until", Err: io.EOF, Cause: reset}, "the peer closed the connection during read_until (connection reset by peer)"},
		{&session.WriteError{Err: io.EOF, Cause: reset}, "cannot write: the peer has closed the connection (connection reset by peer)"},
		{&session.WaitError{Op: "read", Err: io.EOF, Cause: fmt.Errorf("half a frame: %w", syscall.ECONNRESET)}, "the peer closed the connection during read (half a frame: connection reset by peer)"},
	} {
		if got := test.err.Error(); got != test.want {
			t.Errorf("%q, want %q", got, test.want)
		}
	}
}
