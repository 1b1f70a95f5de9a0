package luabind

import "iter"

// handles are open sessions in the order in which they were opened. Adding and removing
// one takes the same time however many there are.
type handles struct {
	list   []*handle // nil where one was removed
	n      int       // without those
	newest map[*task]*handle
}

// A place is where a handle stands among handles.
type place struct {
	index        int     // in the list, from 1; 0 while it is not in it
	older, newer *handle // of the same opener
}

func (hs *handles) add(h *handle) {
	hs.list = append(hs.list, h)
	hs.n++
	h.place = place{index: len(hs.list), older: hs.newest[h.opener]}
	if h.place.older != nil {
		h.place.older.place.newer = h
	}
	if hs.newest == nil {
		hs.newest = make(map[*task]*handle)
	}
	hs.newest[h.opener] = h
}

// remove reports whether h was there.
func (hs *handles) remove(h *handle) bool {
	at := h.place
	if at.index == 0 {
		return false
	}
	h.place = place{}
	switch {
	case at.newer != nil:
		at.newer.place.older = at.older
	case at.older != nil:
		hs.newest[h.opener] = at.older
	default:
		delete(hs.newest, h.opener)
	}
	if at.older != nil {
		at.older.place.newer = at.newer
	}
	hs.list[at.index-1] = nil
	if hs.n--; len(hs.list) > 2*hs.n {
		hs.compact()
	}
	return true
}

// compact leaves out the gaps in the list.
func (hs *handles) compact() {
	list := make([]*handle, 0, hs.n)
	for h := range hs.all() {
		list = append(list, h)
		h.place.index = len(list)
	}
	hs.list = list
}

// all is every handle, the oldest first. None may be removed meanwhile.
func (hs *handles) all() iter.Seq[*handle] {
	return func(yield func(*handle) bool) {
		for _, h := range hs.list {
			if h != nil && !yield(h) {
				return
			}
		}
	}
}
