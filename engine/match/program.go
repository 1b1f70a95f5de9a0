package match

// The program: what all the patterns of a list become, one after the other. It is
// that of regexp/syntax (so a loop, a lazy repeat and an empty alternative mean
// exactly what they mean in package regexp), with the sets of runes brought into
// a form that is quick to ask.

import (
	"regexp/syntax"
	"slices"
	"unicode"
	"unicode/utf8"
)

type opcode uint8

const (
	opRune  opcode = iota // consumes a rune of its set, goes on at out
	opAlt                 // goes on at out, or with less priority at arg
	opCap                 // notes the place as that of slot arg, goes on at out
	opEmpty               // goes on at out if the assertions of look hold here
	opMatch               // pattern arg matches
	opFail                // leads nowhere
)

type inst struct {
	op       opcode
	look     syntax.EmptyOp
	out, arg int32
	ascii    [2]uint64 // the set's part below 0x80
	ranges   []rune    // the set: pairs, ascending, each with both its ends
}

// has reports whether the set of an opRune holds r.
func (in *inst) has(r rune) bool {
	if r < utf8.RuneSelf {
		return in.ascii[r>>6]>>(uint(r)&63)&1 != 0
	}
	return hasRune(in.ranges, r)
}

func hasRune(ranges []rune, r rune) bool {
	lo, hi := 0, len(ranges)/2
	for lo < hi {
		m := (lo + hi) / 2
		if c := ranges[2*m]; c <= r {
			if r <= ranges[2*m+1] {
				return true
			}
			lo = m + 1
		} else {
			hi = m
		}
	}
	return false
}

// meets reports whether the set of an opRune holds any rune from lo to hi.
func (in *inst) meets(lo, hi rune) bool {
	for i := 0; i < len(in.ranges); i += 2 {
		if in.ranges[i] <= hi && lo <= in.ranges[i+1] {
			return true
		}
	}
	return false
}

type program struct {
	insts  []inst
	starts []int32 // where the regular expressions begin, in the list's order
	later  bool    // a match can begin after the text's first place
	// bounds are the runes at which some set of the program begins or has just
	// ended: runes between two neighbours cannot be told apart by any of them.
	bounds  []rune
	firsts  []int32  // the first instruction of each regular expression
	places  []int    // and its place in the list
	needles []needle // one of them begins every match; none if that is of no use
	longest int      // of the needles, in bytes
	bytes   bool     // each byte is a rune of its own: see bytes.go
}

// add appends the program of one pattern and returns where it starts.
func (p *program) add(re *syntax.Regexp, index int) error {
	sp, err := syntax.Compile(re)
	if err != nil {
		return err
	}
	base := int32(len(p.insts))
	p.firsts, p.places = append(p.firsts, base), append(p.places, index)
	for i := range sp.Inst {
		in := &sp.Inst[i]
		n := inst{out: base + int32(in.Out), arg: int32(in.Arg)}
		switch in.Op {
		case syntax.InstAlt, syntax.InstAltMatch:
			n.op, n.arg = opAlt, base+int32(in.Arg)
		case syntax.InstCapture:
			n.op = opCap
		case syntax.InstNop:
			n.op, n.arg = opAlt, n.out
		case syntax.InstEmptyWidth:
			n.op, n.look = opEmpty, syntax.EmptyOp(in.Arg)
		case syntax.InstMatch:
			n.op, n.arg = opMatch, int32(index)
		case syntax.InstFail:
			n.op = opFail
		default:
			n.op = opRune
			n.setRanges(runesOf(in))
		}
		p.insts = append(p.insts, n)
	}
	p.starts = append(p.starts, base+int32(sp.Start))
	return nil
}

func (in *inst) setRanges(ranges []rune) {
	in.ranges = ranges
	for i := 0; i < len(ranges); i += 2 {
		for r := ranges[i]; r <= ranges[i+1] && r < utf8.RuneSelf; r++ {
			in.ascii[r>>6] |= 1 << (uint(r) & 63)
		}
	}
}

// runesOf gives the set of an instruction that consumes a rune, as ranges.
func runesOf(in *syntax.Inst) []rune {
	switch in.Op {
	case syntax.InstRuneAny:
		return []rune{0, unicode.MaxRune}
	case syntax.InstRuneAnyNotNL:
		return []rune{0, '\n' - 1, '\n' + 1, unicode.MaxRune}
	}
	if len(in.Rune) != 1 {
		return slices.Clone(in.Rune)
	}
	set := []rune{in.Rune[0]}
	if in.Op == syntax.InstRune && syntax.Flags(in.Arg)&syntax.FoldCase != 0 {
		for r := unicode.SimpleFold(set[0]); r != set[0]; r = unicode.SimpleFold(r) {
			set = append(set, r)
		}
	}
	slices.Sort(set)
	ranges := make([]rune, 0, 2*len(set))
	for _, r := range set {
		ranges = append(ranges, r, r)
	}
	return ranges
}

// finish computes what the machines need to know of the whole program.
func (p *program) finish() {
	p.bounds = p.bounds[:0]
	for i := range p.insts {
		for j := 0; j < len(p.insts[i].ranges); j += 2 {
			p.bounds = append(p.bounds, p.insts[i].ranges[j], p.insts[i].ranges[j+1]+1)
		}
	}
	slices.Sort(p.bounds)
	p.bounds = slices.Compact(p.bounds)
	p.prune()
	p.later = p.startsLater()
}

// backwards gives for each instruction those that go on at it, and the places of matches.
func (p *program) backwards() (from [][]int32, matches []int32) {
	from = make([][]int32, len(p.insts))
	for i := range p.insts {
		in, pc := &p.insts[i], int32(i)
		switch in.op {
		case opMatch:
			matches = append(matches, pc)
		case opAlt:
			from[in.out] = append(from[in.out], pc)
			from[in.arg] = append(from[in.arg], pc)
		case opCap, opEmpty:
			from[in.out] = append(from[in.out], pc)
		case opRune:
			if len(in.ranges) > 0 {
				from[in.out] = append(from[in.out], pc)
			}
		}
	}
	return from, matches
}

// prune turns what can never reach a match into opFail, so that no thread waits
// there for nothing.
func (p *program) prune() {
	live := make([]bool, len(p.insts))
	from, todo := p.backwards()
	for _, pc := range todo {
		live[pc] = true
	}
	for len(todo) > 0 {
		pc := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		for _, f := range from[pc] {
			if !live[f] {
				live[f] = true
				todo = append(todo, f)
			}
		}
	}
	for i := range p.insts {
		if !live[i] {
			p.insts[i] = inst{op: opFail}
		}
	}
}

// startsLater reports whether a match can begin at another place than the
// text's first, where \A no longer holds.
func (p *program) startsLater() bool {
	seen := make([]bool, len(p.insts))
	todo := slices.Clone(p.starts)
	for len(todo) > 0 {
		pc := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		if seen[pc] {
			continue
		}
		seen[pc] = true
		switch in := &p.insts[pc]; in.op {
		case opRune, opMatch:
			return true
		case opAlt:
			todo = append(todo, in.out, in.arg)
		case opCap:
			todo = append(todo, in.out)
		case opEmpty:
			if in.look&syntax.EmptyBeginText == 0 {
				todo = append(todo, in.out)
			}
		}
	}
	return false
}

// place tells which entry of the list pc belongs to.
func (p *program) place(pc int32) int {
	i := len(p.firsts) - 1
	for pc < p.firsts[i] {
		i--
	}
	return p.places[i]
}
