package match

// Going back: a text whose end is taken away again, as a terminal's line is edited. The
// matcher keeps marks of what it knew at places that the text may go back to.

const (
	markEvery = 64       // bytes between the marks that are made on the way back to a place
	markReach = 48 << 10 // bytes before that place in which they are made
	maxMarks  = 2048     // when there are more, some of them are dropped
)

// A mark is what a Matcher knew at a place.
type mark struct {
	pos, floor, end int64
	index           int
	found           bool
	st              *state
	c               *config // if st is nil
	probe           *state
	probeAt         int64
}

// Anchor says that the text may go back to this place, and not to those before it.
func (m *Matcher) Anchor() {
	m.marks = m.marks[:0]
	m.mark()
}

// Remember makes this a place to go back to that is soon reached.
func (m *Matcher) Remember() {
	if n := len(m.marks); n > 0 && m.marks[n-1].pos < m.pos {
		m.mark()
	}
}

// mark keeps what is known here.
func (m *Matcher) mark() {
	if len(m.marks) >= maxMarks {
		m.thinMarks()
	}
	k := mark{
		pos: m.pos, floor: m.floor, end: m.end, index: m.index, found: m.found,
		st: m.st, probe: m.probe, probeAt: m.probeAt,
	}
	if m.st == nil {
		k.c = new(config)
		k.c.set(&m.c)
	}
	m.marks = append(m.marks, k)
}

// thinMarks drops marks that are out of reach but for the last of them, and every second
// of the others.
func (m *Matcher) thinMarks() {
	first := 0
	for first+1 < len(m.marks) && m.marks[first+1].pos <= m.pos-markReach {
		first++
	}
	kept := m.marks[:0]
	for i := first; i < len(m.marks); i++ {
		if (i-first)%2 == 0 {
			kept = append(kept, m.marks[i])
		}
	}
	clear(m.marks[len(kept):])
	m.marks = kept
}

// restore goes back to the mark k.
func (m *Matcher) restore(k *mark) {
	m.pos, m.floor, m.end, m.index, m.found = k.pos, k.floor, k.end, k.index, k.found
	m.st, m.probe, m.probeAt = k.st, k.probe, k.probeAt
	m.over = false
	if m.st == nil {
		m.c.set(k.c)
	}
	if m.floor < m.forgotten { // no match is under way
		m.floor = m.pos - int64(m.threads().pend.n)
	}
}

// Back takes the text back to its first to bytes, which must be no fewer than there
// were at the last Anchor, or all of them if there was none. text gives them: those
// behind the nearest mark are looked at again. Going back to places near each other
// costs the same however long the text is. It must not be called after Decided.
func (m *Matcher) Back(to int64, text Text) {
	if to >= m.pos {
		return
	}
	m.trail.end = -1 // the same place may be come to again by other bytes
	n := len(m.marks)
	for n > 0 && m.marks[n-1].pos > to {
		n--
	}
	if n > 0 && !m.marks[n-1].holds(m.forgotten) {
		n = 0
	}
	m.marks = m.marks[:n]
	switch {
	case n > 0:
		m.restore(&m.marks[n-1])
	case m.forgotten > 0: // some of the text is gone
		m.anew(to, text)
	default:
		m.anew(0, text)
	}
	if m.pos == to {
		return
	}
	c := cursor{text: text}
	for m.pos < to {
		c.at(m.pos)
		piece := c.rest(m.pos, to)
		if behind := to - markReach - m.pos; behind > 0 {
			piece = piece[:min(int64(len(piece)), behind)]
		} else {
			piece = piece[:min(len(piece), markEvery)]
		}
		m.Feed(piece)
		if m.pos >= to-markReach && (len(m.marks) == 0 || m.pos-m.marks[len(m.marks)-1].pos >= markEvery) {
			m.mark()
		}
	}
}

// holds reports whether no match is under way at the mark that began before a place.
func (k *mark) holds(before int64) bool {
	c := k.c
	if k.st != nil {
		c = &k.st.c
	}
	// The byte before the first place at which a match may begin is needed as well.
	return before == 0 || k.floor > before || k.pos-int64(c.pend.n) > before && c.old == 0 && !k.found
}

// anew starts the search again at offset pos of the text.
func (m *Matcher) anew(pos int64, text Text) {
	prev, marks, forgotten := m.prev, m.marks[:0], m.forgotten
	m.Reset(prev)
	m.marks, m.forgotten = marks, forgotten
	if pos > 0 {
		m.pos, m.floor = pos, pos
		before := byte('\n') // as if a line began, if that is not known
		if pos > forgotten {
			c := cursor{text: text}
			before = c.at(pos - 1)
		} else if prev >= 0 {
			before = byte(prev)
		}
		m.st = m.set.auto.start(before)
	}
}

// Forget says that the text before offset before is gone. A place to go back to at
// which a match was under way that began there is forgotten as well, so that going back
// to it starts the search again.
func (m *Matcher) Forget(before int64) {
	m.forgotten = max(m.forgotten, before)
}
