package buffer

import (
	"bytes"

	"github.com/moonwire/moonwire/engine/match"
)

// A Stepper is a search that takes an edit and the text behind it at once, as
// [match.Matcher] does.
type Stepper interface {
	Step(to int64, p []byte, text match.Text) (n int, decided bool)
	Spin(p []byte) int
}

// Edits feeds m the edits that come next and the text behind each, as long as nothing else
// is on the way: hosts that animate a line send them by the million. It reports whether a
// match is decided, and goes no further than a log of most bytes. What it leaves is for
// [Reader.Next].
func (r *Reader) Edits(m Stepper, most int64) (decided bool) {
	b := r.b
	if r.below > 0 || r.edit >= b.edits.end() {
		return false
	}
	stop := b.End()
	if next := b.noteAfter(r.seq); next < len(b.notes) {
		stop = b.notes[next].at
	}
	c := b.edits.seek(r.edit)
	var text []byte // the line that is in the log from r.at on, as far as it lies in one piece
	ends := false   // a newline stands behind it
	for free := most - r.Weight(); free > 0; {
		if r.edit >= c.number+c.run && !b.edits.forward() {
			return false
		}
		at, run := c.at+r.edit-c.number, c.number+c.run-r.edit
		if at != r.at || at >= stop || c.back > r.pos-r.gone {
			return false
		}
		if len(text) == 0 {
			text = b.Piece(at)
			text = text[:min(int64(len(text)), stop-at)]
			if n := bytes.IndexByte(text, '\n'); n >= 0 {
				text, ends = text[:n], true
			}
		}
		piece := text
		if run > 1 {
			if n := int64(m.Spin(text[:min(int64(len(text)), run)])); n > 0 {
				r.back(c.back)
				r.at += n - 1
				r.Seen(1)
				r.edit += n
				free -= n + int64(c.size)
				text = text[n:]
				continue
			}
			piece = piece[:min(len(piece), 1)]
		} else if next, ok := b.edits.follows(); ok && next-at <= int64(len(piece)) {
			piece = piece[:next-at]
		} else if ends { // there is nothing to go back to before the newline
			return false
		}
		r.edit++
		r.back(c.back)
		n, decided := m.Step(r.pos, piece, r)
		if n > 0 {
			r.Seen(int64(n))
		}
		if decided {
			return true
		}
		text = text[n:]
		free -= int64(n) + int64(c.size)
	}
	return false
}
