package buffer

import (
	"encoding/binary"
	"math"
	"sort"
)

// The edits of the unread log are kept as bytes, as a host that draws on one line sends
// more of them than text, and memory that is touched for the first time costs more than
// all the rest. An entry is one edit, or a run of them: each takes away as much, before the
// byte behind that of the one before, as a spinner does it. It has one of three forms:
//
//	back, distance     one byte each: the usual edit
//	long, back, distance       numbers of any length
//	run, edits, back, distance      edits in four bytes
//
// The distance is the number of bytes of the log behind the last edit of the entry before.
const (
	runForm  = 0
	longForm = 255
)

const (
	editBlock = 1024 // bytes of entries that are kept in one piece: pieces never move
	entryMost = 5 + 2*binary.MaxVarintLen64
)

// An editPiece holds edits: those from number on, the first of them at offset base.
type editPiece struct {
	base, number int64
	index        int64 // bytes of entries that were kept before in the session
	list         []byte
}

// An entry is one of an editPiece, as it is read.
type entry struct {
	piece, off, size int // where it lies; size is 0 if there is none
	number           int64
	at, back, run    int64
	distance         int64
}

// edits are the edits of the unread log, in their order. They are numbered from the
// session's first.
type edits struct {
	pieces []editPiece
	gone   int64 // the number of the first that is kept
	next   int64 // the number behind that of the last
	first  int64 // bytes of entries that are gone, of the session's
	last   entry // the last that was added, of the last piece
	cur    entry // the last that was asked for
}

// end is the number of edits that there have been in the session.
func (l *edits) end() int64 { return l.next }

// any reports whether there are any.
func (l *edits) any() bool { return l.gone < l.next }

// add records that before each of n bytes from offset at on the last back bytes that are
// seen are not seen any more.
func (l *edits) add(at, back, n int64) {
	k := len(l.pieces) - 1
	if e := &l.last; k >= 0 && n == 1 && (back != 1 || e.back != 1) { // the usual edit
		p := &l.pieces[k]
		distance := at - (e.at + e.run - 1)
		if len(p.list)+entryMost <= editBlock && isShort(back, distance) {
			e.off, e.number, e.at, e.back, e.run, e.distance = len(p.list), l.next, at, back, 1, distance
			p.list = append(p.list, byte(back), byte(distance))
			l.next++
			return
		}
	}
	if k >= 0 && back == 1 && l.last.back == 1 && at == l.last.at+l.last.run && l.lengthen(n) {
		return
	}
	if k < 0 || len(l.pieces[k].list)+entryMost > editBlock {
		piece := editPiece{base: at, number: l.next}
		if k >= 0 {
			piece.index = l.pieces[k].index + int64(len(l.pieces[k].list))
			piece.list = make([]byte, 0, editBlock)
		}
		l.pieces = append(l.pieces, piece)
		l.last = entry{at: at, run: 1}
		k++
	}
	p, e := &l.pieces[k], &l.last
	e.distance = at - (e.at + e.run - 1)
	e.off, e.number, e.at, e.back, e.run = len(p.list), l.next, at, back, n
	if n == 1 && isShort(back, e.distance) {
		p.list = append(p.list, byte(back), byte(e.distance))
	} else {
		p.list = appendEntry(p.list, back, e.distance, n)
	}
	l.next += n
}

// isShort reports whether an edit has the usual form.
func isShort(back, distance int64) bool {
	return runForm < back && back < longForm && distance <= math.MaxUint8
}

// appendEntry appends n edits as an entry in one of the other forms.
func appendEntry(dst []byte, back, distance, n int64) []byte {
	if n > 1 {
		dst = binary.LittleEndian.AppendUint32(append(dst, runForm), uint32(n))
	} else {
		dst = append(dst, longForm)
	}
	return binary.AppendUvarint(binary.AppendUvarint(dst, uint64(back)), uint64(distance))
}

// lengthen makes the last entry a run that is n edits longer, if there is room.
func (l *edits) lengthen(n int64) bool {
	e, p := &l.last, &l.pieces[len(l.pieces)-1]
	if e.run+n > math.MaxUint32 || e.off+entryMost > editBlock {
		return false
	}
	e.run += n
	p.list = appendEntry(p.list[:e.off], e.back, e.distance, e.run)
	l.next += n
	if l.cur.number == e.number {
		l.cur.size = 0
	}
	return true
}

// read reads the entry at e.off, behind those that end at e.at. It is for a piece that has
// one there.
func (p *editPiece) read(e *entry) {
	b := p.list[e.off:]
	if form := b[0]; form != runForm && form != longForm {
		e.back, e.distance, e.run, e.size = int64(form), int64(b[1]), 1, 2
		e.at += e.distance
		return
	}
	n := 1
	if e.run = 1; b[0] == runForm {
		e.run = int64(binary.LittleEndian.Uint32(b[1:]))
		n += 4
	}
	back, i := binary.Uvarint(b[n:])
	distance, j := binary.Uvarint(b[n+i:])
	e.back, e.distance, e.size = int64(back), int64(distance), n+i+j
	e.at += e.distance
}

