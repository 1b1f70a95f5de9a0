package match

// From a list of patterns to a Set: parsing, the limits, the errors.

import (
	"regexp/syntax"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"
)

// Limits of a list, so that no pattern can take memory or time without bound.
const (
	// MaxPatterns is the number of patterns that a list may have.
	MaxPatterns = 1000
	// MaxProgram is the number of instructions that all patterns of a list may come to;
	// a character, a class or a repeat counts about one, a counted repeat as
	// often as it repeats.
	MaxProgram = 1 << 15
	// MaxGroups is the number of groups that one pattern may have.
	MaxGroups = 500
	// MaxSlots bounds, for each pattern, its instructions times the ends of its
	// groups: what finding the groups may have to keep.
	MaxSlots = 1 << 21
)

// A Set is a compiled list of patterns. It never changes and may be used by many
// goroutines at once.
type Set struct {
	patterns []Pattern
	prog     *program
	auto     *automaton
	regexes  []*regex // by the place in the list; nil for an event
	event    [events]int
	lasts    func() *lasts // see findLasts
}

// regex is what a Set keeps of each regular expression, exact and glob among them.
type regex struct {
	tree  *syntax.Regexp // simplified
	start int32          // in the Set's program
	names []string       // of its groups, the whole match first
	fixed int            // the length of all its matches, 0 if that is not known
	once  sync.Once
	back  *automaton // reversed, made when it is first needed
}

// Compile compiles a list of patterns, to be matched as one alternation under
// leftmost-first rules. The error is an [*Error].
func Compile(list []Pattern) (*Set, error) {
	if len(list) == 0 {
		return nil, &Error{Index: -1, Offset: -1, Message: "the list of patterns is empty"}
	}
	if len(list) > MaxPatterns {
		return nil, &Error{Index: -1, Offset: -1, Message: "the list has more than 1000 patterns"}
	}
	s := &Set{patterns: slices.Clone(list), prog: &program{bytes: inBytes(list)}, regexes: make([]*regex, len(list))}
	for i := range s.event {
		s.event[i] = -1
	}
	for i, p := range list {
		if p.Kind == EventKind {
			if p.Event == NoEvent || int(p.Event) >= events {
				return nil, &Error{Index: i, Pattern: p, Offset: -1, Message: "unknown event"}
			}
			if s.event[p.Event] < 0 {
				s.event[p.Event] = i
			}
			continue
		}
		if err := s.add(i, p); err != nil {
			return nil, err
		}
	}
	s.prog.finish()
	var trees []*syntax.Regexp
	for _, r := range s.regexes {
		if r != nil {
			trees = append(trees, r.tree)
		}
	}
	s.prog.needles = findNeedles(trees, s.prog.bytes)
	for _, n := range s.prog.needles {
		s.prog.longest = max(s.prog.longest, len(n.lit))
	}
	s.auto = newAutomaton(s.prog, false)
	s.lasts = sync.OnceValue(s.prog.findLasts)
	return s, nil
}

func (s *Set) add(i int, p Pattern) error {
	fail := func(offset int, message, hint string) error {
		return &Error{Index: i, Pattern: p, Offset: offset, Message: message, Hint: hint}
	}
	re, err := parse(p)
	if err != nil {
		return describe(i, p, err)
	}
	if re.MaxCap() > MaxGroups {
		return fail(-1, "more than 500 groups", "write (?:...) for a group that is not asked for")
	}
	names := re.CapNames()
	room := MaxProgram - len(s.prog.insts)
	tooLarge := func() error {
		return fail(-1, "too large", "the patterns of a list may come to 32768 characters and repeats in all")
	}
	if size(re, room) > room {
		return tooLarge()
	}
	re = re.Simplify()
	if s.prog.bytes {
		if p.Kind != Exact || utf8.ValidString(p.Source) {
			re = encoded(re)
		}
		if size(re, room) > room {
			return tooLarge()
		}
	}
	if err := s.prog.add(re, i); err != nil {
		return fail(-1, err.Error(), "")
	}
	start := int(s.prog.firsts[len(s.prog.firsts)-1])
	if len(names) > 1 && (len(s.prog.insts)-start)*2*len(names) > MaxSlots {
		return fail(-1, "too large for so many groups", "write (?:...) for a group that is not asked for")
	}
	s.regexes[i] = &regex{tree: re, start: s.prog.starts[len(s.prog.starts)-1], names: names, fixed: fixedLength(re, s.prog.bytes)}
	return nil
}

