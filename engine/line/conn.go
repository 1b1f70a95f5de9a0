package line

import (
	"errors"
	"io"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/moonwire/moonwire/engine/dial"
)

// ErrInterrupted is what a ReadUntil returns that was called back.
var ErrInterrupted = errors.New("the read was interrupted")

// Conn is a connection at its lowest: what TLS and inflation are put on. Beside
// reading and writing it can answer "has all that arrived been read?", which a
// wait with no time needs to know to be no matter of luck, and it can write as
// much as fits without blocking, which saves a goroutine's wake-up for each write.
type Conn struct {
	net.Conn
	raw  syscall.RawConn // nil if the connection has no descriptor
	now  Immediate       // nil if the connection cannot be tried otherwise
	deaf bool            // a Read that is blocked cannot be woken: there are no deadlines

	urgency urgency

	ended atomic.Bool // Read has met the end of the connection

	// Dry is called in Read, after Ask, when everything that had arrived has
	// been handed out and used by the reader (it has come back for more). question
	// is the one that was asked before it looked.
	Dry func(question int)

	// OnClose, if set, is called when the connection has been closed.
	OnClose func()
	closing sync.Once

	mu          sync.Mutex
	asked       bool
	nudged      bool      // a Read is to return 0 bytes when all that has arrived is read
	question    int       // see Renew
	limited     bool      // reads return ErrInterrupted at limit, and when they are interrupted
	interrupted bool      // since the last Read
	limit       time.Time // the deadline of reads that is set; zero if none is
}

// Immediate is a connection without a descriptor that can be tried without
// blocking, as the one to a recording.
type Immediate interface {
	// ReadNow reads what has arrived; ok is false if nothing has.
	ReadNow(p []byte) (n int, err error, ok bool)
	// WriteNow writes what fits.
	WriteNow(p []byte) (n int)
}

// Ender is a connection that knows more of its end than io.EOF says.
type Ender interface {
	// End is called when a read has met the end. It returns why it has come, io.EOF if
	// that is in order. It may take a moment.
	End() error
}

// NewConn makes a Conn of a connection.
func NewConn(conn net.Conn) *Conn {
	dial.KeepUrgent(conn)
	c := &Conn{Conn: conn, deaf: conn.SetReadDeadline(time.Time{}) != nil}
	c.now, _ = conn.(Immediate)
	if sc, ok := conn.(syscall.Conn); ok {
		if raw, err := sc.SyscallConn(); err == nil {
			c.raw = raw
		}
	}
	return c
}

// Close implements net.Conn.
func (c *Conn) Close() error {
	err := c.Conn.Close()
	if c.OnClose != nil {
		c.closing.Do(c.OnClose)
	}
	return err
}

// Ask makes the reader report, through Dry, when there is nothing left to read. A
// Read that is blocked is woken for it by a deadline in the past. Where it cannot be
// woken it is taken to have read everything.
func (c *Conn) Ask() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.deaf {
		if c.Dry != nil {
			go c.Dry(c.question) // who asks holds the session's lock
		}
		return
	}
	if !c.asked {
		c.asked = true
		c.wake()
	}
}

// Nudge makes a Read return 0 bytes without an error, once all that has arrived was
// handed out. A Read that cannot be woken does so when the next bytes come or not at all.
func (c *Conn) Nudge() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.nudged && !c.deaf {
		c.nudged = true
		c.wake()
	}
}

// Renew makes what is asked from here on another question: the answer to one that was
// asked before may be of a look that was taken before.
func (c *Conn) Renew() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.question++
}

// Stands reports whether the question is the last.
func (c *Conn) Stands(question int) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.question == question
}

// Interrupt makes a limited Read that is blocked, or the next one, return
// ErrInterrupted if nothing has arrived.
func (c *Conn) Interrupt() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.interrupted {
		c.interrupted = true
		c.wake()
	}
}

