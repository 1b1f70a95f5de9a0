package session

// What a wait is fed: the text as it came, and back where a line was edited.

import (
	"bytes"

	"github.com/moonwire/moonwire/engine/match"
)

// textOf is what w sees.
func (s *Session) textOf(w *wait) match.Text {
	w.text = replayText{&s.buf, &w.replay}
	return &w.text
}

// advance feeds the wait all that is in the buffer, in the order in which it came.
func (s *Session) advance(w *wait) {
	b, r := &s.buf, &w.replay
	next := b.noteAfter(r.seq)
	for !w.done {
		stop, note := b.end(), false
		if next < len(b.notes) {
			stop, note = b.notes[next].at, true
		}
		at, back, edit := b.edits.at(r.edit)
		if edit = edit && at <= stop && (!note || at < stop || b.notes[next].edit > r.edit); edit {
			stop = at
		}
		if s.feedTo(w, stop); w.done {
			return
		}
		if edit {
			r.edit++
			s.goBack(w, back)
			continue
		}
		next = b.noteAfter(r.seq) // some may have gone with the text
		if next == len(b.notes) {
			break
		}
		n := b.notes[next]
		next++
		r.seq = n.seq + 1
		if n.isEvent {
			if w.matcher.Mark(n.event) == match.Decided {
				w.finish(w.matcher.Result(s.textOf(w)), Decided)
			}
		} else if n.pause >= w.settle {
			w.paused = n.pause
			s.quiet(w, Settled)
		}
	}
	if s.eof && !w.done && !w.sawEOF && s.endCounts(w) {
		w.sawEOF = true
		if w.matcher.Mark(match.EOF) == match.Decided {
			w.finish(w.matcher.Result(s.textOf(w)), Decided)
			return
		}
		s.quiet(w, AtClose)
	}
}

// feedTo feeds the wait the log up to offset stop.
func (s *Session) feedTo(w *wait, stop int64) {
	b, r := &s.buf, &w.replay
	for r.at < stop {
		piece := b.chunkAt(r.at)
		// No more than this, so that text can be dropped in time however much the
		// network brought at once.
		most := min(stop-r.at, max(s.maxBuffer/2, 1))
		if int64(len(piece)) > most {
			piece = piece[:most]
		}
		if r.below > 0 {
			if _, differs := r.compare(b, piece); differs {
				s.revive(w)
			}
			continue
		}
		// Edits go back within the last line of the piece.
		if i := bytes.LastIndexByte(piece, '\n') + 1; i > 0 {
			if s.feed1(w, piece[:i]); w.done {
				return
			}
			if piece = piece[i:]; r.at == stop || len(piece) > 0 {
				w.matcher.Anchor()
			}
		}
		if len(piece) > 0 {
			s.feed1(w, piece)
		}
		if w.done {
			return
		}
	}
}

// feed1 feeds the wait one piece of the log.
func (s *Session) feed1(w *wait, piece []byte) {
	n, status := w.matcher.Feed(piece)
	w.replay.seen(int64(n))
	if status == match.Decided {
		w.finish(w.matcher.Result(s.textOf(w)), Decided)
		return
	}
	s.trim(w)
}

// goBack takes the last n bytes of what is seen away.
func (s *Session) goBack(w *wait, n int64) {
	w.replay.back(n)
	w.matcher.Back(w.replay.pos, s.textOf(w))
}

// revive makes the consumed line unread: the peer has printed something else over it.
func (s *Session) revive(w *wait) {
	w.replay.revive(&s.buf)
	s.begin(w, s.buf.beforeLine)
}

// quiet takes the best match of what has been fed, read as a complete text.
func (s *Session) quiet(w *wait, rule string) {
	if !w.matcher.CanBest() {
		return
	}
	if m, ok := w.matcher.Best(s.textOf(w)); ok {
		w.finish(m, rule)
	}
}

// trim drops text that is too much, oldest first, as far as no open match needs it.
// What has not been looked at yet does not count: the amount depends on how the network
// cut the data.
func (s *Session) trim(w *wait) {
	b, r := &s.buf, &w.replay
	over := r.at - b.start + (r.edit-b.edits.gone)*editSize - s.maxBuffer
	if over <= 0 {
		return
	}
	if r.edit > b.edits.gone && s.fold(w) {
		return
	}
	if keep := w.matcher.Keep(); keep > r.gone {
		s.drop(w, min(b.start+over, r.needs(b, keep)))
	}
	if r.at-b.start+(r.edit-b.edits.gone)*editSize > 2*s.maxBuffer {
		w.done, w.err = true, ErrBufferFull
		s.ring()
	}
}

// fold drops the log up to where w has come, and keeps what is seen of the open line as
// text: a host that edits one line over and over must not fill the buffer. What the line
// has been is lost to waits to come. It reports whether that could be done.
func (s *Session) fold(w *wait) bool {
	b, r := &s.buf, &w.replay
	from := max(r.gone, r.pos-maxLine)
	tail := r.appendText(b, nil, from, r.pos)
	line := r.pos - int64(len(tail)) + int64(bytes.LastIndexByte(tail, '\n')) + 1
	keep := min(line, w.matcher.Keep())
	if keep < from || line == from && from > r.gone { // it is too much
		return false
	}
	w.dropped += r.at - b.start - (r.pos - keep)
	b.line = append([]byte(nil), tail[keep-from:]...)
	b.unread, b.below, b.beforeLine = len(b.line), 0, -1
	r.spans = append(r.spans[:0], logSpan{keep, -int64(len(b.line))})
	if len(b.line) == 0 {
		r.spans = r.spans[:0]
	}
	r.gone = keep
	w.matcher.Forget(keep)
	b.consume(r.at, r.edit, r.seq-1)
	return true
}

// drop drops the log of w before offset to.
func (s *Session) drop(w *wait, to int64) {
	if to <= s.buf.start {
		return
	}
	n := to - s.buf.start
	w.dropped += n
	w.replay.dropTo(to)
	w.matcher.Forget(w.replay.gone)
	s.buf.line, s.buf.unread, s.buf.below, s.buf.beforeLine = nil, 0, 0, -1
	s.buf.consume(to, s.buf.edits.behind(to-1), -1)
	s.facts.dropped += n
}
