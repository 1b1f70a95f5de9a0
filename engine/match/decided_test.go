package match

// When a match is decided: never before it is certain, and at once when it is.

import (
	"math/rand/v2"
	"strings"
	"testing"
)

func TestDecidedAt(t *testing.T) {
	for _, c := range []struct {
		patterns, text string // patterns one a line; decided behind the | of the text
	}{
		{`router# `, "x router# |y"},
		{`port (\d+)`, "port 12 |"},
		{`port (\d+)`, "port 12\xe2|\x82\xac"},
		{`port (\d+)`, "port 12\xff|"},
		{`(?m)^r[#>] `, "\nr# |"},
		{`(?m)^r[#>] `, "r> |"},
		{`a€*`, "a€\xe2\x82\xad|"},
		{`a€*`, "a€\xe2\x83|\x80"},
		{`foo\b`, "foo |"},
		{`foo\b`, "foo\xe2|"},
		{`foo\b`, "foobar foo.|"},
		{`(?m)foo$`, "foo\n|"},
		{`(?m)foo$`, "foox foo\n|"},
		{"a|ab", "a|b"},
		{"ab|a", "aa|"},
		{"ab\nb", "ab|"},
		{"abc\nb", "abd|"},
		{"abc\nb\nabd", "abc|"},
		{`a*?`, "|a"},
		{``, "|"},
		{`a*`, "aab|"},
		{`a{2,3}`, "aaa|"},
		{`a{2,3}?`, "aa|"},
		{`^a`, "a|"},
		{`(?s)<.*?>`, "<a b>|"},
		{`é`, "é|"},
		{`[^a]`, "aaé|"},
		{`[^a]`, "\xc3\xc3|\xa9"},
		{`\x{FFFD}`, "\xe2\x82a|"},
		{`x(?:y|z*)`, "xy|"},
		{`x(?:a$|a)`, "xa |"},
		{`(?i)LOGIN: `, "login: |"},
		{`a[^\x00-\x{10FFFF}]|a`, "a|"},
	} {
		at := strings.IndexByte(c.text, '|')
		text := c.text[:at] + c.text[at+1:]
		var list []Pattern
		for line := range strings.SplitSeq(c.patterns, "\n") {
			list = append(list, Pattern{Source: line})
		}
		m := mustCompile(t, list...).NewMatcher()
		i := 0
		for ; i < len(text) && m.Status() != Decided; i++ {
			m.Feed([]byte{text[i]})
		}
		if m.Status() != Decided || i != at {
			t.Errorf("%q in %q: %v after %d bytes, want decided after %d", c.patterns, text, m.Status(), i, at)
		}
	}
}

// TestDecidedIsExact tries small expressions without assertions on all texts over
// two letters: a match must be decided exactly when all continuations agree.
func TestDecidedIsExact(t *testing.T) {
	var tails []string
	for n := range 9 {
		for bits := range 1 << n {
			var tail strings.Builder
			for i := range n {
				tail.WriteString(string("ab"[bits>>i&1]))
			}
			tails = append(tails, tail.String())
		}
	}
	g := &generator{Rand: rand.New(rand.NewPCG(5, 6)), atoms: []string{"a", "b", "ab", "[ab]", "", "b"}, groups: true}
	for range 200 {
		list := g.list(2, 2)
		o, err := newOracle(list, false)
		if err != nil {
			continue
		}
		m := mustCompile(t, list...).NewMatcher()
		text := ""
		for len(text) < 6 {
			first, agree := o.find([]byte(text)), true
			for _, tail := range tails {
				agree = agree && same(first, o.find([]byte(text+tail)))
			}
			agree = agree && first != nil
			if decided := m.Status() == Decided; decided != agree {
				t.Fatalf("%v in %q: decided %v, but continuations agree %v on %s", list, text, decided, agree, show(first))
			}
			if agree {
				break
			}
			text += string("ab"[g.IntN(2)])
			m.Feed([]byte(text[len(text)-1:]))
		}
	}
}

// TestDecidedIsNeverTooEarly does the same with assertions, over letters that they
// tell apart. There a match may be decided late: where alternatives come to the same
// (a\b|a), or contradict themselves (a\Ba), the matcher waits to see.
func TestDecidedIsNeverTooEarly(t *testing.T) {
	const letters = "a \n"
	tails := []string{""}
	for from := 0; len(tails) < 300; {
		to := len(tails)
		for _, tail := range tails[from:to] {
			for _, l := range letters {
				tails = append(tails, tail+string(l))
			}
		}
		from = to
	}
	g := &generator{
		Rand:   rand.New(rand.NewPCG(14, 15)),
		atoms:  []string{"a", " ", "a", `\n`, "$", `\b`, `\B`, "(?m:$)", "(?m:^)", "^", `\z`, "."},
		groups: true,
	}
	for range 500 {
		list := g.list(2, 3)
		o, err := newOracle(list, false)
		if err != nil {
			continue
		}
		m := mustCompile(t, list...).NewMatcher()
		text := ""
		for m.Status() != Decided && len(text) < 6 {
			text += string(letters[g.IntN(len(letters))])
			m.Feed([]byte(text[len(text)-1:]))
		}
		if m.Status() != Decided {
			continue
		}
		first := o.find([]byte(text))
		for _, tail := range tails {
			if other := o.find([]byte(text + tail)); first == nil || !same(first, other) {
				t.Fatalf("%v in %q: decided on %s, but %q follows and gives %s", list, text, show(first), tail, show(other))
			}
		}
	}
}
