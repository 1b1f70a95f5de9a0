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
	for free := most - r.Weight(); free > 0; {
		e, ok := b.edits.at(r.edit)
		if !ok || e.at != r.at || e.at >= stop || e.back > r.pos-r.gone {
			return false
		}
		piece := b.Piece(e.at)
		piece = piece[:min(int64(len(piece)), stop-e.at)]
		if e.run > 1 {
			if n := int64(m.Spin(piece[:min(int64(len(piece)), e.run)])); n > 0 {
				r.back(e.back)
				r.at += n - 1
				r.Seen(1)
				r.edit += n
				free -= n + e.size
				continue
			}
		}
		if next, ok := b.edits.at(r.edit + 1); ok && next.at-e.at < int64(len(piece)) {
			piece = piece[:next.at-e.at]
		}
		if bytes.IndexByte(piece, '\n') >= 0 { // there is nothing to go back to before it
			return false
		}
		r.edit++
		r.back(e.back)
		n, decided := m.Step(r.pos, piece, r)
		if n > 0 {
			r.Seen(int64(n))
		}
		if decided {
			return true
		}
		free -= int64(n) + e.size
	}
	return false
}
