package text

import "bytes"

// displayMost bounds the open line that a Display keeps, in bytes: what edits cannot
// reach any more is told as if the line had ended.
const displayMost = 64 << 10

// Display puts text and edits together again: it is the reader at the other end of a
// [View]'s log. The zero Display is at the beginning of an empty line.
type Display struct{ line []byte }

// Append takes text and the edits in it, as [View.Append] and [View.Edits] tell them, and
// appends to dst what has become final: finished lines with their newlines.
func (d *Display) Append(dst, p []byte, edits []Edit) []byte {
	at := 0
	for _, e := range edits {
		dst = d.add(dst, p[at:e.At])
		at = e.At + e.Again // the bytes between come and go
		d.line = d.line[:max(len(d.line)-e.Back, 0)]
	}
	return d.add(dst, p[at:])
}

func (d *Display) add(dst, p []byte) []byte {
	if n := bytes.LastIndexByte(p, lf) + 1; n > 0 {
		dst = append(append(dst, d.line...), p[:n]...)
		d.line, p = d.line[:0], p[n:]
	}
	d.line = append(d.line, p...)
	if over := len(d.line) - displayMost; over > displayMost {
		dst = append(dst, d.line[:over]...)
		d.line = append(d.line[:0], d.line[over:]...)
	}
	return dst
}

// Apply appends text to what is seen, and applies the edits in it as far as they do not
// go back beyond it.
func Apply(seen, p []byte, edits []Edit) []byte {
	at := 0
	for _, e := range edits {
		seen = append(seen, p[at:e.At]...)
		at = e.At + e.Again // the bytes between come and go
		seen = seen[:max(len(seen)-e.Back, 0)]
	}
	return append(seen, p[at:]...)
}

// Open returns the line that has not ended, as it stands. It is valid until the next
// call.
func (d *Display) Open() []byte { return d.line }
