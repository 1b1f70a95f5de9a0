package diagnose

// The answer: tail, misses, hints, and their rendering.

import (
	"fmt"
	"strings"
	"time"
)

// Cause names what a hint is about; stable, for tests and programs.
type Cause string

// Hint is one thing that probably went wrong.
type Hint struct {
	Cause      Cause
	Pattern    int     // index in Facts.Patterns of the pattern it is about, -1 if about none
	Text       string  // what is the matter, one line, lower case
	Fix        string  // code that can be pasted, or empty
	Confidence float64 // 0 to 1
}

// Miss is how near one pattern came to matching.
type Miss struct {
	Index   int    // in Facts.Patterns
	Pattern string // as code
	Matched bool   // it does match, all of it; Text is the match
	Text    string // the text that the first part of the pattern matched, empty if nothing like it came
	Done    string // that part of the pattern's source
	Rest    string // the part that did not match
	Came    string // the text that came in its place, at most a few words; empty if the text ends there
	Start   int64  // where Text begins, in bytes from the beginning of the pending text
	End     int64  // where it ends
	Note    string // said instead, for an event or a pattern that cannot be searched for
	literal bool
}

// Report is why a wait failed.
type Report struct {
	What     string // what happened, one line: `waited 5s for "Password: "`
	Consumed string // the end of the text that earlier waits took, quoted; empty if there was none
	Tail     string // the end of the text that no wait took, quoted; `""` if there was none
	Misses   []Miss
	Hints    []Hint // one or two, the best first; none if nothing is known
}

// String says the miss in words: `matched "Pass" of "Password: ", then came "wort: "`.
func (m Miss) String() string {
	switch {
	case m.Note != "":
		return m.Note
	case m.Matched:
		return "matches " + QuoteMiddle(m.Text, shownText)
	case m.Text == "" && m.Done == "":
		return "nothing like it came"
	}
	var b strings.Builder
	b.WriteString("matched " + QuoteTail(m.Text, shownText, 0))
	switch {
	case m.literal:
		b.WriteString(" of " + cutCode(Quote(m.Done+m.Rest)))
	case m.Done == m.Text:
		b.WriteString(" of " + cutCode(LuaString(m.Done+m.Rest)))
	case m.Done != "":
		b.WriteString(" with " + cutCode(LuaString(m.Done)) + " of " + cutCode(LuaString(m.Done+m.Rest)))
	}
	if m.Came == "" {
		b.WriteString(", then nothing more came")
	} else {
		b.WriteString(", then came " + Quote(m.Came))
	}
	return b.String()
}

// cutCode keeps a long pattern from drowning the rest.
func cutCode(code string) string {
	if len(code) > shownPattern {
		return code[:cutBefore(code, shownPattern)] + "..."
	}
	return code
}

// Lines renders the report for an error message. The first line is What; the
// others are indented by two, but for those that begin with "hint:".
func (r Report) Lines() []string {
	lines := []string{r.What}
	if r.Consumed != "" {
		lines = append(lines, "  taken before: "+r.Consumed)
	}
	lines = append(lines, "  pending: "+r.Tail)
	for i, m := range r.Misses {
		if i == shownMisses {
			lines = append(lines, fmt.Sprintf("  ... %d more patterns", len(r.Misses)-i))
			break
		}
		if len(r.Misses) == 1 {
			lines = append(lines, "  nearest: "+m.String())
		} else {
			lines = append(lines, fmt.Sprintf("  %d: %s: %s", m.Index+1, cutCode(m.Pattern), m))
		}
	}
	for _, h := range r.Hints {
		line := "hint: " + h.Text
		if len(r.Misses) > 1 && h.Pattern >= 0 {
			line = fmt.Sprintf("hint: pattern %d: %s", h.Pattern+1, h.Text)
		}
		if h.Fix != "" {
			line += ": " + h.Fix
		}
		lines = append(lines, line)
	}
	return lines
}

// String is Lines, joined.
func (r Report) String() string { return strings.Join(r.Lines(), "\n") }

// How much an error message shows.
const (
	shownText    = 60  // bytes of a match
	shownTail    = 240 // bytes of pending text
	shownBefore  = 80  // bytes of consumed text
	shownCame    = 24  // bytes of what came instead
	shownPattern = 80  // bytes of a pattern's code
	shownMisses  = 8
)

// Code is the pattern as a script would write it.
func (p Pattern) Code() string {
	switch p.Kind {
	case Event:
		return p.Source
	case Exact:
		return "exact " + LuaString(p.Source)
	case Glob:
		return "glob " + LuaString(p.Source)
	case Regex:
	}
	if p.Flags != "" {
		return "regex(" + LuaString(p.Source) + ", " + LuaString(p.Flags) + ")"
	}
	return LuaString(p.Source)
}

func what(f *Facts) string {
	var list []string
	for i, p := range f.Patterns {
		if i == 4 {
			list = append(list, fmt.Sprintf("%d more", len(f.Patterns)-i))
			break
		}
		code := p.Code()
		if f.Call == "read_until" && p.Kind == Exact {
			code = Quote(p.Source)
		}
		list = append(list, cutCode(code))
	}
	waitedFor := strings.Join(list, " or ")
	if waitedFor == "" {
		waitedFor = "text"
	}
	span := f.Waited.Round(time.Millisecond).String()
	if f.Waited >= 10*time.Second {
		span = f.Waited.Round(100 * time.Millisecond).String()
	}
	switch f.Reason {
	case EOF:
		return fmt.Sprintf("the peer closed after %s, before %s came", span, waitedFor)
	case Interrupted:
		return fmt.Sprintf("interrupted after %s of waiting for %s", span, waitedFor)
	case Asked:
		return "looked for " + waitedFor
	}
	return fmt.Sprintf("waited %s for %s", span, waitedFor)
}
