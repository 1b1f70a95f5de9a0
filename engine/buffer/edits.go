package buffer

import "sort"

// An edit says that so many bytes of the text are not seen any more from here on. It is
// small, as a spinner makes one for each byte: its offset in the log behind that of its
// block, and in the last bits the number of bytes.
type edit uint32

const (
	editBits = 10
	maxBack  = 1<<editBits - 1
	maxDelta = 1<<(32-editBits) - 1
	editSize = 4 // bytes of memory
)

// editBlock is how many edits are kept in one piece: pieces never move.
const editBlock = 4096

// An editPiece holds edits, the first at offset base of the log or behind it.
type editPiece struct {
	base int64
	list []edit
}

// edits are the edits of the unread log, in their order. They are counted from the
// session's first.
type edits struct {
	blocks []editPiece
	skip   int   // edits of blocks[0] that are gone
	gone   int64 // edits before the first one that is kept
	count  int64 // of those that are kept
}

// end is how many edits there have been in the session.
func (l *edits) end() int64 { return l.gone + l.count }

// add records that the last back bytes that are seen at offset at are not seen any more.
func (l *edits) add(at, back int64) {
	for back > 0 {
		n := min(back, maxBack)
		k := len(l.blocks) - 1
		if k < 0 || len(l.blocks[k].list) == editBlock || at-l.blocks[k].base > maxDelta {
			if k >= 0 && len(l.blocks[k].list) < editBlock { // the others are counted by whole blocks
				l.fill(&l.blocks[k])
			}
			size := editBlock
			if k++; k == 0 {
				size = 0
			}
			l.blocks = append(l.blocks, editPiece{at, make([]edit, 0, size)})
		}
		p := &l.blocks[k]
		p.list = append(p.list, edit(at-p.base)<<editBits|edit(n))
		l.count++
		back -= n
	}
}

// fill makes a block whole, with edits that take nothing away.
func (l *edits) fill(p *editPiece) {
	last := p.list[len(p.list)-1] &^ maxBack
	for len(p.list) < editBlock {
		p.list = append(p.list, last)
		l.count++
	}
}

func (l *edits) get(i int64) (at, back int64) {
	n := int(i-l.gone) + l.skip
	p := &l.blocks[n/editBlock]
	e := p.list[n%editBlock]
	return p.base + int64(e>>editBits), int64(e & maxBack)
}

// at returns edit i.
func (l *edits) at(i int64) (at, back int64, ok bool) {
	if i >= l.end() {
		return 0, 0, false
	}
	at, back = l.get(i)
	return at, back, true
}

// behind is the first edit behind the place before the byte at offset at.
func (l *edits) behind(at int64) int64 {
	return l.gone + int64(sort.Search(int(l.count), func(i int) bool {
		place, _ := l.get(l.gone + int64(i))
		return place > at
	}))
}

// drop drops the edits before edit i.
func (l *edits) drop(i int64) {
	n := i - l.gone
	if n <= 0 {
		return
	}
	l.gone = i
	if l.count -= n; l.count <= 0 {
		l.count, l.skip, l.blocks = 0, 0, nil
		return
	}
	at := l.skip + int(n)
	blocks := copy(l.blocks, l.blocks[at/editBlock:])
	clear(l.blocks[blocks:])
	l.blocks, l.skip = l.blocks[:blocks], at%editBlock
}
