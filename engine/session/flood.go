package session

import "unsafe"

// Floods: once much text is unread, the buffer grows by pieces several times as
// large as all that it holds, each with room in front for what came before. When
// a wait takes such text, what came before is copied into that room and the piece
// itself becomes the string: most of a flood is not copied, and its memory not
// touched, a second time.

const (
	floodStart  = 1 << 20 // bytes of unread text from which on a piece is large
	floodGrowth = 4       // times what is unread
	lendLeast   = 1 << 20 // bytes; less is copied out
)

// A flood is what a large chunk has beside its text.
type flood struct {
	base   []byte // the whole memory; the chunk's text lies behind the room in front
	front  int64  // bytes of that room
	filled int64  // offset from which on the text lies in base; the chunk's own at first
	lent   bool   // a string points into base: nothing in it may change any more
}

// lent tells whether a string points at the chunk.
func (c *chunk) lent() bool { return c.flood != nil && c.flood.lent }

// floodChunk makes a large chunk with room for n bytes at the text's end, if so
// much is unread that one is due.
func (b *buffer) floodChunk(n int) (chunk, bool) {
	kept := b.len()
	// No more than the buffer is meant to hold: beyond that the oldest text goes,
	// and a large piece would be kept for its last byte.
	size := min(floodGrowth*kept, b.most+2*largeRead)
	if kept < floodStart || size < kept+max(kept/2, int64(n)) {
		return chunk{}, false
	}
	base := make([]byte, size)
	useHugePages(base)
	end := b.end()
	return chunk{at: end, data: base[kept:kept], flood: &flood{base: base, front: kept, filled: end}}, true
}

// lend gives the text from offset i to j without a copy, if a large chunk holds
// most of it and the text is most of what that chunk holds.
func (b *buffer) lend(i, j int64) (string, bool) {
	if j-i < lendLeast {
		return "", false
	}
	c := b.find(j - 1)
	if c == nil || c.flood == nil {
		return "", false
	}
	f := c.flood
	if i < b.start || i < c.at-f.front || 2*(j-i) < c.end()-min(i, f.filled) {
		return "", false
	}
	place := func(at int64) int64 { return f.front + at - c.at }
	for at := i; at < f.filled; { // what was lent before lies there already, and stays as it is
		piece := b.chunkAt(at)
		// A piece at a time: while one copies, the garbage collector can not stop the
		// goroutine, and would keep another core busy with waiting for it.
		piece = piece[:min(int64(len(piece)), f.filled-at, largeChunk)]
		copy(f.base[place(at):], piece)
		at += int64(len(piece))
	}
	f.filled = min(f.filled, i)
	f.lent = true
	text := f.base[place(i):place(j)]
	return unsafe.String(&text[0], len(text)), true
}
