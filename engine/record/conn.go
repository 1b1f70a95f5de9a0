package record

import (
	"io"
	"net"
	"os"
	"slices"
	"syscall"
	"time"

	"github.com/moonwire/moonwire/engine/line"
)

// The costs of things in virtual time.
const (
	cutTime  = time.Microsecond       // between the pieces of what was cut
	lookTime = 100 * time.Microsecond // of a look whether anything has come, so that a script which polls gets on
)

// Conn is the connection to a recording's peer, in a Clock's time. It belongs to
// one session.
type Conn struct {
	clock *Clock
	peer  *peer
	shaper

	// All of this is the clock's, under its lock.
	queue    []piece // said, the first that comes first
	last     time.Time
	parked   bool // the reader is blocked
	wake     chan struct{}
	asked    bool // the read deadline is in the past
	closed   bool
	shut     bool // our side is closed
	told     line.Item
	over     bool // the peer has closed; nothing comes after the queue
	overTime time.Time
}

type piece struct {
	at   time.Time
	data []byte
	told line.Item // in the place of data
}

var (
	_ line.Immediate = (*Conn)(nil)
	_ line.Teller    = (*Conn)(nil)
)

func (c *Conn) lock()   { c.clock.mu.Lock() }
func (c *Conn) unlock() { c.clock.mu.Unlock() }

// Read implements net.Conn. It is called by the session's pump alone.
func (c *Conn) Read(p []byte) (int, error) {
	c.lock()
	defer c.unlock()
	for {
		if c.asked {
			return 0, os.ErrDeadlineExceeded
		}
		if n, err, ok := c.take(p); ok {
			return n, err
		}
		c.parked = true
		c.clock.running--
		c.clock.settleLocked()
		c.unlock()
		<-c.wake
		c.lock()
	}
}

// ReadNow implements line.Immediate.
func (c *Conn) ReadNow(p []byte) (n int, err error, ok bool) {
	c.lock()
	defer c.unlock()
	return c.take(p)
}

// take takes what has come: one piece, so that a cut is seen.
func (c *Conn) take(p []byte) (n int, err error, ok bool) {
	c.pull()
	switch {
	case c.closed:
		return 0, net.ErrClosed, true
	case len(c.queue) > 0 && !c.queue[0].at.After(c.clock.now):
		first := &c.queue[0]
		if c.told = first.told; c.told.Kind != line.None {
			c.queue = c.queue[1:]
			return 0, nil, true
		}
		n = copy(p, first.data)
		if first.data = first.data[n:]; len(first.data) == 0 {
			c.queue = c.queue[1:]
		}
		return n, nil, true
	case c.over && len(c.queue) == 0 && !c.overTime.After(c.clock.now):
		if c.dead {
			return 0, &net.OpError{Op: "read", Net: "replay", Err: os.NewSyscallError("read", syscall.ECONNRESET)}, true
		}
		return 0, io.EOF, true
	}
	return 0, nil, false
}

// Told implements line.Teller.
func (c *Conn) Told() line.Item {
	c.lock()
	defer c.unlock()
	told := c.told
	c.told = line.Item{}
	return told
}

// due is when something comes.
func (c *Conn) due() (time.Time, bool) {
	switch {
	case c.closed:
		return c.clock.now, true
	case len(c.queue) > 0:
		return c.queue[0].at, true
	case c.over:
		return c.overTime, true
	case c.stalled():
		return time.Time{}, false
	}
	return c.peer.due()
}

// pull moves what the peer says by now into the queue.
func (c *Conn) pull() {
	for !c.over && !c.stalled() {
		at, ok := c.peer.due()
		if !ok || at.After(c.clock.now) {
			return
		}
		data, told, closed := c.peer.say()
		if at.Before(c.last) {
			at = c.last
		}
		at = at.Add(c.late())
		if told.Kind != line.None && !c.dead {
			c.queue = append(c.queue, piece{at: at, told: told})
		}
		for i, p := range c.shape(data) {
			if i > 0 {
				at = at.Add(cutTime)
			}
			c.queue = append(c.queue, piece{at: at, data: p})
		}
		c.last = at
		if closed || c.dead {
			c.over, c.overTime = true, at
		}
	}
}

// wakeReader lets the reader go on if there is something for it.
func (c *Conn) wakeReader() bool {
	if !c.parked {
		return false
	}
	c.pull()
	at, ok := c.due()
	if !c.asked && (!ok || at.After(c.clock.now)) {
		return false
	}
	c.parked = false
	c.clock.running++
	c.wake <- struct{}{}
	return true
}

// WriteNow implements line.Immediate: the peer takes everything. As on a real
// connection, what is written to a peer that is gone is lost without a word.
func (c *Conn) WriteNow(p []byte) int {
	c.lock()
	defer c.unlock()
	if c.closed || c.shut {
		return 0
	}
	if !c.over && !c.stalled() {
		c.peer.hear(c.clock.now, p)
	}
	c.clock.settleLocked()
	return len(p)
}

// Write implements net.Conn.
func (c *Conn) Write(p []byte) (int, error) {
	if n := c.WriteNow(p); n < len(p) {
		return n, net.ErrClosed
	}
	return len(p), nil
}

// SetReadDeadline implements net.Conn for what a session does with it: a time in
// the past wakes the reader, the zero time lets it block again.
func (c *Conn) SetReadDeadline(t time.Time) error {
	c.lock()
	defer c.unlock()
	if c.closed {
		return net.ErrClosed
	}
	c.asked = !t.IsZero() && !t.After(c.clock.now)
	if c.asked {
		c.clock.now = c.clock.now.Add(lookTime)
		c.wakeReader()
	}
	return nil
}

// CloseWrite ends our side of the conversation.
func (c *Conn) CloseWrite() error {
	c.lock()
	defer c.unlock()
	c.shut = true
	c.clock.settleLocked()
	return nil
}

// Close implements net.Conn.
func (c *Conn) Close() error {
	c.lock()
	defer c.unlock()
	if c.closed {
		return net.ErrClosed
	}
	c.closed = true
	c.clock.conns = slices.DeleteFunc(c.clock.conns, func(have *Conn) bool { return have == c })
	c.wakeReader()
	return nil
}

// SetDeadline implements net.Conn; only reads have one.
func (c *Conn) SetDeadline(t time.Time) error { return c.SetReadDeadline(t) }

// SetWriteDeadline implements net.Conn: writes never block.
func (c *Conn) SetWriteDeadline(time.Time) error { return nil }

// LocalAddr implements net.Conn.
func (c *Conn) LocalAddr() net.Addr { return replayAddr{} }

// RemoteAddr implements net.Conn.
func (c *Conn) RemoteAddr() net.Addr { return replayAddr{} }

type replayAddr struct{}

// Network implements net.Addr.
func (replayAddr) Network() string { return "replay" }

// String implements net.Addr.
func (replayAddr) String() string { return "replay" }
