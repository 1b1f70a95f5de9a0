package diagnose

// Text that an earlier wait has taken.

import "strings"

// taken looks for the pattern in what earlier waits took, and across the border.
func taken(w *work, f *form, facts *Facts, pending subject) (Hint, float64) {
	consumed := near(subject{text: facts.Consumed}).text
	if len(consumed) == 0 || f.p.Kind == Event || f.src == "" || len(f.src) > maxSource {
		return Hint{}, 0
	}
	p, _ := compile(w, f.src, f.flags)
	if p == nil {
		return Hint{}, 0
	}
	both := consumed
	if facts.Omitted == 0 {
		after := pending.text[:min(len(pending.text), maxVariant)]
		both = append(append(make([]byte, 0, len(consumed)+len(after)), consumed...), after...)
	}
	s, ok := p.findLate(w, subject{text: both, before: -1, cut: true})
	if !ok {
		if s, ok = p.findLate(w, subject{text: consumed, before: -1, cut: true}); !ok {
			return Hint{}, 0
		}
	}
	got := both[s.start:s.end]
	if s.start >= len(consumed) || len(got) == 0 || strings.TrimSpace(string(got)) == "" {
		return Hint{}, 0
	}
	if s.end > len(consumed) {
		h := Hint{Cause: Taken, Text: "an earlier wait took the first part of it: " + Quote(both[s.start:len(consumed)]) + " of " + QuoteMiddle(got, shownText)}
		if s.end-len(consumed) == len(strings.TrimSpace(string(got))) {
			return Hint{}, 0
		}
		return h, 0.94
	}
	value := 0.88 * nearEnd(consumed, s.end)
	if facts.WroteSinceMatch {
		// Most likely the prompt before the command; the next one is still to come.
		value = 0.3
		if worth(f.src) >= telling {
			value = 0.55
		}
	} else if worth(f.src) < telling && s.end < len(consumed) {
		value = 0
	}
	text := "an earlier wait already took " + QuoteMiddle(got, shownText)
	if !facts.WroteSinceMatch && s.end == len(consumed) {
		text += ", and nothing was written since"
	}
	return Hint{Cause: Taken, Text: text}, value
}
