package session

import (
	"time"

	"github.com/moonwire/moonwire/engine/buffer"
	"github.com/moonwire/moonwire/engine/telnet"
)

// What a session remembers of its conversation so that a failed wait can be
// explained: a few numbers, the last option requests, and the end of what came as
// it came. All of it is bounded.

// Facts is what is known of a conversation when a wait fails.
type Facts struct {
	Received   int64         // bytes that came, telnet commands included
	Quiet      time.Duration // since the last text or event
	LastWrite  string        // what was last written, secrets as placeholders
	SinceWrite time.Duration
	Wrote      bool           // whether anything was written
	Consumed   string         // the end of the text that earlier waits took
	Wire       string         // the end of the data as it came, before the text view
	Options    []telnet.Event // the last requests and changes of options
	PeerEchoes bool
	PeerClosed bool
	Raw        bool
	Encoding   string
	Unfinished string // what the last bytes that came are the beginning of, "" if nothing

	Data            int64 // bytes of data that came, without telnet commands
	TextSinceWrite  int64 // bytes of text that came after the last write
	WroteSinceMatch bool  // something was written after text was last taken
	Secret          bool  // the last write held a secret, so that it is not echoed
	Dropped         int64 // bytes of the unread text that MaxBuffer has cost
}

// gatherLocked makes the facts.
func (s *Session) gatherLocked() Facts {
	h := &s.facts
	now := s.clock.Now()
	f := Facts{
		Received: h.received, LastWrite: h.lastWrite, Wrote: !h.wroteAt.IsZero(),
		PeerClosed: s.eof, Raw: s.raw, Encoding: s.encoding,
		PeerEchoes: s.line.Echoes(), Unfinished: s.unfinishedLocked(),
		Wire:     string(s.tail.bytes()),
		Consumed: string(s.buf.Past()),

		Data:            s.tail.gone + int64(len(s.tail.data)),
		TextSinceWrite:  s.buf.End() - h.wroteText,
		WroteSinceMatch: h.unmatched,
		Secret:          h.secret,
		Dropped:         h.dropped,
	}
	if f.Wrote {
		f.SinceWrite = now.Sub(h.wroteAt)
	}
	if s.started {
		f.Quiet = now.Sub(s.lastArrival)
	}
	for i := max(0, h.count-factEvents); i < h.count; i++ {
		f.Options = append(f.Options, h.events[i%factEvents])
	}
	return f
}

// consumeLocked takes what r has seen up to position pos, see buffer.Buffer.Take.
func (s *Session) consumeLocked(r *buffer.Reader, pos, last int64) {
	s.buf.Take(r, pos, last)
	s.answers = 0
	s.reading.in.Taken(s.buf.Len())
	s.facts.unmatched, s.facts.dropped = false, 0
	s.wakePump() // there is room
}

// unendedString says what the text view stands in; what has come of it is no text.
const unendedString = "a control string without its end"

func (s *Session) inStringLocked() bool { return s.view != nil && s.view.InString() }

// unfinishedLocked describes what the last bytes are the beginning of, "" if nothing.
func (s *Session) unfinishedLocked() string {
	if what := s.line.Unfinished(); what != "" || !s.inStringLocked() {
		return what
	}
	return unendedString
}

// heldLocked reports whether the text view has something to tell.
func (s *Session) heldLocked() bool { return s.view != nil && s.view.Held() }
