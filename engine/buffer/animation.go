package buffer

import (
	"bytes"
	"slices"

	"github.com/moonwire/moonwire/engine/match"
)

// A Stepper is a search that takes an edit and the text behind it at once, as
// [match.Matcher] does.
type Stepper interface {
	Step(to int64, p []byte, text match.Text) (n int, decided bool)
	Spin(p []byte) int
	Passes(p []byte) bool
	Back(to int64, text match.Text)
	Feed(p []byte) (n int, st match.Status)
	Anchor()
	Remember()
}

// sweepMost is how much of the log is looked at at a time for what a search would stop at, in
// bytes: where there is something, as much goes edit by edit.
const sweepMost = 2 << 10

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
		text := b.Piece(r.at)
		text = text[:min(int64(len(text)), stop-r.at, sweepMost)]
		var used int64
		if m.Passes(text) {
			used = r.sweep(m, text, free)
		} else { // a line of it
			n := bytes.IndexByte(text, '\n')
			if n >= 0 {
				text = text[:n]
			}
			if n >= 0 && m.Passes(text) {
				used = r.sweep(m, text, free)
			} else {
				used, decided = r.steps(m, text, n >= 0, free)
			}
		}
		if decided || used == 0 {
			return decided
		}
		free -= used
	}
	return false
}

// sweep takes the edits in text, which is next in the log and holds nothing that m would stop
// at: m is fed what is left of it in the end. It returns how much of the log that was.
func (r *Reader) sweep(m Stepper, text []byte, free int64) (used int64) {
	l := &r.b.edits
	c := l.seek(r.edit)
	low, left := r.pos, int64(len(text)) // what is before low has stayed
	for left > 0 && used < free && r.edit < c.number+c.run && c.at+r.edit-c.number == r.at && c.back <= r.pos-r.gone {
		if c.run == 1 {
			n, weight := r.sweepUsual(c, left, free-used, &low)
			if left, used = left-n, used+weight; weight > 0 {
				continue
			}
		}
		edits, back, size := c.number+c.run-r.edit, c.back, int64(c.size)
		n := min(edits, left) // bytes up to the next entry; the first of them are the run's
		if n == edits {
			if n = left; l.forward() {
				n = min(n, c.at-r.at)
			}
		}
		used += n + size
		left -= n
		edits = min(edits, n)
		r.edit += max(edits, 1)
		r.back(back)
		low = min(low, r.pos)
		r.at += max(edits-1, 0)
		if n -= max(edits-1, 0); n > 0 {
			r.Seen(n)
		}
	}
	if used > 0 {
		m.Back(low, r)
		r.feed(m, low)
	}
	return used
}

// feed feeds m what is seen from position pos on, which is little.
func (r *Reader) feed(m Stepper, pos int64) {
	r.scratch = r.AppendText(r.scratch[:0], pos, r.pos)
	lines := bytes.LastIndexByte(r.scratch, '\n') + 1
	if lines > 0 {
		m.Feed(r.scratch[:lines])
		m.Anchor()
	}
	line := r.scratch[lines:]
	if n := len(line) - nearEnd; n > nearEnd { // the next edit goes back from there to here
		m.Feed(line[:n])
		m.Remember()
		line = line[n:]
	}
	m.Feed(line)
}

// nearEnd is how far most edits go back, in bytes.
const nearEnd = 64

// sweepUsual is sweep for edits of the usual form, from c on, as far as another of them is
// behind each. It returns how many bytes of text they had, and how much of the log that was.
func (r *Reader) sweepUsual(c *entry, left, free int64, low *int64) (n, weight int64) {
	list := r.b.edits.pieces[c.piece].list
	pos, least, spans := r.pos, *low, r.spans
	at, back, off, size := r.at, c.back, c.off, c.size
	number := c.number
	for left > n && free > weight && back <= pos-r.gone {
		next := off + size
		if next+1 >= len(list) || list[next] == runForm || list[next] == longForm {
			break
		}
		k := int64(list[next+1])
		if k > left-n {
			break
		}
		pos -= back
		least = min(least, pos)
		i := len(spans)
		for i > 0 && spans[i-1].pos >= pos {
			i--
		}
		if spans = spans[:i]; k > 0 {
			if i == cap(spans) {
				spans = slices.Grow(spans, max(i, 4))
			}
			spans = append(spans, logSpan{pos, at})
		}
		pos, at, n, weight = pos+k, at+k, n+k, weight+k+int64(size)
		off, size, back = next, 2, int64(list[next])
		number++
	}
	if number == c.number {
		return 0, 0
	}
	r.edit += number - c.number
	r.pos, r.at, r.spans, *low = pos, at, spans, least
	c.off, c.size, c.number, c.at, c.back = off, size, number, at, back
	return n, weight
}

// steps feeds m the edits in text, which is next in the log, one by one. It returns how much of
// the log that was, and whether a match is decided.
func (r *Reader) steps(m Stepper, text []byte, ends bool, free int64) (used int64, decided bool) {
	l := &r.b.edits
	c := l.seek(r.edit)
	for len(text) > 0 && used < free {
		if r.edit >= c.number+c.run && !l.forward() {
			break
		}
		edits := c.number + c.run - r.edit
		if c.at+r.edit-c.number != r.at || c.back > r.pos-r.gone {
			break
		}
		piece := text
		if edits > 1 {
			most := edits
			if next, ok := l.follows(); ok && next == r.at+edits-1 { // it acts before the run's last byte, too
				most--
			}
			if n := int64(m.Spin(text[:min(int64(len(text)), most)])); n > 0 {
				r.back(c.back)
				r.at += n - 1
				r.Seen(1)
				r.edit += n
				used += n + int64(c.size)
				text = text[n:]
				continue
			}
			piece = piece[:1]
		} else if next, ok := l.follows(); ok && next-r.at <= int64(len(piece)) {
			piece = piece[:next-r.at]
		} else if ends { // there is nothing to go back to before the newline
			break
		}
		r.edit++
		r.back(c.back)
		n, decided := m.Step(r.pos, piece, r)
		if n > 0 {
			r.Seen(int64(n))
		}
		used += int64(n) + int64(c.size)
		if decided {
			return used, true
		}
		text = text[n:]
	}
	return used, false
}
