package match

// Needles: literals one of which every match of a list begins with, apart from
// assertions. While nothing is under way a scan looks for them alone, with what
// package bytes has for it.

import (
	"bytes"
	"regexp/syntax"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxNeedles is the number of literals that a scan looks for: each costs a pass.
const maxNeedles = 4

// maxNeedle bounds the length of one; what follows is the automaton's.
const maxNeedle = 32

type needle struct {
	lit  []byte
	rare int // the byte of lit that texts have least of
}

// common lists bytes from the one that logs and dialogues are fullest of to those
// that they have little of; all others are rarer.
const common = " etaoinsr0l1dcu2mh.p:35-4gf6789y/b,w_vkSATCEINR\nDPLMxO(=)[F]UBHG\"jzqV\rWKY'"

func newNeedle(lit string) needle {
	n := needle{lit: []byte(lit)}
	rank := func(b byte) int {
		if i := strings.IndexByte(common, b); i >= 0 {
			return i
		}
		return len(common)
	}
	for i := range n.lit {
		if rank(n.lit[i]) > rank(n.lit[n.rare]) {
			n.rare = i
		}
	}
	return n
}

// find gives the first place of n in p from i, len(p) if there is none.
func (n *needle) find(p []byte, i int) int {
	from := i + n.rare
	for tries := 0; from < len(p); tries++ {
		// Where the byte is not as rare as it should be, package bytes does better.
		if tries > 8 && from-i < tries*64 {
			if at := bytes.Index(p[from-n.rare:], n.lit); at >= 0 {
				return from - n.rare + at
			}
			break
		}
		at := bytes.IndexByte(p[from:], n.lit[n.rare])
		if at < 0 {
			break
		}
		if start := from + at - n.rare; bytes.HasPrefix(p[start:], n.lit) {
			return start
		}
		from += at + 1
	}
	return len(p)
}

// findNeedles gives the needles of all the expressions, none if there is one that
// begins with nothing in particular or if they are too many or too common to be
// worth looking for. Bytewise, each rune of theirs is a byte.
func findNeedles(trees []*syntax.Regexp, bytewise bool) (needles []needle) {
	var all []string
	for _, re := range trees {
		lits, _ := prefixes(re)
		if lits = usable(lits); len(lits) == 0 || len(all)+len(lits) > 4*maxNeedles {
			return nil
		}
		all = append(all, lits...)
	}
	if bytewise {
		for i, lit := range all {
			var b []byte
			for _, r := range lit {
				b = append(b, byte(r))
			}
			all[i] = string(b)
		}
	}
	all = minimal(all)
	if len(all) > maxNeedles {
		return nil
	}
	often := 0
	for _, lit := range all {
		n := newNeedle(lit)
		if strings.IndexByte(common[:12], lit[n.rare]) >= 0 && len(lit) == 1 {
			often++
		}
		needles = append(needles, n)
	}
	if often > 1 {
		return nil
	}
	return needles
}

// minimal drops what begins with another one of the list.
func minimal(lits []string) []string {
	var out []string
next:
	for i, l := range lits {
		for j, o := range lits {
			if i != j && strings.HasPrefix(l, o) && (l != o || j < i) {
				continue next
			}
		}
		out = append(out, l)
	}
	return out
}

// prefixes gives literals one of which every match of re begins with, nil if there
// are none; whole says that they are all that re can match. An empty literal with
// whole stands for a match of nothing.
func prefixes(re *syntax.Regexp) (lits []string, whole bool) {
	switch re.Op {
	case syntax.OpEmptyMatch, syntax.OpBeginLine, syntax.OpEndLine, syntax.OpBeginText, syntax.OpEndText,
		syntax.OpWordBoundary, syntax.OpNoWordBoundary:
		return []string{""}, true
	case syntax.OpLiteral:
		return literalPrefixes(re.Rune, re.Flags&syntax.FoldCase != 0)
	case syntax.OpCharClass:
		return classPrefixes(re.Rune)
	case syntax.OpCapture:
		return prefixes(re.Sub[0])
	case syntax.OpPlus:
		lits, _ := prefixes(re.Sub[0])
		return usable(lits), false
	case syntax.OpRepeat:
		if re.Min > 0 {
			lits, _ := prefixes(re.Sub[0])
			return usable(lits), false
		}
	case syntax.OpQuest:
		if sub, whole := prefixes(re.Sub[0]); whole {
			return append(sub, ""), true
		}
	case syntax.OpAlternate:
		whole = true
		for _, sub := range re.Sub {
			l, w := prefixes(sub)
			if l == nil || !w && len(usable(l)) == 0 {
				return nil, false
			}
			lits, whole = append(lits, l...), whole && w
		}
		if !whole {
			lits = usable(lits)
		}
		return lits, whole
	case syntax.OpConcat:
		return concatPrefixes(re.Sub)
	}
	return nil, false
}

// usable gives lits if none of them is empty.
func usable(lits []string) []string {
	if slices.Contains(lits, "") {
		return nil
	}
	return lits
}

func concatPrefixes(subs []*syntax.Regexp) (lits []string, whole bool) {
	lits = []string{""}
	for _, sub := range subs {
		next, w := prefixes(sub)
		if len(next) == 0 || len(lits)*len(next) > 2*maxNeedles {
			return usable(lits), false
		}
		var joined []string
		for _, a := range lits {
			for _, b := range next {
				joined = append(joined, a+b)
			}
		}
		lits = joined
		if !w || len(lits[0]) > maxNeedle {
			return usable(lits), false
		}
	}
	return lits, true
}

func literalPrefixes(rs []rune, fold bool) (lits []string, whole bool) {
	lits = []string{""}
	for _, r := range rs {
		set := []rune{r}
		if fold {
			for f := unicode.SimpleFold(r); f != r; f = unicode.SimpleFold(f) {
				set = append(set, f)
			}
		}
		if r == utf8.RuneError || len(lits)*len(set) > maxNeedles || len(lits[0]) > maxNeedle {
			return usable(lits), false
		}
		var joined []string
		for _, l := range lits {
			for _, r := range set {
				joined = append(joined, l+string(r))
			}
		}
		lits = joined
	}
	return lits, true
}

// classPrefixes gives the runes of a small set.
func classPrefixes(ranges []rune) (lits []string, whole bool) {
	for i := 0; i < len(ranges); i += 2 {
		for r := ranges[i]; r <= ranges[i+1]; r++ {
			// A byte that is no rune's counts as U+FFFD, so that is not to be looked for.
			if r == utf8.RuneError || len(lits) == maxNeedles {
				return nil, false
			}
			lits = append(lits, string(r))
		}
	}
	return lits, true
}
