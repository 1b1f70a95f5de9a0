package match

// What a list's writer may not have meant: found by walking through all that the
// automaton of the list can come to, as far as that is not too much.

import (
	"fmt"
	"unicode"
)

// RemarkKind says what a [Remark] is about.
type RemarkKind uint8

const (
	// MatchesEmpty: the pattern can match the empty text, so that it may match
	// at once, wherever the text is.
	MatchesEmpty RemarkKind = iota
	// Hidden: whatever the pattern matches, one listed before it matches from
	// the same place, and wins.
	Hidden
	// Lingers: a match of the pattern stays open whatever comes, as there could
	// always be a longer one: it ends with a pause alone.
	Lingers
	// LingersInLine: likewise, until the line ends.
	LingersInLine
	// Holds: the pattern is under way from the first byte and cannot fail, so
	// that what the patterns beside it match later counts only at a pause.
	Holds
	// Never: no text matches the pattern, as of "a$ b".
	Never
)

// A Remark is something about a pattern that is allowed and probably not meant.
type Remark struct {
	Kind RemarkKind
	// Index is the pattern's place in the list; By, of a Hidden one, is that of
	// the pattern which hides it, -1 where several do together.
	Index, By int
	// Message says it in a sentence's words, Hint what would help, if anything does.
	Message, Hint string
}

// The bounds of a walk: beyond them nothing is said of what depends on the rest.
const (
	maxWalk     = 300
	maxWalkWork = 1 << 18 // instructions
	maxWalks    = 2000    // states, for all walks of one list
)

// Remarks tells what there is to say about the list. It may take some milliseconds
// for a list of many large patterns: it is for checking and tracing.
func (s *Set) Remarks() []Remark {
	var rs []Remark
	w := &walker{left: maxWalks}
	wins := w.winners(s.prog, len(s.patterns))
	for i, p := range s.patterns {
		if by, hidden := s.hider(w, i, wins); hidden {
			if s.impossible(i) {
				rs = append(rs, Remark{
					Kind: Never, Index: i, By: -1, Message: "never matches: no text is like it",
					Hint: `in a regular expression $ is the text's end and ^ its beginning; a literal one is \$ or \^, or use exact`,
				})
				continue
			}
			m := "never matches: patterns before it match whenever it would"
			if by >= 0 {
				m = fmt.Sprintf("never matches: pattern %d, %s, matches whenever it would, and is listed before it", by+1, s.patterns[by])
			}
			rs = append(rs, Remark{Kind: Hidden, Index: i, By: by, Message: m, Hint: "list the longer or the more particular pattern first"})
			continue
		}
		if p.Kind == EventKind {
			continue
		}
		if s.prog.matchesEmpty(s.regexes[i].start) {
			rs = append(rs, Remark{
				Kind: MatchesEmpty, Index: i, By: -1, Message: "can match the empty text",
				Hint: "use + for *, or name something that must be there",
			})
		}
		rs = append(rs, s.lingering(w, i)...)
	}
	return rs
}

// impossible reports whether no text matches pattern i even where it is alone.
func (s *Set) impossible(i int) bool {
	if len(s.patterns) == 1 {
		return true
	}
	alone, err := Compile(s.patterns[i : i+1])
	if err != nil {
		return false
	}
	_, hidden := alone.hider(&walker{left: maxWalks}, 0, (&walker{left: maxWalks}).winners(alone.prog, 1))
	return hidden
}

// matchesEmpty reports whether a match is reached from start without consuming
// anything, whatever assertions are on the way.
func (p *program) matchesEmpty(start int32) bool {
	found := false
	p.follow(start, true, func(pc int32) { found = found || p.insts[pc].op == opMatch })
	return found
}

// follow visits all instructions that are reached from pc without consuming
// anything, through assertions too or not.
func (p *program) follow(pc int32, assertions bool, visit func(pc int32)) {
	seen := map[int32]bool{}
	todo := []int32{pc}
	for len(todo) > 0 {
		pc := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		if seen[pc] {
			continue
		}
		seen[pc] = true
		visit(pc)
		switch in := &p.insts[pc]; in.op {
		case opAlt:
			todo = append(todo, in.out, in.arg)
		case opCap:
			todo = append(todo, in.out)
		case opEmpty:
			if assertions {
				todo = append(todo, in.out)
			}
		}
	}
}

// walker walks through programs, with left states to go.
type walker struct{ left int }

