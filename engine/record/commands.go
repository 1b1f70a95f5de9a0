package record

// Which of the lines that were typed are commands whose output ends at the same prompt,
// so that a script can run them.

import (
	"fmt"
	"math"
	"regexp"
	"strings"
	"sync"
	"time"
	"unicode"

	"github.com/moonwire/moonwire/engine/command"
	"github.com/moonwire/moonwire/engine/diagnose"
)

// A promptSeen is the prompt of a shell or a router, as a session learns it.
type promptSeen struct {
	ending  *regexp.Regexp // matches it up to the cursor
	leading *regexp.Regexp // at the beginning of a line
}

// learn learns the prompt from a line; nil if it can't be one.
func learn(line string) *promptSeen {
	source, ok := command.LearnPrompt(line)
	if !ok {
		return nil
	}
	return &promptSeen{
		ending:  regexp.MustCompile(`(?:` + source + `)\z`),
		leading: regexp.MustCompile(`^(?:` + source + `)`),
	}
}

// at returns where the prompt begins that text ends with, or which has only log lines
// behind it; -1 if it is not there.
func (p *promptSeen) at(text string) int {
	begin := strings.LastIndexByte(text, '\n') + 1
	if m := p.ending.FindStringIndex(text[begin:]); m != nil {
		return begin + m[0]
	}
	for noted := false; begin >= 0; {
		line := text[begin:]
		switch {
		case noted && p.whole(line):
			return begin
		case isNotice(line):
			noted = true
		case strings.TrimSpace(line) != "":
			return -1
		}
		text = text[:max(begin-1, 0)]
		if begin == 0 {
			break
		}
		begin = strings.LastIndexByte(text, '\n') + 1
	}
	return -1
}

// whole reports whether the prompt is all of a line.
func (p *promptSeen) whole(line string) bool {
	m := p.ending.FindStringIndex(line)
	return m != nil && strings.TrimSpace(line[:m[0]]) == ""
}

// isCommandPrompt reports whether a line that was shown before something was typed is a
// prompt for commands: of a shell, a router, an interpreter.
func isCommandPrompt(line string) bool {
	trimmed := strings.TrimRight(line, " ")
	if trimmed == "" || len(trimmed) > longestPrompt || learn(line) == nil {
		return false
	}
	last := trimmed[len(trimmed)-1]
	return strings.IndexByte("#>$%", last) >= 0 || strings.HasSuffix(trimmed, "❯") ||
		trimmed[0] == '[' && last == ']' && !strings.ContainsAny(trimmed, " ")
}

// goesOn reports whether a prompt is one for the next line of what was begun.
func goesOn(line string) bool {
	switch strings.TrimSpace(line) {
	case ">", "->", "...>", "...":
		return true
	}
	return false
}

// A reply is what was typed where a command asked, or a pager stopped.
type reply struct {
	pattern string
	turn    *turn
	pager   bool
}

// A ran is a command that a script can run.
type ran struct {
	turn    *turn
	prompt  *promptSeen
	end     int // the turn that was typed at the prompt behind the output
	prints  bool
	waited  time.Duration
	replies []reply
	known   []reply // to pagers that every session knows
}

// command returns what was typed at turn i as a command to run, nil if it is none. read
// says that a command before has read up to its prompt.
func (g *generator) command(turns []turn, i int, read bool) *ran {
	t := &turns[i]
	if t.key || t.hidden || strings.TrimSpace(t.line) == "" || strings.ContainsFunc(t.line, unicode.IsControl) {
		return nil
	}
	c := &ran{turn: t, prompt: g.prompt}
	if !read {
		shown := t.lineAt(len(t.before))
		if t.before == "" || !isCommandPrompt(shown) || g.prompt != nil && goesOn(shown) {
			return nil
		}
		if g.prompt == nil || !g.prompt.ending.MatchString(shown) {
			c.prompt = learn(shown)
		}
	}
	var text strings.Builder // since the command was typed
	for k := i + 1; k < len(turns); k++ {
		next := &turns[k]
		text.WriteString(next.echoed)
		text.WriteString(next.before)
		c.waited += next.waited
		line := next.lineAt(len(next.before))
		switch {
		case next.before == "" || !c.quiet(next): // typed ahead, or a run would end there
			return nil
		case c.prompt.at(text.String()) >= 0:
			if !c.told(line) || !g.ends(c, text.String()) {
				return nil
			}
			c.end = k
			return c
		case k == len(turns)-1 || !c.reply(next, line):
			return nil
		}
	}
	return nil
}

// quiet reports whether a run goes on wherever the peer paused in what came before t.
func (c *ran) quiet(t *turn) bool {
	for _, at := range t.pauses {
		if line := t.lineAt(at); c.prompt.ending.MatchString(line) || pagerAt(line) != nil {
			return false
		}
	}
	return true
}

// maxReplies is how often a command may ask before it counts as a dialogue.
const maxReplies = 4

// reply takes what was typed at a line, which is not the prompt. It reports whether a
// run can reply so.
func (c *ran) reply(t *turn, line string) bool {
	if strings.TrimRight(t.line, "\x04") != t.line || strings.ContainsFunc(t.line, unicode.IsControl) || t.hidden && t.key {
		return false
	}
	mark := pagerAt(line)
	colon := strings.TrimSpace(line) == ":" && t.key
	switch {
	case mark != nil && mark.key == typedAt(t):
		c.known = append(c.known, reply{markPattern(line), t, true})
		return true
	case mark != nil && len(typedAt(t)) <= 1, colon: // a key
		c.replies = append(c.replies, reply{markPattern(line), t, true})
		return true
	case mark != nil || t.screen || isCommandPrompt(line) || !asks(line) || len(line) > longestPrompt:
		return false
	}
	pattern := numbers().ReplaceAllString(regexp.QuoteMeta(line), `\d+`) + "$"
	if m := secretAsked().FindStringSubmatch(line); m != nil {
		pattern = m[1] + " .*" + m[2] + "$"
	}
	c.replies = append(c.replies, reply{pattern, t, false})
	questions := 0
	for _, r := range c.replies {
		if !r.pager {
			questions++
		}
	}
	return questions <= maxReplies
}

