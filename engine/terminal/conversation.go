package terminal

import (
	"bytes"
	"context"
	"fmt"
	"io"

	"github.com/moonwire/moonwire/engine/session"
	"github.com/moonwire/moonwire/engine/telnet"
)

// Conversation is a session as Interact's peer. It is made by [Join].
type Conversation struct {
	s    *session.Session
	t    *session.Attendant
	live *session.Live // nil while the script has the session

	keepRow bool
	out     []byte // what Output returned last
	row     []byte // the last row that was shown
}

// Join takes a session over for Interact. Release gives it back.
func Join(s *session.Session) (*Conversation, error) {
	c := &Conversation{s: s, t: s.Attendant()}
	return c, c.Resume()
}

// longestRow bounds the row that KeepRow keeps, in bytes.
const longestRow = 4 << 10

// KeepRow leaves the row that the peer wrote last, its prompt most likely, unread
// although it was shown: for a wait that is to go on from it.
func (c *Conversation) KeepRow() { c.keepRow = true }

// Release gives the session back to the script, with the output that was not
// shown unread.
func (c *Conversation) Release() {
	if c.live != nil {
		if c.keepRow {
			c.live.Return(c.row)
			c.row = nil
		}
		c.live.End()
		c.live = nil
	}
}

// Resume takes the session over again after Release.
func (c *Conversation) Resume() (err error) {
	c.live, err = c.s.Live()
	return err
}

// Output implements [Peer].
func (c *Conversation) Output(ctx context.Context) ([]byte, error) {
	if c.live == nil {
		return nil, io.EOF
	}
	var err error
	c.out, err = c.live.Output(ctx)
	return c.out, err
}

// Consume implements [Peer].
func (c *Conversation) Consume(n int) {
	if c.keepRow {
		c.row = append(c.row, c.out[:n]...)
		if i := bytes.LastIndexByte(c.row, '\n'); i >= 0 {
			c.row = append(c.row[:0], c.row[i+1:]...)
		} else if len(c.row) > longestRow {
			c.row = c.row[:0]
		}
	}
	c.live.Consume(n)
}

// Write implements [Peer].
func (c *Conversation) Write(ctx context.Context, p []byte) error {
	if c.live == nil {
		return session.ErrClosed
	}
	return c.live.Write(ctx, p)
}

// CloseWrite implements [Peer].
func (c *Conversation) CloseWrite() error { return c.s.CloseWrite() }

// Command implements [Peer].
func (c *Conversation) Command(name string) error {
	command, ok := telnet.CommandByName(name)
	if !ok {
		// no test: the menu offers those that are
		return fmt.Errorf("%q is no telnet command", name)
	}
	return c.s.Send(command)
}

// Resize implements [Peer]. A peer that does not want to know is not told.
func (c *Conversation) Resize(columns, rows int) { _ = c.s.Resize(columns, rows) }

// Echo implements [Peer].
func (c *Conversation) Echo() bool { return c.s.Echo() }

// Lines implements [Peer].
func (c *Conversation) Lines() bool { return c.live != nil && c.live.Lines() }

// Telnet implements [Peer].
func (c *Conversation) Telnet() bool { return c.s.Negotiates() }

// Calls implements [Peer].
func (c *Conversation) Calls() <-chan struct{} { return c.t.Bell() }

// Serve implements [Peer].
func (c *Conversation) Serve(ctx context.Context) error { return c.t.Serve(ctx) }

// Status implements [Peer].
func (c *Conversation) Status() []string {
	var lines []string
	for _, o := range c.s.Options() {
		who := ""
		switch {
		case o.UsOn && o.HimOn:
			who = "both sides"
		case o.UsOn:
			who = "our side"
		case o.HimOn:
			who = "the peer"
		default:
			continue
		}
		lines = append(lines, fmt.Sprintf("  %-12s on, %s", o.Option, who))
	}
	if len(lines) == 0 {
		return []string{"  no option is on"}
	}
	return lines
}
