package match

// What is odd about a list of patterns that compiles: for traces, and for those who
// check scripts without running them.

import (
	"fmt"
	"regexp"
	"regexp/syntax"
	"strings"
)

// RemarkKind says what a [Remark] is about.
type RemarkKind uint8

// The kinds of remarks.
const (
	// Empty: the pattern matches the empty text, so it can match before anything
	// has come.
	Empty RemarkKind = iota + 1
	// Hidden: the pattern never wins, because an earlier one matches wherever it
	// does.
	Hidden
	// Holds: from its first byte the pattern could match all that comes, so no
	// other one can be taken before the peer pauses.
	Holds
)

// Remark is one odd thing.
type Remark struct {
	Kind  RemarkKind
	Index int    // of the pattern it is about, from 0
	Other int    // of the pattern that hides it; -1 for the other kinds
	text  string // the pattern, as shown
	by    string // the one that hides it
}

// String says the remark, with places counted from 1.
func (r Remark) String() string {
	switch r.Kind {
	case Empty:
		return fmt.Sprintf("pattern %d %s matches the empty text: it can match before anything has come", r.Index+1, r.text)
	case Hidden:
		return fmt.Sprintf("pattern %d %s is hidden by pattern %d %s, which matches wherever it does and comes first", r.Index+1, r.text, r.Other+1, r.by)
	case Holds:
		return fmt.Sprintf("pattern %d %s could match all that comes: no other is taken before the peer pauses", r.Index+1, r.text)
	}
	return ""
}

// Review looks a list over that [Compile] takes. What it says is certain: it stays
// silent where it would have to guess.
func Review(list []Pattern) []Remark {
	var remarks []Remark
	texts := 0
	for _, p := range list {
		if p.Kind != EventKind {
			texts++
		}
	}
	for i, p := range list {
		remark := func(kind RemarkKind, other int) {
			r := Remark{Kind: kind, Index: i, Other: other, text: p.String()}
			if other >= 0 {
				r.by = list[other].String()
			}
			remarks = append(remarks, r)
		}
		if other := hiddenBy(list, i); other >= 0 {
			remark(Hidden, other)
		}
		if p.Kind == EventKind {
			continue
		}
		re, err := parse(p)
		if err != nil {
			continue
		}
		re = re.Simplify()
		if canBeEmpty(re) {
			remark(Empty, -1)
		} else if texts > 1 && beginsWithAll(re) {
			remark(Holds, -1)
		}
	}
	return remarks
}

// canBeEmpty reports whether the empty text matches, wherever it is.
func canBeEmpty(re *syntax.Regexp) bool {
	switch re.Op {
	case syntax.OpEmptyMatch, syntax.OpStar, syntax.OpQuest,
		syntax.OpBeginLine, syntax.OpEndLine, syntax.OpBeginText, syntax.OpEndText:
		return true
	case syntax.OpCapture, syntax.OpPlus:
		return canBeEmpty(re.Sub[0])
	case syntax.OpConcat:
		for _, sub := range re.Sub {
			if !canBeEmpty(sub) {
				return false
			}
		}
		return true
	case syntax.OpAlternate:
		for _, sub := range re.Sub {
			if canBeEmpty(sub) {
				return true
			}
		}
	}
	return false
}

// beginsWithAll reports whether re begins with a repeat of any character.
func beginsWithAll(re *syntax.Regexp) bool {
	switch re.Op {
	case syntax.OpStar, syntax.OpPlus:
		return matchesAny(re.Sub[0])
	case syntax.OpCapture:
		return beginsWithAll(re.Sub[0])
	case syntax.OpConcat:
		for _, sub := range re.Sub {
			switch sub.Op {
			case syntax.OpBeginLine, syntax.OpBeginText, syntax.OpEmptyMatch:
				continue
			}
			return beginsWithAll(sub)
		}
	case syntax.OpAlternate:
		for _, sub := range re.Sub {
			if beginsWithAll(sub) {
				return true
			}
		}
	}
	return false
}

func matchesAny(re *syntax.Regexp) bool {
	switch re.Op {
	case syntax.OpAnyChar:
		return true
	case syntax.OpCapture:
		return matchesAny(re.Sub[0])
	case syntax.OpCharClass:
		return len(re.Rune) == 2 && re.Rune[0] == 0 && re.Rune[1] == 0x10ffff
	}
	return false
}

// hiddenBy gives the first pattern of the list that wins wherever pattern j would,
// -1 if none is known.
func hiddenBy(list []Pattern, j int) int {
	p := list[j]
	prefix := beginning(p)
	for i, q := range list[:j] {
		if q == p {
			return i
		}
		if p.Kind == EventKind || q.Kind == EventKind || prefix == "" {
			continue
		}
		if alwaysMatches(q, prefix) {
			return i
		}
	}
	return -1
}

// beginning gives the text with which every match of p begins.
func beginning(p Pattern) string {
	if p.Kind == EventKind || strings.Contains(p.Flags, "i") {
		return ""
	}
	re, err := regexpOf(p, "")
	if err != nil {
		return ""
	}
	prefix, _ := re.LiteralPrefix()
	return prefix
}

// regexpOf is the pattern for the package regexp, behind a beginning of its own.
func regexpOf(p Pattern, before string) (*regexp.Regexp, error) {
	source := p.Source
	switch p.Kind {
	case Exact:
		source = regexp.QuoteMeta(source)
	case Glob:
		var err error
		if source, err = GlobExpression(source); err != nil {
			return nil, err
		}
	}
	if p.Flags != "" {
		source = "(?" + p.Flags + ":" + source + ")"
	}
	if before != "" {
		source = before + "(?:" + source + ")"
	}
	return regexp.Compile(source)
}

// alwaysMatches reports whether q matches at every place where the text begins with
// prefix, whatever is around it.
func alwaysMatches(q Pattern, prefix string) bool {
	for _, before := range []string{"", "x", " ", "\n"} {
		re, err := regexpOf(q, fmt.Sprintf(`\A(?s:.{%d})`, len(before)))
		if err != nil {
			return false
		}
		for _, after := range []string{"", "x", " ", "\n", "\xff"} {
			if !re.MatchString(before + prefix + after) {
				return false
			}
		}
	}
	return true
}
