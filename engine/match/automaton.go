package match

// The automaton: configs that a machine has come to, kept with what each byte makes
// of them, so that a byte usually costs one look into a table. It is built as texts
// ask for it, and shared: looking needs no lock, adding to it does. A state never
// changes but for the entries of its table that are filled in.

import (
	"encoding/binary"
	"slices"
	"sync"
	"sync/atomic"
	"unicode/utf8"
)

// maxAutomaton bounds the memory of an automaton's states, in bytes. When it is
// reached, all are dropped and what is still needed is built again.
const maxAutomaton = 4 << 20

// What a state has that a scan must stop for.
const (
	hasMatch  = 1 << iota // a match has ended at or just before this state
	hasEnded              // no thread is left, and none may begin
	atStart               // every match that is left begins with a needle
	isPending             // within a rune; no reason to stop
)

const stops = hasMatch | hasEnded | atStart

type state struct {
	next  [256]atomic.Pointer[state] // first, as a scan then has less to add up
	flags uint8
	c     config
	// end is what the state comes to if the text ends: see packEnd; 0 if not known.
	end atomic.Int64
}

const stateSize = 256*8 + 256 // the estimate, without the config's lists

// packEnd stores a match that ends back bytes before the end, or none.
func packEnd(match int32, back uint8) int64 { return int64(match+1)<<8 | int64(back) | 1<<62 }

func unpackEnd(v int64) (match int32, back uint8) { return int32(v<<2>>10) - 1, uint8(v) }

type automaton struct {
	p *program
	// class tells bytes apart that some instruction can tell apart; below 0x80,
	// or all of them where each byte is a rune.
	class [256]uint8

	mu     sync.Mutex
	m      *machine
	c      config // scratch
	key    []byte
	states map[string]*state
	size   int
	// starts are the states at a place where nothing is under way, by startClass.
	starts [startClasses]atomic.Pointer[state]
	// firsts are those at a text's beginning, by startClass of the byte before, the
	// last one for none.
	firsts [startClasses + 1]atomic.Pointer[state]
}

func newAutomaton(p *program, reverse bool) *automaton {
	a := &automaton{p: p, m: newMachine(p, reverse), states: map[string]*state{}}
	a.classify()
	return a
}

// classify numbers the classes of bytes.
func (a *automaton) classify() {
	split := [256]bool{}
	for _, r := range a.p.bounds {
		if r < 256 {
			split[r] = true
		}
	}
	for i := range a.p.insts {
		if a.p.insts[i].op != opEmpty {
			continue
		}
		for b := 1; b < 256; b++ {
			if isWord(b) != isWord(b-1) || b == '\n' || b-1 == '\n' {
				split[b] = true
			}
		}
		break
	}
	n := uint8(0)
	for b := 1; b < 256; b++ {
		if split[b] || b == utf8.RuneSelf {
			n++
		}
		a.class[b] = n
	}
}

// The kinds of bytes before a place, as far as assertions know them.
const (
	afterNewline = iota
	afterWord
	afterOther
	startClasses
)

func startClass(b byte) int {
	switch {
	case b == '\n':
		return afterNewline
	case isWord(int(b)):
		return afterWord
	}
	return afterOther
}

// start gives the state behind byte b if nothing is under way there, and matches
// may begin there.
func (a *automaton) start(b byte) *state {
	return a.kept(&a.starts[startClass(b)], after(int(b), false))
}

// first gives the state at a text's beginning behind prev, -1 for none.
func (a *automaton) first(prev int) *state {
	class := startClasses
	if prev >= 0 {
		class = startClass(byte(prev))
	}
	return a.kept(&a.firsts[class], after(prev, true))
}

func (a *automaton) kept(slot *atomic.Pointer[state], b behind) *state {
	s := slot.Load()
	if s == nil {
		s = a.begin(b)
		slot.Store(s)
	}
	return s
}

// begin gives the state at a place with a given view back.
func (a *automaton) begin(b behind) *state {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.m.begin(&a.c, b)
	return a.intern(&a.c)
}

