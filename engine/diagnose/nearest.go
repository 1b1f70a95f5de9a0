package diagnose

// The nearest miss of each pattern.

import (
	"errors"
	"regexp/syntax"
	"unicode/utf8"
)

// minimum is how much of a pattern must have matched to be worth telling.
const minimum = 2 * weightLiteral

// windows are the parts of the text that are searched, from its end: what is
// wrong mostly shows in the last lines, and looking there is cheap.
var windows = [...]int{4 << 10, 64 << 10, MaxText}

// nearest says how far the pattern got in the text.
func nearest(w *work, f *form, text subject, omitted int64) Miss {
	m := Miss{Index: f.index, Pattern: f.p.Code(), literal: f.p.Kind == Exact}
	if f.p.Kind == Event {
		m.Note = eventNote(f.p.Source)
		return m
	}
	if len(f.p.Source) > maxSource {
		m.Note = "too long to be analysed"
		return m
	}
	if _, err := syntax.Parse(f.src, syntaxFlags(f.flags)); err != nil {
		m.Note = "is no regular expression"
		if e, ok := errors.AsType[*syntax.Error](err); ok {
			m.Note += ": " + string(e.Code) + " in " + QuoteMiddle(e.Expr, shownText)
		}
		return m
	}
	if s, ok := f.whole(w, text); ok {
		m.Matched, m.Text = true, string(text.text[s.start:s.end])
		m.Start, m.End = omitted+int64(s.start), omitted+int64(s.end)
		return m
	}
	if f.p.Kind == Exact {
		nearestLiteral(w, &m, f.p.Source, text.text, omitted)
		return m
	}
	prog, ends := instrument(w, f.src, f.flags)
	if prog == nil {
		return m
	}
	var best reached
	for _, n := range windows {
		from := charBefore(text.text, len(text.text)-n)
		got := prog.furthest(w, text, from)
		if got.ok && (!best.ok || got.mark.score > best.mark.score) {
			best = got
		}
		if from == 0 || w.left < 0 {
			break
		}
	}
	total, branchEnd := 0, len(f.src)
	for _, e := range ends {
		if e.from == best.mark.branch {
			total, branchEnd = e.score, e.to
		}
	}
	if !best.ok || best.mark.score < min(minimum, max(total/2, 1)) || best.where.end == best.where.start {
		return m
	}
	m.Done, m.Rest = f.src[best.mark.branch:best.mark.to], f.src[best.mark.to:branchEnd]
	if f.p.Kind == Glob {
		m.Done, m.Rest = "", ""
	}
	m.place(text.text, best.where, omitted)
	return m
}

// nearestLiteral finds the longest beginning of the literal that is in the text,
// the last such place: Knuth, Morris and Pratt's automaton.
func nearestLiteral(w *work, m *Miss, literal string, text []byte, omitted int64) {
	if literal == "" || !w.spend(len(text)+len(literal)) {
		return
	}
	fail := make([]int, len(literal)+1)
	for i, k := 1, 0; i < len(literal); i++ {
		for k > 0 && literal[i] != literal[k] {
			k = fail[k]
		}
		if literal[i] == literal[k] {
			k++
		}
		fail[i+1] = k
	}
	best, at, k := 0, 0, 0
	for i, c := range text {
		for k > 0 && (k == len(literal) || literal[k] != c) {
			k = fail[k]
		}
		if literal[k] == c {
			k++
		}
		if k >= best && k > 0 {
			best, at = k, i+1
		}
	}
	for best > 0 && best < len(literal) && !utf8.RuneStart(literal[best]) {
		best--
		at--
	}
	if best == 0 || best < 2 && len(literal) > 3 || best*5 < len(literal) && best < 4 {
		return
	}
	m.Done, m.Rest = literal[:best], literal[best:]
	m.place(text, span{at - best, at}, omitted)
}

// place fills in where in the text the miss is, and what came next.
func (m *Miss) place(text []byte, s span, omitted int64) {
	m.Text = string(text[s.start:s.end])
	m.Start, m.End = omitted+int64(s.start), omitted+int64(s.end)
	next := text[s.end:]
	if len(next) > shownCame {
		next = next[:cutBefore(next, shownCame)]
	}
	m.Came = string(next)
}

// charBefore gives the last place not after i where a character begins.
func charBefore(text []byte, i int) int {
	if i <= 0 {
		return 0
	}
	return cutBefore(text, i)
}

func eventNote(name string) string {
	switch name {
	case "PROMPT":
		return "the peer marked no prompt (GA or EOR)"
	case "ECHO_OFF":
		return "the peer did not take over echoing"
	case "ECHO_ON":
		return "the peer did not give echoing back"
	case "EXIT":
		return "the program did not end"
	case "EOF":
		return "the peer did not close"
	case "TIMEOUT":
		return "time did not run out"
	}
	return "did not happen"
}
