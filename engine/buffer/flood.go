package buffer

import (
	"strings"
	"unsafe"
)

// Floods: once much text is unread, the buffer grows by pieces several times as
// large as all that it holds, each with room in front for what came before. When
// a wait takes such text, what came before is copied into that room and the piece
// itself becomes the string: most of a flood is not copied, and its memory not
// touched, a second time.

const (
	floodStart  = 1 << 20  // bytes of unread text from which on a piece is large
	floodGrowth = 4        // times what is unread; only what is filled takes memory
	waitGrowth  = 8        // the same while one wait goes through all of it
	waitMost    = 16 << 20 // bytes of unread text up to which it is that
	lendLeast   = 1 << 20  // bytes; less is copied out
	shareLeast  = 4        // and so is less than this part of a piece
)

// A flood is what a large chunk has beside its text.
type flood struct {
	base   []byte // the whole memory; the chunk's text lies behind the room in front
	front  int64  // bytes of that room
	filled int64  // offset from which on the text lies in base; the chunk's own at first
	lent   bool   // a string points into base: nothing in it may change any more
}

// newFlood makes a large chunk of size bytes at least for text from offset at on, with
// room in front of it.
func newFlood(at, front, size int64) chunk {
	// It begins and ends with a huge page: what is no whole one comes page by page.
	size = (size + hugePage - 1) &^ (hugePage - 1)
	memory := uncleared(int(size + hugePage))
	skip := -uintptr(unsafe.Pointer(unsafe.SliceData(memory))) % hugePage
	f := &flood{base: memory[skip:][:size:size], front: front, filled: at}
	useHugePages(f.base)
	return chunk{at: at, data: f.base[front:front], flood: f}
}

// uncleared is make([]byte, n), but does not clear memory that was used before: of a
// piece of which little is filled, clearing would be most of the work and most of the
// memory. A script that takes floods one after another needs 1.5 to 1.9 times as long
// with make. The memory is a strings.Builder's, whose text nobody else has: only as
// somebody's string must it not change. What is read from it was written to it before.
func uncleared(n int) []byte {
	var b strings.Builder
	b.Grow(n)
	b.WriteByte(0) // the place of an empty text is not defined
	return unsafe.Slice(unsafe.StringData(b.String()), n)
}

// lent reports whether a string points at the chunk.
func (c *chunk) lent() bool { return c.flood != nil && c.flood.lent }

// floodChunk makes a large chunk with room for n bytes at the text's end, if so
// much is unread that one is due.
func (b *Buffer) floodChunk(n int) (chunk, bool) {
	kept := b.Len()
	// What is not filled counts for the garbage collector, which lets as much garbage
	// stand. While a script waits it makes none.
	growth := int64(floodGrowth)
	if 2*b.awaited >= kept && kept <= waitMost {
		growth = waitGrowth
	}
	// No more than the buffer is meant to hold: beyond that the oldest text goes,
	// and a large piece would be kept for its last byte.
	size := min(growth*kept, b.most+2*floodRead)
	if kept < floodStart || size < kept+max(kept/2, int64(n)) {
		return chunk{}, false
	}
	return newFlood(b.End(), kept, size), true
}

// lend gives the text from offset i to j without a copy, if a large chunk holds
// most of it and the text is most of what that chunk holds.
func (b *Buffer) lend(i, j int64) (string, bool) {
	if j-i < lendLeast {
		return "", false
	}
	c := b.find(j - 1)
	if c == nil || c.flood == nil {
		return "", false
	}
	f := c.flood
	if shareLeast*(j-i) < int64(len(f.base)) { // it would keep alive much that is not filled
		return "", false
	}
	if i < b.start || i < c.at-f.front || 2*(j-i) < c.end()-min(i, f.filled) {
		return "", false
	}
	place := func(at int64) int64 { return f.front + at - c.at }
	for at := i; at < f.filled; { // what was lent before lies there already, and stays as it is
		piece := b.Piece(at)
		// A piece at a time: while one copies, the garbage collector cannot stop the
		// goroutine, and would keep another core busy with waiting for it.
		piece = piece[:min(int64(len(piece)), f.filled-at, LargeChunk)]
		copy(f.base[place(at):], piece)
		at += int64(len(piece))
	}
	f.filled = min(f.filled, i)
	f.lent = true
	text := f.base[place(i):place(j)]
	return unsafe.String(&text[0], len(text)), true
}
