package diagnose

// Searching with a count of the work done: a small NFA over regexp/syntax
// programs. The standard regexp cannot be used, because it neither says how far
// a failed match got nor stops after so many steps.

import (
	"regexp/syntax"
	"unicode/utf8"
)

// work is what may still be done, in steps: a thread moved over a character, or
// a few bytes looked at. A step takes some 10 to 20 ns.
type work struct{ left int }

// workLimit keeps the whole of a diagnosis below a second on a slow machine.
const workLimit = 20_000_000

// spend takes n steps and says whether there were that many; if not, nothing is
// left.
func (w *work) spend(n int) bool {
	if n > w.left {
		w.left = -1
		return false
	}
	w.left -= n
	return true
}

// maxSource is the longest pattern that is analysed, maxProgram the most
// instructions it may compile to.
const (
	maxSource  = 4096
	maxProgram = 20_000
	maxFirst   = 500 // instructions looked at to find what a match can begin with
	markRoom   = 40  // times that marks can lengthen a source
)

// program is a compiled pattern.
type program struct {
	prog   *syntax.Prog
	marks  []mark // by capture number, if instrumented
	anchor bool   // only matches at the text's beginning
	skip   [256]bool
	canHop bool // bytes in skip cannot begin a match
}

// compile gives nil if the source is no regular expression, too large, or the
// work ran out. names are those of the groups.
func compile(w *work, source, flags string) (p *program, names []string) {
	if len(source) > markRoom*maxSource || !w.spend(16*len(source)) {
		return nil, nil
	}
	re, err := syntax.Parse(source, syntaxFlags(flags))
	if err != nil {
		return nil, nil
	}
	n := size(re)
	if n > maxProgram || !w.spend(16*n) {
		return nil, nil
	}
	names = re.CapNames()
	prog, err := syntax.Compile(re.Simplify())
	if err != nil {
		return nil, nil
	}
	p = &program{prog: prog, anchor: prog.StartCond()&syntax.EmptyBeginText != 0}
	p.findFirst()
	return p, names
}

// syntaxFlags gives the parser's flags for the letters of a pattern.
func syntaxFlags(letters string) syntax.Flags {
	flags := syntax.Perl
	for _, c := range letters {
		switch c {
		case 'i':
			flags |= syntax.FoldCase
		case 'm':
			flags &^= syntax.OneLine
		case 's':
			flags |= syntax.DotNL
		case 'U':
			flags |= syntax.NonGreedy
		}
	}
	return flags
}

// size is about how many instructions re compiles to.
func size(re *syntax.Regexp) int {
	n := 1
	for _, sub := range re.Sub {
		n += size(sub)
	}
	switch re.Op {
	case syntax.OpLiteral:
		n += len(re.Rune)
	case syntax.OpRepeat:
		n *= max(re.Min, re.Max, 1) + 1
	}
	return min(n, maxProgram+1)
}

// findFirst fills skip: the ASCII bytes that no match can begin with. Non-ASCII
// bytes are always tried.
func (p *program) findFirst() {
	for c := range 0x80 {
		p.skip[c] = true
	}
	p.canHop = true
	seen := make([]bool, len(p.prog.Inst))
	left := maxFirst
	var walk func(pc uint32)
	walk = func(pc uint32) {
		for !seen[pc] {
			seen[pc] = true
			if left--; left < 0 {
				p.canHop = false
				return
			}
			in := &p.prog.Inst[pc]
			switch in.Op {
			case syntax.InstAlt, syntax.InstAltMatch:
				walk(in.Out)
				pc = in.Arg
			case syntax.InstCapture, syntax.InstNop, syntax.InstEmptyWidth:
				pc = in.Out
			case syntax.InstMatch:
				p.canHop = false
				return
			case syntax.InstFail:
				return
			default:
				for c := range rune(0x80) {
					if in.MatchRune(c) {
						p.skip[c] = false
					}
				}
				return
			}
		}
	}
	walk(uint32(p.prog.Start))
}

// thread is a place in the program and where in the text it began.
type thread struct {
	pc    uint32
	start int
}

// queue is a set of threads in the order they were added.
type queue struct {
	sparse []uint32
	dense  []thread
}

func (q *queue) has(pc uint32) bool {
	i := q.sparse[pc]
	return int(i) < len(q.dense) && q.dense[i].pc == pc
}

// span is a piece of a text.
type span struct{ start, end int }

// reached is the best mark that a run passed.
type reached struct {
	mark  mark
	where span
	ok    bool
}

// subject is a text to search.
type subject struct {
	text   []byte
	before rune // the character before it, -1 if there is none
	cut    bool // its first byte is not where the pending text begins, so that ^ fails there
}

// run is one search: a program over a text from a place in it on.
type run struct {
	p *program
	w *work
	subject
	cur     queue
	next    queue
	stack   []uint32
	last    span // of the last match
	matched bool
	best    reached
}

