package dial

import (
	"errors"
	"net"
	"syscall"
	"time"
)

// The pauses of Accept while the system lacks something.
const (
	firstBackoff = 5 * time.Millisecond
	lastBackoff  = time.Second
)

// Accept returns the next connection of l. While the system lacks descriptors or
// memory it tries again, with growing pauses, until done is closed: a server must
// not end, with all its clients, because there are many of them. Other errors are
// those of l.
func Accept(l net.Listener, done <-chan struct{}) (net.Conn, error) {
	for pause := firstBackoff; ; pause = min(2*pause, lastBackoff) {
		conn, err := l.Accept()
		if err == nil || !passing(err) {
			return conn, err
		}
		select {
		case <-time.After(pause):
		case <-done:
			return nil, net.ErrClosed
		}
	}
}

// passing reports whether an error of Accept may be gone a little later.
func passing(err error) bool {
	for _, e := range [...]error{syscall.EMFILE, syscall.ENFILE, syscall.ENOBUFS, syscall.ENOMEM, syscall.ECONNABORTED, syscall.ECONNRESET} {
		if errors.Is(err, e) {
			return true
		}
	}
	return false
}
