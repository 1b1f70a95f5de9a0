package session

import (
	"bytes"
	"slices"
	"sort"
	"unsafe"

	"github.com/moonwire/moonwire/engine/match"
)

// The unread text is a log: text that is only ever appended, and edits between its
// bytes that say how much of it is not seen any more. A replay goes through the log and
// knows what is seen at the place it has come to. Each wait replays the log from where
// the last one ended, so that one that comes late sees what one that came early would
// have seen, half-drawn lines and erased marks included.
//
// Where a wait ends is a place in the log. What was seen of the open line by then is
// consumed; the buffer keeps it, as later edits may go back into it. The same character
// printed over a consumed one adds nothing: the host redraws its prompt. Another one
// makes the whole line unread.

// A replay is a place in the log, and the text that is seen there. Positions count the
// bytes of that text, from 0.
type replay struct {
	at    int64 // offset in the log of the next byte
	edit  int64 // the next edit, counted from the session's first
	seq   int64 // the next note, likewise
	pos   int64 // the length of the text that is seen
	gone  int64 // so much of its beginning was dropped because of MaxBuffer
	below int   // how many bytes of the consumed line the cursor is back
	whole bool  // the text begins with the consumed line, which has become unread
	spans []logSpan
	epoch int64 // of the buffer, when the replay began
}

// A logSpan says that the text from pos on, up to the next span, lies in the log from
// at on. Where at is negative it lies in buffer.line, and at counts from its end.
type logSpan struct{ pos, at int64 }

// replay returns a replay at the beginning of the unread text.
func (b *buffer) replay() replay {
	r := replay{at: b.start, edit: b.edits.gone, below: b.below, epoch: b.epoch}
	if b.unread > 0 {
		r.pos = int64(b.unread)
		r.spans = append(r.spans, logSpan{0, -int64(b.unread)})
	}
	return r
}

// seen takes the next n bytes of the log as seen.
func (r *replay) seen(n int64) {
	if k := len(r.spans); k == 0 || r.spans[k-1].at < 0 || r.at != r.spans[k-1].at+r.pos-r.spans[k-1].pos {
		if k == cap(r.spans) {
			r.spans = slices.Grow(r.spans, max(k, 4))
		}
		r.spans = append(r.spans, logSpan{r.pos, r.at})
	}
	r.at += n
	r.pos += n
}

// back takes the last n bytes that are seen away.
func (r *replay) back(n int64) {
	if n > r.pos && !r.whole {
		r.below += int(n - r.pos)
	}
	r.pos = max(r.pos-n, r.gone)
	k := len(r.spans)
	for k > 0 && r.spans[k-1].pos >= r.pos {
		k--
	}
	r.spans = r.spans[:k]
}

// compare goes on from within the consumed line with p, the next bytes of the log. It
// returns how many of them only repeat the line, and whether the next one makes all of
// it unread.
func (r *replay) compare(b *buffer, p []byte) (n int, differs bool) {
	line := b.line[:len(b.line)-b.unread]
	r.below = min(r.below, len(line)) // more is gone
	line = line[len(line)-r.below:]
	for n < len(p) && n < len(line) && p[n] == line[n] {
		n++
	}
	r.at += int64(n)
	r.below -= n
	return n, r.below > 0 && n < len(p)
}

// revive makes the consumed line unread, up to where the cursor is in it.
func (r *replay) revive(b *buffer) {
	r.spans = append(r.spans[:0], logSpan{0, -int64(len(b.line))})
	r.pos = int64(len(b.line) - b.unread - r.below)
	if r.pos == 0 {
		r.spans = r.spans[:0]
	}
	r.below, r.whole = 0, true
}

// piece returns the text that is seen from position pos on, as far as it lies in one
// piece.
func (r *replay) piece(b *buffer, pos int64) []byte {
	k := r.span(pos)
	end := r.pos
	if k+1 < len(r.spans) {
		end = r.spans[k+1].pos
	}
	p := b.logPiece(r.spans[k].at + pos - r.spans[k].pos)
	return p[:min(int64(len(p)), end-pos)]
}

// span is the index of the span that holds position pos.
func (r *replay) span(pos int64) int {
	n := len(r.spans)
	if n > 0 && r.spans[n-1].pos <= pos { // the usual case
		return n - 1
	}
	return sort.Search(n, func(i int) bool { return r.spans[i].pos > pos }) - 1
}

// logPiece returns what lies in the log from at on, in one piece.
func (b *buffer) logPiece(at int64) []byte {
	if at < 0 {
		return b.line[int64(len(b.line))+at:]
	}
	return b.chunkAt(at)
}

// text returns the text from position i to j.
func (r *replay) text(b *buffer, i, j int64) string {
	if i >= j {
		return ""
	}
	if k := r.span(i); r.spans[k].at >= 0 && (k+1 == len(r.spans) || r.spans[k+1].pos >= j) {
		at := r.spans[k].at + i - r.spans[k].pos
		return b.text(at, at+j-i)
	}
	return stringOf(r.appendText(b, make([]byte, 0, j-i), i, j))
}

// stringOf is string(p) without a copy, for bytes that nobody else has.
func stringOf(p []byte) string { return unsafe.String(unsafe.SliceData(p), len(p)) }

