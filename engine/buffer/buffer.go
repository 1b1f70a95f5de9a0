// Package buffer keeps the text of a session that is unread: chunks that never move once
// written, so that a matcher and a reader look at the same bytes without a copy, edits that
// say how much of it is not seen any more, and notes of the events and pauses between the
// bytes. Together they are the log. Offsets in it count from the session's first byte.
//
// A [Reader] replays the log from where the last one ended. What it has seen is taken out of
// the buffer by [Buffer.Take].
//
// A Buffer has no lock. Only the goroutine that holds its session's may use it.
package buffer

import (
	"cmp"
	"math"
	"slices"
	"time"
	"unsafe"

	"github.com/moonwire/moonwire/engine/match"
)

const (
	firstChunk = 2 << 10 // bytes; an idle session stays small
	maxNotes   = 4096    // beyond it the shortest pauses are forgotten
	// LeastPause is the shortest pause that is noted.
	LeastPause = time.Millisecond
)

// What Take takes of the notes at the place where it ends.
const (
	NoNote   = -1
	AllNotes = math.MaxInt64
)

// LargeChunk is the size of the pieces that much text is kept in, in bytes.
const LargeChunk = 256 << 10

// A chunk is a run of text that begins at offset at.
type chunk struct {
	at    int64
	data  []byte
	flood *flood // what a chunk of a flood has beside, nil for the usual ones
}

func (c *chunk) end() int64 { return c.at + int64(len(c.data)) }

// A Note is something that happened just before the byte at offset at: an event,
// or a pause of the peer.
type Note struct {
	at      int64
	seq     int64 // its place in the session's history, rising
	isEvent bool
	event   match.Event
	pause   time.Duration
	edit    int64 // how many edits there had been in the session
}

// Buffer is the unread text. New makes one.
type Buffer struct {
	chunks   []chunk
	start    int64 // offset of the first unread byte
	prev     int   // the byte before the unread text, -1 at the session's beginning
	edits    edits
	notes    []Note
	nextSeq  int64
	minPause time.Duration
	most     int64 // what the buffer is meant to hold; floods get no larger pieces
	awaited  int64 // how much of the text the wait in progress has been through

	line       []byte // the open line as far as it was consumed, and what of it is unread again
	unread     int    // bytes at the end of line that are unread
	below      int    // how many bytes before the end of the consumed line the cursor is
	beforeLine int    // the byte before line, -1 at the session's beginning
	epoch      int64  // counts how often text was taken
	past       past
}

// New returns an empty buffer that is meant to hold most bytes.
func New(most int64) Buffer {
	return Buffer{prev: -1, beforeLine: -1, minPause: LeastPause, most: most}
}

// End returns the offset after the last byte that has arrived.
func (b *Buffer) End() int64 {
	if len(b.chunks) == 0 {
		return b.start
	}
	return b.chunks[len(b.chunks)-1].end()
}

// Len returns how much of the log is unread, in bytes.
func (b *Buffer) Len() int64 { return b.End() - b.start }

// Weight returns the memory that the unread log takes, in bytes.
func (b *Buffer) Weight() int64 { return b.Len() + b.edits.weight(b.edits.end()) }

// Start returns the offset of the first unread byte.
func (b *Buffer) Start() int64 { return b.start }

// Empty reports whether nothing is unread, not even an edit.
func (b *Buffer) Empty() bool { return b.Len() == 0 && !b.edits.any() }

// Prev returns the byte before the unread text, -1 at the session's beginning.
func (b *Buffer) Prev() int { return b.prev }

// ShortestPause returns how long a pause has to be to be noted.
func (b *Buffer) ShortestPause() time.Duration { return b.minPause }

// Await says how far a wait in progress has been through the text: to offset at. A flood
// that is waited for gets larger pieces.
func (b *Buffer) Await(at int64) { b.awaited = max(at-b.start, 0) }

// Append adds what f appends, which is about need bytes. It returns the offset at which
// that begins, and the bytes themselves.
func (b *Buffer) Append(need int, f func(dst []byte) []byte) (begin int64, added []byte) {
	begin = b.End()
	c := b.room(need)
	before := len(c.data)
	out := f(c.data)
	added = out[before:]
	if cap(out) == cap(c.data) {
		c.data = out
	} else if len(added) > 0 { // it was more, and lies elsewhere: a chunk never moves
		c = b.room(len(added))
		c.data = append(c.data, added...)
	}
	return begin, added
}

// Edit records that before each of n bytes from offset at on the last back bytes that are
// seen are not seen any more.
func (b *Buffer) Edit(at, back, n int64) { b.edits.add(at, back, n) }

// room returns the last chunk with space for n more bytes.
func (b *Buffer) room(n int) *chunk {
	end := b.End()
	if last := len(b.chunks) - 1; last >= 0 {
		c := &b.chunks[last]
		if cap(c.data)-len(c.data) >= n && !c.lent() {
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
		size = min(2*cap(b.chunks[last].data), LargeChunk)
	}
	b.chunks = append(b.chunks, chunk{at: end, data: make([]byte, 0, max(size, n))})
	return &b.chunks[len(b.chunks)-1]
}

// Here returns a note behind all that there is so far.
func (b *Buffer) Here() Note {
	return Note{at: b.End(), edit: b.edits.end()}
}

// AddEvent records that e happened behind all that there is so far.
func (b *Buffer) AddEvent(e match.Event) {
	n := b.Here()
	n.isEvent, n.event = true, e
	b.addNote(n)
}

// AddPause records that the peer was silent for d at the place n.
func (b *Buffer) AddPause(n Note, d time.Duration) {
	n.pause = d
	b.addNote(n)
}

func (b *Buffer) addNote(n Note) {
	if len(b.notes) >= maxNotes {
		b.thinNotes()
	}
	n.seq = b.nextSeq
	b.nextSeq++
	b.notes = append(b.notes, n)
}

// noteAfter is the index of the first note whose place in the history is seq or later.
func (b *Buffer) noteAfter(seq int64) int {
	if n := len(b.notes); n == 0 || b.notes[n-1].seq < seq { // the usual case: none
		return n
	}
	i, _ := slices.BinarySearchFunc(b.notes, seq, func(n Note, seq int64) int { return cmp.Compare(n.seq, seq) })
	return i
}

// thinNotes makes place by dropping the shorter half of the pauses, and events
// only if there is no other way: a peer that sends events without end must not
// make the list grow.
func (b *Buffer) thinNotes() {
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
func (b *Buffer) find(at int64) *chunk {
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

// Piece returns the text from offset at on, as far as it lies in one piece.
func (b *Buffer) Piece(at int64) []byte {
	c := b.find(at)
	if c == nil {
		return nil
	}
	return c.data[at-c.at:]
}

// Text returns the text from offset i to j, which what comes later does not change.
func (b *Buffer) Text(i, j int64) string {
	if text, ok := b.lend(i, j); ok {
		return text
	}
	piece := b.Piece(i)
	if int64(len(piece)) >= j-i {
		return string(piece[:j-i])
	}
	out := uncleared(int(j - i))
	useHugePages(out)
	for rest := out; len(rest) > 0; {
		n := copy(rest, b.Piece(i))
		rest, i = rest[n:], i+int64(n)
	}
	return unsafe.String(unsafe.SliceData(out), len(out))
}

// consume drops the log before offset to, and the edits before edit, counted from the
// session's first. Notes before that place go as well; of those exactly at it, the ones
// up to and including last (by seq) go.
func (b *Buffer) consume(to, edit, last int64) {
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
		b.minPause = LeastPause // what had to be forgotten is past
	}
}
