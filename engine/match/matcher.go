package match

// Status is what a [Matcher] knows after what it was fed.
type Status uint8

const (
	// Nothing: no pattern matches the text so far, read as a complete one.
	Nothing Status = iota
	// Open: a pattern matches the text so far, read as a complete one, but what
	// comes next may change that: [Matcher.Best] tells what it would be.
	Open
	// Decided: nothing that may come can change the match: [Matcher.Result] tells it.
	// It is said as soon as that is so; only where assertions contradict each other
	// or make no difference, as in a\b|a, it takes one byte more to see it.
	Decided
)

// String gives the status in lower case.
func (s Status) String() string { return [...]string{"nothing", "open", "decided"}[s] }

// Match is a match of a [Set] in a text. Offsets are bytes from the text's beginning.
type Match struct {
	// Index is the place of the pattern in the list, from 0.
	Index int
	// Start and End bound the match; for an event both are its place.
	Start, End int64
	// Groups holds a start and an end for each group, the whole match first; both
	// are -1 for a group that took no part. An event has the first pair alone.
	Groups []int64
}

// A Matcher looks for the first match of a Set in a text that it is fed piece by
// piece. What it finds depends on the bytes and the places of the events alone,
// never on how the text was cut. Each byte is looked at once, and nothing of the
// text is kept. A Matcher belongs to one goroutine at a time; many may share a Set.
type Matcher struct {
	set *Set
	st  *state // nil while the machine steps c instead
	m   *machine
	c   config

	pos   int64 // bytes seen
	floor int64 // no match starts before it
	end   int64 // of the best match so far
	index int   // and its pattern
	prev  int
	found bool // index and end hold; only threads that beat them are left
	over  bool // decided

	probe   *state // of Keep: the threads alive at probeAt, without any later ones
	probeAt int64

	hits       [maxNeedles]int // where each needle is next, in the piece being fed
	ahead      int             // how long a piece may be
	missed     int
	missedFrom int64
	crawled    int // since the automaton was left
	share      int // how far the machine goes before it is tried again

	marks     []mark // places to go back to, the furthest last
	trail     trail
	forgotten int64 // the text before it is gone
}

// NewMatcher returns a Matcher at the beginning of a text with nothing before it.
func (s *Set) NewMatcher() *Matcher {
	m := &Matcher{set: s}
	m.Reset(-1)
	return m
}

// Set returns the Set of m.
func (m *Matcher) Set() *Set { return m.set }

// Reset begins a new text at offset 0. prev is the byte before it, where \b and
// (?m)^ may look; -1 if there is none. ^ holds at the beginning whatever prev is.
func (m *Matcher) Reset(prev int) {
	states := m.trail.states
	*m = Matcher{set: m.set, m: m.m, c: m.c, prev: prev, st: m.set.auto.first(prev), marks: m.marks[:0]}
	m.trail.states = states
	if m.st.flags&hasMatch != 0 {
		m.found, m.index = true, int(m.st.c.match)
	}
	m.over = m.found && m.st.flags&hasEnded != 0
}

// Feed looks at the bytes p that come next. It returns how many of them it has
// looked at, which is all of them unless the match is decided; further ones are
// then not taken. What is decided may be so because of bytes of p behind those n.
func (m *Matcher) Feed(p []byte) (n int, st Status) {
	for n < len(p) && !m.over {
		if m.st != nil {
			// Needles are looked for as far ahead as the match was not found so
			// far: a text full of matches is not to be scanned to its end for each.
			m.ahead = min(max(2*m.ahead, firstLook), 1<<30)
			piece := p[n:min(n+m.ahead, len(p))]
			k := m.run(piece)
			n += k
			if m.probe != nil && !m.found {
				m.follow(piece[:k])
			}
		} else {
			m.probe = nil
			n += m.crawl(p[n:])
		}
	}
	return n, m.Status()
}

// threads gives the config at this place; it must not be changed.
func (m *Matcher) threads() *config {
	if m.st != nil {
		return &m.st.c
	}
	return &m.c
}

