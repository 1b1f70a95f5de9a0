package diagnose

// The analysis as a whole, and the choice of what to tell.

import (
	"cmp"
	"slices"
	"unicode/utf8"
)

// How many patterns of a list are looked at.
const (
	maxMisses  = 64
	maxMended  = 16
	leastWork  = workLimit / 50 // what each pattern may have
	worthwhile = 0.4            // the confidence of a hint that is told
	second     = 0.6            // of one that is told beside another
	behind     = 0.3            // how much less sure than the first it may be
)

// Diagnose says why the wait that the facts describe failed.
func Diagnose(f Facts) Report {
	return diagnose(f, &work{workLimit})
}

func diagnose(f Facts, w *work) Report {
	r := Report{What: what(&f), Tail: QuoteTail(f.Pending, shownTail, f.Omitted)}
	if len(f.Consumed) > 0 {
		r.Consumed = QuoteTail(f.Consumed, shownBefore, 0)
	}
	if len(f.Pending) > MaxText {
		n := len(f.Pending) - len(last(f.Pending))
		f.Pending, f.Omitted = f.Pending[n:], f.Omitted+int64(n)
	}
	pending := subject{text: f.Pending, before: -1, cut: f.Omitted > 0}
	if len(f.Consumed) > 0 {
		pending.before, _ = utf8.DecodeLastRune(f.Consumed)
	}

	forms := make([]*form, len(f.Patterns))
	for i, p := range f.Patterns {
		forms[i] = newForm(p, i, f.Call)
		if i >= maxMisses {
			r.Misses = append(r.Misses, Miss{Index: i, Pattern: p.Code()})
			continue
		}
		own := w.share(min(len(f.Patterns), maxMisses)-i, 4)
		r.Misses = append(r.Misses, nearest(own, forms[i], pending, f.Omitted))
		if m := &r.Misses[i]; p.isEnd() && f.PeerClosed {
			m.Note = "the peer closed, but not in order"
		}
		w.rest(own)
	}

	if f.Reason == Asked && slices.ContainsFunc(r.Misses, func(m Miss) bool { return m.Matched }) {
		return r
	}
	hints := wireHints(&f, r.Misses)
	for i, form := range forms[:min(len(forms), maxMended)] {
		own := w.share(min(len(forms), maxMended)-i, 1)
		hints = append(hints, patternHints(own, form, &f, r.Misses[i], pending)...)
		w.rest(own)
	}
	r.Hints = choose(hints)
	return r
}

// Why says what the pattern has matched so far of a live conversation, or why it
// has not: [Diagnose] for one pattern, with nothing taken for a failure.
func Why(p Pattern, f Facts) Report {
	f.Patterns, f.Reason = []Pattern{p}, Asked
	return Diagnose(f)
}

// share sets aside an equal part of the work for one of n, or a fraction of that.
func (w *work) share(n, fraction int) *work {
	own := max(w.left/max(n, 1)/fraction, min(leastWork, w.left))
	w.left -= own
	return &work{own}
}

// rest takes back what was not used, or pays what was used beyond.
func (w *work) rest(own *work) { w.left += own.left }

// patternHints gives what is wrong with one pattern, if that can be shown.
func patternHints(w *work, f *form, facts *Facts, miss Miss, pending subject) []Hint {
	if miss.Matched {
		return []Hint{{
			Cause: Open, Pattern: f.index, Confidence: 0.75,
			Text: "it matches what has come, but more could have changed the match, and no pause was long enough to take it: set settle lower",
		}}
	}
	var hints []Hint
	if h, value := taken(w, f, facts, pending); value > 0 {
		h.Pattern, h.Confidence = f.index, value
		hints = append(hints, h)
	}
	if best, ok := tryAll(w, mends(w, f, facts, pending), pending); ok {
		h := Hint{Cause: best.cause, Pattern: f.index, Confidence: best.value}
		h.Text, h.Fix = best.say(best.matched)
		hints = append(hints, h)
	}
	return hints
}

// choose keeps the best one or two. The second must be good by itself, and about
// something else.
func choose(hints []Hint) []Hint {
	slices.SortStableFunc(hints, func(a, b Hint) int { return cmp.Compare(b.Confidence, a.Confidence) })
	var chosen []Hint
	for _, h := range hints {
		switch {
		case h.Confidence < worthwhile, len(chosen) == 2:
			return chosen
		case len(chosen) == 0:
			chosen = append(chosen, h)
		case h.Confidence >= second && h.Confidence >= chosen[0].Confidence-behind && h.adds(chosen[0]):
			chosen = append(chosen, h)
		}
	}
	return chosen
}

// adds says whether the hint says more than the first.
func (h Hint) adds(first Hint) bool {
	switch {
	case h.Cause == first.Cause, h.Pattern >= 0 && h.Pattern == first.Pattern:
		return false
	case h.Cause == Silent:
		return false // the first says why
	case h.Cause == Question || h.Cause == Prompt:
		return first.Pattern < 0 // else that is the text that nearly matched
	}
	return true
}
