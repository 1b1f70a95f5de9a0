package buffer

import (
	"slices"
	"sort"
	"unsafe"

	"github.com/moonwire/moonwire/engine/match"
)

// A Reader goes through the log and knows what is seen at the place it has come to. Each
// wait reads the log from where the last one ended, so that one that comes late sees what
// one that came early would have seen, half-drawn lines and erased marks included.
//
// Where a wait ends is a place in the log. What was seen of the open line by then is
// consumed; the buffer keeps it, as later edits may go back into it. The same character
// printed over a consumed one adds nothing: the host redraws its prompt. Another one
// makes the whole line unread.

// A Reader is a place in the log, and the text that is seen there. Positions count the
// bytes of that text, from 0.
type Reader struct {
	b     *Buffer
	at    int64 // offset in the log of the next byte
	edit  int64 // the next edit, counted from the session's first
	seq   int64 // the next note, likewise
	pos   int64 // the length of the text that is seen
	gone  int64 // so much of its beginning was dropped because of MaxBuffer
	below int   // how many bytes of the consumed line the cursor is back
	whole bool  // the text begins with the consumed line, which has become unread
	spans []logSpan
	epoch int64 // of the buffer, when the reader began

	scratch []byte // for what a search is fed
}

// A logSpan says that the text from pos on, up to the next span, lies in the log from
// at on. Where at is negative it lies in buffer.line, and at counts from its end.
type logSpan struct{ pos, at int64 }

// Reader returns a reader at the beginning of the unread text.
func (b *Buffer) Reader() Reader {
	r := Reader{b: b, at: b.start, edit: b.edits.gone, below: b.below, epoch: b.epoch}
	if b.unread > 0 {
		r.pos = int64(b.unread)
		r.spans = append(r.spans, logSpan{0, -int64(b.unread)})
	}
	return r
}

// Len returns the length of the text that is seen.
func (r *Reader) Len() int64 { return r.pos }

// Gone returns how much of the text's beginning was dropped.
func (r *Reader) Gone() int64 { return r.gone }

// At returns the offset in the log of the next byte.
func (r *Reader) At() int64 { return r.at }

// Begun reports whether the reader began at the unread text: nothing was taken since.
func (r *Reader) Begun() bool { return r.epoch == r.b.epoch }

// Revived reports whether the text begins with the line that was consumed before.
func (r *Reader) Revived() bool { return r.whole }

// Replaced returns how many bytes at the end of what was consumed are not seen any more:
// the host has erased them, or the text holds their line once more.
func (r *Reader) Replaced() int {
	if r.whole {
		return len(r.b.line) - r.b.unread
	}
	return r.below
}

// Keep makes the text end at position pos, which is no longer than what is seen.
func (r *Reader) Keep(pos int64) { r.pos = pos }

// A Place is one in the log.
type Place struct{ at, edit int64 }

// Place returns where the reader is.
func (r *Reader) Place() Place { return Place{r.at, r.edit} }

// Weight returns the memory that the log takes up to where the reader is, in bytes.
func (r *Reader) Weight() int64 { return r.at - r.b.start + r.b.edits.weight(r.edit) }

// Edited reports whether the reader has come by an edit that is still kept.
func (r *Reader) Edited() bool { return r.edit > r.b.edits.gone }

