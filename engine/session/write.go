package session

import (
	"context"
	"errors"
	"io"
	"net"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/moonwire/moonwire/engine/telnet"
)

const (
	writePiece = 32 << 10 // bytes encoded at a time; a long write is not kept twice
	maxReplies = 64 << 10 // bytes waiting to go out above which the codec keeps its replies
)

// outbox is what waits to go out. Everything is put into it in whole commands and
// whole escapes, so writers that take turns never cut each other.
type outbox struct {
	pending      []byte
	direct       bool // the wire can be tried without blocking
	busy         bool // a flusher is blocked in the connection's Write
	queued, sent int64
	urgent       int64 // where the DM of a SYNCH ends, counted as queued and sent are; 0 is none
	held         bool  // what is behind clear waits for TLS
	clear        int64 // counted likewise
	err          error
}

// piece is what may be written next in one go: up to a DM, or a DM alone. It is
// asked for while nothing is being written.
func (o *outbox) piece() (p []byte, urgent bool) {
	p = o.pending
	if o.held {
		p = p[:max(0, o.clear-o.sent)]
	}
	before := o.urgent - 1 - o.sent
	switch {
	case before < 0 || before >= int64(len(p)):
		return p, false
	case before == 0:
		return p[:1], true
	}
	return p[:before], false
}

// holdBack keeps what is written from here on until TLS is up, if START-TLS has been
// agreed on: in the clear it would be lost on the peer, and open to others.
func (s *Session) holdBack() {
	o := &s.out
	if o.held || !s.codec.Securing() {
		return
	}
	s.takeOutput() // it ends with our FOLLOWS
	o.held, o.clear = true, o.queued
}

// takeOutput puts what the codec has to say into the outbox.
func (s *Session) takeOutput() {
	before := len(s.out.pending)
	s.out.pending = s.codec.AppendOutput(s.out.pending)
	s.queued(before)
}

// flush sends what is pending as far as it goes at once; a goroutine does the
// rest. The lock is held.
func (s *Session) flush() {
	o := &s.out
	s.holdBack()
	if s.codec.HasOutput() && len(o.pending) < maxReplies {
		s.takeOutput()
	}
	if o.busy || o.err != nil {
		return
	}
	p, urgent := o.piece()
	if len(p) == 0 {
		return
	}
	s.lastSent = s.clock.Now()
	if o.direct && !urgent {
		n := s.wire.tryWrite(p)
		o.sent += int64(n)
		if n == len(o.pending) {
			o.pending = o.pending[:0]
			return
		}
		o.pending = o.pending[n:]
		if p, _ = o.piece(); len(p) == 0 {
			return
		}
	}
	if s.closed {
		return // nobody waits for a peer that does not read
	}
	o.busy = true
	go s.flusher()
}

// queued accounts for what was appended to the outbox from index before on.
func (s *Session) queued(before int) {
	s.out.queued += int64(len(s.out.pending) - before)
	if s.tapped() && len(s.out.pending) > before {
		s.observe(Observation{Kind: WireOut, Bytes: s.out.pending[before:]})
	}
}

// flusher writes until the outbox is empty. It ends with that or with the
// connection.
func (s *Session) flusher() {
	s.mu.Lock()
	defer s.mu.Unlock()
	o := &s.out
	for o.err == nil {
		p, urgent := o.piece()
		if len(p) == 0 {
			break
		}
		if len(p) == len(o.pending) {
			o.pending = nil
		} else {
			o.pending = o.pending[len(p):]
		}
		write := s.writer.Write
		if urgent && o.direct {
			write = s.wire.writeUrgent
		}
		s.mu.Unlock()
		n, err := write(p)
		s.mu.Lock()
		o.sent += int64(n)
		o.err = err
		if s.codec.HasOutput() && len(o.pending) < maxReplies {
			s.takeOutput()
		}
		s.ring()
	}
	o.busy = false
	_ = s.leave() // the peer may have closed already
	s.release()
	s.wakePump() // for a layer that waits to be put on
}

// WriteOptions say more of one write.
type WriteOptions struct {
	Timeout *time.Duration // how long the connection may take; nil: the session's default
	Shown   string         // what taps and errors are told in the text's place, if it holds a secret
	Where   string         // script and line, for traces
	Aside   bool           // the call is made from another goroutine than the Thread's
}

