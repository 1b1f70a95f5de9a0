package match

// The groups of a match, once its pattern and its span are known: Pike's machine
// over the span alone, each thread with the places it has noted.

type thread struct {
	pc   int32
	caps []int64
}

type pike struct {
	p     *program
	ncap  int
	stamp []uint32
	gen   uint32
	spare [][]int64
	stack []frame
}

// frame is an instruction to follow or, with pc < 0, a slot to set back to old.
type frame struct {
	pc   int32
	slot int32
	old  int64
}

// groupsOf gives the places of the groups of a match that starts at from.
func (p *program) groupsOf(start int32, slots int, s *span, from int64) []int64 {
	if s.end-from >= traceFrom {
		if places, ok := p.trace(start, slots, s, from); ok {
			return places
		}
	}
	return p.groups(start, slots, s, from)
}

// groups gives the places of the 2*n slots of a match that starts at from, -1 for
// a slot not set; slots 0 and 1 are the match itself.
func (p *program) groups(start int32, slots int, s *span, from int64) []int64 {
	k := &pike{p: p, ncap: slots, stamp: make([]uint32, len(p.insts))}
	cur := cursor{text: s.text}
	prev := s.byteBefore(&cur, from)
	at := from
	caps := make([]int64, slots)
	for i := range caps {
		caps[i] = -1
	}
	result := make([]int64, slots)
	var list, next []thread
	// width tells how long the symbol at the place is, 0 at the end.
	look := func() (r rune, width int, b behind, a ahead) {
		nb := -1
		if at < s.limit {
			r, width = cur.rune(at, s.limit)
			nb = int(cur.at(at))
		}
		if p.bytes && width > 0 {
			r, width = rune(nb), 1
		}
		return r, width, after(prev, at == 0), before(nb, nb < 0)
	}
	r, width, b, a := look()
	k.renew()
	list, _ = k.add(list, start, caps, at, b, a, result)
	for len(list) > 0 && width > 0 && at < s.end {
		at += int64(width)
		prev = int(cur.at(at - 1))
		r2 := r
		r, width, b, a = look()
		k.renew()
		next = next[:0]
		matched := false
		for i := range list {
			t := &list[i]
			if in := &p.insts[t.pc]; !matched && in.has(r2) {
				next, matched = k.add(next, in.out, t.caps, at, b, a, result)
			}
			k.spare = append(k.spare, t.caps)
		}
		list, next = next, list
	}
	result[0], result[1] = from, s.end
	return result
}

func (k *pike) renew() { k.gen++ }

// add follows start and appends the threads it comes to, each with a copy of caps
// as it is there. At a match the places go to result.
func (k *pike) add(list []thread, start int32, caps []int64, at int64, b behind, a ahead, result []int64) ([]thread, bool) {
	k.stack = append(k.stack[:0], frame{pc: start})
	for len(k.stack) > 0 {
		f := k.stack[len(k.stack)-1]
		k.stack = k.stack[:len(k.stack)-1]
		if f.pc < 0 {
			caps[f.slot] = f.old
			continue
		}
		if k.stamp[f.pc] == k.gen {
			continue
		}
		k.stamp[f.pc] = k.gen
		switch in := &k.p.insts[f.pc]; in.op {
		case opRune:
			list = append(list, thread{f.pc, k.copy(caps)})
		case opAlt:
			k.stack = append(k.stack, frame{pc: in.arg}, frame{pc: in.out})
		case opCap:
			if int(in.arg) < k.ncap {
				k.stack = append(k.stack, frame{pc: -1, slot: in.arg, old: caps[in.arg]})
				caps[in.arg] = at
			}
			k.stack = append(k.stack, frame{pc: in.out})
		case opEmpty:
			if holds, _ := assert(in.look, b, &a); holds {
				k.stack = append(k.stack, frame{pc: in.out})
			}
		case opMatch:
			copy(result, caps)
			// The slots are set back by what is left on the stack; there is
			// nothing else to follow, as this beats it.
			for len(k.stack) > 0 {
				if f := k.stack[len(k.stack)-1]; f.pc < 0 {
					caps[f.slot] = f.old
				}
				k.stack = k.stack[:len(k.stack)-1]
			}
			return list, true
		}
	}
	return list, false
}

func (k *pike) copy(caps []int64) []int64 {
	var c []int64
	if n := len(k.spare); n > 0 {
		c, k.spare = k.spare[n-1], k.spare[:n-1]
	} else {
		c = make([]int64, len(caps))
	}
	copy(c, caps)
	return c
}