// find looks for the last match that begins at or after from. ok is false if
// there is none, or if the work ran out.
func (p *program) find(w *work, text subject, from int) (s span, ok bool) {
	r := run{p: p, w: w, subject: text}
	if !r.walk(from) {
		return span{}, false
	}
	return r.last, r.matched
}

// furthest finds how far into the pattern any attempt from from on got.
func (p *program) furthest(w *work, text subject, from int) reached {
	r := run{p: p, w: w, subject: text}
	r.walk(from)
	return r.best
}

// walk moves all threads over the text; false if the work ran out.
func (r *run) walk(from int) bool {
	n := len(r.p.prog.Inst)
	if !r.w.spend(n / 8) {
		return false
	}
	r.cur.sparse, r.next.sparse = make([]uint32, n), make([]uint32, n)
	prev := r.before
	if from > 0 {
		prev, _ = utf8.DecodeLastRune(r.text[:from])
	}
	for i := from; ; {
		if len(r.cur.dense) == 0 && r.p.canHop {
			j := i
			for j < len(r.text) && r.p.skip[r.text[j]] {
				j++
			}
			if j > i {
				if !r.w.spend((j - i + 7) / 8) {
					return false
				}
				prev, i = rune(r.text[j-1]), j
			}
		}
		c, width := rune(-1), 0
		if i < len(r.text) {
			c, width = rune(r.text[i]), 1
			if c >= utf8.RuneSelf {
				c, width = utf8.DecodeRune(r.text[i:])
			}
		}
		if !r.p.anchor || i == 0 && !r.cut {
			// The first of those at one place is the one that began first, so the
			// new start comes last.
			r.add(&r.cur, uint32(r.p.prog.Start), i, i, prev, c)
		} else if len(r.cur.dense) == 0 {
			return true
		}
		if !r.w.spend(len(r.cur.dense) + 1) {
			return false
		}
		if width == 0 {
			return true
		}
		nextPrev := c
		nextC := rune(-1)
		if j := i + width; j < len(r.text) {
			nextC = rune(r.text[j])
			if nextC >= utf8.RuneSelf {
				nextC, _ = utf8.DecodeRune(r.text[j:])
			}
		}
		for _, t := range r.cur.dense {
			in := &r.p.prog.Inst[t.pc]
			var ok bool
			switch in.Op {
			case syntax.InstRune1:
				ok = c == in.Rune[0]
			case syntax.InstRuneAny:
				ok = true
			case syntax.InstRuneAnyNotNL:
				ok = c != '\n'
			case syntax.InstRune:
				ok = in.MatchRune(c)
			}
			if ok {
				r.add(&r.next, in.Out, t.start, i+width, nextPrev, nextC)
			}
		}
		r.cur, r.next = r.next, r.cur
		r.next.dense = r.next.dense[:0]
		prev, i = nextPrev, i+width
	}
}

// add follows the empty moves from pc at place at, between the characters prev
// and c, and puts what waits for a character into q.
func (r *run) add(q *queue, pc uint32, start, at int, prev, c rune) {
	empty := syntax.EmptyOpContext(prev, c) &^ syntax.EmptyBeginText
	if at == 0 && !r.cut {
		empty |= syntax.EmptyBeginText
	}
	r.stack = append(r.stack[:0], pc)
	for len(r.stack) > 0 {
		pc := r.stack[len(r.stack)-1]
		r.stack = r.stack[:len(r.stack)-1]
		if q.has(pc) {
			continue
		}
		// Every instruction is remembered, also those that take no character, so
		// that loops of empty moves end.
		q.sparse[pc] = uint32(len(q.dense))
		q.dense = append(q.dense, thread{pc, start})
		in := &r.p.prog.Inst[pc]
		switch in.Op {
		case syntax.InstAlt, syntax.InstAltMatch:
			r.stack = append(r.stack, in.Arg, in.Out)
		case syntax.InstNop:
			r.stack = append(r.stack, in.Out)
		case syntax.InstCapture:
			if n := int(in.Arg) / 2; in.Arg%2 == 0 && n < len(r.p.marks) && r.p.marks[n].set {
				r.pass(r.p.marks[n], span{start, at})
			}
			r.stack = append(r.stack, in.Out)
		case syntax.InstEmptyWidth:
			if syntax.EmptyOp(in.Arg)&^empty == 0 {
				r.stack = append(r.stack, in.Out)
			}
		case syntax.InstMatch:
			if !r.matched || start >= r.last.start {
				r.last, r.matched = span{start, at}, true
			}
		}
	}
}

// pass records a mark: more of the pattern is better, then later in the text.
func (r *run) pass(m mark, s span) {
	b := &r.best
	switch {
	case b.ok && m.score < b.mark.score:
		return
	case b.ok && m.score == b.mark.score && m.to < b.mark.to && m.branch == b.mark.branch:
		return
	case b.ok && m == b.mark && s.end < b.where.end:
		return
	}
	*b = reached{m, s, true}
}