// appendText appends the text from position i to j.
func (r *replay) appendText(b *buffer, dst []byte, i, j int64) []byte {
	if i >= j {
		return dst
	}
	for k := r.span(i); i < j; k++ {
		end := j
		if k+1 < len(r.spans) {
			end = min(end, r.spans[k+1].pos)
		}
		at := r.spans[k].at + i - r.spans[k].pos
		for i < end {
			p := b.logPiece(at)
			p = p[:min(int64(len(p)), end-i)]
			dst = append(dst, p...)
			i += int64(len(p))
			at += int64(len(p))
		}
	}
	return dst
}

// place returns where in the log the text was when it was pos bytes long for the last
// time: a byte of the log, and the first edit behind it.
func (r *replay) place(b *buffer, pos int64) (at, edit int64) {
	if pos >= r.pos {
		return r.at, r.edit
	}
	k := r.span(pos)
	if at = r.spans[k].at; at >= 0 {
		at += pos - r.spans[k].pos
		return at, b.edits.behind(at)
	}
	if k+1 < len(r.spans) { // all of the kept line lies before it
		at = r.spans[k+1].at
		return at, b.edits.behind(at)
	}
	return r.at, r.edit
}

// needs returns the place in the log before which nothing is needed for the text from
// position pos on.
func (r *replay) needs(b *buffer, pos int64) int64 {
	if pos < r.pos && len(r.spans) > 0 && r.spans[r.span(pos)].at < 0 {
		return b.start
	}
	at, _ := r.place(b, pos)
	return at
}

// dropTo drops the text before place at of the log, and returns how many bytes of what
// is seen that was.
func (r *replay) dropTo(at int64) int64 {
	before := r.gone
	to := r.pos
	for i, s := range r.spans {
		end := r.pos
		if i+1 < len(r.spans) {
			end = r.spans[i+1].pos
		}
		if s.at >= 0 && s.at+end-s.pos > at {
			to = s.pos + max(at-s.at, 0)
			break
		}
	}
	r.gone = max(r.gone, to)
	return r.gone - before
}

// run replays the log up to offset end of it, or up to its end if that is negative: no
// notes, text and edits alone.
func (r *replay) run(b *buffer, end int64) {
	if end < 0 {
		end = b.end()
	}
	for {
		stop := end
		edit, back, ok := b.edits.at(r.edit)
		if ok && edit <= end {
			stop = edit
		} else {
			ok = false
		}
		for r.at < stop {
			if r.below == 0 {
				r.seen(stop - r.at)
				break
			}
			piece := b.chunkAt(r.at)
			piece = piece[:min(int64(len(piece)), stop-r.at)]
			if _, differs := r.compare(b, piece); differs {
				r.revive(b)
			}
		}
		if !ok {
			return
		}
		r.back(back)
		r.edit++
	}
}

// replayText is what is seen, for a matcher.
type replayText struct {
	b *buffer
	r *replay
}

// Chunk implements match.Text.
func (t *replayText) Chunk(pos int64) (piece []byte, start int64) {
	k := t.r.span(pos)
	if k < 0 || pos >= t.r.pos {
		return nil, pos
	}
	s := t.r.spans[k]
	at := s.at + pos - s.pos
	end := t.r.pos
	if k+1 < len(t.r.spans) {
		end = t.r.spans[k+1].pos
	}
	if at < 0 {
		p := t.b.line[int64(len(t.b.line))+s.at:]
		return p[:min(int64(len(p)), end-s.pos)], s.pos
	}
	c := t.b.find(at)
	if c == nil {
		return nil, pos
	}
	// The chunk may begin before the span, and go on behind it.
	from := max(c.at, s.at)
	return c.data[from-c.at : min(c.end(), s.at+end-s.pos)-c.at], s.pos + from - s.at
}

var _ match.Text = (*replayText)(nil)

// maxLine bounds what is kept of a line that was consumed: what edits can reach.
const maxLine = pastSize // bytes

// keepLine keeps what was consumed of the open line, now that the text up to pos is.
// taken is the end of all that was ever consumed, this included.
func (b *buffer) keepLine(r *replay, pos int64, taken []byte) {
	unread := []byte(nil)
	if k := r.span(pos); pos < r.pos && r.spans[k].at < 0 { // some of the kept line is still unread
		end := r.pos
		if k+1 < len(r.spans) {
			end = r.spans[k+1].pos
		}
		unread = r.appendText(b, nil, pos, end)
	}
	old := len(b.line) - b.unread
	if r.whole {
		old = 0
	}
	if b.below = 0; pos >= r.pos {
		b.below = r.below
	}
	n := int(min(pos-r.gone, maxLine)) // of what is consumed now
	line := taken[len(taken)-min(n, len(taken)):]
	switch i := bytes.LastIndexByte(line, '\n'); {
	case i >= 0:
		line = line[i+1:]
		b.beforeLine = '\n'
		b.line = append(b.line[:0], line...)
	case pos-r.gone > maxLine || r.gone > 0:
		b.beforeLine = -1
		if len(taken) > len(line) {
			b.beforeLine = int(taken[len(taken)-len(line)-1])
		}
		b.line = append(b.line[:0], line...)
	default:
		b.line = append(b.line[:old], line...)
		if over := len(b.line) - maxLine; over > 0 {
			b.beforeLine = int(b.line[over-1])
			b.line = append(b.line[:0], b.line[over:]...)
		}
	}
	b.line = append(b.line, unread...)
	b.unread = len(unread)
	if cap(b.line) > 4096 && len(b.line) < 1024 {
		b.line = append([]byte(nil), b.line...)
	}
}
