package session

// What a line tells: data, events, questions, its end.

import (
	"bytes"
	"errors"

	"github.com/moonwire/moonwire/engine/line"
	"github.com/moonwire/moonwire/engine/match"
	"github.com/moonwire/moonwire/engine/telnet"
	"github.com/moonwire/moonwire/engine/text"
)

// itemsLocked works on what the line makes of in.
func (s *Session) itemsLocked(in []byte) {
	for {
		it, n := s.line.Next(in)
		in = in[n:]
		switch it.Kind {
		case line.None:
			return
		case line.Data:
			s.dataLocked(it.Data)
		default:
			s.itemLocked(&it)
		}
	}
}

// itemLocked acts on what the line tells beside data.
func (s *Session) itemLocked(it *line.Item) {
	if it.Asks && s.hook != nil {
		q := it.Question
		q.Data = bytes.Clone(q.Data)
		s.line.Answer(s.askHookLocked(q))
	}
	switch it.Kind {
	case line.Prompt:
		if s.wants(Negotiated) {
			s.observeLocked(Observation{Kind: Negotiated, Event: it.Event})
		}
		s.markLocked(match.Prompt)
		return
	case line.Charset:
		s.switchCharsetLocked(it.Text)
	case line.Fenced:
		s.ringLocked()
	}
	s.negotiatedLocked(it.Event)
	if note := it.Note(); note != "" && it.Event.Kind == telnet.None && s.wants(Noted) {
		s.observeLocked(Observation{Kind: Noted, Text: note})
	}
	switch it.Kind {
	case line.LoggedOut:
		s.loggedOutLocked()
		s.leaving = true
		_ = s.line.CloseWrite() // the peer may have closed already
	case line.Leaves:
		s.loggedOutLocked()
	case line.Window:
		if w, ok := s.line.(line.Windowed); ok && s.view != nil {
			s.view.SetWindow(w.Size())
		}
	case line.EchoOff:
		s.markLocked(match.EchoOff)
	case line.EchoOn:
		s.markLocked(match.EchoOn)
	case line.Exited:
		e := it.Exit
		s.exit = &e
		s.markLocked(match.Exit)
		s.ringLocked()
	case line.Secured:
		s.securedLocked()
	case line.Remark:
		s.observeLocked(Observation{Kind: Remark, Text: it.Text})
	case line.Broken:
		s.endLocked(it.Err)
	}
}

// endLocked is the connection's end.
func (s *Session) endLocked(err error) {
	if s.eof {
		return
	}
	s.flushViewLocked()
	last, cause := s.line.End(err)
	s.itemLocked(&last)
	s.eof = true
	if cause == nil && s.inStringLocked() {
		cause = errors.New("the connection ended in " + unendedString)
	}
	if !s.closed {
		s.eofCause = cause
		told := "closed by the peer"
		if s.eofCause != nil {
			told += ": " + s.eofCause.Error()
		}
		s.observeLocked(Observation{Kind: Closed, Text: told})
	}
	s.dry = true
	s.reading.forgetContext()
	s.recallLocked()
	s.releaseLocked()
	s.feedLocked()
	s.ringLocked()
}

// loggedOutLocked tells of LOGOUT (RFC 727): if it is we who are asked to go, and that was
// granted, our end closes after the answer; if it is the peer who goes it will close.
func (s *Session) loggedOutLocked() {
	s.observeLocked(Observation{Kind: Remark, Text: "the peer ends the session (LOGOUT)"})
}

// negotiatedLocked tells of what the line's protocol says, if it says anything.
func (s *Session) negotiatedLocked(ev telnet.Event) {
	if ev.Kind == telnet.None {
		return
	}
	s.facts.negotiated(ev)
	if s.wants(Negotiated) {
		s.observeLocked(Observation{Kind: Negotiated, Event: ev})
	}
}

// securedLocked goes on now that TLS is in force.
func (s *Session) securedLocked() {
	s.tellTLSLocked()
	if s.watching {
		s.watching = false
		s.ringLocked()
	}
	s.line.Flush()
}

// switchCharsetLocked changes the peer's encoding from this byte on. The line agrees only to
// encodings that package text knows.
func (s *Session) switchCharsetLocked(name string) {
	if s.view == nil {
		return
	}
	s.flushViewLocked()
	encoder, err := text.NewEncoder(name)
	if err == nil {
		err = s.view.SetEncoding(name)
	}
	if err != nil {
		s.observeLocked(Observation{Kind: Remark, Text: "the charset " + name + " was agreed on but is not known: " + err.Error()})
		return
	}
	s.encoder, s.encoding = encoder, name
}

// tellSentLocked tells what the line has made of a call: what was sent, and what changed
// by that. While a hook is asked the line waits for its decision, and tells it
// after that.
func (s *Session) tellSentLocked() {
	if s.asking == 0 {
		s.itemsLocked(nil)
	}
}

// tellTLSLocked tells the taps which TLS is in force.
func (s *Session) tellTLSLocked() {
	if state := s.tlsStateLocked(); state != nil && s.wants(Remark) {
		s.observeLocked(Observation{Kind: Remark, Text: describeTLS(state)})
	}
}