// asks reports whether a line looks like a question.
func asks(line string) bool {
	line = strings.TrimRight(line, " ")
	return line != "" && strings.IndexByte("?:])", line[len(line)-1]) >= 0
}

// typedAt is what was typed, as it is sent.
func typedAt(t *turn) string {
	if t.key {
		return t.line
	}
	return t.line + "\n"
}

// markPattern is a pattern of a pager's mark, which may show other numbers the next time.
func markPattern(line string) string {
	return numbers().ReplaceAllString(regexp.QuoteMeta(strings.TrimSpace(line)), `\d+`) + " ?$"
}

// told reports whether the replies are told apart by their patterns, and by prompt, the
// line at the end. It leaves one reply of those that are the same.
func (c *ran) told(prompt string) bool {
	first := func(line string, replies []reply) *reply {
		for i := range replies {
			if regexp.MustCompile(replies[i].pattern).MatchString(line) {
				return &replies[i]
			}
		}
		return nil
	}
	pages := 0
	for _, r := range c.replies {
		if r.pager {
			pages++
		}
	}
	if pages > 0 { // those that are known have to be named as well
		c.replies = append(c.replies, c.known...)
	}
	for _, r := range c.replies {
		have := first(r.turn.lineAt(len(r.turn.before)), c.replies)
		if have == nil || typedAt(have.turn) != typedAt(r.turn) || have.turn.hidden != r.turn.hidden {
			return false
		}
	}
	if first(prompt, c.replies) != nil || pages == 0 && pagerAt(prompt) != nil {
		return false
	}
	var kept []reply
	for _, r := range c.replies {
		if first(r.turn.lineAt(len(r.turn.before)), kept) == nil {
			kept = append(kept, r)
		}
	}
	c.replies = kept
	return true
}

// echoWithin is where a run looks for the echo.
const echoWithin = 64 << 10 // bytes

// ends reports whether a run finds the echo and the output in text, which ends at the
// prompt. It notes whether there is any output.
func (g *generator) ends(c *ran, text string) bool {
	at := c.prompt.at(text)
	begin := 0
	switch echo, err := command.FindEcho(text[:min(at, echoWithin)], c.turn.line, c.prompt.leading, nil); {
	case err == nil && (echo.Exact || c.turn.echoes || g.echoed):
		begin = echo.Output
		g.echoed = true
	case c.turn.echoes || g.echoed || err != command.ErrNoEcho: // it is what FindEcho returns
		return false
	}
	output := strings.TrimSuffix(text[begin:at], "\n")
	if last := lastLineOf(output); strings.TrimSpace(last) != "" && c.prompt.whole(last) {
		return false // a run would take it for the prompt
	}
	for line := range strings.SplitSeq(output, "\n") {
		asked := false
		for _, r := range c.replies {
			asked = asked || strings.HasPrefix(line, lastLineOf(r.turn.before))
		}
		c.prints = c.prints || !asked && strings.TrimSpace(line) != ""
	}
	return true
}

// run writes a command.
func (g *generator) run(c *ran) {
	if g.prompt != nil && c.prompt != g.prompt {
		g.b.WriteString("t:learn_prompt()\n")
	}
	g.prompt = c.prompt
	g.before = c.turn.line
	var options []string
	if c.waited > 10*time.Second {
		options = append(options, fmt.Sprintf("timeout = %.0f", math.Ceil(3*c.waited.Seconds())))
	}
	for _, kind := range []struct {
		name  string
		pager bool
	}{{"pager", true}, {"answers", false}} {
		var pairs []string
		for _, r := range c.replies {
			if r.pager == kind.pager {
				pairs = append(pairs, "{ "+longString(r.pattern)+", "+g.replied(r.turn)+" }")
			}
		}
		if len(pairs) > 0 {
			options = append(options, kind.name+" = { "+strings.Join(pairs, ", ")+" }")
		}
	}
	call := "t:run(" + diagnose.LuaString(c.turn.line)
	if len(options) > 0 {
		call += ", { " + strings.Join(options, ", ") + " }"
	}
	call += ")"
	if c.prints {
		call = "print(" + call + ")"
	}
	g.b.WriteString(call + "\n")
}

// replied is what was typed as a reply of run's.
func (g *generator) replied(t *turn) string {
	if t.hidden {
		return "secret " + diagnose.LuaString(g.secret(*t))
	}
	return diagnose.Quote(typedAt(t))
}

// A knownPager is a mark that sessions know, and its key.
type knownPager struct {
	mark *regexp.Regexp
	key  string
}

var knownPagers = sync.OnceValue(func() (all []knownPager) {
	for _, p := range command.Pagers() {
		all = append(all, knownPager{regexp.MustCompile(p.Pattern), p.Key})
	}
	return all
})

// pagerAt is the pager whose mark a line ends with, nil if there is none.
func pagerAt(line string) *knownPager {
	for _, p := range knownPagers() {
		if p.mark.MatchString(line) {
			return &p
		}
	}
	return nil
}

var knownNotices = sync.OnceValue(func() (all []*regexp.Regexp) {
	for _, source := range command.Notices() {
		all = append(all, regexp.MustCompile(source))
	}
	return all
})

func isNotice(line string) bool {
	for _, re := range knownNotices() {
		if re.MatchString(line) {
			return true
		}
	}
	return false
}