// Seen takes the next n bytes of the log as seen.
func (r *Reader) Seen(n int64) {
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
func (r *Reader) back(n int64) {
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
func (r *Reader) compare(p []byte) (n int, differs bool) {
	line := r.b.line[:len(r.b.line)-r.b.unread]
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
func (r *Reader) revive() {
	r.spans = append(r.spans[:0], logSpan{0, -int64(len(r.b.line))})
	r.pos = int64(len(r.b.line) - r.b.unread - r.below)
	if r.pos == 0 {
		r.spans = r.spans[:0]
	}
	r.below, r.whole = 0, true
}

// PieceAt returns the text that is seen from position pos on, as far as it lies in one
// piece.
func (r *Reader) PieceAt(pos int64) []byte {
	k := r.span(pos)
	end := r.pos
	if k+1 < len(r.spans) {
		end = r.spans[k+1].pos
	}
	p := r.b.logPiece(r.spans[k].at + pos - r.spans[k].pos)
	return p[:min(int64(len(p)), end-pos)]
}

// span is the index of the span that holds position pos, -1 if there is none. Those near the
// end are found first.
func (r *Reader) span(pos int64) int {
	lo, hi := len(r.spans)-1, len(r.spans) // hi is behind it
	for step := 1; lo >= 0 && r.spans[lo].pos > pos; step *= 2 {
		lo, hi = lo-step, lo
	}
	lo = max(lo, 0)
	return lo + sort.Search(hi-lo, func(i int) bool { return r.spans[lo+i].pos > pos }) - 1
}

// logPiece returns what lies in the log from at on, in one piece.
func (b *Buffer) logPiece(at int64) []byte {
	if at < 0 {
		return b.line[int64(len(b.line))+at:]
	}
	return b.Piece(at)
}

// Text returns the text from position i to j.
func (r *Reader) Text(i, j int64) string {
	if i >= j {
		return ""
	}
	if k := r.span(i); r.spans[k].at >= 0 && (k+1 == len(r.spans) || r.spans[k+1].pos >= j) {
		at := r.spans[k].at + i - r.spans[k].pos
		return r.b.Text(at, at+j-i)
	}
	return String(r.AppendText(make([]byte, 0, j-i), i, j))
}

// String returns string(p) without a copy, for bytes that nobody else has.
func String(p []byte) string { return unsafe.String(unsafe.SliceData(p), len(p)) }

// AppendText appends the text from position i to j.
func (r *Reader) AppendText(dst []byte, i, j int64) []byte {
	if i >= j {
		return dst
	}
	var c *chunk // the last that was found
	for k := r.span(i); i < j; k++ {
		end := j
		if k+1 < len(r.spans) {
			end = min(end, r.spans[k+1].pos)
		}
		at := r.spans[k].at + i - r.spans[k].pos
		for i < end {
			if at >= 0 && (c == nil || at < c.at || at >= c.end()) {
				c = r.b.find(at)
			}
			p := r.b.line
			if at >= 0 {
				p = c.data[at-c.at:]
			} else {
				p = p[int64(len(p))+at:]
			}
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
func (r *Reader) place(pos int64) (at, edit int64) {
	if pos >= r.pos {
		return r.at, r.edit
	}
	k := r.span(pos)
	if at = r.spans[k].at; at >= 0 {
		at += pos - r.spans[k].pos
		return at, r.b.edits.behind(at)
	}
	if k+1 < len(r.spans) { // all of the kept line lies before it
		at = r.spans[k+1].at
		return at, r.b.edits.behind(at)
	}
	return r.at, r.edit
}

// Needs returns the place in the log before which nothing is needed for the text from
// position pos on.
func (r *Reader) Needs(pos int64) int64 {
	if pos < r.pos && len(r.spans) > 0 && r.spans[r.span(pos)].at < 0 {
		return r.b.start
	}
	at, _ := r.place(pos)
	return at
}

// dropTo drops the text before place at of the log, and returns how many bytes of what
// is seen that was.
func (r *Reader) dropTo(at int64) int64 {
	before := r.gone
	to, first := r.pos, len(r.spans)
	for i, s := range r.spans {
		end := r.pos
		if i+1 < len(r.spans) {
			end = r.spans[i+1].pos
		}
		if s.at >= 0 && s.at+end-s.pos > at {
			to, first = s.pos+max(at-s.at, 0), i
			break
		}
	}
	r.spans = r.spans[first:] // so that they are not gone through again
	r.gone = max(r.gone, to)
	return r.gone - before
}

// Unread returns a reader that has seen all that is unread.
func (b *Buffer) Unread() Reader {
	r := b.Reader()
	r.Run(-1)
	return r
}

// Run replays the log up to offset end of it, or up to its end if that is negative: no
// notes, text and edits alone.
func (r *Reader) Run(end int64) {
	if end < 0 {
		end = r.b.End()
	}
	for {
		stop := end
		e, ok := r.b.edits.at(r.edit)
		if ok = ok && e.at <= end; ok {
			stop = e.at
		}
		for r.at < stop {
			if r.below == 0 {
				r.Seen(stop - r.at)
				break
			}
			piece := r.b.Piece(r.at)
			piece = piece[:min(int64(len(piece)), stop-r.at)]
			if _, differs := r.compare(piece); differs {
				r.revive()
			}
		}
		if !ok {
			return
		}
		r.back(e.back)
		r.edit++
	}
}

// Chunk implements match.Text.
func (r *Reader) Chunk(pos int64) (piece []byte, start int64) {
	k := r.span(pos)
	if k < 0 || pos >= r.pos {
		return nil, pos
	}
	s := r.spans[k]
	at := s.at + pos - s.pos
	end := r.pos
	if k+1 < len(r.spans) {
		end = r.spans[k+1].pos
	}
	if at < 0 {
		p := r.b.line[int64(len(r.b.line))+s.at:]
		return p[:min(int64(len(p)), end-s.pos)], s.pos
	}
	c := r.b.find(at)
	if c == nil {
		return nil, pos
	}
	// The chunk may begin before the span, and go on behind it.
	from := max(c.at, s.at)
	return c.data[from-c.at : min(c.end(), s.at+end-s.pos)-c.at], s.pos + from - s.at
}

var _ match.Text = (*Reader)(nil)
