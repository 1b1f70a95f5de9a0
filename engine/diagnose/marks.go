package diagnose

// A regular expression taken apart at its source, so that a search can say how
// much of it matched: after each part goes an empty group, a mark.

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// mark is a place in a pattern's source.
type mark struct {
	branch int // where the alternative begins that it stands in, at the top level
	to     int // the source up to here has matched
	score  int // how much that says: see weigh
	set    bool
}

// Weights of one part of a pattern.
const (
	weightLiteral = 4
	weightClass   = 2
	weightAny     = 0
)

const (
	markName = "moonwire_mark_"
	maxDepth = 200 // groups within each other
)

// splitter writes a pattern out again with marks in it.
type splitter struct {
	src    string
	out    strings.Builder
	branch int
	ends   []branchEnd
	mark   []mark
	depth  int
}

// branchEnd is an alternative at the top level: its source and what all of it
// is worth.
type branchEnd struct{ from, to, score int }

// instrument compiles the pattern with marks; nil if it cannot be.
func instrument(w *work, source, flags string) (*program, []branchEnd) {
	if len(source) > maxSource {
		return nil, nil
	}
	s := &splitter{src: source}
	if i, _ := s.alternatives(0, 0); i != len(source) {
		return nil, nil
	}
	p, names := compile(w, s.out.String(), flags)
	if p == nil {
		return nil, nil
	}
	p.marks = make([]mark, len(names))
	for n, name := range names {
		if k, ok := strings.CutPrefix(name, markName); ok {
			if i, err := strconv.Atoi(k); err == nil && i < len(s.mark) {
				p.marks[n] = s.mark[i]
			}
		}
	}
	return p, s.ends
}

func (s *splitter) put(m mark) {
	m.set = true
	s.out.WriteString("(?P<" + markName + strconv.Itoa(len(s.mark)) + ">)")
	s.mark = append(s.mark, m)
}

// alternatives reads up to the closing parenthesis or the end and gives the place
// of that (-1 if the source is beyond it) and the best score of the alternatives.
// base is the score of what came before.
func (s *splitter) alternatives(i, base int) (end, best int) {
	s.depth++
	defer func() { s.depth-- }()
	score := base
	top := s.depth == 1
	if top {
		s.branch = i
	}
	for i < len(s.src) {
		switch s.src[i] {
		case '|':
			best = max(best, score)
			if top {
				s.ends = append(s.ends, branchEnd{s.branch, i, score})
				s.branch = i + 1
			}
			score = base
			s.out.WriteByte('|')
			i++
			continue
		case ')':
			if !top {
				return i, max(best, score)
			}
		}
		from := i
		var weight int
		i, weight = s.part(i, score)
		if i < 0 || i > len(s.src) || s.depth > maxDepth {
			return -1, 0
		}
		if s.flagsOnly(from, i) {
			// (?i) and its like hold to the end of their group: no mark between.
			continue
		}
		n, weight := quantifier(s.src[i:], weight)
		s.out.WriteString(s.src[i : i+n])
		i += n
		score += weight
		s.put(mark{branch: s.branch, to: i, score: score})
	}
	if top {
		s.ends = append(s.ends, branchEnd{s.branch, i, score})
	}
	return i, max(best, score)
}

// flagsOnly says whether the part is a setting of flags and no group.
func (s *splitter) flagsOnly(from, to int) bool {
	p := s.src[from:to]
	return strings.HasPrefix(p, "(?") && strings.HasSuffix(p, ")") && strings.Trim(p[2:len(p)-1], "imsU-") == ""
}