// Mark says that event e happened at this place. Threads of patterns that have
// begun before go on through it. A match that begins with the byte after the
// event comes later than the event, and so does not hide it. At EOF, which
// nothing follows, what matches the empty text here counts by the list's order.
func (m *Matcher) Mark(e Event) Status {
	i := -1
	if int(e) < len(m.set.event) {
		i = m.set.event[e]
	}
	if i < 0 || m.found || m.over {
		return m.Status()
	}
	var c config
	c.set(m.threads())
	n, starts := c.old, 0
	if c.pend.n > 0 {
		n = len(c.list)
	}
	if e == EOF {
		for n < len(c.list) && m.set.prog.place(c.list[n]) < i {
			n++
		}
		for starts < c.starts && m.set.prog.places[starts] < i {
			starts++
		}
	}
	c.list, c.old, c.starts, c.search, c.match, c.back = c.list[:n], n, starts, false, noMatch, 0
	m.found, m.index, m.end = true, i, m.pos
	m.over = n == 0
	m.st = m.set.auto.state(&c)
	if len(m.marks) > 0 { // else going back to this place would forget the event
		m.mark()
	}
	return m.Status()
}

// Status tells what is known after all that was fed.
func (m *Matcher) Status() Status {
	switch {
	case m.over:
		return Decided
	case m.CanBest():
		return Open
	}
	return Nothing
}

// CanBest reports whether Best would find a match.
func (m *Matcher) CanBest() bool {
	_, _, ok := m.best()
	return ok
}

// best gives pattern and end of the match if the text ends here.
func (m *Matcher) best() (index int, end int64, ok bool) {
	if !m.over {
		if match, back := m.atEnd(); match != noMatch {
			return int(match), m.pos - int64(back), true
		}
	}
	return m.index, m.end, m.found
}

func (m *Matcher) atEnd() (match int32, back uint8) {
	end := before(-1, true)
	if m.st != nil {
		return m.set.auto.atEnd(m.st, end, true)
	}
	var c config
	c.set(&m.c)
	m.m.finish(&c, end)
	return c.match, c.back
}

// Best gives the match if the text were complete as it is: here $ and \z hold. It
// reports false if there is none. It changes nothing: what is fed afterwards
// goes on from here. After Decided it gives the Result.
func (m *Matcher) Best(text Text) (Match, bool) {
	index, end, ok := m.best()
	if !ok {
		return Match{}, false
	}
	return m.match(text, index, end), true
}

// Result gives the match that is decided. It must not be called before.
func (m *Matcher) Result(text Text) Match {
	if !m.over {
		panic("match: Result called before the match is decided")
	}
	return m.match(text, m.index, m.end)
}

// Pos returns the number of bytes looked at since Reset.
func (m *Matcher) Pos() int64 { return m.pos }

// Keep returns the offset before which no byte of the text is needed any more: no
// match that is still possible starts there, and Best and Result don't ask for it.
// Where threads of a match are under way, finding out when the last of them has
// died takes a second look at each byte from here on until it has, so Keep is to
// be called when there is a need to drop text; what it returns may then be more
// after the next Feed.
func (m *Matcher) Keep() int64 {
	c := m.threads()
	at := m.pos - int64(c.pend.n)
	switch {
	case m.found:
	case c.old == 0:
		m.floor, m.probe = at, nil
	case m.probe == nil && m.st != nil:
		// The threads of now alone, to see when they end.
		var alone config
		alone.set(c)
		alone.list, alone.starts, alone.search = alone.list[:c.old], 0, false
		alone.match, alone.back = noMatch, 0
		m.probe, m.probeAt = m.set.auto.state(&alone), at
	}
	return max(m.floor-1, 0)
}

// follow takes the probe of Keep over p.
func (m *Matcher) follow(p []byte) {
	st := m.probe
	for _, x := range p {
		next := st.next[x].Load()
		if next == nil {
			next = m.set.auto.step(st, x)
		}
		st = next
		if st.flags&hasEnded != 0 {
			m.floor, m.probe = max(m.floor, m.probeAt), nil
			return
		}
	}
	m.probe = st
}

// match finds the rest of a match from its pattern and its end.
func (m *Matcher) match(text Text, index int, end int64) Match {
	r := m.set.regexes[index]
	if r == nil {
		return Match{Index: index, Start: end, End: end, Groups: []int64{end, end}}
	}
	s := span{text: text, prev: m.prev, floor: m.floor, gone: m.forgotten, limit: m.pos, end: end}
	start := end - int64(r.fixed)
	if r.fixed == 0 {
		start = m.set.reverse(index).findStart(&s)
	}
	if start < 0 {
		panic("match: the start of a match is not found")
	}
	groups := []int64{start, end}
	if len(r.names) > 1 {
		groups = m.set.prog.groupsOf(r.start, 2*len(r.names), &s, start)
	}
	return Match{Index: index, Start: start, End: end, Groups: groups}
}

// Idle reports whether no match has been found and none is under way: whatever
// comes, nothing that was fed will be part of a match.
func (m *Matcher) Idle() bool {
	c := m.threads()
	return !m.found && c.old == 0 && c.pend.n == 0
}
