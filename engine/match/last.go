package match

// The last bytes of matches. Where none of them comes no match is found, however the text is
// edited meanwhile: a host that draws on one line need not be searched state by state.

import (
	"bytes"
	"regexp/syntax"
	"unicode/utf8"
)

// An ending is a set of the ways in which the end of a match is told, from the soonest to
// the latest.
type ending uint8

const (
	endsHere ending = 1 << iota // at once
	endsNext                    // by what comes next, whatever that may be
	endsLine                    // by a newline that comes next
	endsText                    // by the text's end
)

// behind gives the ways where assertions must hold before.
func (e ending) behind(look syntax.EmptyOp) ending {
	least := endsHere
	switch {
	case look&syntax.EmptyEndText != 0:
		least = endsText
	case look&syntax.EmptyEndLine != 0:
		least = endsLine
	case look&^lookBehind != 0:
		least = endsNext
	}
	if sooner := e & (least - 1); sooner != 0 {
		return e&^sooner | least
	}
	return e
}

// endings gives for each instruction how a match that lies behind it, with no rune between,
// is told.
func (p *program) endings() []ending {
	ends := make([]ending, len(p.insts))
	from, todo := p.backwards()
	for _, pc := range todo {
		ends[pc] = endsHere
	}
	for len(todo) > 0 {
		pc := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		for _, f := range from[pc] {
			e := ends[pc]
			switch in := &p.insts[f]; in.op {
			case opRune:
				continue
			case opEmpty:
				e = e.behind(in.look)
			}
			if e |= ends[f]; e != ends[f] {
				ends[f] = e
				todo = append(todo, f)
			}
		}
	}
	return ends
}

// lasts are the bytes at which a match can be found.
type lasts struct {
	all [256]bool
	few []byte // the same, if they are one or two
}

// findLasts gives the bytes at which a match can be found: it ends with that byte, or just
// before it where that is what an assertion looked for. A match that needs the text's end
// counts for nothing here.
func (p *program) findLasts() *lasts {
	l := new(lasts)
	ends := p.endings()
	all := ending(0) // of the matches behind any byte at all
	var ascii [2]uint64
	beyond := false // some match ends with what is not ASCII
	for _, pc := range p.starts {
		all |= ends[pc]
	}
	for i := range p.insts {
		in := &p.insts[i]
		if in.op != opRune {
			continue
		}
		e := ends[in.out]
		if all |= e &^ endsHere; e&endsHere == 0 {
			continue
		}
		if !p.bytes && in.has(utf8.RuneError) { // as what makes no rune counts, which what comes next may tell
			all |= endsNext
		}
		ascii[0], ascii[1] = ascii[0]|in.ascii[0], ascii[1]|in.ascii[1]
		beyond = beyond || in.meets(utf8.RuneSelf, utf8.MaxRune)
	}
	for b := range l.all {
		switch {
		case all&(endsHere|endsNext) != 0, all&endsLine != 0 && b == '\n', b >= utf8.RuneSelf && beyond,
			b < utf8.RuneSelf && ascii[b>>6]>>(b&63)&1 != 0:
			l.all[b] = true
			l.few = append(l.few, byte(b))
		}
	}
	if len(l.few) > 2 {
		l.few = nil
	}
	return l
}

// Passes reports whether no match can be found at any byte of p, whatever stands before each.
// Then the text may go back and on with bytes of p, as often as it likes: [Matcher.Back] to
// the first place that it went back to and Feed of what stands behind it in the end come to
// the same as if all had been fed.
func (m *Matcher) Passes(p []byte) bool {
	if m.st == nil || m.found || m.over || m.probe != nil {
		return false
	}
	lasts := m.set.lasts()
	if len(lasts.few) > 0 {
		for _, b := range lasts.few {
			if bytes.IndexByte(p, b) >= 0 {
				return false
			}
		}
		return true
	}
	for _, b := range p {
		if lasts.all[b] {
			return false
		}
	}
	return true
}