// parse reads a pattern as a regular expression.
func parse(p Pattern) (*syntax.Regexp, error) {
	flags := syntax.Perl
	for _, f := range p.Flags {
		switch {
		case f == 'i':
			flags |= syntax.FoldCase
		case f == 's' && p.Kind != Exact:
			flags |= syntax.DotNL
		case f == 'm' && p.Kind != Exact:
			flags &^= syntax.OneLine
		case f == 'U' && p.Kind != Exact:
			flags |= syntax.NonGreedy
		default:
			return nil, flagError(f)
		}
	}
	switch p.Kind {
	case Regex:
		return syntax.Parse(p.Source, flags)
	case Exact:
		if !utf8.ValidString(p.Source) {
			return literalBytes(p.Source, p.Flags != ""), nil
		}
		return syntax.Parse(p.Source, flags|syntax.Literal)
	case Glob:
		source, err := GlobExpression(p.Source)
		if err != nil {
			return nil, err
		}
		return syntax.Parse(source, flags)
	}
	return nil, kindError{}
}

// size estimates the instructions that re will come to, and stops counting
// where they are more than limit.
func size(re *syntax.Regexp, limit int) int {
	n := 1
	if re.Op == syntax.OpLiteral {
		n = len(re.Rune)
	}
	for _, sub := range re.Sub {
		if n > limit {
			return n
		}
		n += size(sub, limit)
	}
	switch re.Op {
	case syntax.OpRepeat:
		times := max(re.Min, re.Max, 1)
		n = n*times + times
	case syntax.OpStar, syntax.OpPlus, syntax.OpQuest, syntax.OpCapture:
		n++
	}
	return n
}

// fixedLength gives the length of a literal.
func fixedLength(re *syntax.Regexp, bytes bool) int {
	switch {
	case re.Op != syntax.OpLiteral || re.Flags&syntax.FoldCase != 0:
		return 0
	case bytes:
		return len(re.Rune)
	case slices.Contains(re.Rune, utf8.RuneError):
		return 0 // which may be one byte that is no rune's
	}
	return len(string(re.Rune))
}

type flagError rune

func (f flagError) Error() string { return "unknown flag " + strings.TrimSpace(string(f)) }

type kindError struct{}

func (kindError) Error() string { return "unknown kind of pattern" }

// reverse gives the automaton of pattern i reversed.
func (s *Set) reverse(i int) *automaton {
	r := s.regexes[i]
	r.once.Do(func() {
		p := &program{bytes: s.prog.bytes}
		if err := p.add(reversed(r.tree), i); err != nil {
			panic("match: a pattern does not compile backwards: " + err.Error())
		}
		p.finish()
		r.back = newAutomaton(p, true)
	})
	return r.back
}

// Len returns the number of patterns.
func (s *Set) Len() int { return len(s.patterns) }

// Pattern returns the pattern at place i of the list.
func (s *Set) Pattern(i int) Pattern { return s.patterns[i] }

// Names returns the names of the groups of pattern i, the whole match first; a
// group without a name has "". It must not be changed.
func (s *Set) Names(i int) []string {
	if s.regexes[i] == nil {
		return nil
	}
	return s.regexes[i].names
}

// Waits reports whether the list holds event e, and the first place where it does.
func (s *Set) Waits(e Event) (index int, ok bool) {
	if int(e) >= events || s.event[e] < 0 {
		return 0, false
	}
	return s.event[e], true
}
