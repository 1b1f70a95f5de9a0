package match

// The machine: one step of all threads at once. What it steps is a config: the
// threads that are alive at a place, the one with the most priority first. A
// config holds nothing of where it is, so equal ones have equal futures, and the
// automaton (automaton.go) can keep what a step gave. The same machine runs
// forwards, leftmost-first, to find which pattern matches and where it ends, and
// over a reversed program backwards, to find where the match starts.
//
// An assertion that looks ahead (\b, $) keeps its thread waiting until the next
// byte is known: a match behind such an assertion is told one byte late, with
// back saying how far behind the place it ended.

import (
	"regexp/syntax"
	"unicode/utf8"
)

// config is what there is to know at a place of the text.
type config struct {
	// list holds the threads, each an opRune or an opEmpty that waits for what
	// comes next. Inside a rune (pend.n > 0) it holds opRunes alone.
	list []int32
	// old is how many of them, from the first, have begun before this place.
	old int
	// search says that matches may still begin here and later.
	search bool
	// waits says that some thread is an opEmpty. What is to be done when the next
	// byte is known is done from the beginning then, as the order in which a loop
	// around an assertion is gone through depends on whether that holds: from
	// roots, where the threads that are older came to this place, and from the
	// first starts of the program's starts; view is what they see behind them.
	waits  bool
	roots  []int32
	starts int
	view   behind
	pend   pending
	// match is the place in the list of the pattern whose match has ended back
	// bytes before this place, -1 if none; it beats all matches before it.
	match int32
	back  uint8
}

const noMatch = -1

// behind is what an assertion that looks back can see.
type behind struct {
	look syntax.EmptyOp
	word bool
}

// after gives the view back from a place behind byte b, -1 for none.
func after(b int, begin bool) behind {
	v := behind{word: isWord(b)}
	if b < 0 || b == '\n' {
		v.look |= syntax.EmptyBeginLine
	}
	if begin {
		v.look |= syntax.EmptyBeginText
	}
	return v
}

// ahead is what an assertion that looks ahead can see.
type ahead struct {
	look syntax.EmptyOp
	word bool
}

// before gives the view ahead from a place before byte b, -1 for none.
func before(b int, end bool) ahead {
	v := ahead{word: isWord(b)}
	if b < 0 || b == '\n' {
		v.look |= syntax.EmptyEndLine
	}
	if end {
		v.look |= syntax.EmptyEndText
	}
	return v
}

// other is a byte of which no assertion knows anything, like those of a rune
// that is not ASCII.
const other = utf8.RuneSelf

func isWord(b int) bool {
	return 'a' <= b && b <= 'z' || 'A' <= b && b <= 'Z' || '0' <= b && b <= '9' || b == '_'
}

const lookBehind = syntax.EmptyBeginLine | syntax.EmptyBeginText

// machine steps configs of one program. It belongs to one goroutine.
type machine struct {
	p *program
	// longest: matches don't end the threads with less priority. The reverse
	// machine works so, as it looks for the match that starts first.
	longest bool
	// reverse: the bytes come last first.
	reverse bool
	// anchored: matches begin at the first place alone.
	anchored bool

	work int // instructions looked at so far, for the tests that bound it

	stamp []uint32 // which instructions the closure has seen: those with gen
	gen   uint32
	stack []int32
	spare []int32
}

func newMachine(p *program, reverse bool) *machine {
	return &machine{p: p, longest: reverse, reverse: reverse, stamp: make([]uint32, len(p.insts))}
}

func (m *machine) renew() {
	m.gen++
	if m.gen == 0 {
		clear(m.stamp)
		m.gen = 1
	}
}

// begin sets c to the text's first place.
func (m *machine) begin(c *config, b behind) {
	c.list, c.old, c.pend, c.match, c.back = c.list[:0], 0, pending{}, noMatch, 0
	c.search, c.view, c.waits, c.roots = true, b, false, c.roots[:0]
	m.renew()
	m.fresh(c, len(m.p.starts), b, nil)
	if m.longest || m.anchored || !m.p.later {
		c.search = false
	}
}

// fresh adds the threads that begin at this place, at the program's first n starts.
func (m *machine) fresh(c *config, n int, b behind, a *ahead) {
	c.starts = 0
	for _, pc := range m.p.starts[:n] {
		c.starts++
		if m.add(c, pc, b, a) {
			return
		}
	}
}

// add follows pc without consuming anything and appends the threads it comes to.
// A match ends the list there, but for the longest machine. Without an ahead view
// (nil) the assertions that look ahead are left to wait.
func (m *machine) add(c *config, pc int32, b behind, a *ahead) (matched bool) {
	m.stack = append(m.stack[:0], pc)
	for len(m.stack) > 0 {
		pc := m.stack[len(m.stack)-1]
		m.stack = m.stack[:len(m.stack)-1]
		m.work++
		if m.stamp[pc] == m.gen {
			continue
		}
		m.stamp[pc] = m.gen
		switch in := &m.p.insts[pc]; in.op {
		case opRune:
			c.list = append(c.list, pc)
		case opAlt:
			m.stack = append(m.stack, in.arg, in.out)
		case opCap:
			m.stack = append(m.stack, in.out)
		case opEmpty:
			switch holds, known := assert(in.look, b, a); {
			case !known:
				c.list = append(c.list, pc)
				c.waits = true
			case holds:
				m.stack = append(m.stack, in.out)
			}
		case opMatch:
			c.match, c.back = in.arg, 0
			if !m.longest {
				c.search = false
				return true
			}
		}
	}
	return false
}

