package patterns

import "github.com/moonwire/moonwire/engine/match"

// A Search is what a wait feeds with the text: a match.Matcher, or a listedFirst.
type Search interface {
	Reset(prev int)
	Feed(p []byte) (n int, st match.Status)
	Mark(e match.Event) match.Status
	CanBest() bool
	Best(text match.Text) (match.Match, bool)
	Result(text match.Text) match.Match
	Keep() int64
	Anchor()
	Back(to int64, text match.Text)
	Forget(before int64)
	Pos() int64
}

// horizon is how many bytes after the first decided match a listedFirst looks for a
// pattern that precedes it in the list, if the peer does not pause before. It is a
// number of bytes so that the result does not depend on the network's cuts.
const horizon = 4 << 10

// listedFirst looks for several patterns each on its own, and takes the one listed
// first of those that match anywhere in what has come. The first pattern wins as
// soon as its match is decided. Another has to wait until the peer pauses, closes,
// or goes on for horizon bytes: one listed before it might still match.
type listedFirst struct {
	parts []*match.Matcher
	pos   int64
	limit int64 // where the search ends at the latest; 0 until a match is decided
	over  bool
}

func newListedFirst(sets []*match.Set) *listedFirst {
	l := &listedFirst{parts: make([]*match.Matcher, len(sets))}
	for i, set := range sets {
		l.parts[i] = set.NewMatcher()
	}
	return l
}

// Reset implements Search.
func (l *listedFirst) Reset(prev int) {
	l.pos, l.limit, l.over = 0, 0, false
	for _, m := range l.parts {
		m.Reset(prev)
	}
	l.settle()
}

// Feed implements Search.
func (l *listedFirst) Feed(p []byte) (n int, st match.Status) {
	for n < len(p) && !l.over {
		// A step is never longer than horizon: what is decided within it lies
		// before the limit that the first decided match of it sets.
		step := p[n:min(n+horizon, len(p))]
		if l.limit > 0 && int64(len(step)) > l.limit-l.pos {
			step = step[:l.limit-l.pos]
		}
		for _, m := range l.parts {
			m.Feed(step)
		}
		n += len(step)
		l.pos += int64(len(step))
		l.settle()
	}
	return n, l.status()
}

// Mark implements Search.
func (l *listedFirst) Mark(e match.Event) match.Status {
	for _, m := range l.parts {
		m.Mark(e)
	}
	l.settle()
	if e == match.EOF && l.CanBest() {
		l.over = true // nothing can come that matches better
	}
	return l.status()
}

// settle notes what is decided at this place.
func (l *listedFirst) settle() {
	for i, m := range l.parts {
		if m.Status() != match.Decided {
			continue
		}
		if i == 0 {
			l.over = true
		}
		if end := m.Pos() + horizon; l.limit == 0 || end < l.limit {
			l.limit = end
		}
	}
	if l.limit > 0 && l.pos >= l.limit {
		l.over = true
	}
}

func (l *listedFirst) status() match.Status {
	switch {
	case l.over:
		return match.Decided
	case l.CanBest():
		return match.Open
	}
	return match.Nothing
}

// CanBest implements Search.
func (l *listedFirst) CanBest() bool {
	for _, m := range l.parts {
		if m.CanBest() {
			return true
		}
	}
	return false
}

// Best implements Search.
func (l *listedFirst) Best(text match.Text) (match.Match, bool) {
	for i, m := range l.parts {
		if found, ok := m.Best(text); ok {
			found.Index = i
			return found, true
		}
	}
	return match.Match{}, false
}

// Result implements Search.
func (l *listedFirst) Result(text match.Text) match.Match {
	found, _ := l.Best(text) // there is one, else nothing would be decided
	return found
}

// Keep implements Search.
func (l *listedFirst) Keep() int64 {
	keep := l.pos
	for _, m := range l.parts {
		keep = min(keep, m.Keep())
	}
	return keep
}

// Anchor implements Search.
func (l *listedFirst) Anchor() {
	for _, m := range l.parts {
		m.Anchor()
	}
}

// Back implements Search.
func (l *listedFirst) Back(to int64, text match.Text) {
	l.pos, l.limit, l.over = to, 0, false
	for _, m := range l.parts {
		m.Back(to, text)
	}
	l.settle()
}

// Forget implements Search.
func (l *listedFirst) Forget(before int64) {
	for _, m := range l.parts {
		m.Forget(before)
	}
}

// Pos implements Search.
func (l *listedFirst) Pos() int64 { return l.pos }
