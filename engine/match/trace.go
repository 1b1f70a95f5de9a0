package match

// The groups of a long match. A machine that carries places along for each thread
// (groups.go) is slow; here an automaton runs forwards over the span, whose
// transitions know from which thread each of the new ones came and which slots it
// noted on the way. At the end the thread that matched is known, and the way it
// went is gone back, noting for each slot the place where it was set last. Only the
// state at the beginning of each block is kept: going back runs each block again.

import (
	"encoding/binary"
	"slices"
	"sort"
	"unicode/utf8"
)

const (
	traceFrom   = 512  // spans shorter than this are not worth an automaton
	traceBlock  = 4096 // steps
	traceStates = 1000 // with more than these the machine does it
	traceMoves  = 1 << 18
)

// A traceState is what threads have just consumed a rune and go on at roots; view is
// what they see behind them. Where they go from there, what comes next decides.
type traceState struct {
	to    [utf8.RuneSelf]*traceState
	edge  [utf8.RuneSelf]*traceEdge
	wide  map[wideRune]*traceEdge
	roots []int32
	view  behind
}

// wideRune stands for the runes that a program cannot tell apart: it is the number
// of the program's bounds below them.
type wideRune int

type traceEdge struct {
	to    *traceState
	moves []move // of each thread at to
}

// move says that a thread came from the thread numbered from, and has noted slots.
type move struct {
	from  int32
	slots []int32
}

type tracer struct {
	p      *program
	stamp  []uint32
	gen    uint32
	stack  []int32 // instructions; -1 takes the last slot back
	path   []int32 // the slots noted on the way to the instruction
	key    []byte
	states map[string]*traceState
	moves  int // of all edges
}

// trace is what groups is for long spans. It reports false if the automaton grows
// too large.
func (p *program) trace(start int32, slots int, s *span, from int64) ([]int64, bool) {
	t := &tracer{p: p, stamp: make([]uint32, len(p.insts)), states: map[string]*traceState{}}
	cur := cursor{text: s.text}
	prev := s.byteBefore(&cur, from)
	first := t.state([]int32{start}, after(prev, from == 0))

	blocks, st, ok := t.forward(first, &cur, s, from)
	if !ok {
		return nil, false
	}
	next := s.next(&cur)
	last, ok := t.match(st, before(next, next < 0))
	if !ok {
		return nil, false
	}
	places := make([]int64, slots)
	for i := range places {
		places[i] = -1
	}
	places[0], places[1] = from, s.end
	left := slots - 2
	note := func(m move, at int64) {
		for _, slot := range m.slots {
			if int(slot) < slots && places[slot] < 0 {
				places[slot] = at
				left--
			}
		}
	}
	note(last, s.end)
	thread := last.from
	edges := make([]*traceEdge, 0, traceBlock+1)
	ats := make([]int64, 0, traceBlock+1)
	for i := len(blocks) - 1; i >= 0 && left > 0; i-- {
		st, at := blocks[i].st, blocks[i].at
		end := s.end
		if i+1 < len(blocks) {
			end = blocks[i+1].at
		}
		edges, ats = edges[:0], ats[:0]
		for at < end {
			e, width := t.step(st, &cur, s, at)
			edges, ats = append(edges, e), append(ats, at)
			st = e.to
			at += int64(width)
			for _, x := range cur.rest(at, end) {
				if x >= utf8.RuneSelf || st.edge[x] == nil {
					break
				}
				edges, ats = append(edges, st.edge[x]), append(ats, at)
				st = st.to[x]
				at++
			}
		}
		for k := len(edges) - 1; k >= 0 && left > 0; k-- {
			m := &edges[k].moves[thread]
			if len(m.slots) > 0 {
				note(*m, ats[k])
			}
			thread = m.from
		}
	}
	return places, true
}

// A traceBegin is the state and the place with which a block of steps begins.
type traceBegin struct {
	st *traceState
	at int64
}