// wake makes a Read that is blocked look at what is asked of it.
func (c *Conn) wake() {
	c.limit = time.Unix(1, 0)
	_ = c.Conn.SetReadDeadline(c.limit) // fails only on a closed connection, which wakes the reader as well
}

// ReadUntil is Read, but returns ErrInterrupted when it is interrupted, and at the
// time given if nothing has arrived (zero: never); it may do so earlier.
func (c *Conn) ReadUntil(until time.Time, p []byte) (int, error) {
	c.setLimit(true, until)
	defer c.setLimit(false, time.Time{})
	return c.Read(p)
}

// setLimit leaves a deadline that is set already and not too late: to set one for each
// answer of a dialogue would cost more than to be woken once in vain.
func (c *Conn) setLimit(limited bool, until time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.limited = limited
	if !until.IsZero() && (c.limit.IsZero() || until.Before(c.limit)) {
		c.limit = until
		_ = c.Conn.SetReadDeadline(until) // as above
	}
}

func (c *Conn) Read(p []byte) (n int, err error) {
	n, err = c.readSome(p)
	return n, c.end(err)
}

// end notes that the connection has ended, if err says so, and returns why.
func (c *Conn) end(err error) error {
	if err != io.EOF { // a connection's end is bare
		return err
	}
	c.ended.Store(true)
	if conn, ok := c.Conn.(Ender); ok {
		return conn.End()
	}
	return err
}

func (c *Conn) readSome(p []byte) (int, error) {
	for {
		n, err := c.Conn.Read(p)
		if err == nil || !errors.Is(err, os.ErrDeadlineExceeded) {
			return n, err
		}
		c.mu.Lock()
		asked, nudged, limited, question := c.asked, c.nudged, c.limited, c.question
		c.asked, c.nudged, c.interrupted, c.limit = false, false, false, time.Time{}
		_ = c.Conn.SetReadDeadline(time.Time{})
		c.mu.Unlock()
		switch {
		case !asked && !nudged && limited:
			return 0, ErrInterrupted
		case !asked && !nudged:
			continue
		}
		n, err, ok := c.tryRead(p)
		if ok || nudged { // the question stands until there is nothing
			if asked {
				c.Ask()
			}
			if ok && nudged {
				c.Nudge()
			}
			if ok && errors.Is(err, os.ErrDeadlineExceeded) {
				continue // woken again meanwhile: nothing has been looked at
			}
			return n, err
		}
		if c.Dry != nil {
			c.Dry(question)
		}
	}
}

// ReadArrived is tryRead whatever deadline is set. After Nudge it returns 0 bytes, once,
// as Read does.
func (c *Conn) ReadArrived(p []byte) (n int, err error, ok bool) {
	nudged := false
	for {
		c.mu.Lock()
		nudged = c.nudged
		if !c.limit.IsZero() {
			c.interrupted, c.limit = false, time.Time{}
			_ = c.Conn.SetReadDeadline(time.Time{}) // as above
		}
		c.mu.Unlock()
		if n, err, ok = c.tryRead(p); !errors.Is(err, os.ErrDeadlineExceeded) {
			break // else there is a new one already
		}
	}
	err = c.end(err)
	c.mu.Lock()
	defer c.mu.Unlock()
	if nudged && !ok {
		c.nudged, ok = false, true
	}
	if c.asked || c.nudged {
		c.wake()
	}
	return n, err, ok
}

// CanTry reports whether readArrived sees what has come, and Reads can be called back.
func (c *Conn) CanTry() bool { return (c.now != nil || c.raw != nil && canTry) && !c.deaf }

// tryRead reads what is there without waiting; ok is false if nothing is.
func (c *Conn) tryRead(p []byte) (n int, err error, ok bool) {
	if c.now != nil {
		return c.now.ReadNow(p)
	}
	return c.readNow(p)
}

// TryWrite writes what fits without waiting.
func (c *Conn) TryWrite(p []byte) (n int) {
	if c.now != nil {
		return c.now.WriteNow(p)
	}
	return c.writeNow(p)
}
