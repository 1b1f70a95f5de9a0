package session

import "sort"

// An edit says that so many bytes of the text are not seen any more from here on. It is
// one word, as a spinner makes one for each byte: its offset in the log, and in the last
// 16 bits the number of bytes.
type edit uint64

const (
	editBits = 16
	maxBack  = 1<<editBits - 1
	editSize = 8 // bytes of memory
)

func (e edit) at() int64   { return int64(e >> editBits) }
func (e edit) back() int64 { return int64(e & maxBack) }

// editBlock is how many edits are kept in one piece: pieces never move.
const editBlock = 4096

// edits are the edits of the unread log, in their order. They are counted from the
// session's first.
type edits struct {
	blocks [][]edit
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
		if k < 0 || len(l.blocks[k]) == editBlock {
			size := editBlock
			if k++; k == 0 {
				size = 0
			}
			l.blocks = append(l.blocks, make([]edit, 0, size))
		}
		l.blocks[k] = append(l.blocks[k], edit(at)<<editBits|edit(n))
		l.count++
		back -= n
	}
}

func (l *edits) get(i int64) edit {
	at := int(i-l.gone) + l.skip
	return l.blocks[at/editBlock][at%editBlock]
}

// at returns edit i.
func (l *edits) at(i int64) (at, back int64, ok bool) {
	if i >= l.end() {
		return 0, 0, false
	}
	e := l.get(i)
	return e.at(), e.back(), true
}

// behind is the first edit behind the place before the byte at offset at.
func (l *edits) behind(at int64) int64 {
	return l.gone + int64(sort.Search(int(l.count), func(i int) bool { return l.get(l.gone+int64(i)).at() > at }))
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
