package buffer

import "sort"

// An edit says that so many bytes of the text are not seen any more from a place in the
// log on. A run of edits is kept as one: each of them takes away as much, before the byte
// behind that of the one before, as a spinner does it. Edits are numbered from the
// session's first; a kept one has, from the lowest bit on, how many bytes are taken away,
// and the number and the place of its first, both counted from those of its piece.
type edit uint64

const (
	backBits  = 20
	deltaBits = 22
	maxBack   = 1<<backBits - 1
	maxDelta  = 1<<deltaBits - 1
	editSize  = 8 // bytes of memory
)

func (e edit) back() int64   { return int64(e & maxBack) }
func (e edit) number() int64 { return int64(e >> backBits & maxDelta) }
func (e edit) place() int64  { return int64(e >> (backBits + deltaBits)) }

// editBlock is the number of edits that are kept in one piece: pieces never move.
const editBlock = 4096

// An editPiece holds edits: those from number on, at offset base of the log or behind it.
type editPiece struct {
	base, number int64
	index        int64 // how many were kept before in the session
	list         []edit
}

// edits are the edits of the unread log, in their order.
type edits struct {
	pieces []editPiece
	gone   int64 // the number of the first that is kept
	next   int64 // the number behind that of the last
	first  int64 // entries that are gone, of the session's
	piece  int   // where the last one was that was asked for
	entry  int
}

// end is the number of edits that there have been in the session.
func (l *edits) end() int64 { return l.next }

// any reports whether there are any.
func (l *edits) any() bool { return l.gone < l.next }

// add records that before each of n bytes from offset at on the last back bytes that are
// seen are not seen any more.
func (l *edits) add(at, back, n int64) {
	for back > maxBack && n == 1 {
		l.add(at, maxBack, 1)
		back -= maxBack
	}
	k := len(l.pieces) - 1
	if k < 0 || len(l.pieces[k].list) == editBlock || at-l.pieces[k].base > maxDelta || l.next-l.pieces[k].number > maxDelta {
		size, index := 0, int64(0)
		if k >= 0 {
			size, index = editBlock, l.pieces[k].index+int64(len(l.pieces[k].list))
		}
		l.pieces = append(l.pieces, editPiece{at, l.next, index, make([]edit, 0, size)})
		k++
	}
	p := &l.pieces[k]
	p.list = append(p.list, edit(at-p.base)<<(backBits+deltaBits)|edit(l.next-p.number)<<backBits|edit(back))
	l.next += n
}

// find returns where the edit of number i is, of those that are kept. The usual ones are
// the one that was asked for last, and the next.
func (l *edits) find(i int64) (p *editPiece, entry int, behind int64) {
	for range 2 {
		if l.piece < len(l.pieces) && l.entry < len(l.pieces[l.piece].list) {
			p = &l.pieces[l.piece]
			behind = l.behindEntry(l.piece, l.entry)
			if p.number+p.list[l.entry].number() <= i {
				if i < behind {
					return p, l.entry, behind
				}
				if l.entry++; l.entry == len(p.list) {
					l.piece, l.entry = l.piece+1, 0
				}
				continue
			}
		}
		break
	}
	l.piece = sort.Search(len(l.pieces), func(k int) bool { return l.pieces[k].number > i }) - 1
	p = &l.pieces[l.piece]
	l.entry = sort.Search(len(p.list), func(n int) bool { return p.number+p.list[n].number() > i }) - 1
	return p, l.entry, l.behindEntry(l.piece, l.entry)
}

// behindEntry is the number of the first edit behind those of an entry.
func (l *edits) behindEntry(piece, entry int) int64 {
	p := &l.pieces[piece]
	switch {
	case entry+1 < len(p.list):
		return p.number + p.list[entry+1].number()
	case piece+1 < len(l.pieces):
		return l.pieces[piece+1].number
	}
	return l.next
}

// An editAt is an edit as it is asked for: before the byte at offset at it takes back
// what was seen last.
type editAt struct {
	at, back int64
	run      int64 // edits from this one on that stand one byte behind the other and take back as much
}

// at returns the edit of number i.
func (l *edits) at(i int64) (e editAt, ok bool) {
	if i >= l.next {
		return editAt{}, false
	}
	p, n, behind := l.find(i)
	of := p.list[n]
	return editAt{at: p.base + of.place() + i - p.number - of.number(), back: of.back(), run: behind - i}, true
}

// behind is the first edit behind the place before the byte at offset at.
func (l *edits) behind(at int64) int64 {
	k := sort.Search(len(l.pieces), func(k int) bool { return l.pieces[k].base > at }) - 1
	if k < 0 {
		return l.gone
	}
	p := &l.pieces[k]
	n := sort.Search(len(p.list), func(n int) bool { return p.base+p.list[n].place() > at }) - 1
	e := p.list[n]
	i := p.number + e.number() + at - p.base - e.place() + 1
	return max(l.gone, min(i, l.behindEntry(k, n)))
}

// weight is the memory that edits before number i take, of those that are kept.
func (l *edits) weight(i int64) int64 {
	if !l.any() || i <= l.gone {
		return 0
	}
	return (l.entryOf(i) - l.first) * editSize
}

// entryOf is the number of entries that there were in the session before that of number i.
func (l *edits) entryOf(i int64) int64 {
	if i >= l.next {
		last := &l.pieces[len(l.pieces)-1]
		return last.index + int64(len(last.list))
	}
	p, entry, _ := l.find(i)
	return p.index + int64(entry)
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
	l.first = l.entryOf(i)
	k := 0
	for k+1 < len(l.pieces) && l.pieces[k+1].number <= i {
		k++
	}
	n := copy(l.pieces, l.pieces[k:])
	clear(l.pieces[n:])
	l.pieces, l.piece, l.entry = l.pieces[:n], 0, 0
}
