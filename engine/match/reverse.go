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
	limit int64 // the bytes known end here
	end   int64 // where the match ends
	atEnd bool  // the text ends at limit, and that is seen
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
	if i > 0 {
		return int(c.at(i - 1))
	}
	return s.prev
}

// start runs m, of a reversed program, back from the end of s. It returns -1 if
// nothing matches there, which can not be if s ends at a match.
func (m *machine) start(s *span) int64 {
	cur := cursor{text: s.text}
	var c config
	next := s.next(&cur)
	m.begin(&c, after(next, next < 0))
	found := int64(-1)
	i := s.end
	for ; i > s.floor && len(c.list) > 0; i-- {
		if c.match != noMatch {
			found = i + int64(c.back)
		}
		m.step(&c, cur.at(i-1))
	}
	if c.match != noMatch {
		found = i + int64(c.back)
	}
	if len(c.list) > 0 || c.pend.n > 0 {
		m.finish(&c, before(s.byteBefore(&cur, i), i == 0))
		if c.match != noMatch {
			found = i + int64(c.back)
		}
	}
	return found
}
