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
// not end, with all its clients, because there are many of them. The client that has
// been silent for longest makes room meanwhile, as in [Crowd.Join]. short, if it is
// not nil, is told of a lack of descriptors, at most once a minute; it must not block.
// Other errors are those of l.
func (c *Crowd) Accept(l net.Listener, done <-chan struct{}, short func()) (net.Conn, error) {
	for pause := firstBackoff; ; pause = min(2*pause, lastBackoff) {
		conn, err := l.Accept()
		if err == nil || !passing(err) {
			return conn, err
		}
		if OutOfFiles(err) && c.short(short) {
			pause = firstBackoff
		}
		select {
		case <-time.After(pause):
		case <-done:
			return nil, net.ErrClosed
		}
	}
}

// short makes room where there are no descriptors for another client, and reports
// whether it could.
func (c *Crowd) short(tell func()) (made bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := time.Now()
	made = c.makeRoom(now)
	if tell != nil && (c.told.IsZero() || now.Sub(c.told) >= tellEvery) {
		c.told = now
		tell()
	}
	return made
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