// Write sends text: "\n" becomes the session's newline, characters the peer's
// encoding, 0xFF is doubled. It returns when the connection has taken all of it,
// else a *WriteError.
func (s *Session) Write(ctx context.Context, text string, o WriteOptions) error {
	secret := o.Shown != "" && o.Shown != text
	if o.Shown == "" {
		o.Shown = text
	}
	s.mu.Lock()
	if err := s.writable(); err != nil {
		s.mu.Unlock()
		return err
	}
	s.start()
	s.answers = 0
	s.facts.wrote(o.Shown, secret, s.buf.end(), s.clock.Now())
	if s.tapped() {
		s.observe(Observation{Kind: Wrote, Text: o.Shown, Where: o.Where})
	}
	timeout := s.writeTimeout(o)
	pace := s.pace
	s.mu.Unlock()

	begun := s.clock.Now()
	if err := s.awaitTLS(ctx, begun, timeout, o.Aside); err != nil {
		return err
	}
	for len(text) > 0 {
		size := min(len(text), writePiece)
		switch {
		case pace > 0 && strings.HasPrefix(text, "\r\n"):
			size = 2 // one newline
		case pace > 0:
			_, size = utf8.DecodeRuneInString(text)
		default:
			for size < len(text) && size > writePiece-utf8.UTFMax && !utf8.RuneStart(text[size]) {
				size--
			}
			if size < len(text) && text[size-1] == '\r' && text[size] == '\n' {
				size--
			}
		}
		if err := s.writePiece(ctx, text[:size], begun, timeout, o.Aside); err != nil {
			return err
		}
		text = text[size:]
		if pace > 0 && len(text) > 0 {
			if err := s.sleep(ctx, pace, o.Aside); err != nil {
				return &WriteError{Session: s.name, Err: err}
			}
		}
	}
	return nil
}

// writeTimeout is how long a write may take. The lock is held.
func (s *Session) writeTimeout(o WriteOptions) time.Duration {
	switch {
	case o.Timeout != nil:
		return *o.Timeout
	case s.timeout <= 0: // waits look at what is there; a write still has to go out
		return DefaultTimeout
	}
	return s.timeout
}

func (s *Session) sleep(ctx context.Context, d time.Duration, aside bool) error {
	if aside { // the Thread is somebody else's
		return s.clock.Wait(ctx, nil, s.clock.Now().Add(d))
	}
	return s.thread.current().Sleep(ctx, s.clock, d)
}

func (s *Session) writePiece(ctx context.Context, piece string, begun time.Time, timeout time.Duration, aside bool) error {
	s.mu.Lock()
	if err := s.writable(); err != nil {
		s.mu.Unlock()
		return err
	}
	o := &s.out
	data := []byte(piece)
	if s.encoder != nil {
		var err error
		if data, err = s.encoder.Append(nil, piece); err != nil {
			s.mu.Unlock()
			return &WriteError{Session: s.name, Err: err}
		}
	}
	s.holdBack()
	before := len(o.pending)
	switch {
	case s.plain && s.newline == "\n":
		o.pending = append(o.pending, data...)
	case s.plain:
		o.pending = appendLines(o.pending, data, s.newline)
	case s.raw && s.newline == "\n":
		o.pending = s.codec.AppendData(o.pending, data)
	case s.raw:
		o.pending = s.codec.AppendData(o.pending, appendLines(nil, data, s.newline))
	default:
		o.pending = s.codec.AppendText(o.pending, data, s.enter())
	}
	s.queued(before)
	goal := o.queued
	s.flush()
	sent := o.sent >= goal
	s.mu.Unlock()
	if sent {
		return nil
	}
	return s.awaitSent(ctx, goal, begun, timeout, aside)
}

// enter is what "\n" becomes. Under BINARY (RFC 856) it is what the key Enter sends, CR,
// as it was before a network virtual terminal came in between; a newline that the script
// chose holds everywhere.
func (s *Session) enter() string {
	if !s.chosen && s.codec.Enabled(telnet.Us, telnet.Binary) {
		return "\r"
	}
	return s.newline
}

// writable tells why nothing can be written, if so. The lock is held.
func (s *Session) writable() error {
	switch {
	case s.closed:
		return &WriteError{Session: s.name, Err: ErrClosed}
	case s.out.err != nil:
		return &WriteError{Session: s.name, Err: writeCause(s.out.err)}
	case s.leaving:
		return &WriteError{Session: s.name, Err: ErrLoggedOut}
	case s.eof && !s.manual: // a script that minds itself may write to a peer that only listens
		return &WriteError{Session: s.name, Err: io.EOF}
	}
	return nil
}

// writeCause makes "the peer closed" of the ways in which a connection says so.
func writeCause(err error) error {
	if errors.Is(err, net.ErrClosed) {
		return ErrClosed
	}
	return err
}

