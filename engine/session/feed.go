package session

// What a wait is fed: the text as it came, and back where a line was edited.

import (
	"bytes"

	"github.com/moonwire/moonwire/engine/buffer"
	"github.com/moonwire/moonwire/engine/match"
)

// advanceLocked feeds the wait all that is in the buffer, in the order in which it came.
func (s *Session) advanceLocked(w *wait) {
	// No more than this at a time, so that text can be dropped in time however much the
	// network brought at once.
	most := max(s.maxBuffer/2, 1)
	more := true
	stepper, steps := w.matcher.(buffer.Stepper)
	for more && !w.done {
		if steps && w.seen.Edits(stepper, s.maxBuffer) {
			w.decide()
			break
		}
		switch step := w.seen.Next(most); step.Kind {
		case buffer.End:
			more = false
		case buffer.Text:
			s.feedTextLocked(w, step)
		case buffer.Back:
			w.matcher.Back(w.seen.Len(), &w.seen)
		case buffer.Revived: // the peer has printed something else over the consumed line
			s.beginLocked(w, s.buf.BeforeLine())
		case buffer.Event:
			if w.matcher.Mark(step.Event) == match.Decided {
				w.decide()
			}
		case buffer.Pause:
			if step.Pause >= w.settle {
				w.paused = step.Pause
				s.quietLocked(w, Settled)
			}
		}
	}
	if s.eof && !w.done && !w.sawEOF && s.endCountsLocked(w) {
		w.sawEOF = true
		if w.matcher.Mark(match.EOF) == match.Decided {
			w.decide()
			return
		}
		s.quietLocked(w, AtClose)
	}
}

// feedTextLocked feeds the wait a piece of text. Edits go back within its last line.
func (s *Session) feedTextLocked(w *wait, step buffer.Step) {
	piece := step.Text
	if i := bytes.LastIndexByte(piece, '\n') + 1; i > 0 {
		w.foldAt = 0
		if s.feedPieceLocked(w, piece[:i]); w.done {
			return
		}
		if piece = piece[i:]; step.Last || len(piece) > 0 {
			w.matcher.Anchor()
		}
	}
	if len(piece) > 0 {
		s.feedPieceLocked(w, piece)
	}
}

func (s *Session) feedPieceLocked(w *wait, piece []byte) {
	n, status := w.matcher.Feed(piece)
	w.seen.Seen(int64(n))
	if status == match.Decided {
		w.decide()
		return
	}
	s.trim(w)
}

// quietLocked takes the best match of what has been fed, read as a complete text.
func (s *Session) quietLocked(w *wait, rule string) {
	if !w.matcher.CanBest() {
		return
	}
	if m, ok := w.matcher.Best(&w.seen); ok {
		w.finish(m, rule)
	}
}

// trim drops text that is too much, oldest first, as far as no open match needs it.
// What has not been looked at yet does not count: the amount depends on how the network
// cut the data.
func (s *Session) trim(w *wait) {
	over := w.seen.Weight() - s.maxBuffer
	if over <= 0 {
		return
	}
	if at := w.seen.At(); w.seen.Edited() && at >= w.foldAt {
		if dropped, ok := w.seen.Fold(w.matcher.Keep()); ok {
			w.dropped += dropped
			w.matcher.Forget(w.seen.Gone())
			return
		}
		w.foldAt = at + min(s.maxBuffer/16, foldEvery) // what is seen of the line is looked through each time
	}
	if keep := w.matcher.Keep(); keep > w.seen.Gone() {
		s.dropLocked(w, min(s.buf.Start()+over, w.seen.Needs(keep)))
	}
	if w.seen.Weight() > 2*s.maxBuffer {
		w.done, w.err = true, ErrBufferFull
		s.ringLocked()
	}
}

// foldEvery is how much of the log comes, in bytes, before it is tried again to fold a line that
// was too long for that, unless the line ends.
const foldEvery = 4 << 10

// dropLocked drops the log of w before offset to.
func (s *Session) dropLocked(w *wait, to int64) {
	if n := w.seen.Drop(to); n > 0 {
		w.dropped += n
		w.matcher.Forget(w.seen.Gone())
		s.facts.dropped += n
	}
}

// feedLocked gives a wait in progress what has come.
func (s *Session) feedLocked() {
	if w := s.wait; w != nil && !w.done && !s.closed {
		s.advanceLocked(w)
		if w.done || !w.armed && (w.matcher.CanBest() || s.heldLocked()) {
			s.ringLocked()
		}
	}
	if s.watching {
		s.watching = false
		s.ringLocked()
	}
}

// beginLocked gives the matcher what is seen at the beginning. prev is the byte before it.
func (s *Session) beginLocked(w *wait, prev int) {
	w.matcher.Reset(prev)
	w.matcher.Anchor()
	if w.seen.Len() > 0 {
		if _, status := w.matcher.Feed(w.seen.PieceAt(0)); status == match.Decided {
			w.seen.Keep(w.matcher.Pos())
			w.decide()
		}
	}
}
