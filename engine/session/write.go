package session

import (
	"context"
	"errors"
	"io"
	"net"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/moonwire/moonwire/engine/line"
	"github.com/moonwire/moonwire/engine/telnet"
)

const writePiece = 32 << 10 // bytes encoded at a time; a long write is not kept twice

// WriteOptions say more of one write.
type WriteOptions struct {
	Timeout time.Duration // how long the connection may take; 0: the session's default
	Shown   string        // what taps and errors are told in the text's place, if it holds a secret
	Where   string        // script and line, for traces
	Aside   bool          // the call is made from another goroutine than the Attendant's
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
	if err := s.writableLocked(); err != nil {
		s.mu.Unlock()
		return err
	}
	if err := s.fitsLocked(text); err != nil {
		s.mu.Unlock()
		return &WriteError{Session: s.name, Err: err}
	}
	s.startLocked()
	s.answers = 0
	s.facts.wrote(o.Shown, secret, s.buf.End(), s.clock.Now())
	if s.wants(Wrote) {
		s.observeLocked(Observation{Kind: Wrote, Text: o.Shown, Where: o.Where})
	}
	timeout := s.writeTimeoutLocked(o)
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

// fitsLocked returns why text would not arrive whole, nil if it does.
func (s *Session) fitsLocked(text string) error {
	l, ok := s.line.(line.Limiter)
	if !ok {
		return nil
	}
	data := []byte(text)
	if s.encoder != nil {
		var err error
		if data, err = s.encoder.Append(nil, text); err != nil {
			return err
		}
	}
	return l.Fits(data)
}

// writeTimeoutLocked is how long a write may take.
func (s *Session) writeTimeoutLocked(o WriteOptions) time.Duration {
	switch {
	case o.Timeout != 0:
		return or(o.Timeout, 0)
	case s.timeout <= 0: // waits look at what is there; a write still has to go out
		return DefaultTimeout
	}
	return s.timeout
}

func (s *Session) sleep(ctx context.Context, d time.Duration, aside bool) error {
	if aside { // the Attendant is somebody else's
		return s.clock.Wait(ctx, nil, s.clock.Now().Add(d))
	}
	return s.attendant.current().Sleep(ctx, s.clock, d)
}

func (s *Session) writePiece(ctx context.Context, piece string, begun time.Time, timeout time.Duration, aside bool) error {
	s.mu.Lock()
	if err := s.writableLocked(); err != nil {
		s.mu.Unlock()
		return err
	}
	data := append(s.keys[:0], piece...) // a line keeps nothing of it
	if s.encoder != nil {
		var err error
		if data, err = s.encoder.Append(nil, piece); err != nil {
			s.mu.Unlock()
			return &WriteError{Session: s.name, Err: err}
		}
	}
	if s.raw {
		if s.newline != "\n" {
			data = line.AppendLines(nil, data, s.newline)
		}
		s.line.WriteData(data)
	} else {
		s.line.WriteText(data, s.enterLocked())
	}
	return s.sendLocked(ctx, begun, timeout, aside)
}

// sendLocked sends what was queued. It lets the lock go.
func (s *Session) sendLocked(ctx context.Context, begun time.Time, timeout time.Duration, aside bool) error {
	goal, _, _ := s.line.Queue()
	s.line.Flush()
	_, sent, _ := s.line.Queue()
	s.mu.Unlock()
	if sent >= goal {
		return nil
	}
	return s.awaitSent(ctx, goal, begun, timeout, aside)
}

// enterLocked is what "\n" becomes.
func (s *Session) enterLocked() string {
	if s.chosen {
		return s.newline
	}
	return s.line.Newline()
}

// writableLocked tells why nothing can be written, if so.
func (s *Session) writableLocked() error {
	switch {
	case s.closed:
		return &WriteError{Session: s.name, Err: ErrClosed}
	case s.outErrLocked() != nil && !s.eof:
		return &WriteError{Session: s.name, Err: writeCause(s.outErrLocked())}
	case s.leaving:
		return &WriteError{Session: s.name, Err: ErrLoggedOut}
	case s.brokenLocked() != nil:
		return &WriteError{Session: s.name, Err: s.brokenLocked()}
	// A peer that has closed its end in order may still read, and its system says so if not.
	case s.outErrLocked() != nil, s.released, s.eofCause != nil && !s.manual:
		return &WriteError{Session: s.name, Err: io.EOF, Cause: s.eofCause}
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
		_, sent, err := s.line.Queue()
		return sent >= goal || err != nil || s.closed, time.Time{}
	})
	s.mu.Lock()
	defer s.mu.Unlock()
	_, sent, failed := s.line.Queue()
	switch {
	case sent >= goal:
		return nil
	case failed != nil || s.closed:
		if err := s.writableLocked(); err != nil {
			return err
		}
	}
	if err == nil {
		err = ErrTimeout
	}
	e := &WriteError{Session: s.name, Err: err, Waited: s.clock.Now().Sub(begun), Blocked: int(goal - sent)}
	if l, ok := s.line.(line.Stoppable); ok && err == ErrTimeout { // it is set here
		e.Stopped, e.Hint = l.Stopped()
	}
	return e
}

