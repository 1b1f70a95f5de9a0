package line

import (
	"crypto/tls"
	"errors"
	"io"
	"net"
	"time"
)

// A Carrier is the part that lines have in common: a connection, what lies over it, and
// the queue of what waits to go out. A line embeds it.
type Carrier struct {
	// Refill, if set, queues what the line's protocol has to say. It is called before
	// anything is sent.
	Refill func()

	owner     Owner
	conn      *Conn
	teller    Teller    // the connection, if it is one
	reader    io.Reader // the connection, or what lies over it: TLS, inflation
	writer    io.Writer // the connection, or TLS over it
	out       outbox
	finishing bool // our side ends as soon as all is out
	left      bool // it has
	released  bool // the connection is closed, as neither side has more to say
	shut      bool // the line was ended on our side
}

// NewCarrier makes a carrier over conn. Under TLS the connection is below it and was put
// there by Wrap when it was dialled.
func NewCarrier(conn net.Conn) *Carrier {
	c := &Carrier{reader: conn, writer: conn}
	if inner, ok := conn.(interface{ NetConn() net.Conn }); ok {
		if w, ok := inner.NetConn().(*Conn); ok {
			c.conn = w
		}
	} else if w, ok := conn.(*Conn); ok {
		c.conn = w
	}
	if c.conn == nil {
		c.conn = NewConn(conn)
		c.reader, c.writer = c.conn, c.conn
	}
	c.teller, _ = c.conn.Conn.(Teller)
	c.out.direct = c.bareWriter() && (c.conn.raw != nil || c.conn.now != nil)
	return c
}

// Wrap prepares a connection on which TLS is going to be laid, for dial.Options.
func Wrap(conn net.Conn) net.Conn { return NewConn(conn) }

// Attach implements Line.
func (c *Carrier) Attach(o Owner) { c.owner, c.conn.Dry = o, o.Dry }

// Owner is what Attach was given.
func (c *Carrier) Owner() Owner { return c.owner }

// Bare reports whether nothing lies over the connection in the reader's direction.
func (c *Carrier) Bare() bool { return c.reader == io.Reader(c.conn) }

func (c *Carrier) bareWriter() bool { return c.writer == io.Writer(c.conn) }

// Read implements Line.
func (c *Carrier) Read(p []byte) (int, error) { return c.reader.Read(p) }

// Arrived implements Line.
func (c *Carrier) Arrived(int) {}

// ReadArrived implements Stopper.
func (c *Carrier) ReadArrived(p []byte) (n int, err error, ok bool) { return c.conn.ReadArrived(p) }

// ReadUntil implements Stopper.
func (c *Carrier) ReadUntil(until time.Time, p []byte) (int, error) {
	return c.conn.ReadUntil(until, p)
}

// Interrupt implements Stopper.
func (c *Carrier) Interrupt() { c.conn.Interrupt() }

// CanTry implements Stopper.
func (c *Carrier) CanTry() bool { return c.Bare() && c.conn.CanTry() }

// Ask implements Line.
func (c *Carrier) Ask() { c.conn.Ask() }

// Renew implements Line.
func (c *Carrier) Renew() { c.conn.Renew() }

// Stands implements Line.
func (c *Carrier) Stands(question int) bool { return c.conn.Stands(question) }

// UrgentAhead reports whether urgent data have arrived that are not read yet.
func (c *Carrier) UrgentAhead() bool { return c.Bare() && c.conn.UrgentAhead() }

// Layer puts what f makes of the reader over it.
func (c *Carrier) Layer(f func(r io.Reader) io.Reader) { c.reader = f(c.reader) }

// Secure puts TLS on the connection, in the place of what lies over it; rest is what was
// read of it already. What is queued up to Hold goes out first, in clear. An error has
// ended the line.
func (c *Carrier) Secure(rest []byte, client func(conn net.Conn) (*tls.Conn, error)) error {
	c.Flush()
	for c.out.busy {
		c.owner.Wait() // the flusher tells when it is done
	}
	c.out.busy = true
	c.owner.Unlock()
	conn, err := client(restConn{c.conn, before(rest, c.conn)})
	c.owner.Lock()
	c.out.busy = false
	if err != nil {
		broken := NewError("START-TLS", err)
		c.out.err = broken // what was queued meanwhile never goes out
		c.Cut()
		return broken
	}
	c.reader, c.writer, c.out.direct, c.out.held = conn, conn, false, false
	return nil
}

