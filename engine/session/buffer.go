package session

import (
	"cmp"
	"slices"
	"time"
	"unsafe"

	"github.com/moonwire/moonwire/engine/match"
)

// The unread text of a session: chunks that never move once written, so that the
// matcher and the reader look at the same bytes without a copy, and notes of what
// happened between the bytes. Offsets count from the session's first byte.

const (
	firstChunk = 2 << 10   // bytes; an idle session stays small
	largeChunk = 256 << 10 // bytes; a flood is kept in pieces of this size
	maxNotes   = 4096      // beyond it the shortest pauses are forgotten
	leastPause = time.Millisecond
)

// A chunk is a run of text that begins at offset at.
type chunk struct {
	at    int64
	data  []byte
	flood *flood // what a chunk of a flood has beside, nil for the usual ones
}

func (c *chunk) end() int64 { return c.at + int64(len(c.data)) }

// A note is something that happened just before the byte at offset at: an event,
// or a pause of the peer.
type note struct {
	at      int64
	seq     int64 // its place in the session's history, rising
	isEvent bool
	event   match.Event
	pause   time.Duration
	edit    int64 // how many edits there had been in the session
}

type buffer struct {
	chunks   []chunk
	start    int64 // offset of the first unread byte
	prev     int   // the byte before the unread text, -1 at the session's beginning
	edits    edits
	notes    []note
	nextSeq  int64
	minPause time.Duration
	most     int64 // what the buffer is meant to hold; floods get no larger pieces
	awaited  int64 // how much of the text the wait in progress has been through

	line       []byte // the open line as far as it was consumed, and what of it is unread again
	unread     int    // bytes at the end of line that are unread
	below      int    // how many bytes before the end of the consumed line the cursor is
	beforeLine int    // the byte before line, -1 at the session's beginning
	epoch      int64  // counts how often text was consumed
}

func newBuffer(most int64) buffer {
	return buffer{prev: -1, beforeLine: -1, minPause: leastPause, most: most}
}

// end is the offset after the last byte that has arrived.
func (b *buffer) end() int64 {
	if len(b.chunks) == 0 {
		return b.start
	}
	return b.chunks[len(b.chunks)-1].end()
}

// len is how much of the log is unread, in bytes.
func (b *buffer) len() int64 { return b.end() - b.start }

// weight is the memory that the unread log takes, in bytes.
func (b *buffer) weight() int64 { return b.len() + b.edits.count*editSize }

// room returns the last chunk with space for n more bytes.
func (b *buffer) room(n int) *chunk {
	end := b.end()
	if last := len(b.chunks) - 1; last >= 0 {
		c := &b.chunks[last]
		if cap(c.data)-len(c.data) >= n && !c.lent() {
			if c.flood != nil {
				c.flood.ahead(c.flood.front + int64(len(c.data)))
			}
			return c
		}
		if len(c.data) == 0 { // too small for this: make place for a larger one
			b.chunks = b.chunks[:last]
		}
	}
	if c, ok := b.floodChunk(n); ok {
		b.chunks = append(b.chunks, c)
		return &b.chunks[len(b.chunks)-1]
	}
	size := firstChunk
	if last := len(b.chunks) - 1; last >= 0 {
		size = min(2*cap(b.chunks[last].data), largeChunk)
	}
	b.chunks = append(b.chunks, chunk{at: end, data: make([]byte, 0, max(size, n))})
	return &b.chunks[len(b.chunks)-1]
}

// here is a note behind all that there is so far.
func (b *buffer) here() note {
	return note{at: b.end(), edit: b.edits.end()}
}

// noteEvent records that e happened behind all that there is so far.
func (b *buffer) noteEvent(e match.Event) {
	n := b.here()
	n.isEvent, n.event = true, e
	b.addNote(n)
}

// notePause records that the peer was silent for d at the place n.
func (b *buffer) notePause(n note, d time.Duration) {
	n.pause = d
	b.addNote(n)
}