// control runs f on the line and sends what comes of it.
func (s *Session) control(f func(n line.Negotiator) error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.writableLocked(); err != nil {
		return err
	}
	n, err := s.negotiatorLocked()
	if err != nil {
		return err
	}
	s.startLocked()
	err = f(n)
	s.tellSentLocked()
	s.line.Flush()
	return err
}

// Negotiate asks for an option: side Us with on means WILL, Him with on means DO.
func (s *Session) Negotiate(side telnet.Side, o telnet.Option, on bool) error {
	return s.control(func(n line.Negotiator) error { return n.Negotiate(side, o, on) })
}

// Subnegotiate sends a subnegotiation with the payload given.
func (s *Session) Subnegotiate(o telnet.Option, payload []byte) error {
	return s.control(func(n line.Negotiator) error { n.Subnegotiate(o, payload); return nil })
}

// Send sends a telnet command such as AYT or BRK.
func (s *Session) Send(cmd telnet.Command) error {
	return s.control(func(n line.Negotiator) error { n.Send(cmd); return nil })
}

// Synch sends IP and the SYNCH signal (RFC 854): DM, which TCP marks as urgent if
// the connection is one of Unix over plain TCP, and which goes in its place among the
// other bytes if not. The peer discards what it has not read yet, up to the DM.
//
// A SYNCH of the peer's is obeyed where the system tells that urgent data are ahead
// (Linux, plain TCP): what had arrived before it and is not read from the connection
// yet is discarded, up to the DM. Elsewhere the DM alone is seen, and nothing is lost.
func (s *Session) Synch() error {
	return s.control(func(n line.Negotiator) error { n.Synch(); return nil })
}

// Resize tells the peer the window's size, in characters, once it wants to know.
func (s *Session) Resize(columns, rows int) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.writableLocked(); err != nil {
		return err
	}
	w, ok := s.line.(line.Windowed)
	if !ok {
		return ErrNoTelnet
	}
	s.startLocked()
	if known := w.Resize(columns, rows); known && s.view != nil {
		s.view.SetWindow(columns, rows)
	}
	s.observeLocked(Observation{Kind: Resized, Columns: columns, Rows: rows})
	s.tellSentLocked()
	s.line.Flush()
	return nil
}

// awaitTLS returns when text may be written: at once unless TLS is required and
// has not begun.
func (s *Session) awaitTLS(ctx context.Context, begun time.Time, timeout time.Duration, aside bool) error {
	s.mu.Lock()
	l, ok := s.line.(line.Securer)
	waits := ok && l.RequiresTLS() && l.MissingTLS() != nil && !s.eof && !s.closed
	s.mu.Unlock()
	if !waits {
		return nil
	}
	wait := s.awaitHeld
	if aside {
		wait = s.awaitAside
	}
	err := wait(ctx, deadline(begun, timeout), func(time.Time) (bool, time.Time) {
		s.watching = true
		return s.missingTLSLocked() == nil || s.eof || s.closed, time.Time{}
	})
	if errors.Is(err, ErrTimeout) {
		s.mu.Lock()
		defer s.mu.Unlock()
		return &WriteError{Session: s.name, Err: line.NewError("START-TLS", s.missingTLSLocked())}
	}
	return err
}