// step gives the state behind byte x, which s does not know yet.
func (a *automaton) step(s *state, x byte) *state {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.c.set(&s.c)
	a.m.step(&a.c, x)
	n := a.intern(&a.c)
	switch {
	case a.p.bytes || s.c.pend.n == 0 && x < utf8.RuneSelf:
		for b := range a.class {
			if a.class[b] == a.class[x] {
				s.next[b].Store(n)
			}
		}
	case s.c.pend.uniform && s.c.pend.lo <= x && x <= s.c.pend.hi:
		for b := int(s.c.pend.lo); b <= int(s.c.pend.hi); b++ {
			s.next[b].Store(n)
		}
	default:
		s.next[x].Store(n)
	}
	return n
}

// atEnd tells which match, ending how many bytes before, s comes to if the text
// ends there with the view v. Only the view of a text's very end is kept.
func (a *automaton) atEnd(s *state, v ahead, keep bool) (match int32, back uint8) {
	if e := s.end.Load(); keep && e != 0 {
		return unpackEnd(e)
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.c.set(&s.c)
	a.m.finish(&a.c, v)
	if keep {
		s.end.Store(packEnd(a.c.match, a.c.back))
	}
	return a.c.match, a.c.back
}

// state gives the state of a config.
func (a *automaton) state(c *config) *state {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.intern(c)
}

// intern finds or makes the state of c. The caller holds mu.
func (a *automaton) intern(c *config) *state {
	a.m.normal(c)
	a.key = c.appendKey(a.key[:0])
	if s := a.states[string(a.key)]; s != nil {
		return s
	}
	size := stateSize + 2*len(a.key) + 4*(len(c.list)+len(c.roots))
	if a.size+size > maxAutomaton {
		clear(a.states)
		a.size = 0
		for i := range a.starts {
			a.starts[i].Store(nil)
		}
		for i := range a.firsts {
			a.firsts[i].Store(nil)
		}
	}
	s := &state{}
	s.c.set(c)
	s.flags = a.flagsOf(c)
	a.states[string(a.key)] = s
	a.size += size
	return s
}

func (a *automaton) flagsOf(c *config) (f uint8) {
	if c.match != noMatch {
		f |= hasMatch
	}
	if len(c.list) == 0 && !c.search {
		f |= hasEnded
	}
	if c.pend.n > 0 {
		f |= isPending
	} else if c.search && c.old == 0 && len(a.p.needles) > 0 {
		f |= atStart
	}
	return f
}

// set makes c a copy of d, in the memory that c has.
func (c *config) set(d *config) {
	list, roots := append(c.list[:0], d.list...), append(c.roots[:0], d.roots...)
	*c = *d
	c.list, c.roots = list, roots
}

// appendKey appends what tells c from any other config.
func (c *config) appendKey(key []byte) []byte {
	b := func(v bool) byte {
		if v {
			return 1
		}
		return 0
	}
	key = append(key, b(c.search)|b(c.waits)<<1|b(c.view.word)<<2|b(c.pend.uniform)<<3, byte(c.view.look),
		c.pend.n, c.pend.need, c.pend.lo, c.pend.hi, c.back)
	key = binary.AppendVarint(key, int64(c.match))
	key = binary.AppendUvarint(key, uint64(c.pend.val))
	key = binary.AppendUvarint(key, uint64(c.old))
	key = binary.AppendUvarint(key, uint64(c.starts))
	key = binary.AppendUvarint(key, uint64(len(c.list)))
	for _, pc := range c.list {
		key = binary.AppendUvarint(key, uint64(pc))
	}
	for _, pc := range c.roots {
		key = binary.AppendUvarint(key, uint64(pc))
	}
	return key
}

// normal brings c into the one form that all configs with its future have.
func (m *machine) normal(c *config) {
	if !c.waits {
		c.roots, c.starts, c.view = c.roots[:0], 0, behind{}
	}
	if m.longest {
		slices.Sort(c.list)
		slices.Sort(c.roots)
		c.old = 0
	}
}
