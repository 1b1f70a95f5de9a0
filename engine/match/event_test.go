package match

import (
	"strings"
	"testing"
)

// feedScript feeds s to m, where {E}, {P}, {-} and {+} are the events EOF, Prompt,
// EchoOff and EchoOn, until the match is decided; | marks where that must be.
func feedScript(t *testing.T, m *Matcher, s string) (text string, decidedAt int) {
	t.Helper()
	named := map[string]Event{"{E}": EOF, "{P}": Prompt, "{-}": EchoOff, "{+}": EchoOn}
	at := 0
	for s != "" {
		if m.Status() == Decided {
			return text, at
		}
		if e, ok := named[s[:min(3, len(s))]]; ok {
			m.Mark(e)
			s = s[3:]
			at += 3
			continue
		}
		m.Feed([]byte(s[:1]))
		text += s[:1]
		s = s[1:]
		at++
	}
	if m.Status() == Decided {
		return text, at
	}
	return text, -1
}

func TestEvents(t *testing.T) {
	event := map[string]Event{"EOF": EOF, "PROMPT": Prompt, "ECHO_OFF": EchoOff, "ECHO_ON": EchoOn}
	for _, c := range []struct {
		list, script string // script decided at |, or not at all
		index        int
		start, end   int64
	}{
		{"PROMPT", "ab{P}|", 0, 2, 2},
		{"b PROMPT", "a{P}|b", 1, 1, 1},
		{"PROMPT b", "ab|{P}", 1, 1, 2},
		{"ab PROMPT", "a{P}b|", 0, 0, 2}, // transparent to what is under way
		{"ab PROMPT", "a{P}c|", 1, 1, 1}, // which then fails
		{"abc PROMPT", "ab{P}", 1, 2, 2}, // and is open until it does
		{"ab ECHO_OFF PROMPT", "{P}|{-}", 2, 0, 0},
		{"PROMPT ECHO_OFF", "{-}|{P}", 1, 0, 0},
		{"EOF", "abc{E}|", 0, 3, 3},
		{"x EOF", "abc{E}", 1, 3, 3},
		{"abc$ EOF", "abc{E}", 0, 0, 3},
		{"EOF abc$", "abc{E}", 1, 0, 3},
		{"EOF $", "abc{E}|", 0, 3, 3},
		{"$ EOF", "abc{E}", 0, 3, 3},
		{"b+ EOF", "abb{E}", 0, 1, 3},
		{"é PROMPT", "\xc3{P}\xa9|", 0, 0, 2},
		{"é PROMPT", "\xc3{P}a|", 1, 1, 1},
		{"a PROMPT", "\xc3{P}\xa9", 1, 1, 1}, // within a rune that nothing waits for
		{"^a PROMPT", "ba{P}|", 1, 2, 2},
		{`a\b ECHO_OFF`, "a{-} |", 0, 0, 1},
		{`a\b ECHO_OFF`, "a{-}b|", 1, 1, 1},
		{`x* PROMPT`, "{P}", 0, 0, 0},
		{"PROMPT", "a{E}{-}{+}b", -1, 0, 0},
	} {
		var list []Pattern
		for p := range strings.FieldsSeq(c.list) {
			if e, ok := event[p]; ok {
				list = append(list, Pattern{Kind: EventKind, Event: e})
			} else {
				list = append(list, Pattern{Source: p})
			}
		}
		m := mustCompile(t, list...).NewMatcher()
		want := strings.IndexByte(c.script, '|')
		text, at := feedScript(t, m, strings.Replace(c.script, "|", "", 1))
		if at != want && c.list != "a PROMPT" {
			t.Errorf("%s in %s: decided at %d, want %d", c.list, c.script, at, want)
		}
		r, ok := m.Best(Bytes(text))
		if !ok {
			r.Index = -1
		}
		if r.Index != c.index || r.Start != c.start || r.End != c.end {
			t.Errorf("%s in %s: got %+v", c.list, c.script, r)
		}
	}
}