// forward goes through the span from its state at a place on. It returns where each block
// begins and the last state; ok is false if that takes too much.
func (t *tracer) forward(st *traceState, cur *cursor, s *span, at int64) (blocks []traceBegin, last *traceState, ok bool) {
	for at < s.end {
		blocks = append(blocks, traceBegin{st, at})
		for n := 0; n < traceBlock && at < s.end; n++ {
			e, width := t.step(st, cur, s, at)
			st = e.to
			at += int64(width)
			if len(t.states) > traceStates || t.moves > traceMoves {
				return nil, nil, false
			}
			// Most steps are known ones over ASCII.
			ascii := cur.rest(at, s.end)
			i := 0
			for ; i < len(ascii) && n < traceBlock && ascii[i] < utf8.RuneSelf && st.to[ascii[i]] != nil; i, n = i+1, n+1 {
				st = st.to[ascii[i]]
			}
			at += int64(i)
		}
	}
	return blocks, st, true
}

// step gives the transition over the symbol at a place, and how long that is.
func (t *tracer) step(st *traceState, cur *cursor, s *span, at int64) (e *traceEdge, width int) {
	x := cur.at(at)
	if x < utf8.RuneSelf {
		if e = st.edge[x]; e == nil {
			e = t.build(st, rune(x), x)
			st.edge[x], st.to[x] = e, e.to
		}
		return e, 1
	}
	r, width := rune(x), 1
	if !t.p.bytes {
		r, width = cur.rune(at, s.limit)
	}
	class := wideRune(sort.Search(len(t.p.bounds), func(i int) bool { return t.p.bounds[i] > r }))
	if e = st.wide[class]; e == nil {
		if st.wide == nil {
			st.wide = map[wideRune]*traceEdge{}
		}
		e = t.build(st, r, x)
		st.wide[class] = e
	}
	return e, width
}

// build makes the transition from st over r, whose first byte is x.
func (t *tracer) build(st *traceState, r rune, x byte) *traceEdge {
	e := &traceEdge{}
	var roots []int32
	a := before(int(x), false)
	t.closure(st, &a, func(pc int32, m move) bool {
		in := &t.p.insts[pc]
		if in.op == opMatch {
			return false
		}
		if !in.has(r) {
			return true
		}
		if slices.Contains(roots, in.out) {
			return true
		}
		roots = append(roots, in.out)
		m.slots = append([]int32(nil), m.slots...)
		e.moves = append(e.moves, m)
		return true
	})
	t.moves += len(e.moves)
	e.to = t.state(roots, after(int(x), false))
	return e
}

// match gives the thread of st that matches in view of a.
func (t *tracer) match(st *traceState, a ahead) (m move, ok bool) {
	t.closure(st, &a, func(pc int32, at move) bool {
		if t.p.insts[pc].op == opMatch {
			m, ok = move{at.from, append([]int32(nil), at.slots...)}, true
			return false
		}
		return true
	})
	return m, ok
}

// closure visits the opRunes and opMatches that the threads of st come to, the one
// with the most priority first, until visit says false.
func (t *tracer) closure(st *traceState, a *ahead, visit func(pc int32, m move) bool) {
	t.gen++
	for i, root := range st.roots {
		t.stack, t.path = append(t.stack[:0], root), t.path[:0]
		for len(t.stack) > 0 {
			pc := t.stack[len(t.stack)-1]
			t.stack = t.stack[:len(t.stack)-1]
			if pc < 0 {
				t.path = t.path[:len(t.path)-1]
				continue
			}
			if t.stamp[pc] == t.gen {
				continue
			}
			t.stamp[pc] = t.gen
			switch in := &t.p.insts[pc]; in.op {
			case opRune, opMatch:
				if !visit(pc, move{int32(i), t.path}) {
					return
				}
			case opAlt:
				t.stack = append(t.stack, in.arg, in.out)
			case opCap:
				t.path = append(t.path, in.arg)
				t.stack = append(t.stack, -1, in.out)
			case opEmpty:
				if holds, _ := assert(in.look, st.view, a); holds {
					t.stack = append(t.stack, in.out)
				}
			}
		}
	}
}

// state finds or makes a state.
func (t *tracer) state(roots []int32, v behind) *traceState {
	t.key = append(t.key[:0], byte(v.look), 0)
	if v.word {
		t.key[1] = 1
	}
	for _, pc := range roots {
		t.key = binary.AppendUvarint(t.key, uint64(pc))
	}
	st := t.states[string(t.key)]
	if st == nil {
		st = &traceState{roots: roots, view: v}
		t.states[string(t.key)] = st
	}
	return st
}
