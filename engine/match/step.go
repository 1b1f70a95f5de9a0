package match

// Stepping through edits: most go back by a few bytes. The states that a Matcher has come
// to last are kept, so that going back to one of them looks at no byte again.

// trailSize is the number of states that are kept, a power of 2.
const (
	trailSize = 128
	trailMask = trailSize - 1
)

// A trail holds the states behind the last bytes: states[i&trailMask] is that at place i,
// for the places from begin up to end.
type trail struct {
	begin, end       int64
	floor, forgotten int64 // what they were all the while
	states           *[trailSize]*state
}

// trailed reports whether the trail leads here, and so further back to its beginning.
func (m *Matcher) trailed() bool {
	t := &m.trail
	return t.states != nil && t.end == m.pos && t.floor == m.floor && t.forgotten == m.forgotten &&
		!m.found && m.probe == nil && m.st != nil && t.states[m.pos&trailMask] == m.st
}

// begin begins a trail here, and reports whether that could be done.
func (m *Matcher) beginTrail() bool {
	if m.st == nil || m.found || m.over || m.probe != nil {
		return false
	}
	t := &m.trail
	if t.states == nil {
		t.states = new([trailSize]*state)
	}
	t.begin, t.end, t.floor, t.forgotten = m.pos, m.pos, m.floor, m.forgotten
	t.states[m.pos&trailMask] = m.st
	return true
}

// goBack takes the text back to place to along the trail.
func (m *Matcher) goBack(to int64) {
	m.pos, m.st, m.trail.end = to, m.trail.states[to&trailMask], to
	n := len(m.marks)
	for n > 0 && m.marks[n-1].pos > to {
		n--
	}
	m.marks = m.marks[:n]
}

// Step is [Matcher.Back] and Feed in one: the text goes back to its first to bytes and on
// with p. It returns how many bytes of p it looked at, and whether the match is decided.
func (m *Matcher) Step(to int64, p []byte, text Text) (n int, decided bool) {
	switch {
	case to >= m.pos:
	case m.trailed() && to >= m.trail.begin:
		m.goBack(to)
	default:
		m.Back(to, text)
	}
	if len(p) > trailSize || !m.trailed() && !m.beginTrail() {
		n, _ = m.Feed(p)
		return n, m.over
	}
	t, st, pos := &m.trail, m.st, m.pos
	for n < len(p) {
		next := st.next[p[n]].Load()
		if next == nil || next.flags&(hasMatch|hasEnded) != 0 {
			break
		}
		st = next
		n++
		pos++
		t.states[pos&trailMask] = st
	}
	m.st, m.pos, t.end = st, pos, pos
	t.begin = max(t.begin, pos-trailSize+1)
	if n < len(p) {
		k, _ := m.Feed(p[n:])
		n += k
	}
	return n, m.over
}

// Spin takes bytes of which each takes the place of the one before, the first that of the
// last byte of the text. It returns how many it took: it stops before one that it would
// have to look at more closely, for Step.
func (m *Matcher) Spin(p []byte) (n int) {
	to := m.pos - 1
	if !m.trailed() || to < m.trail.begin {
		return 0
	}
	from, st := m.trail.states[to&trailMask], m.st
	for n < len(p) {
		next := from.next[p[n]].Load()
		if next == nil || next.flags&(hasMatch|hasEnded) != 0 {
			break
		}
		st = next
		n++
	}
	if n > 0 {
		m.goBack(to)
		m.pos++
		m.st, m.trail.end = st, m.pos
		m.trail.states[m.pos&trailMask] = st
	}
	return n
}
