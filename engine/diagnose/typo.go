package diagnose

// Small differences: what is nearly there.

import (
	"regexp"
	"regexp/syntax"
	"strings"
	"unicode/utf8"
)

// How long a word is compared, and in how much of the text.
const (
	maxWord  = 64
	typoText = 8 << 10
)

// typo tries the longest word of the pattern as the text nearly has it.
func (m *mender) typo() {
	word := m.f.p.Source
	if m.f.p.Kind != Exact {
		word = longestLiteral(m.f.src, m.f.flags)
	}
	n := len(strings.TrimSpace(word))
	if n < 5 || len(word) > maxWord || !strings.ContainsFunc(word, isWordRune) {
		return
	}
	text := m.pending.text[charBefore(m.pending.text, len(m.pending.text)-typoText):]
	limit := 1
	if n >= 9 {
		limit = 2
	}
	if !m.w.spend(len(text) * len(word) / 4) {
		return
	}
	s, distance := approximate(text, word)
	if distance == 0 || distance > limit {
		return
	}
	got := string(text[s.start:s.end])
	old, mended := regexp.QuoteMeta(word), regexp.QuoteMeta(got)
	if !utf8.ValidString(got) || !strings.Contains(m.f.src, old) {
		return
	}
	src := strings.Replace(m.f.src, old, mended, 1)
	m.add(trial{
		cause: Typo, confidence: 0.8 - 0.08*float64(distance), src: src, flags: m.f.flags,
		say: func(string) (string, string) {
			return "it nearly matches: the peer sent " + Quote(got) + ", the pattern has " + Quote(word), m.f.same(src)
		},
	})
}

func isWordRune(r rune) bool {
	return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r >= 0x80
}

// longestLiteral gives the longest text that every match must hold, as far as it
// stands in the pattern in one piece.
func longestLiteral(src, flags string) string {
	re, err := syntax.Parse(src, syntaxFlags(flags))
	if err != nil {
		return ""
	}
	subs := []*syntax.Regexp{re}
	if re.Op == syntax.OpConcat {
		subs = re.Sub
	}
	longest := ""
	for _, sub := range subs {
		for sub.Op == syntax.OpCapture {
			sub = sub.Sub[0]
		}
		if s := string(sub.Rune); sub.Op == syntax.OpLiteral && sub.Flags&syntax.FoldCase == 0 && len(s) > len(longest) {
			longest = s
		}
	}
	return longest
}

// approximate finds the last place in the text that is nearest to the word:
// Sellers' dynamic programming, with the place where each alignment began. The
// distance is len(word) or more if nothing is alike.
func approximate(text []byte, word string) (s span, distance int) {
	n := len(word)
	type cell struct{ cost, start int }
	column := make([]cell, n+1)
	for i := range column {
		column[i] = cell{i, 0}
	}
	distance = n
	for j, c := range text {
		diagonal := column[0]
		column[0] = cell{0, j + 1}
		for i := 1; i <= n; i++ {
			best := diagonal
			if word[i-1] != c {
				best.cost++
			}
			if up := column[i-1]; up.cost+1 < best.cost {
				best = cell{up.cost + 1, up.start}
			}
			if left := column[i]; left.cost+1 < best.cost {
				best = cell{left.cost + 1, left.start}
			}
			diagonal, column[i] = column[i], best
		}
		if end := column[n]; end.cost <= distance {
			// Of equally near places the last is told, but not one that only takes
			// more of the same.
			if end.cost < distance || end.start > s.start {
				s, distance = span{end.start, j + 1}, end.cost
			}
		}
	}
	return s, distance
}
