package match

// Where a match starts: its end is known, and the program of its pattern,
// reversed, runs backwards from there as far as anything lives. No match of any
// pattern starts before the one found, so the leftmost start that the pattern
// can have for this end is the start.

import (
	"regexp/syntax"
	"slices"
)

// reversed gives the expression that matches the texts of re read from the end.
func reversed(re *syntax.Regexp) *syntax.Regexp {
	r := *re
	r.Sub = make([]*syntax.Regexp, len(re.Sub))
	for i, sub := range re.Sub {
		r.Sub[i] = reversed(sub)
	}
	switch re.Op {
	case syntax.OpConcat:
		slices.Reverse(r.Sub)
	case syntax.OpLiteral:
		r.Rune = slices.Clone(re.Rune)
		slices.Reverse(r.Rune)
	case syntax.OpBeginLine:
		r.Op = syntax.OpEndLine
	case syntax.OpEndLine:
		r.Op = syntax.OpBeginLine
	case syntax.OpBeginText:
		r.Op = syntax.OpEndText
	case syntax.OpEndText:
		r.Op = syntax.OpBeginText
	case syntax.OpCapture:
		return r.Sub[0]
	}
	return &r
}

// span is what there is to know of a text around a match: its bounds and the
// bytes around them.
type span struct {
	text  Text
	prev  int   // the byte before the text, -1 none
	floor int64 // nothing starts before it
	gone  int64 // so much of the text's beginning cannot be asked for
	limit int64 // the bytes known end here
	end   int64 // where the match ends
}

// next gives the byte behind the match, -1 if there is none.
func (s *span) next(c *cursor) int {
	if s.end < s.limit {
		return int(c.at(s.end))
	}
	return -1
}

// byteBefore gives the byte before offset i, -1 if there is none.
func (s *span) byteBefore(c *cursor, i int64) int {
	if i > s.gone {
		return int(c.at(i - 1))
	}
	return s.prev
}

// findStart runs a, of a reversed program, back from the end of s. It returns -1 if
// nothing matches there, which cannot be if s ends at a match.
func (a *automaton) findStart(s *span) int64 {
	cur := cursor{text: s.text}
	next := s.next(&cur)
	st := a.first(-1)
	if next >= 0 {
		st = a.start(byte(next))
	}
	found, i := int64(-1), s.end
	if st.flags&hasMatch != 0 {
		found = i
	}
	for i > s.floor && st.flags&hasEnded == 0 {
		cur.at(i - 1)
		piece, start := cur.piece, max(cur.start, s.floor)
		for i > start {
			x := piece[i-1-cur.start]
			n := st.next[x].Load()
			if n == nil {
				n = a.step(st, x)
			}
			i--
			st = n
			if st.flags&stops != 0 {
				if st.flags&hasMatch != 0 {
					found = i + int64(st.c.back)
				}
				if st.flags&hasEnded != 0 {
					return found
				}
			}
		}
	}
	if st.flags&hasEnded == 0 {
		if match, back := a.atEnd(st, before(s.byteBefore(&cur, i), i == 0), false); match != noMatch {
			found = i + int64(back)
		}
	}
	return found
}
