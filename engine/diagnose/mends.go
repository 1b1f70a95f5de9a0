package diagnose

// What a pattern may have wrong, each as a trial.

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// The causes that a changed pattern or text shows.
const (
	Case      Cause = "case"      // upper and lower case
	Meta      Cause = "meta"      // a special character that was meant as itself
	AsRegex   Cause = "regex"     // a literal that was meant as a regular expression
	AsGlob    Cause = "glob"      // a regular expression that was meant as a glob
	LuaClass  Cause = "lua"       // a Lua pattern
	Backslash Cause = "backslash" // lost or doubled backslashes
	Newline   Cause = "newline"   // CR LF for LF or the other way
	Escape    Cause = "escape"    // escape sequences, NULs or control characters between
	TextView  Cause = "view"      // the pattern asks for what the text view drops
	Blank     Cause = "blank"     // a blank or newline at an end
	Spacing   Cause = "spacing"   // other blanks between the words
	Anchor    Cause = "anchor"    // ^ or $
	DotAll    Cause = "dot"       // . and newlines
	LookAlike Cause = "lookalike" // characters that look the same
	Encoding  Cause = "encoding"  // the peer's encoding
	Typo      Cause = "typo"      // a small difference
	Taken     Cause = "taken"     // an earlier wait took the text
)

// mends lists the trials for a pattern.
func mends(w *work, f *form, facts *Facts, pending subject) []trial {
	m := &mender{w: w, f: f, facts: facts, pending: pending}
	switch {
	case f.p.Kind == Event || f.src == "" || len(f.src) > maxSource:
		return nil
	case f.p.Kind == Exact:
		m.asRegex()
	case f.p.Kind == Regex:
		m.meta()
		m.foreign()
		m.anchors()
	}
	m.letters()
	m.ends()
	m.newlines()
	m.controls()
	m.lookalikes()
	m.encodings()
	m.typo()
	return m.list
}

type mender struct {
	w       *work
	f       *form
	facts   *Facts
	pending subject
	list    []trial
}

// add takes a trial unless it changes nothing.
func (m *mender) add(t trial) {
	if t.text == nil && t.src == m.f.src && t.flags == m.f.flags {
		return
	}
	m.list = append(m.list, t)
}

// source adds a trial of a changed pattern that is also the fix.
func (m *mender) source(cause Cause, confidence float64, src, text string) {
	m.add(trial{cause: cause, confidence: confidence, src: src, flags: m.f.flags, say: func(string) (string, string) {
		return text, m.f.same(src)
	}})
}

func (m *mender) letters() {
	f := m.f
	if strings.Contains(f.flags, "i") || !strings.ContainsFunc(f.src, unicode.IsLetter) {
		return
	}
	m.add(trial{cause: Case, confidence: 0.92, src: f.src, flags: f.flags + "i", say: func(got string) (string, string) {
		return "it would match with another case: the peer sent " + QuoteMiddle(got, shownText), f.code(f.src, f.flags+"i")
	}})
}

// meta tries special characters as themselves: first each sort alone, so that the
// fix keeps what was meant as a regular expression.
func (m *mender) meta() {
	for _, set := range []string{"()", "[]", "*+?", "|", "$", "{}", "()[]", "()[]*+?|{}$^"} {
		m.escaped(set, escapeSome(m.f.src, set, true), 0.92)
	}
	m.escaped(`()[]*+?|{}$^`, escapeSome(m.f.src, "()[]*+?|{}$^", false), 0.91)
	if quoted := regexp.QuoteMeta(m.f.src); quoted != m.f.src {
		m.add(trial{cause: Meta, confidence: 0.905, src: quoted, say: func(got string) (string, string) {
			return "as plain text it matches " + QuoteMiddle(got, shownText) + "; in a regular expression " + areSpecial(m.f.src, `\()[]*+?|{}$^`),
				"exact " + LuaString(m.f.src)
		}})
	}
}

func (m *mender) escaped(set, src string, confidence float64) {
	m.add(trial{cause: Meta, confidence: confidence, src: src, flags: m.f.flags, say: func(got string) (string, string) {
		return areSpecial(m.f.src, set) + " in a regular expression; with a backslash before, it matches " + QuoteMiddle(got, shownText),
			m.f.code(src, m.f.flags)
	}})
}

