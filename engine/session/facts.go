package session

import (
	"time"

	"github.com/moonwire/moonwire/engine/buffer"
	"github.com/moonwire/moonwire/engine/telnet"
)

// What a session remembers of its conversation so that a failed wait can be
// explained: a few numbers, the last option requests, and the end of what came as
// it came. All of it is bounded.

const (
	tailSize   = 64 << 10 // bytes of the peer's data kept as they came
	factEvents = 32       // option events kept
)

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

// history is the part of the facts that grows as the session goes on.
type history struct {
	received  int64
	lastWrite string
	wroteAt   time.Time
	wroteText int64 // where the text ended then
	secret    bool
	unmatched bool  // no text was taken since
	dropped   int64 // since text was last taken
	events    [factEvents]telnet.Event
	count     int
}

// wrote remembers a write: what may be shown of it, and where the text ended.
func (h *history) wrote(shown string, secret bool, text int64, now time.Time) {
	if len(shown) > 1024 {
		shown = shown[:1024]
	}
	h.lastWrite, h.secret, h.wroteText, h.wroteAt = shown, secret, text, now
	h.unmatched = true
}

func (h *history) negotiated(ev telnet.Event) {
	ev.Data = nil // it is the codec's, and may hold what nobody should see
	h.events[h.count%factEvents] = ev
	h.count++
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

// tail keeps the end of a stream of bytes, with the offset in the text at which
// each piece was laid into the buffer.
type tail struct {
	data   []byte // at most 2*tailSize; the last tailSize count
	pieces []tailPiece
	gone   int64 // bytes dropped before data
}

// A tailPiece says that the bytes from raw on (counted from the stream's
// beginning) became text from offset text on.
type tailPiece struct{ raw, text int64 }

// skip forgets all that came so far, and n bytes that come now.
func (t *tail) skip(n int) {
	t.gone += int64(len(t.data) + n)
	t.data, t.pieces = t.data[:0], t.pieces[:0]
}

// add adds p, at most tailSize bytes.
func (t *tail) add(p []byte, text int64) {
	begin := t.gone + int64(len(t.data))
	if len(t.data)+len(p) > 2*tailSize {
		drop := len(t.data) + len(p) - tailSize
		t.gone += int64(drop)
		t.data = append(t.data[:0], t.data[drop:]...)
		keep := 0
		for keep < len(t.pieces) && t.pieces[keep].raw < t.gone {
			keep++
		}
		t.pieces = append(t.pieces[:0], t.pieces[keep:]...)
	}
	t.data = append(t.data, p...)
	if len(t.pieces) < 4096 {
		t.pieces = append(t.pieces, tailPiece{begin, text})
	}
}

func (t *tail) bytes() []byte {
	if len(t.data) > tailSize {
		return t.data[len(t.data)-tailSize:]
	}
	return t.data
}

// consumeLocked takes what r has seen up to position pos, see buffer.Buffer.Take.
func (s *Session) consumeLocked(r *buffer.Reader, pos, last int64) {
	s.buf.Take(r, pos, last)
	s.answers = 0
	s.reading.in.Taken(s.buf.Len())
	s.facts.unmatched, s.facts.dropped = false, 0
	s.wakePump() // there is room
}
