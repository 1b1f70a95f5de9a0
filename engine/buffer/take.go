package buffer

import (
	"bytes"

	"github.com/moonwire/moonwire/engine/match"
)

// How text leaves the buffer, and what is kept of it.

// past keeps the end of the text that has been taken.
type past struct{ data []byte }

func (p *past) room(n int) []byte {
	if len(p.data)+n > 2*pastSize {
		drop := max(len(p.data)+n-pastSize, 0)
		drop = min(drop, len(p.data))
		p.data = append(p.data[:0], p.data[drop:]...)
	}
	return p.data
}

// Past returns the end of the text that has been taken, for diagnoses. It is valid until
// the next call of Take.
func (b *Buffer) Past() []byte { return b.past.data[max(0, len(b.past.data)-pastSize):] }

// Take takes what r has seen up to position pos out of the buffer. It keeps the end of it,
// for diagnoses and for edits that go back into it. Events at that place go with it up to
// and including last, NoNote or AllNotes.
func (b *Buffer) Take(r *Reader, pos, last int64) {
	at, edit := r.place(pos)
	if n := min(pos-r.gone, pastSize); n > 0 {
		b.past.data = r.AppendText(b.past.room(int(n)), pos-n, pos)
		b.prev = int(b.past.data[len(b.past.data)-1])
	}
	b.keepLine(r, pos, b.past.data)
	b.consume(at, edit, last)
	b.epoch++
}

// EventAt returns the first event e where what r has seen is pos bytes long, as Take's last;
// NoNote if there is none.
func (r *Reader) EventAt(pos int64, e match.Event) int64 {
	at, _ := r.place(pos)
	for _, n := range r.b.notes {
		if n.at == at && n.isEvent && n.event == e {
			return n.seq
		}
	}
	return NoNote
}

// LastNote returns the last event or pause that the reader has gone by, as Take's last.
func (r *Reader) LastNote() int64 { return r.seq - 1 }

// OpenLine returns what was taken of the line that is still open.
func (b *Buffer) OpenLine() []byte { return b.line[:len(b.line)-b.unread] }

// ForgetLine begins an empty line.
func (b *Buffer) ForgetLine() { b.line, b.unread, b.below = nil, 0, 0 }

// BeforeLine returns the byte before the open line, -1 at the session's beginning.
func (b *Buffer) BeforeLine() int { return b.beforeLine }

// Drop drops the log before offset to, of which r has seen as much, and returns how many
// bytes of the log that was.
func (r *Reader) Drop(to int64) int64 {
	b := r.b
	if to <= b.start {
		return 0
	}
	n := to - b.start
	r.dropTo(to)
	b.line, b.unread, b.below, b.beforeLine = nil, 0, 0, -1
	b.consume(to, b.edits.behind(to-1), NoNote)
	return n
}

// Fold drops the log up to where r is, and keeps what is seen of the open line as text: a
// host that edits one line over and over must not fill the buffer. What the line has been
// is lost to readers to come. The text from position keep on is kept as well. Fold returns
// how many bytes were dropped; ok is false if it could do nothing, as that is too much.
func (r *Reader) Fold(keep int64) (dropped int64, ok bool) {
	b := r.b
	from := max(r.gone, r.pos-maxLine)
	tail := r.AppendText(nil, from, r.pos)
	line := r.pos - int64(len(tail)) + int64(bytes.LastIndexByte(tail, '\n')) + 1
	keep = min(line, keep)
	if keep < from || line == from && from > r.gone {
		return 0, false
	}
	dropped = r.at - b.start - (r.pos - keep)
	b.line = append([]byte(nil), tail[keep-from:]...)
	b.unread, b.below, b.beforeLine = len(b.line), 0, -1
	r.spans = append(r.spans[:0], logSpan{keep, -int64(len(b.line))})
	if len(b.line) == 0 {
		r.spans = r.spans[:0]
	}
	r.gone = keep
	b.consume(r.at, r.edit, r.seq-1)
	return dropped, true
}

// maxLine bounds what is kept of a line that was consumed: what edits can reach.
const maxLine = pastSize // bytes

// pastSize is how much of the text that was taken is kept, in bytes.
const pastSize = 16 << 10

// keepLine keeps what was consumed of the open line, now that the text up to pos is.
// taken is the end of all that was ever consumed, this included.
func (b *Buffer) keepLine(r *Reader, pos int64, taken []byte) {
	unread := []byte(nil)
	if k := r.span(pos); pos < r.pos && r.spans[k].at < 0 { // some of the kept line is still unread
		end := r.pos
		if k+1 < len(r.spans) {
			end = r.spans[k+1].pos
		}
		unread = r.AppendText(nil, pos, end)
	}
	old := len(b.line) - b.unread
	if r.whole {
		old = 0
	}
	if b.below = 0; pos >= r.pos {
		b.below = r.below
	}
	n := int(min(pos-r.gone, maxLine)) // of what is consumed now
	line := taken[len(taken)-min(n, len(taken)):]
	switch i := bytes.LastIndexByte(line, '\n'); {
	case i >= 0:
		line = line[i+1:]
		b.beforeLine = '\n'
		b.line = append(b.line[:0], line...)
	case pos-r.gone > maxLine || r.gone > 0:
		b.beforeLine = -1
		if len(taken) > len(line) {
			b.beforeLine = int(taken[len(taken)-len(line)-1])
		}
		b.line = append(b.line[:0], line...)
	default:
		b.line = append(b.line[:old], line...)
		if over := len(b.line) - maxLine; over > 0 {
			b.beforeLine = int(b.line[over-1])
			b.line = append(b.line[:0], b.line[over:]...)
		}
	}
	b.line = append(b.line, unread...)
	b.unread = len(unread)
	if cap(b.line) > 4096 && len(b.line) < 1024 {
		b.line = append([]byte(nil), b.line...)
	}
}