// Cut closes the connection: nothing more can be understood.
func (c *Carrier) Cut() { _ = c.conn.Close() }

// TLS implements Securer.
func (c *Carrier) TLS() *tls.ConnectionState {
	conn, ok := c.writer.(*tls.Conn)
	if !ok {
		return nil
	}
	state := conn.ConnectionState()
	return &state
}

// MissingTLS implements Securer.
func (c *Carrier) MissingTLS() error { return nil }

// RequiresTLS implements Securer.
func (c *Carrier) RequiresTLS() bool { return false }

// Descriptor is the connection's number in the process, -1 if it has none.
func (c *Carrier) Descriptor() (int, error) {
	number := -1
	if c.conn.raw != nil {
		if err := c.conn.raw.Control(func(fd uintptr) { number = int(fd) }); err != nil {
			return -1, err
		}
	}
	return number, nil
}

// Answer implements Line: nothing asks.
func (c *Carrier) Answer(Answer) {}

// Unfinished implements Line.
func (c *Carrier) Unfinished() string { return "" }

// Tells implements Line: there is nothing beside the data.
func (c *Carrier) Tells(Kind) bool { return false }

// Nudge makes a Read return 0 bytes without an error, once all that has arrived is read:
// the line has an item that stands there. It may be called with or without the lock.
func (c *Carrier) Nudge() { c.conn.Nudge() }

// End implements Line.
func (c *Carrier) End(err error) (last Item, cause error) {
	cause = endCause(err, !c.bareWriter(), c.conn.ended.Load())
	if c.out.held { // it never goes out
		c.Fail(NewError("START-TLS", io.EOF))
	}
	return Item{}, cause
}

// CloseWrite implements Line.
func (c *Carrier) CloseWrite() error {
	c.finishing = true
	c.send()
	return c.leave()
}

// leave ends our side after CloseWrite, as soon as everything is out. What the peer
// still has to say can be read.
func (c *Carrier) leave() error {
	if !c.finishing || c.left || c.released || c.shut || len(c.out.pending) > 0 || c.out.busy || c.out.held {
		return nil
	}
	c.left = true
	if half, ok := c.writer.(interface{ CloseWrite() error }); ok && !c.bareWriter() {
		// TLS says so to the peer, who may not be reading.
		c.out.busy = true
		go func() {
			_ = half.CloseWrite() // a connection that is gone is told of by the reader
			c.owner.Lock()
			defer c.owner.Unlock()
			c.out.busy = false
			c.Flush() // tells a write that has come meanwhile of its failure
			c.owner.Moved()
		}()
		return nil
	}
	if half, ok := c.conn.Conn.(interface{ CloseWrite() error }); ok {
		return half.CloseWrite()
	}
	return nil
}

// Shut implements Line.
func (c *Carrier) Shut() {
	c.shut = true
	c.Flush()
}

// Release implements Line.
func (c *Carrier) Release(lost bool) bool {
	if !lost && c.out.err == nil && !c.left {
		return false
	}
	if c.released || c.shut || c.Busy() || c.conn.now != nil {
		return false
	}
	c.released = true
	return true
}

// HangUp implements Line. TLS would wait for a peer that does not read to take the
// closing alert: it gets a moment, in a goroutine that ends with the connection.
func (c *Carrier) HangUp(wait func(done <-chan struct{}, d time.Duration)) error {
	c.owner.Lock()
	writer, bare := c.writer, c.bareWriter()
	c.owner.Unlock()
	half, ok := writer.(interface{ CloseWrite() error })
	if bare {
		half, ok = c.conn.Conn.(interface{ CloseWrite() error })
	}
	switch {
	case ok && bare:
		_ = half.CloseWrite() // the peer sees an orderly end; if not, Close tells
	case ok:
		said := make(chan struct{})
		go func() {
			_ = half.CloseWrite()
			close(said)
		}()
		wait(said, 50*time.Millisecond)
	}
	if err := c.conn.Close(); !errors.Is(err, net.ErrClosed) {
		return err
	}
	return nil
}
