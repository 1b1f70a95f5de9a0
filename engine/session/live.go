package session

import (
	"context"
	"io"
	"time"

	"github.com/moonwire/moonwire/engine/buffer"
	"github.com/moonwire/moonwire/engine/line"
	"github.com/moonwire/moonwire/engine/text"
)

// Live is a session while an operator's terminal is joined to it: the peer's data
// as it came, without the text view, and writes from goroutines of the terminal's
// own. Its methods may be called from any goroutine, Output and Consume from one
// at a time. While it lasts, the session's waits fail with ErrBusy.
//
// A session with a hook needs its Attendant served meanwhile: whoever joins the
// terminal calls Attendant.Serve whenever Attendant.Bell rings. Without a hook nothing of
// the kind is due, the peer has its default answers.
type Live struct {
	s    *Session
	data []byte // came and is not consumed
	bell chan struct{}

	columns, rows int // the script's window

	attendance attendance // of the goroutine that has joined the terminal

	view  *text.View // of what taps are told
	shown []byte
}

// Live joins a terminal to the session. What had come and was unread is given
// first, as it came. End gives the session back to the script.
func (s *Session) Live() (*Live, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.closed:
		return nil, ErrClosed
	case s.wait != nil || s.live != nil:
		return nil, ErrBusy
	}
	s.startLocked()
	s.recallLocked()
	s.resume = nil
	l := &Live{s: s, bell: make(chan struct{}, 1), data: s.unreadLocked()}
	l.columns, l.rows = s.sizeLocked()
	r := s.buf.Unread()
	s.consumeLocked(&r, r.Len(), buffer.AllNotes)
	s.forgetLineLocked()
	s.live = l
	l.attendance = attendance{s: s, t: s.attendant.current()}
	l.attendance.beginLocked()
	s.bells = append(s.bells, l.bell)
	s.wakePump()
	return l, nil
}

// End gives the session back to the script: what was not consumed is read by the
// next wait, and the window is the script's again, lest the host pages for a
// terminal that is gone.
func (l *Live) End() {
	if l.giveBack() {
		_ = l.s.Resize(l.columns, l.rows) // of a session that is closed nobody wants to know
	}
}

// giveBack does so but for the window; it reports whether that was changed.
func (l *Live) giveBack() (resized bool) {
	s := l.s
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.live != l {
		return false
	}
	s.live = nil
	l.attendance.endLocked()
	s.forgetLineLocked()
	s.dropBellLocked(l.bell)
	s.lastArrival = s.clock.Now()
	if len(l.data) > 0 {
		s.layLocked(l.data, false)
	}
	s.wakePump()
	columns, rows := s.sizeLocked()
	return columns != l.columns || rows != l.rows
}

// Output waits until the peer has sent something that is not consumed and returns
// it. The bytes are valid until the next call of Consume. After the last of them
// it returns io.EOF; when ctx is done, its cause.
func (l *Live) Output(ctx context.Context) ([]byte, error) {
	s := l.s
	ctx = Patient(ctx)
	for {
		s.mu.Lock()
		data, over := l.data, s.eof || s.closed || s.live != l
		s.mu.Unlock()
		switch {
		case len(data) > 0:
			return data, nil
		case over:
			return nil, io.EOF
		}
		if err := s.clock.Wait(ctx, l.bell, time.Time{}); err != nil {
			return nil, err
		}
	}
}

// Consume takes the first n bytes of what Output returned.
func (l *Live) Consume(n int) {
	l.s.mu.Lock()
	defer l.s.mu.Unlock()
	if n == len(l.data) {
		l.data = nil // the bytes that were returned stay as they are
	} else {
		l.data = l.data[n:]
	}
	l.s.wakePump()
}

// Return puts bytes that were consumed back before all that was not.
func (l *Live) Return(p []byte) {
	l.s.mu.Lock()
	defer l.s.mu.Unlock()
	l.data = append(append([]byte(nil), p...), l.data...)
}

// Write sends keys as text, by the rules of Session.Write. It waits while the peer
// takes nothing, until ctx is done.
func (l *Live) Write(ctx context.Context, p []byte) error {
	return l.s.Write(ctx, string(p), WriteOptions{Timeout: Forever, Aside: true, Where: ByOperator})
}

// tellLocked gives the taps what came as text, by a view of its own: the session's is
// for what a script will read.
func (l *Live) tellLocked(p []byte) {
	s := l.s
	shown := p
	var edits []text.Edit
	if s.view != nil {
		if l.view == nil {
			var err error
			if l.view, err = newViewLike(s.view); err != nil {
				return // no such encoding, as the session has told already
			}
		}
		l.shown = l.view.Append(l.shown[:0], p)
		shown, edits = l.shown, l.view.Edits()
	}
	if len(shown)+len(edits) > 0 {
		s.observeLocked(Observation{Kind: TextIn, Bytes: shown, Edits: edits})
	}
}

// Session is the session that the terminal is joined to.
func (l *Live) Session() *Session { return l.s }

// sizeLocked is the window that the peer is told.
func (s *Session) sizeLocked() (columns, rows int) {
	if w, ok := s.line.(line.Windowed); ok {
		return w.Size()
	}
	return 0, 0
}

// SetTerminal changes the names that TTYPE is answered with, and returns what they
// were. A peer that has asked already does not learn of it (RFC 1091).
func (s *Session) SetTerminal(names ...string) (before []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if n, err := s.negotiatorLocked(); err == nil {
		return n.SetTerminal(names...)
	}
	return nil
}

// Lines reports whether the peer takes whole lines.
func (l *Live) Lines() bool {
	l.s.mu.Lock()
	defer l.s.mu.Unlock()
	return l.s.line.EditsLines()
}

// unreadLocked is the unread text as it came, before the text view.
func (s *Session) unreadLocked() []byte {
	from, to := s.buf.Start(), s.buf.End()
	if from == to {
		return nil
	}
	if s.view == nil {
		return []byte(s.buf.Text(from, to))
	}
	raw, text := s.tail.from(from)
	if raw == nil { // it goes back further than what is kept as it came
		first := s.tail.pieces[0]
		return append([]byte(s.buf.Text(from, first.text)), s.tail.since(first.raw)...)
	}
	// The piece begins before the unread text: count what the view makes of it.
	view, err := newViewLike(s.view)
	if err != nil {
		return []byte(s.buf.Text(from, to))
	}
	var made []byte
	i := 0
	for ; i < len(raw) && text+int64(len(made)) < from; i++ {
		made = view.Append(made, raw[i:i+1])
	}
	return append([]byte(nil), raw[i:]...)
}

// forgetLineLocked begins an empty line: what a terminal shows while it is joined is not known
// here.
func (s *Session) forgetLineLocked() {
	if s.view != nil {
		s.view.Reset()
	}
	s.buf.ForgetLine()
}