// part copies one part without its quantifier and gives its end and weight; the
// end is -1 if the source is beyond it.
func (s *splitter) part(i, base int) (end, weight int) {
	switch s.src[i] {
	case '(':
		return s.group(i, base)
	case '[':
		end, weight = class(s.src, i), weightClass
	case '\\':
		end, weight = escape(s.src, i)
	case '.':
		end, weight = i+1, weightAny
	case '^', '$':
		end, weight = i+1, 0
	default:
		_, n := utf8.DecodeRuneInString(s.src[i:])
		end, weight = i+n, weightLiteral
		if s.src[i] == ' ' {
			weight = 1
		}
	}
	if end > 0 && end <= len(s.src) {
		s.out.WriteString(s.src[i:end])
		if p := s.src[i:end]; strings.HasPrefix(p, `\Q`) && !strings.Contains(p, `\E`) {
			s.out.WriteString(`\E`) // it ends with the source, and the mark is not in it
		}
	}
	return end, weight
}

func (s *splitter) group(i, base int) (end, weight int) {
	head := i + 1
	if strings.HasPrefix(s.src[head:], "?") {
		k := strings.IndexAny(s.src[head:], ":>)")
		if k < 0 {
			return -1, 0
		}
		head += k + 1
		if s.src[head-1] == ')' {
			s.out.WriteString(s.src[i:head])
			return head, 0
		}
	}
	s.out.WriteString(s.src[i:head])
	end, best := s.alternatives(head, base)
	if end < 0 || end >= len(s.src) || s.src[end] != ')' {
		return -1, 0
	}
	s.out.WriteByte(')')
	return end + 1, max(best-base, 0)
}

// quantifier gives the length of the one that src begins with, and the weight of
// the part with it: nothing if the part may be missing.
func quantifier(src string, weight int) (n, w int) {
	if src == "" {
		return 0, weight
	}
	switch src[0] {
	case '*', '?':
		n, weight = 1, 0
	case '+':
		n = 1
	case '{':
		k := strings.IndexByte(src, '}')
		if k < 2 || strings.Trim(src[1:k], "0123456789,") != "" || src[1] == ',' {
			return 0, weight // a literal brace
		}
		n = k + 1
		if src[1] == '0' {
			weight = 0
		}
	default:
		return 0, weight
	}
	if n < len(src) && src[n] == '?' {
		n++
	}
	return n, weight
}

// class gives the end of the bracket expression at i, or -1.
func class(src string, i int) int {
	j := i + 1
	if j < len(src) && src[j] == '^' {
		j++
	}
	for first := true; j < len(src); first = false {
		switch {
		case src[j] == ']' && !first:
			return j + 1
		case src[j] == '\\':
			j++
		case strings.HasPrefix(src[j:], "[:"):
			if k := strings.Index(src[j:], ":]"); k > 0 {
				j += k + 1
			}
		}
		j++
	}
	return -1
}

// escape gives the end of the escape at i, or -1, and its weight.
func escape(src string, i int) (end, weight int) {
	if i+1 >= len(src) {
		return -1, 0
	}
	switch c := src[i+1]; c {
	case 'd', 's', 'w', 'C':
		return i + 2, weightClass
	case 'D', 'S', 'W':
		return i + 2, 1
	case 'b', 'B', 'A', 'z':
		return i + 2, 0
	case 'p', 'P':
		if strings.HasPrefix(src[i+2:], "{") {
			if k := strings.IndexByte(src[i:], '}'); k > 0 {
				return i + k + 1, weightClass
			}
			return -1, 0
		}
		return min(i+3, len(src)), weightClass
	case 'x':
		if strings.HasPrefix(src[i+2:], "{") {
			if k := strings.IndexByte(src[i:], '}'); k > 0 {
				return i + k + 1, weightLiteral
			}
			return -1, 0
		}
		return min(i+4, len(src)), weightLiteral
	case 'Q':
		if k := strings.Index(src[i:], `\E`); k > 0 {
			return i + k + 2, max(weightLiteral*(k-2), 0)
		}
		return len(src), weightLiteral * (len(src) - i - 2)
	case '0', '1', '2', '3', '4', '5', '6', '7':
		j := i + 2
		for j < len(src) && j < i+4 && src[j] >= '0' && src[j] <= '7' {
			j++
		}
		return j, weightLiteral
	default:
		_, n := utf8.DecodeRuneInString(src[i+1:])
		return i + 1 + n, weightLiteral
	}
}
