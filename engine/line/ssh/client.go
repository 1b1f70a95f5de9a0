package ssh

import (
	"context"
	"errors"
	"io"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/crypto/ssh"
)

// A Client is a connection that somebody is logged in on. Lines share it; it is closed
// with the last of them.
type Client struct {
	conn   *ssh.Client
	wire   *transport
	shown  string // its address, for people
	banner string
	notes  []string // worth telling

	mu     sync.Mutex
	users  int
	full   bool // the host has refused a channel
	closed bool

	unanswered atomic.Int32 // keepalives
}

// maxUnanswered is the number of keepalives that may lie unanswered before the connection counts as
// lost.
const maxUnanswered = 3

// hold takes a share of the client, unless it is of no more use.
func (c *Client) hold() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed || c.full || c.wire.broken() != nil {
		return false
	}
	c.users++
	return true
}

// usable reports whether the client may still have users.
func (c *Client) usable() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return !c.closed && c.wire.broken() == nil
}

// oneOfMany reports whether other lines share the connection.
func (c *Client) oneOfMany() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.users > 1
}

// endedEarly says why a channel closed that had just been opened.
func (c *Client) endedEarly() error {
	if err := c.endOf(false); err != nil && err != io.EOF { // as endOf gives it
		return err
	}
	return errors.New("the host closed it at once")
}

// release gives a share back.
func (c *Client) release() {
	c.mu.Lock()
	c.users--
	last := c.users == 0 && !c.closed
	if last {
		c.closed = true
	}
	c.mu.Unlock()
	if last {
		_ = c.conn.Close() // a connection that is lost has told its lines
	}
}

// keepAlive asks the host for an answer. It does not block.
func (c *Client) keepAlive() {
	if c.unanswered.Add(1) > maxUnanswered {
		c.wire.fail(errSilent)
		return
	}
	go func() { // it ends with the answer, or with the connection
		if _, _, err := c.conn.SendRequest("keepalive@openssh.com", true, nil); err == nil {
			c.unanswered.Store(0)
		}
	}()
}

// endOf says how a channel ended that has told no exit status. It was closed in order if
// the connection lived on then.
func (c *Client) endOf(inOrder bool) error {
	if broken := c.wire.broken(); !inOrder && broken != nil {
		if why, found := disconnected(c.conn.Wait()); found {
			return why.end()
		}
		return lost(broken)
	}
	answer := make(chan error, 1)
	go func() { // it ends with the answer, or with the connection
		_, _, err := c.conn.SendRequest("keepalive@openssh.com", true, nil)
		answer <- err
	}()
	t := time.NewTimer(probeTime)
	defer t.Stop()
	select {
	case err := <-answer:
		if err != nil { // the connection is over: perhaps the host said so in place of closing the channel
			if why, found := disconnected(c.conn.Wait()); found {
				return why.end()
			}
		}
	case <-t.C: // it does not answer, but has closed the channel
	}
	return io.EOF
}

// probeTime bounds the question whether a connection goes on.
const probeTime = time.Second

// open opens a channel. Where the host does not answer in time, the connection is of no
// more use to others.
func (c *Client) open(ctx context.Context, kind string, payload []byte) (ssh.Channel, <-chan *ssh.Request, error) {
	type opened struct {
		ch   ssh.Channel
		reqs <-chan *ssh.Request
		err  error
	}
	done := make(chan opened, 1)
	go func() { // it ends with the answer, or with the connection
		ch, reqs, err := c.conn.OpenChannel(kind, payload)
		done <- opened{ch, reqs, err}
	}()
	select {
	case o := <-done:
		if _, ok := errors.AsType[*ssh.OpenChannelError](o.err); ok && kind == "session" {
			c.mu.Lock()
			c.full = true
			c.mu.Unlock()
		}
		return o.ch, o.reqs, o.err
	case <-ctx.Done():
		c.mu.Lock()
		c.full = true
		c.mu.Unlock()
		go func() {
			if o := <-done; o.err == nil {
				_ = o.ch.Close()
			}
		}()
		return nil, nil, context.Cause(ctx)
	}
}

// Dial opens a connection from the host on, to which the client belongs from then on: it
// is closed with it.
func (c *Client) dial(ctx context.Context, address string) (net.Conn, error) {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	number, err := net.LookupPort("tcp", port)
	if err != nil {
		return nil, err
	}
	ch, reqs, err := c.open(ctx, "direct-tcpip", ssh.Marshal(struct {
		Host       string
		Port       uint32
		OriginHost string
		OriginPort uint32
	}{host, uint32(number), "127.0.0.1", 0}))
	if err != nil {
		return nil, refusedForward(c.shown, address, err)
	}
	go ssh.DiscardRequests(reqs)
	return newStream(c, ch, func() error { return c.endOf(false) }), nil
}

// A transport is the connection below ssh. It remembers how that began and how it broke.
type transport struct {
	net.Conn
	mu       sync.Mutex
	first    []byte // what the host said first, a part of it
	err      error
	channels int           // are open
	none     chan struct{} // closed when the last of them is closed; nil while none was open
}

// lastTime is how long the end of a connection is kept back from the library, so that it
// works through what came before: a channel that is closed then was closed by the host.
const lastTime = 300 * time.Millisecond

// opened counts a channel. What is returned says that it is closed, and whether that was
// in order: before the connection ended.
func (w *transport) opened() (closed func() (inOrder bool)) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.channels == 0 {
		w.none = make(chan struct{})
	}
	w.channels++
	return func() bool {
		w.mu.Lock()
		defer w.mu.Unlock()
		if w.channels--; w.channels == 0 {
			close(w.none)
		}
		return w.err == nil
	}
}

// maxFirst is how much of what a host says first is kept.
const maxFirst = 256

// Read implements net.Conn.
func (w *transport) Read(p []byte) (int, error) {
	if err := w.broken(); err != nil {
		return 0, err
	}
	n, err := w.Conn.Read(p)
	w.mu.Lock()
	defer w.mu.Unlock()
	if room := maxFirst - len(w.first); room > 0 && n > 0 {
		w.first = append(w.first, p[:min(n, room)]...)
		if w.first[0] == 0xff { // telnet's IAC: no ssh begins with it
			err = errNotSSH
		}
	}
	if err != nil && w.err == nil {
		if w.channels > 0 {
			none := w.none
			w.mu.Unlock()
			t := time.NewTimer(lastTime)
			select {
			case <-none:
			case <-t.C:
			}
			t.Stop()
			w.mu.Lock()
		}
		if w.err == nil {
			w.err = err
		}
	}
	return n, err
}

// broken is why nothing more can be read, nil if something can.
func (w *transport) broken() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.err
}

// fail ends the connection for a reason.
func (w *transport) fail(err error) {
	w.mu.Lock()
	if w.err == nil {
		w.err = err
	}
	w.mu.Unlock()
	_ = w.Close()
}

// said is what the host has said first, and whether it is the beginning of ssh.
func (w *transport) said() (first string, isSSH bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	first = string(w.first)
	return first, strings.HasPrefix(first, "SSH-") || strings.Contains(first, "\nSSH-")
}
