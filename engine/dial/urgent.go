package dial

import (
	"net"
	"syscall"
)

// KeepUrgent makes the system leave the byte that TCP marks as urgent in its place
// among the others. Without it that byte is missing from what is read: of the
// IAC DM by which telnet signals a SYNCH (RFC 854) only half arrives, and the other
// half, or what follows it, is misread. Connections of other kinds stay as they are.
func KeepUrgent(conn net.Conn) {
	if _, ok := conn.(*net.TCPConn); !ok {
		return
	}
	if raw, err := conn.(syscall.Conn).SyscallConn(); err == nil {
		_ = raw.Control(keepUrgent) // fails on a closed connection, where nothing is read any more
	}
}