// areSpecial says which of set the pattern has: "( ) are special".
func areSpecial(src, set string) string {
	chars := specials(src, set)
	if strings.Contains(chars, " ") {
		return chars + " are special"
	}
	return chars + " is special"
}

// foreign tries the pattern as what another language would have meant.
func (m *mender) foreign() {
	f := m.f
	if src, ok := fromLua(f.src); ok {
		m.source(LuaClass, 0.93, src, "it looks like a Lua pattern; here patterns are regular expressions, with \\d and not %d")
	}
	if strings.ContainsAny(f.src, "*?") {
		src := globSource(f.src)
		m.add(trial{cause: AsGlob, confidence: 0.8, src: src, say: func(got string) (string, string) {
			return "as a glob it matches " + QuoteMiddle(got, shownText), "glob " + LuaString(f.src)
		}})
	}
	m.source(Backslash, 0.9, restoreEscapes(f.src), `in a quoted Lua string "\d" is just "d"; write patterns in [[...]]`)
	if strings.Contains(f.src, `\\`) {
		m.source(Backslash, 0.93, strings.ReplaceAll(f.src, `\\`, `\`), "in [[...]] a backslash is not doubled")
	}
	if strings.Contains(f.src, ".") && !strings.Contains(f.flags, "s") {
		m.add(trial{cause: DotAll, confidence: 0.78, src: f.src, flags: f.flags + "s", say: func(string) (string, string) {
			return "`.` does not match a newline unless the flag s says so", f.code(f.src, f.flags+"s")
		}})
	}
}

// asRegex tries a literal as the regular expression that it looks like.
func (m *mender) asRegex() {
	f := m.f
	src := f.p.Source
	plain := strings.Trim(src, "$^. ")
	if regexp.QuoteMeta(src) == src {
		return
	}
	confidence := 0.93
	if regexp.QuoteMeta(plain) == plain && !strings.Contains(src, ".*") {
		confidence = 0.75 // no more than a full stop or a prompt's sign
	}
	text := "exact takes text as it is; as a regular expression it matches "
	if f.call == "read_until" {
		text = "read_until waits for text as it is; as a regular expression it matches "
	}
	m.add(trial{cause: AsRegex, confidence: confidence, src: src, say: func(got string) (string, string) {
		return text + QuoteMiddle(got, shownText), f.code(src, "")
	}})
	if lua, ok := fromLua(src); ok {
		m.add(trial{cause: LuaClass, confidence: 0.9, src: lua, say: func(got string) (string, string) {
			return text + QuoteMiddle(got, shownText), f.code(lua, "")
		}})
	}
}

// anchors tries ^ and $ at every line, and not at all.
func (m *mender) anchors() {
	src, flags := m.f.src, m.f.flags
	if rest, ok := lineStart(src); ok {
		m.add(trial{cause: Anchor, confidence: 0.86, src: rest, flags: flags, say: func(got string) (string, string) {
			return "it would match without the ^: no line begins with " + QuoteMiddle(got, shownText), m.f.code(rest, flags)
		}})
	}
	start, end := strings.HasPrefix(src, "^"), unescapedEnd(src)
	if !start && !end {
		return
	}
	if end {
		m.source(Blank, 0.92, src[:len(src)-1]+`\s*$`, "it would match if blanks were allowed before the end")
	}
	if !strings.Contains(flags, "m") && !strings.Contains(src, "(?m") {
		m.add(trial{cause: Anchor, confidence: 0.85, src: src, flags: flags + "m", say: func(string) (string, string) {
			sign, where := "^", "begins after the last text taken"
			if !start {
				sign, where = "$", "is the end of all text that came"
			}
			return sign + " " + where + "; with the flag m it also holds at each line", m.f.code(src, flags+"m")
		}})
	}
	if start {
		m.source(Anchor, 0.7, src[1:], "it would match without the ^, which holds only right after the last text taken")
	}
	if end {
		m.add(trial{cause: Anchor, confidence: 0.62, src: src[:len(src)-1], flags: flags, say: func(got string) (string, string) {
			return "it would match without the $: more text followed " + QuoteTail(got, shownText, 0), m.f.code(src[:len(src)-1], flags)
		}})
	}
}

// lineStart takes the ^ off a pattern in which it holds at each line.
func lineStart(src string) (rest string, ok bool) {
	for _, begin := range []string{"(?m)^", "(?m:^)", "(?im)^", "(?mi)^", "(?sm)^", "(?ms)^"} {
		if rest, ok := strings.CutPrefix(src, begin); ok && rest != "" {
			if flags := strings.Trim(begin, "(?m:)^"); flags != "" {
				rest = "(?" + flags + ")" + rest
			}
			return rest, true
		}
	}
	return src, false
}

// ends tries the pattern without the blanks at its ends, and with other blanks
// between its words.
func (m *mender) ends() {
	src := m.f.src
	if t := trimEnd(src); t != src && t != "" && t != "$" {
		what := "blank"
		if dropped := strings.TrimPrefix(strings.TrimSuffix(src, "$"), strings.TrimSuffix(t, "$")); strings.ContainsAny(dropped, "\n\r") || strings.Contains(dropped, `\n`) || strings.Contains(dropped, `\r`) {
			what = "newline"
		}
		m.source(Blank, 0.9, t, "it would match without the "+what+" at its end")
	}
	if t := trimStart(src); t != src && t != "" && t != "^" {
		m.source(Blank, 0.88, t, "it would match without the blank or newline at its beginning")
	}
	if t := trimStart(trimEnd(src)); len(t) > 1 {
		m.source(Blank, 0.87, t, "it would match without the blanks around it")
	}
	if m.f.p.Kind == Glob {
		return
	}
	for _, s := range []string{`\s+`, `[\s\x{a0}\x{2000}-\x{200a}\x{202f}\x{3000}]+`, `\s*`} {
		t := blanks(src, s)
		if t == src {
			continue
		}
		m.add(trial{
			cause: Spacing, confidence: 0.84, src: t, flags: m.f.flags,
			need: func(got string) bool { return strings.TrimSpace(got) != "" },
			say: func(got string) (string, string) {
				return "the blanks differ: the peer sent " + spacing(got) + " in " + QuoteMiddle(got, shownText), m.f.code(t, m.f.flags)
			},
		})
	}
}

// spacing names the blanks in what came.
func spacing(s string) string {
	switch {
	case strings.Contains(s, "\u00a0"):
		return "a non-breaking space"
	case strings.Contains(s, "\t"):
		return "a tab"
	case strings.Contains(s, "\n"):
		return "a newline"
	case strings.Contains(s, "  "):
		return "more than one blank"
	case strings.ContainsFunc(s, func(r rune) bool { return r != ' ' && unicode.IsSpace(r) }):
		return "another sort of blank"
	}
	return "no blank"
}

func (m *mender) newlines() {
	if !m.facts.Raw && (m.f.src == "\r" || m.f.src == `\r` || m.f.src == `\r$`) {
		m.source(Newline, 0.95, "\n", `in the text that a script sees a newline is "\n": "\r" is never in it`)
		return
	}
	if t := dropCR(m.f.src); t != m.f.src && t != "" {
		m.source(Newline, 0.92, t, `in the text that a script sees a newline is "\n" alone, without "\r"`)
	}
	if t := anyNewline(m.f.src); t != m.f.src {
		m.add(trial{
			cause: Newline, confidence: 0.91, src: t, flags: m.f.flags,
			need: func(got string) bool { return strings.Contains(got, "\r") },
			say: func(got string) (string, string) {
				return "the peer's newlines have a \\r: " + QuoteMiddle(got, shownText), m.f.code(t, m.f.flags)
			},
		})
	}
}

// last cuts a text to what is looked at.
func last(p []byte) []byte {
	if len(p) > MaxText {
		p = p[charBefore(p, len(p)-MaxText):]
		for len(p) > 0 && !utf8.RuneStart(p[0]) {
			p = p[1:]
		}
	}
	return p
}
