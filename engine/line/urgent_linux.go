package line

import "golang.org/x/sys/unix"

// urgency looks for urgent data. It is made once, so that looking allocates nothing.
type urgency struct {
	look  func(fd uintptr)
	fds   [1]unix.PollFd
	ahead bool
}

// UrgentAhead reports whether a byte that TCP has marked as urgent has arrived and is
// not read yet: what was read before it is what a SYNCH wants to be discarded
// (RFC 854). A read never crosses that byte, so nothing behind it is taken for it.
func (c *Conn) UrgentAhead() bool {
	if c.raw == nil {
		return false
	}
	u := &c.urgency
	if u.look == nil {
		u.look = func(fd uintptr) {
			u.fds[0] = unix.PollFd{Fd: int32(fd), Events: unix.POLLPRI}
			n, err := unix.Poll(u.fds[:], 0)
			u.ahead = err == nil && n > 0 && u.fds[0].Revents&unix.POLLPRI != 0
		}
	}
	u.ahead = false
	_ = c.raw.Control(u.look) // fails on a closed connection, which has nothing ahead
	return u.ahead
}
