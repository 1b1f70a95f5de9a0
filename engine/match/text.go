package match

import "unicode/utf8"

// Text gives access to the text that was fed since [Matcher.Reset], to find where
// a match starts and what its groups are. It may be kept in pieces of any sizes:
// nothing asks for more than one of them at a time.
type Text interface {
	// Chunk returns the piece of the text that holds the byte at offset at, and
	// the offset of the piece's own first byte. It is asked for offsets from
	// Keep() to the number of bytes fed, that excluded. The piece is only read,
	// and not kept.
	Chunk(at int64) (piece []byte, start int64)
}

// Bytes is a Text in one piece.
type Bytes []byte

// Chunk implements [Text].
func (b Bytes) Chunk(int64) ([]byte, int64) { return b, 0 }

// cursor reads bytes and runes of a text, asking for a chunk only when it leaves one.
type cursor struct {
	text  Text
	piece []byte
	start int64
}

func (c *cursor) at(i int64) byte {
	if k := i - c.start; uint64(k) < uint64(len(c.piece)) {
		return c.piece[k]
	}
	c.piece, c.start = c.text.Chunk(i)
	return c.piece[i-c.start]
}

// rest gives what is at hand of the text from i up to end; it may be nothing.
func (c *cursor) rest(i, end int64) []byte {
	k := i - c.start
	if uint64(k) > uint64(len(c.piece)) || end <= i {
		return nil
	}
	return c.piece[k:min(int64(len(c.piece)), end-c.start)]
}

// rune decodes the rune at i of a text that ends at end.
func (c *cursor) rune(i, end int64) (r rune, size int) {
	b := c.at(i)
	if b < utf8.RuneSelf {
		return rune(b), 1
	}
	var buf [utf8.UTFMax]byte
	n := 0
	for ; n < len(buf) && i+int64(n) < end; n++ {
		buf[n] = c.at(i + int64(n))
		if utf8.FullRune(buf[:n+1]) {
			n++
			break
		}
	}
	return utf8.DecodeRune(buf[:n])
}
