package luabind

import (
	"slices"
	"weak"
)

// leastOver is how many open sessions there are before letGo looks at them.
const leastOver = 64

// letGo forgets the sessions of which the peer has closed its end and all text is read, so
// that those which the script has dropped are collected, and with them their connections.
// It looks only when there are twice as many sessions as it left the last time.
func (in *Interp) letGo() {
	if len(in.handles) < max(in.letGoAt, leastOver) {
		return
	}
	in.over = slices.DeleteFunc(in.over, func(p weak.Pointer[handle]) bool { return p.Value() == nil })
	in.handles = slices.DeleteFunc(in.handles, func(h *handle) bool {
		over := h != in.current && h.session.Closed()
		if over {
			in.freeName(h.session)
			in.over = append(in.over, weak.Make(h))
		}
		return over
	})
	in.letGoAt = 2 * len(in.handles)
}

// all returns the sessions that the script has not closed and may know, the oldest first.
func (in *Interp) all() []*handle {
	var all []*handle
	for _, p := range in.over {
		if h := p.Value(); h != nil {
			all = append(all, h)
		}
	}
	return append(all, in.handles...)
}