// assert reports whether all of look hold, and whether that is known without an
// ahead view.
func assert(look syntax.EmptyOp, b behind, a *ahead) (holds, known bool) {
	if look&lookBehind&^b.look != 0 {
		return false, true
	}
	look &^= lookBehind
	if look == 0 {
		return true, true
	}
	if a == nil {
		return false, false
	}
	have := a.look
	if a.word != b.word {
		have |= syntax.EmptyWordBoundary
	} else {
		have |= syntax.EmptyNoWordBoundary
	}
	return look&^have == 0, true
}

// resolve lets the assertions that wait see what comes next.
func (m *machine) resolve(c *config, a ahead) {
	if !c.waits {
		return
	}
	c.waits, c.list = false, c.list[:0]
	m.renew()
	for _, pc := range c.roots {
		if m.add(c, pc, c.view, &a) {
			c.starts = 0
			break
		}
	}
	c.old = len(c.list)
	m.fresh(c, c.starts, c.view, &a)
}

// consume takes all threads over the rune r to the place after it.
func (m *machine) consume(c *config, r rune, b behind) {
	list := append(m.spare[:0], c.list...)
	c.list, c.roots, c.starts = c.list[:0], c.roots[:0], 0
	c.waits, c.view = false, b
	m.renew()
	m.work += len(list)
	for _, pc := range list {
		in := &m.p.insts[pc]
		if !in.has(r) || m.stamp[in.out] == m.gen {
			continue
		}
		c.roots = append(c.roots, in.out)
		if m.add(c, in.out, b, nil) {
			break
		}
	}
	m.spare = list
	c.old = len(c.list)
	if c.search {
		m.fresh(c, len(m.p.starts), b, nil)
	}
}

// advance moves the place n bytes on.
func (c *config) advance(n int) {
	if c.match != noMatch {
		c.back += uint8(n)
	}
}

// step takes c over the byte x.
func (m *machine) step(c *config, x byte) {
	c.match, c.back = noMatch, 0
	switch {
	case c.pend.n == 0:
		m.enter(c, x)
	case m.reverse:
		m.stepBack(c, x)
	case x < c.pend.lo || c.pend.hi < x:
		m.invalid(c, int(c.pend.n))
		m.enter(c, x)
	default:
		c.pend.take(x, m.p.bounds)
		if c.pend.need == 0 {
			r := c.pend.val
			c.pend = pending{}
			m.consume(c, r, after(other, false))
		} else {
			m.filter(c)
		}
	}
}

// enter steps over a byte x that is not known to belong to the rune before.
func (m *machine) enter(c *config, x byte) {
	m.resolve(c, before(int(x), false))
	c.advance(1)
	switch {
	case x < utf8.RuneSelf || m.p.bytes:
		m.consume(c, rune(x), after(int(x), false))
	case m.reverse && x < 0xC0:
		c.pend.push(x, m.p.bounds)
	case !m.reverse && c.pend.start(x, m.p.bounds):
		m.filter(c)
	default:
		m.consume(c, utf8.RuneError, after(other, false))
	}
}

// invalid takes the first n bytes that are pending for what package regexp takes
// them for when they don't make a rune: U+FFFD each. They are no longer pending
// then, and the place is behind them, the assertions there still waiting.
func (m *machine) invalid(c *config, n int) {
	c.pend = pending{}
	for i := range n {
		if i > 0 {
			m.resolve(c, before(other, false))
		}
		c.advance(1)
		m.consume(c, utf8.RuneError, after(other, false))
	}
}

// stepBack steps backwards over x, with bytes that may end a rune behind it.
func (m *machine) stepBack(c *config, x byte) {
	p := c.pend
	if x&0xC0 == 0x80 {
		if p.n == 3 { // no rune is as long: the first byte seen belongs to none
			m.invalid(c, 1)
			m.resolve(c, before(other, false))
			c.advance(3)
			p.shift()
		}
		p.push(x, m.p.bounds)
		c.pend = p
		return
	}
	r, used := p.runeBefore(x)
	if used == 0 {
		m.invalid(c, int(p.n))
		m.enter(c, x)
		return
	}
	c.pend = pending{}
	if n := int(p.n) - used; n > 0 {
		m.invalid(c, n)
		m.resolve(c, before(other, false))
	}
	c.advance(used + 1)
	m.consume(c, r, after(other, false))
}

// finish reads c as being where the bytes end, in view of a.
func (m *machine) finish(c *config, a ahead) {
	c.match, c.back = noMatch, 0
	m.invalid(c, int(c.pend.n))
	m.resolve(c, a)
}

// filter drops the threads that no rune can be for that the pending bytes may
// become, so that a match is certain as soon as it can be.
func (m *machine) filter(c *config) {
	lo, hi := c.pend.span()
	n, old := 0, 0
	for i, pc := range c.list {
		in := &m.p.insts[pc]
		if in.has(utf8.RuneError) || in.meets(lo, hi) {
			c.list[n] = pc
			n++
			if i < c.old {
				old = n
			}
		}
	}
	c.list, c.old = c.list[:n], old
}
