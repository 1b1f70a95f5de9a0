package session

// What the session remembers of the conversation for Facts.

import (
	"time"

	"github.com/moonwire/moonwire/engine/telnet"
)

// history is the part of the facts that grows as the session goes on.
type history struct {
	received  int64
	lastWrite string
	wroteAt   time.Time
	wroteText int64 // where the text ended then
	secret    bool
	unmatched bool           // no text was taken since
	dropped   int64          // since text was last taken
	events    []telnet.Event // factEvents of them, round and round; nil until there is one
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
	if h.events == nil {
		h.events = make([]telnet.Event, factEvents)
	}
	ev.Data = nil // it is the codec's, and may hold what nobody should see
	h.events[h.count%factEvents] = ev
	h.count++
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

// from returns the bytes of the piece that holds the text at offset at, to the
// end, and the offset at which that piece's text begins; nil if it is not kept.
func (t *tail) from(at int64) (raw []byte, text int64) {
	for i := len(t.pieces) - 1; i >= 0; i-- {
		if p := t.pieces[i]; p.text <= at && p.raw >= t.gone {
			return t.since(p.raw), p.text
		}
	}
	return nil, 0
}

// since returns the bytes from place raw in the stream on.
func (t *tail) since(raw int64) []byte { return t.data[raw-t.gone:] }

const (
	tailSize   = 64 << 10 // bytes of the peer's data kept as they came
	factEvents = 32       // option events kept
)
