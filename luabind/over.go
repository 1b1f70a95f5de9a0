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
	if in.handles.n < max(in.letGoAt, leastOver) {
		return
	}
	in.over = slices.DeleteFunc(in.over, func(p weak.Pointer[handle]) bool { return p.Value() == nil })
	var over []*handle
	for h := range in.handles.all() {
		if h != in.current && h.session.Closed() {
			over = append(over, h)
		}
	}
	for _, h := range over {
		in.handles.remove(h)
		in.freeName(h.session)
		in.over = append(in.over, weak.Make(h))
	}
	in.letGoAt = 2 * in.handles.n
}

// all returns the sessions that the script has not closed and may know, the oldest first.
func (in *Interp) all() []*handle {
	var all []*handle
	for _, p := range in.over {
		if h := p.Value(); h != nil {
			all = append(all, h)
		}
	}
	return slices.AppendSeq(all, in.handles.all())
}