func (b *buffer) addNote(n note) {
	if len(b.notes) >= maxNotes {
		b.thinNotes()
	}
	n.seq = b.nextSeq
	b.nextSeq++
	b.notes = append(b.notes, n)
}

// noteAfter is the index of the first note whose place in the history is seq or later.
func (b *buffer) noteAfter(seq int64) int {
	i, _ := slices.BinarySearchFunc(b.notes, seq, func(n note, seq int64) int { return cmp.Compare(n.seq, seq) })
	return i
}

// thinNotes makes place by dropping the shorter half of the pauses, and events
// only if there is no other way: a peer that sends events without end must not
// make the list grow.
func (b *buffer) thinNotes() {
	for b.minPause <= time.Minute && len(b.notes) >= maxNotes/2 {
		b.minPause *= 2
		kept := b.notes[:0]
		for _, n := range b.notes {
			if n.isEvent || n.pause >= b.minPause {
				kept = append(kept, n)
			}
		}
		b.notes = kept
	}
	if len(b.notes) >= maxNotes/2 {
		b.notes = append(b.notes[:0], b.notes[len(b.notes)/2:]...)
	}
}

// find returns the chunk that holds the byte at offset at, nil if it is not there.
func (b *buffer) find(at int64) *chunk {
	lo, hi := 0, len(b.chunks)
	if hi > 0 && b.chunks[hi-1].at <= at { // the usual case: the end
		lo = hi - 1
	}
	for lo < hi {
		mid := (lo + hi) / 2
		if b.chunks[mid].end() <= at {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	if lo == len(b.chunks) || at < b.chunks[lo].at {
		return nil
	}
	return &b.chunks[lo]
}

// chunkAt returns the text from offset at on, as far as it lies in one piece.
func (b *buffer) chunkAt(at int64) []byte {
	c := b.find(at)
	if c == nil {
		return nil
	}
	return c.data[at-c.at:]
}

// text gives the text from offset i to j, which what comes later does not change.
func (b *buffer) text(i, j int64) string {
	if text, ok := b.lend(i, j); ok {
		return text
	}
	piece := b.chunkAt(i)
	if int64(len(piece)) >= j-i {
		return string(piece[:j-i])
	}
	out := uncleared(int(j - i))
	useHugePages(out)
	for rest := out; len(rest) > 0; {
		n := copy(rest, b.chunkAt(i))
		rest, i = rest[n:], i+int64(n)
	}
	return unsafe.String(unsafe.SliceData(out), len(out))
}

// consume drops the log before offset to, and the edits before edit, counted from the
// session's first. Notes before that place go as well; of those exactly at it, the ones
// up to and including last (by seq) go.
func (b *buffer) consume(to, edit, last int64) {
	b.start = max(b.start, to)
	drop := 0
	for drop < len(b.chunks) && b.chunks[drop].end() <= to {
		drop++
	}
	if drop > 0 && drop == len(b.chunks) {
		// All is read: the last chunk is used again from its beginning. Its bytes
		// have been copied out, nothing points at them. One of a flood may be lent
		// out, and is more than a calm session should keep.
		c := b.chunks[drop-1]
		clear(b.chunks)
		b.chunks = b.chunks[:0]
		if c.flood == nil {
			b.chunks = append(b.chunks, chunk{at: to, data: c.data[:0]})
		}
	} else if drop > 0 {
		rest := copy(b.chunks, b.chunks[drop:])
		clear(b.chunks[rest:])
		b.chunks = b.chunks[:rest]
	}
	n := 0
	for n < len(b.notes) && (b.notes[n].at < to || b.notes[n].at == to && (b.notes[n].seq <= last || b.notes[n].edit < edit)) {
		n++
	}
	if n > 0 {
		b.notes = append(b.notes[:0], b.notes[n:]...)
	}
	b.edits.drop(edit)
	if len(b.notes) == 0 {
		b.minPause = leastPause // what had to be forgotten is past
	}
}
