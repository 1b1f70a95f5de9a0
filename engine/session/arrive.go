package session

// How data that came becomes text in the buffer: its time, the view, what the view answers.

import (
	"time"

	"github.com/moonwire/moonwire/engine/buffer"
	"github.com/moonwire/moonwire/engine/match"
	"github.com/moonwire/moonwire/engine/text"
)

// nowLocked is when what is looked at came.
func (s *Session) nowLocked() time.Time {
	if s.reading.state == pumpCatchesUp {
		return s.reading.since
	}
	return s.clock.Now()
}

// A gap is a pause of the peer's that is over if what has come changes the text.
type gap struct {
	place buffer.Note
	pause time.Duration // 0 if it is too short to be noted
}

// gapLocked looks at how long the text has not changed, and brings it up to what is seen
// where that is a pause.
func (s *Session) gapLocked() gap {
	since := s.reading.silentSince(s.lastArrival)
	least := s.buf.ShortestPause()
	if s.wait != nil && s.wait.settle > 0 && s.wait.settle < least {
		least = s.wait.settle
	}
	pause := s.nowLocked().Sub(since)
	if pause < least {
		return gap{}
	}
	s.flushViewLocked()
	if s.buf.Empty() {
		return gap{}
	}
	return gap{s.buf.Here(), pause}
}

// arriveLocked ends the pause g: something has come that changes the text.
func (s *Session) arriveLocked(g gap) {
	if g.pause > 0 {
		s.buf.AddPause(g.place, g.pause)
	}
	s.lastArrival = s.nowLocked()
}

// dataLocked lays bytes of the peer's into the buffer.
func (s *Session) dataLocked(p []byte) {
	if s.wants(DataIn) {
		s.observeLocked(Observation{Kind: DataIn, Bytes: p})
	}
	if s.live != nil {
		s.lastArrival = s.nowLocked()
		s.live.data = append(s.live.data, p...)
		if s.wants(TextIn) {
			s.live.tellLocked(p)
		}
		s.ringLocked()
		return
	}
	g := s.gapLocked()
	if s.layLocked(p, true) {
		s.arriveLocked(g)
	}
}

// layLocked puts data through the text view into the buffer, and reports whether that changes
// the text. It is told to the taps unless they have seen it already.
func (s *Session) layLocked(p []byte, tell bool) (changed bool) {
	if over := len(p) - tailSize; over > 0 { // so much is not kept as it came
		s.tail.skip(over)
		changed = s.layTextLocked(p[:over], tell)
		p = p[over:]
	}
	s.tail.add(p, s.buf.End())
	return s.layTextLocked(p, tell) || changed
}

// viewPiece is how much goes through the text view at a time, in bytes: what a host's
// movements make of it can be many times as long.
const viewPiece = 64 << 10

func (s *Session) layTextLocked(p []byte, tell bool) bool {
	need := len(p)
	if s.view != nil {
		need += viewSlack
		if s.encoder != nil {
			need += 2 * len(p) // one byte may become three in UTF-8
		}
	}
	s.buf.Await(0)
	if s.wait != nil {
		s.buf.Await(s.wait.seen.At())
	}
	if s.view != nil {
		held, changed := s.view.Held(), false
		for {
			piece := p[:min(len(p), viewPiece)]
			p = p[len(piece):]
			changed = s.toldLocked(func(dst []byte) []byte { return s.view.Append(dst, piece) }, min(need, 3*viewPiece), tell) || changed
			changed = changed || s.view.Redrawn()
			s.answerLocked(s.view.Questions())
			if len(p) == 0 {
				return changed || !held && s.view.Held()
			}
			if w := s.wait; w != nil && !w.done && s.buf.Weight() > 2*s.maxBuffer {
				s.advanceLocked(w) // it drops what is too much
			}
		}
	}
	return s.toldLocked(func(dst []byte) []byte {
		if s.remove != "" {
			return appendKept(dst, p, s.remove)
		}
		return append(dst, p...)
	}, need, tell)
}

// toldLocked lays into the buffer what f appends, which is about need bytes, with the edits
// that the view tells of it. It reports whether there is anything.
func (s *Session) toldLocked(f func(dst []byte) []byte, need int, tell bool) bool {
	begin, added := s.buf.Append(need, f)
	var edits []text.Edit
	if s.view != nil {
		edits = s.view.Edits()
	}
	for _, e := range edits {
		s.buf.Edit(begin+int64(e.At), int64(e.Back), int64(e.Again)+1)
	}
	if len(added) == 0 && len(edits) == 0 {
		return false
	}
	if tell && s.wants(TextIn) {
		s.observeLocked(Observation{Kind: TextIn, Bytes: added, Edits: edits})
	}
	return true
}

// viewSlack is what the text view may hold back from earlier bytes and add later.
const viewSlack = 64

// markLocked puts an event between the bytes.
func (s *Session) markLocked(e match.Event) {
	s.arriveLocked(s.gapLocked()) // a pause before the event counts as one before text
	if s.heldLocked() {
		s.toldLocked(s.view.Mark, viewSlack, true)
	}
	s.buf.AddEvent(e)
}

// flushViewLocked brings the buffer up to what is seen, half a character included.
func (s *Session) flushViewLocked() {
	if s.heldLocked() {
		s.toldLocked(s.view.Flush, viewSlack, true)
	}
}

// syncViewLocked brings the buffer up to what is seen, but for half a character.
func (s *Session) syncViewLocked() {
	if s.heldLocked() {
		s.toldLocked(s.view.Sync, viewSlack, true)
	}
}

// maxAnswers bounds the answers to a terminal's questions until the script reads or
// writes again.
const maxAnswers = 16

// answerLocked answers what the peer asked the terminal.
func (s *Session) answerLocked(questions []text.Question) {
	if s.silent || s.commands.running || s.released || s.leaving || s.outErrLocked() != nil {
		return
	}
	for _, q := range questions {
		if s.answers++; s.answers > maxAnswers {
			return
		}
		s.line.WriteData(q.Answer())
		s.line.Flush()
	}
}

// appendKept appends p to dst without the bytes that are in drop.
func appendKept(dst, p []byte, drop string) []byte {
	var dropped [256]bool
	for i := range len(drop) {
		dropped[drop[i]] = true
	}
	kept := 0
	for i, b := range p {
		if dropped[b] {
			dst = append(dst, p[kept:i]...)
			kept = i + 1
		}
	}
	return append(dst, p[kept:]...)
}

func newViewLike(v *text.View) (*text.View, error) { return text.NewView(v.Encoding()) }
