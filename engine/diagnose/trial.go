package diagnose

// Trying what would have made a pattern match.

import (
	"bytes"
	"regexp"
	"regexp/syntax"
	"strings"
)

// form is a pattern made ready: every kind as a regular expression.
type form struct {
	p          Pattern
	index      int
	call       string
	src, flags string
}

func newForm(p Pattern, index int, call string) *form {
	f := &form{p: p, index: index, call: call, src: p.Source, flags: p.Flags}
	switch p.Kind {
	case Exact:
		f.src = regexp.QuoteMeta(p.Source)
	case Glob:
		f.src = globSource(p.Source)
	}
	return f
}

// whole finds the pattern as it stands.
func (f *form) whole(w *work, text subject) (span, bool) {
	p, _ := compile(w, f.src, f.flags)
	if p == nil || f.src == "" {
		return span{}, false
	}
	return p.findLate(w, text)
}

// findLate looks for the last match, at the end of the text first.
func (p *program) findLate(w *work, text subject) (span, bool) {
	for _, n := range windows {
		from := charBefore(text.text, len(text.text)-n)
		if s, ok := p.find(w, text, from); ok || from == 0 || w.left < 0 {
			return s, ok
		}
	}
	return span{}, false
}

// code is a regular expression as the script would have to say it.
func (f *form) code(src, flags string) string {
	code := Pattern{Regex, src, flags}.Code()
	if f.call == "read_until" {
		return "expect{" + code + "}"
	}
	return code
}

// literalCode is a literal as the script would have to say it.
func (f *form) literalCode(s string) string {
	switch {
	case f.call == "read_until":
		return "read_until(" + LuaString(s) + ")"
	case f.p.Kind == Regex && regexp.QuoteMeta(s) == s:
		return LuaString(s)
	case f.p.Kind == Glob:
		return "glob " + LuaString(s)
	}
	return "exact " + LuaString(s)
}

// same is the pattern's own way of saying src: a literal stays one.
func (f *form) same(src string) string {
	if f.p.Kind == Exact && f.flags == "" {
		if s, ok := literalOf(src); ok {
			return f.literalCode(s)
		}
	}
	return f.code(src, f.flags)
}

// literalOf gives the text of a regular expression that is nothing but text.
func literalOf(src string) (string, bool) {
	re, err := syntax.Parse(src, syntax.Perl)
	if err != nil || re.Op != syntax.OpLiteral || re.Flags&syntax.FoldCase != 0 {
		return "", false
	}
	return string(re.Rune), true
}

// trial is one change and what to say if it makes the pattern match.
type trial struct {
	cause      Cause
	confidence float64
	src, flags string
	text       *variant // nil: the pending text
	say        func(matched string) (text, fix string)
	need       func(matched string) bool // if set, must also hold
}

// hit is a trial that matched.
type hit struct {
	trial
	where   span // in the pending text, if the trial's text leads back to it
	matched string
	value   float64
}

// telling is what a match must be worth to be no chance where it is not at the
// text's end.
const telling = 4 * weightLiteral

// try searches for the trial's pattern.
func (t *trial) try(w *work, pending subject) (hit, bool) {
	p, _ := compile(w, t.src, t.flags)
	if p == nil {
		return hit{}, false
	}
	text, original := pending, pending.text
	if t.text != nil {
		text, original = t.text.subject, t.text.original
	}
	s, ok := p.findLate(w, text)
	if !ok || s.start == s.end {
		return hit{}, false
	}
	h := hit{trial: *t, where: s}
	if t.text != nil {
		h.where = t.text.origin(s)
	}
	h.matched = string(original[h.where.start:h.where.end])
	if t.need != nil && !t.need(h.matched) {
		return hit{}, false
	}
	near := nearEnd(original, h.where.end)
	if inWord(original, h.where) || t.cause == Typo && near < 1 {
		near = min(near, farAbove)
	}
	h.value = t.confidence * near
	if near < 1 && (strings.TrimSpace(h.matched) == "" || worth(t.src) < enough(near)) {
		return hit{}, false
	}
	return h, true
}

// inWord says whether the match begins or ends within a word.
func inWord(text []byte, s span) bool {
	return s.start > 0 && isLetter(text[s.start-1]) && isLetter(text[s.start]) ||
		s.end < len(text) && s.end > 0 && isLetter(text[s.end-1]) && isLetter(text[s.end])
}

func isLetter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }

// enough is what a match must be worth to be no chance, by how near the end of the
// text it is.
func enough(near float64) int {
	switch near {
	case 1:
		return 0
	case onLastLine:
		return 2 * weightLiteral
	case inLastLines:
		return 4 * weightLiteral
	}
	return 8 * weightLiteral
}

// How much a match counts that is not at the text's end.
const (
	onLastLine  = 0.95
	inLastLines = 0.85
	farAbove    = 0.7
)

// nearEnd is 1 for a match with nothing but blanks after it, and less the more
// follows: a hint about text long gone is rarely the right one.
func nearEnd(text []byte, end int) float64 {
	rest := bytes.TrimSpace(text[end:])
	switch {
	case len(rest) == 0:
		return 1
	case !bytes.Contains(rest, []byte{'\n'}):
		return onLastLine
	case len(rest) < 512:
		return inLastLines
	}
	return farAbove
}

// worth gives the score of the weakest alternative of a pattern.
func worth(src string) int {
	s := &splitter{src: src}
	if i, _ := s.alternatives(0, 0); i != len(src) || len(s.ends) == 0 {
		return 0
	}
	least := s.ends[0].score
	for _, e := range s.ends {
		least = min(least, e.score)
	}
	return least
}

// tryAll gives the best hit of a pattern.
func tryAll(w *work, trials []trial, pending subject) (hit, bool) {
	var best hit
	for i := range trials {
		if trials[i].confidence <= best.value {
			continue
		}
		if h, ok := trials[i].try(w, pending); ok && h.value > best.value {
			best = h
		}
		if w.left < 0 {
			break
		}
	}
	return best, best.value > 0
}