// walk visits all states that a match beginning at some place can come to, and
// reports whether it saw them all.
func (w *walker) walk(p *program, visit func(a *automaton, s *state)) bool {
	a := newAutomaton(p, false)
	a.m.anchored = true
	seen := map[*state]bool{}
	var todo []*state
	reach := func(s *state) {
		if !seen[s] {
			seen[s] = true
			todo = append(todo, s)
		}
	}
	for _, b := range [...]int{-1, '\n', 'a', other} {
		reach(a.begin(after(b, false)))
		reach(a.begin(after(b, true)))
	}
	for len(todo) > 0 {
		s := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		visit(a, s)
		if w.left--; w.left < 0 || len(seen) > maxWalk || a.m.work > maxWalkWork {
			return false
		}
		for b := range s.next {
			next := s.next[b].Load()
			if next == nil {
				next = a.step(s, byte(b))
			}
			reach(next)
		}
	}
	return true
}

// winners tells of each pattern whether it is what some text comes to; nil if that
// is not known.
func (w *walker) winners(p *program, patterns int) []bool {
	wins := make([]bool, patterns)
	note := func(match int32) {
		if match != noMatch {
			wins[match] = true
		}
	}
	if !w.walk(p, func(a *automaton, s *state) {
		note(s.c.match)
		match, _ := a.atEnd(s, before(-1, true), false)
		note(match)
	}) {
		return nil
	}
	return wins
}

// hider reports whether pattern i can never win, and which one hides it. wins is
// what the whole list's winners are.
func (s *Set) hider(w *walker, i int, wins []bool) (by int, hidden bool) {
	p := s.patterns[i]
	for j, q := range s.patterns[:i] {
		if p == q {
			return j, true
		}
	}
	if p.Kind == EventKind {
		j := s.event[p.Event]
		return j, j < i
	}
	if wins == nil || wins[i] {
		return 0, false
	}
	for j := range i {
		if w.left < 0 {
			break
		}
		if s.patterns[j].Kind == EventKind {
			continue
		}
		pair := &program{bytes: s.prog.bytes}
		if pair.add(s.regexes[j].tree, 0) != nil || pair.add(s.regexes[i].tree, 1) != nil {
			continue
		}
		pair.finish()
		if wins := w.winners(pair, 2); wins != nil && !wins[1] {
			return j, true
		}
	}
	return -1, true
}

// lingering reports whether a match of pattern i stays open.
func (s *Set) lingering(w *walker, i int) []Remark {
	p := &program{bytes: s.prog.bytes}
	if p.add(s.regexes[i].tree, i) != nil {
		return nil
	}
	p.finish()
	if len(s.patterns) > 1 {
		holds := false
		for _, start := range p.starts {
			p.follow(start, false, func(pc int32) { holds = holds || p.endless(pc, true) })
		}
		if holds {
			return []Remark{{
				Kind: Holds, Index: i, By: -1, Message: "takes in everything from the first byte on, so what other patterns match later waits for a pause",
				Hint: "leave out the .* that it begins with: a match may begin anywhere",
			}}
		}
	}
	endless, inLine := false, false
	w.walk(p, func(_ *automaton, s *state) {
		if s.c.match == noMatch {
			return
		}
		for _, pc := range s.c.list {
			endless = endless || p.endless(pc, true)
			inLine = inLine || p.endless(pc, false)
		}
	})
	switch {
	case endless:
		return []Remark{{
			Kind: Lingers, Index: i, By: -1, Message: "could always match more, so its match waits for a pause",
			Hint: "use .*? for .*, or end it with what comes next",
		}}
	case inLine:
		return []Remark{{
			Kind: LingersInLine, Index: i, By: -1, Message: "could match more until the line ends, so its match waits for that or for a pause",
			Hint: "use .*? for .*, or end it with what comes next",
		}}
	}
	return nil
}

// endless reports whether a thread at pc stays there whatever comes, or without
// newlines, whatever comes but a newline.
func (p *program) endless(pc int32, newlines bool) bool {
	in := &p.insts[pc]
	if in.op != opRune {
		return false
	}
	last := rune(unicode.MaxRune)
	if p.bytes {
		last = 0xFF
	}
	at := rune(0)
	for i := 0; i < len(in.ranges) && at <= last; i += 2 {
		if lo := in.ranges[i]; lo > at && (newlines || at != '\n' || lo != at+1) {
			return false
		}
		at = in.ranges[i+1] + 1
	}
	if at <= last {
		return false
	}
	again := false
	p.follow(in.out, false, func(next int32) { again = again || next == pc })
	return again
}