// awaitSent blocks until the connection has taken everything up to goal.
func (s *Session) awaitSent(ctx context.Context, goal int64, begun time.Time, timeout time.Duration, aside bool) error {
	limit := deadline(begun, timeout)
	wait := s.awaitHeld
	if aside {
		wait = s.awaitAside
	}
	err := wait(ctx, limit, func(time.Time) (bool, time.Time) {
		return s.out.sent >= goal || s.out.err != nil || s.closed, time.Time{}
	})
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.out.sent >= goal:
		return nil
	case s.out.err != nil || s.closed:
		if err := s.writable(); err != nil {
			return err
		}
	}
	if err == nil {
		err = ErrTimeout
	}
	return &WriteError{Session: s.name, Err: err, Waited: s.clock.Now().Sub(begun), Blocked: int(goal - s.out.sent)}
}

// appendLines is newline mapping without telnet: "\n" becomes newline, a "\r\n"
// that is there already counts as one.
func appendLines(dst, p []byte, newline string) []byte {
	for i, b := range p {
		switch {
		case b == '\n':
			dst = append(dst, newline...)
		case b == '\r' && i+1 < len(p) && p[i+1] == '\n':
		default:
			dst = append(dst, b)
		}
	}
	return dst
}

// control runs f on the codec and sends what comes of it.
func (s *Session) control(f func(c *telnet.Codec) error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.writable(); err != nil {
		return err
	}
	if s.plain {
		return ErrNoTelnet
	}
	s.start()
	s.holdBack()
	err := f(s.codec)
	s.tellSent()
	s.flush()
	return err
}

// tellSent tells what the codec has made of a call: what was sent, and what changed
// by that. While a hook is asked the codec waits for its decision, and tells it
// after that. The lock is held.
func (s *Session) tellSent() {
	if s.asking == 0 {
		s.decode(nil)
	}
}

// Negotiate asks for an option: side Us with on means WILL, Him with on means DO.
func (s *Session) Negotiate(side telnet.Side, o telnet.Option, on bool) error {
	return s.control(func(c *telnet.Codec) error { return c.Ask(side, o, on) })
}

// Subnegotiate sends a subnegotiation with the payload given.
func (s *Session) Subnegotiate(o telnet.Option, payload []byte) error {
	return s.control(func(c *telnet.Codec) error { c.Subnegotiate(o, payload); return nil })
}

// Send sends a telnet command such as AYT or BRK.
func (s *Session) Send(cmd telnet.Command) error {
	return s.control(func(c *telnet.Codec) error { c.Send(cmd); return nil })
}

// Resize tells the peer the window's size, in characters, once it wants to know.
func (s *Session) Resize(columns, rows int) error {
	return s.control(func(c *telnet.Codec) error {
		c.Resize(columns, rows)
		if s.view != nil && c.Enabled(telnet.Us, telnet.NAWS) {
			s.view.SetWindow(columns, rows)
		}
		s.observe(Observation{Kind: Resized, Columns: columns, Rows: rows})
		return nil
	})
}

// Synch sends IP and the SYNCH signal (RFC 854): DM, which TCP marks as urgent if
// the connection is one of Unix over plain TCP, and which goes in its place among the
// other bytes if not. The peer discards what it has not read yet, up to the DM.
//
// A SYNCH of the peer's is obeyed where the system tells that urgent data are ahead
// (Linux, plain TCP): what had arrived before it and is not read from the connection
// yet is discarded, up to the DM. Elsewhere the DM alone is seen, and nothing is lost.
func (s *Session) Synch() error {
	return s.control(func(c *telnet.Codec) error {
		c.Synch()
		s.tellSent() // its events show the output, which goes now
		s.takeOutput()
		s.out.urgent = s.out.queued
		return nil
	})
}

// armKeepalive starts the idle timer. The lock is held.
func (s *Session) armKeepalive() {
	if s.keepalive <= 0 || s.plain {
		return
	}
	s.stopIdle = s.clock.AfterFunc(s.keepalive, func() { s.idle() })
}

func (s *Session) idle() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed || s.eof {
		return
	}
	left := s.keepalive - s.clock.Now().Sub(s.lastSent)
	if left <= 0 {
		if !s.out.busy { // a peer that reads nothing is not to be sent more
			s.codec.Send(telnet.NOP)
			s.tellSent()
			s.flush()
		}
		left = s.keepalive
	}
	s.stopIdle = s.clock.AfterFunc(left, func() { s.idle() })
}
