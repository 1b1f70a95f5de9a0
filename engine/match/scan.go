package match

// The scan: bytes through the automaton, and the ways round it.

import "unicode/utf8"

// A scan that has to make more than one new transition for each gainBytes bytes,
// over maxMisses of them, gains nothing by keeping them: it steps the machine
// itself for the next crawlBytes bytes, and twice as many each time after.
const (
	maxMisses  = 4096
	gainBytes  = 16
	crawlBytes = 64 << 10
)

// shortPiece is the number of bytes that a piece must have for needles to be looked for in it.
const shortPiece = 16

// firstLook is how far ahead the first look for needles goes, in bytes.
const firstLook = 512

// run takes p through the automaton and returns how much of it was looked at: all,
// unless the match is decided or the automaton is left.
func (m *Matcher) run(p []byte) int {
	st, i := m.st, 0
	if len(p) >= shortPiece {
		for k := range m.hits {
			m.hits[k] = -1
		}
	}
	for {
		if st.flags&hasEnded != 0 {
			if m.found {
				m.over = true
			} else {
				i = len(p)
			}
			break
		}
		if st.flags&atStart != 0 && len(p) >= shortPiece {
			st, i = m.skip(st, p, i)
		}
		if i >= len(p) {
			break
		}
		calm := st.flags&stops == 0
		for i < len(p) {
			next := st.next[p[i]].Load()
			if next == st && calm {
				// A state is often left for itself. Then the processor need not wait
				// for this look into the table to begin the next one.
				i++
				continue
			}
			if next == nil {
				if m.thrashes(i) {
					m.leave(st)
					m.pos += int64(i)
					return i
				}
				next = m.set.auto.step(st, p[i])
			}
			i++
			st = next
			if st.flags&stops != 0 {
				break
			}
			calm = true
		}
		if st.flags&hasMatch != 0 {
			for i < len(p) && st.next[p[i]].Load() == st {
				i++
			}
			m.found, m.index, m.end = true, int(st.c.match), m.pos+int64(i)-int64(st.c.back)
		}
	}
	m.st = st
	m.pos += int64(i)
	return i
}

// skip goes on from i, where the state is st and nothing is under way, to the next
// place where something may begin.
func (m *Matcher) skip(st *state, p []byte, i int) (*state, int) {
	needles := m.set.prog.needles
	// One that is cut by the end of p is in the last bytes.
	to := max(i, len(p)-m.set.prog.longest+1)
	if !m.set.prog.bytes {
		to = i + boundary(p[i:], to-i)
	}
	for k := range needles {
		if m.hits[k] < i {
			m.hits[k] = needles[k].find(p, i)
		}
		to = min(to, m.hits[k])
	}
	if to > i {
		st = m.set.auto.start(p[to-1])
	}
	return st, to
}

// boundary gives the last place in p that is surely no further than i and not
// within a rune. p begins at such a place.
func boundary(p []byte, i int) int {
	if i < len(p) && p[i]&0xC0 != 0x80 {
		return i
	}
	for j := i - 1; j >= 0 && j > i-utf8.UTFMax; j-- {
		if p[j] < utf8.RuneSelf {
			break
		}
		if p[j] >= 0xC0 {
			return j
		}
	}
	return i
}

// thrashes reports whether a scan had better leave the automaton, now that it lacks
// a transition at i.
func (m *Matcher) thrashes(i int) bool {
	m.missed++
	if m.missed < maxMisses {
		return false
	}
	at := m.pos + int64(i)
	thrash := at-m.missedFrom < gainBytes*maxMisses
	m.missed, m.missedFrom = 0, at
	return thrash
}

// leave goes over from the automaton to the machine.
func (m *Matcher) leave(st *state) {
	if m.m == nil {
		m.m = newMachine(m.set.prog, false)
	}
	m.c.set(&st.c)
	m.st, m.crawled = nil, 0
	m.share = min(max(2*m.share, crawlBytes), 1<<30)
}

// crawl takes p through the machine, byte by byte, and goes back to the automaton
// when it has had its share.
func (m *Matcher) crawl(p []byte) int {
	c := &m.c
	for i := range p {
		m.m.step(c, p[i])
		m.pos++
		if c.match != noMatch {
			m.found, m.index, m.end = true, int(c.match), m.pos-int64(c.back)
		}
		m.crawled++
		ended := len(c.list) == 0 && !c.search
		m.over = ended && m.found
		if ended || m.crawled >= m.share {
			m.st = m.set.auto.state(c)
			m.missed, m.missedFrom = 0, m.pos
			return i + 1
		}
	}
	return len(p)
}