// next goes on to the next entry, and reports whether the piece has one.
func (p *editPiece) next(e *entry) bool {
	if e.off+e.size == len(p.list) {
		return false
	}
	e.off += e.size
	e.number += e.run
	e.at += e.run - 1
	p.read(e)
	return true
}

// begin returns the first entry of a piece.
func (l *edits) begin(piece int) entry {
	p := &l.pieces[piece]
	e := entry{piece: piece, number: p.number, at: p.base}
	p.read(&e)
	return e
}

// seek makes cur the entry of the edit of number i, of those that are kept. The usual ones
// are the one that was asked for last, and the next.
func (l *edits) seek(i int64) *entry {
	c := &l.cur
	if c.size == 0 || i < c.number || c.piece+1 < len(l.pieces) && i >= l.pieces[c.piece+1].number {
		*c = l.begin(sort.Search(len(l.pieces), func(k int) bool { return l.pieces[k].number > i }) - 1)
	}
	for p := &l.pieces[c.piece]; i >= c.number+c.run && p.next(c); {
	}
	return c
}

// forward makes cur the entry behind it, and reports whether there is one.
func (l *edits) forward() bool {
	c := &l.cur
	p := &l.pieces[c.piece]
	off := c.off + c.size
	if off+1 < len(p.list) && p.list[off] != runForm && p.list[off] != longForm { // the usual form
		c.off, c.size = off, 2
		c.number += c.run
		c.at += c.run - 1 + int64(p.list[off+1])
		c.back, c.distance, c.run = int64(p.list[off]), int64(p.list[off+1]), 1
		return true
	}
	if p.next(c) {
		return true
	}
	if c.piece+1 == len(l.pieces) {
		return false
	}
	*c = l.begin(c.piece + 1)
	return true
}

// An editAt is an edit as it is asked for: before the byte at offset at it takes back
// what was seen last.
type editAt struct {
	at, back int64
	run      int64 // edits from this one on that stand one byte behind the other and take back as much
	size     int64 // bytes of its entry
}

// at returns the edit of number i.
func (l *edits) at(i int64) (e editAt, ok bool) {
	if i >= l.next {
		return editAt{}, false
	}
	c := &l.cur
	if c.size == 0 || i < c.number || i >= c.number+c.run {
		c = l.seek(i)
	}
	return editAt{at: c.at + i - c.number, back: c.back, run: c.number + c.run - i, size: int64(c.size)}, true
}

// follows returns the place of the first edit behind those of the entry that was asked for
// last.
func (l *edits) follows() (at int64, ok bool) {
	c := &l.cur
	p := &l.pieces[c.piece]
	if off := c.off + c.size; off < len(p.list) {
		if p.list[off] != runForm && p.list[off] != longForm {
			return c.at + c.run - 1 + int64(p.list[off+1]), true
		}
		e := *c
		p.next(&e)
		return e.at, true
	}
	if c.piece+1 < len(l.pieces) {
		return l.pieces[c.piece+1].base, true
	}
	return 0, false
}

// behind is the first edit behind the place before the byte at offset at.
func (l *edits) behind(at int64) int64 {
	k := sort.Search(len(l.pieces), func(k int) bool { return l.pieces[k].base > at }) - 1
	if k < 0 {
		return l.gone
	}
	i := l.pieces[k].number
	for e, p := l.begin(k), &l.pieces[k]; e.at <= at; {
		i = e.number + min(e.run, at-e.at+1)
		if !p.next(&e) {
			break
		}
	}
	return max(l.gone, i)
}

// weight is the memory that edits before number i take, of those that are kept.
func (l *edits) weight(i int64) int64 {
	if !l.any() || i <= l.gone {
		return 0
	}
	return l.place(i) - l.first
}

// place is how many bytes of entries there were in the session before that of number i.
func (l *edits) place(i int64) int64 {
	if i >= l.next {
		last := &l.pieces[len(l.pieces)-1]
		return last.index + int64(len(last.list))
	}
	e := l.seek(i)
	return l.pieces[e.piece].index + int64(e.off)
}

// drop drops the edits before number i.
func (l *edits) drop(i int64) {
	if i <= l.gone {
		return
	}
	l.gone = i
	if i >= l.next {
		*l = edits{gone: l.next, next: l.next}
		return
	}
	l.first = l.place(i)
	k := l.cur.piece
	clear(l.pieces[:k])
	l.pieces, l.cur.piece = l.pieces[k:], 0
}
