package match

// Lists with a literal that is not UTF-8. A text's bytes are runes of their own
// there, so that the literal matches wherever its bytes are, and regular
// expressions are rewritten to match the bytes of their runes.

import (
	"regexp/syntax"
	"unicode"
	"unicode/utf8"
)

// inBytes reports whether a list is to be matched byte by byte.
func inBytes(list []Pattern) bool {
	for _, p := range list {
		if p.Kind == Exact && !utf8.ValidString(p.Source) {
			return true
		}
	}
	return false
}

// literalBytes gives the expression of a literal; with fold, ASCII letters match in
// either case.
func literalBytes(s string, fold bool) *syntax.Regexp {
	if !fold {
		lit := &syntax.Regexp{Op: syntax.OpLiteral}
		for i := range len(s) {
			lit.Rune = append(lit.Rune, rune(s[i]))
		}
		return lit
	}
	all := &syntax.Regexp{Op: syntax.OpConcat}
	for i := range len(s) {
		b := rune(s[i])
		set := []rune{b, b}
		if other := b ^ 0x20; b < utf8.RuneSelf && unicode.IsLetter(b) {
			set = []rune{min(b, other), min(b, other), max(b, other), max(b, other)}
		}
		all.Sub = append(all.Sub, &syntax.Regexp{Op: syntax.OpCharClass, Rune: set})
	}
	return all
}

// encoded rewrites an expression over runes to one over the bytes of their UTF-8.
// A byte that is no part of a rune is taken for U+FFFD as elsewhere; but as each
// byte stands for itself here, one that belongs to a rune may be taken so too.
func encoded(re *syntax.Regexp) *syntax.Regexp {
	r := *re
	r.Sub = make([]*syntax.Regexp, len(re.Sub))
	for i, sub := range re.Sub {
		r.Sub[i] = encoded(sub)
	}
	switch re.Op {
	case syntax.OpLiteral:
		r = syntax.Regexp{Op: syntax.OpConcat}
		for _, c := range re.Rune {
			set := []rune{c, c}
			if re.Flags&syntax.FoldCase != 0 {
				for f := unicode.SimpleFold(c); f != c; f = unicode.SimpleFold(f) {
					set = append(set, f, f)
				}
			}
			r.Sub = append(r.Sub, encodedSet(set))
		}
	case syntax.OpCharClass:
		return encodedSet(re.Rune)
	case syntax.OpAnyChar:
		return encodedSet([]rune{0, unicode.MaxRune})
	case syntax.OpAnyCharNotNL:
		return encodedSet([]rune{0, '\n' - 1, '\n' + 1, unicode.MaxRune})
	}
	return &r
}

// encodedSet gives the expression of the bytes of a set of runes, in ranges.
func encodedSet(ranges []rune) *syntax.Regexp {
	alt := &syntax.Regexp{Op: syntax.OpAlternate}
	for i := 0; i < len(ranges); i += 2 {
		alt.Sub = appendSequences(alt.Sub, ranges[i], ranges[i+1])
	}
	if hasRune(ranges, utf8.RuneError) {
		alt.Sub = append(alt.Sub, &syntax.Regexp{Op: syntax.OpCharClass, Rune: []rune{utf8.RuneSelf, 0xFF}})
	}
	switch len(alt.Sub) {
	case 0:
		return &syntax.Regexp{Op: syntax.OpNoMatch}
	case 1:
		return alt.Sub[0]
	}
	return alt
}

// appendSequences appends expressions that match the UTF-8 of the runes from lo to
// hi, each a sequence of ranges of bytes.
func appendSequences(subs []*syntax.Regexp, lo, hi rune) []*syntax.Regexp {
	const surrogateMin, surrogateMax = 0xD800, 0xDFFF
	if lo <= surrogateMax && hi >= surrogateMin {
		if lo < surrogateMin {
			subs = appendSequences(subs, lo, surrogateMin-1)
		}
		if hi > surrogateMax {
			subs = appendSequences(subs, surrogateMax+1, hi)
		}
		return subs
	}
	for _, last := range [...]rune{0x7F, 0x7FF, 0xFFFF} {
		if lo <= last && last < hi {
			return appendSequences(appendSequences(subs, lo, last), last+1, hi)
		}
	}
	// The bytes behind the first one that differs must range over all values.
	for shift := 6; hi > 0x7F && shift <= 18; shift += 6 {
		mask := rune(1)<<shift - 1
		if lo&^mask == hi&^mask {
			break
		}
		if lo&mask != 0 {
			return appendSequences(appendSequences(subs, lo, lo|mask), lo|mask+1, hi)
		}
		if hi&mask != mask {
			return appendSequences(appendSequences(subs, lo, hi&^mask-1), hi&^mask, hi)
		}
	}
	a, b := string(lo), string(hi)
	seq := &syntax.Regexp{Op: syntax.OpConcat}
	for i := range len(a) {
		seq.Sub = append(seq.Sub, &syntax.Regexp{Op: syntax.OpCharClass, Rune: []rune{rune(a[i]), rune(b[i])}})
	}
	if len(seq.Sub) == 1 {
		return append(subs, seq.Sub[0])
	}
	return append(subs, seq)
}
