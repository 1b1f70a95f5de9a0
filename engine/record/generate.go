package record

import (
	"fmt"
	"math"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/moonwire/moonwire/engine/diagnose"
	"github.com/moonwire/moonwire/engine/mask"
)

// Script makes a Lua script that does what an operator did in the recording's
// first session: waits for the prompts and types the lines. Prompts are the last
// line before something was typed, without what may be another the next time:
// names of hosts and users, numbers, times. What was typed without an echo becomes
// a secret; those are returned, with their values. Where a prompt was guessed a
// comment says so.
//
// date is shown at the script's head, if it is not zero. options are fields of the table
// that connect is given, as they are written in Lua.
func (r *Recording) Script(date time.Time, options ...string) (script string, secrets []mask.Secret, err error) {
	s := r.Sessions[0]
	done, err := turnsOf(s)
	if err != nil {
		return "", nil, err
	}
	g := &generator{names: make(map[string]string), closed: s.Closed != closedByUs && s.Closed != ""}
	when := ""
	if !date.IsZero() {
		when = " on " + date.Format("2006-01-02")
	}
	fmt.Fprintf(&g.b, "-- Log in to a host and do what was recorded there%s.\n--\n--   moonwire -x SCRIPT [ADDRESS]\n\n", when)
	if w := done.window; w.rows > 0 { // as it was then: pagers go by it
		options = append(slices.Clone(options), fmt.Sprintf("window = { columns = %d, rows = %d }", w.columns, w.rows))
	}
	table := ""
	if len(options) > 0 {
		table = ", { " + strings.Join(options, ", ") + " }"
	}
	fmt.Fprintf(&g.b, "local t = connect(arg[1] or %s%s)\n\n", diagnose.LuaString(s.Address), table)
	g.all(append(done.turns, done.rest))
	if s.Closed != closedByUs && s.Closed != "" {
		g.b.WriteString("t:read_all()\n")
	} else {
		g.b.WriteString("t:close()\n")
	}
	return g.b.String(), g.secrets, nil
}

type generator struct {
	b       strings.Builder
	names   map[string]string // of secrets, by value
	secrets []mask.Secret
	told    map[string]bool // prompts that have a comment
	before  string          // the line before the one that is written
	closed  bool            // the peer closed in the end
	prompt  *promptSeen     // that the script's session knows, or nil
	echoed  bool            // a command was echoed
}

// all writes what was done: turns, and in the end what came after the last one.
func (g *generator) all(turns []turn) {
	last := len(turns) - 1
	read := false // a command has read what was showing before the turn
	for i := 0; i < last; {
		t := turns[i]
		if !read {
			g.wait(t)
		}
		if c := g.command(turns, i, read); c != nil {
			g.run(c)
			i, read = c.end, true
			continue
		}
		g.write(t)
		g.before = t.line
		i, read = i+1, false
	}
	if !read && !g.closed && lastLineOf(turns[last].before) != "" {
		g.wait(turns[last])
	}
}

// wait waits for what was showing before the turn.
func (g *generator) wait(t turn) {
	start, prompt := showing(t.before)
	if t.glued {
		start = ""
	}
	timeout := ""
	if t.waited > 10*time.Second {
		timeout = fmt.Sprintf("%.0f", math.Ceil(3*t.waited.Seconds()))
	}
	switch {
	case t.before == "": // typed ahead
		return
	case t.screen && !isLine(prompt), len(prompt) > longestPrompt:
		g.b.WriteString("-- guessed: a program was painting the whole screen" + wordsOf(t.before) + "; wait for words of it here\nt:drain()\n")
		return
	case strings.TrimSpace(prompt) == "":
		g.b.WriteString("t:drain() -- guessed: there was no prompt, only silence\n")
		return
	}
	asked := secretAsked().FindStringSubmatch(prompt)
	seen := t.echoed + t.before
	if literal := question().FindString(prompt); asked == nil && literal != "" && strings.Index(seen, literal)+len(literal) == len(seen) {
		if timeout != "" {
			timeout = ", " + timeout
		}
		fmt.Fprintf(&g.b, "t:read_until(%s%s)\n", diagnose.LuaString(literal), timeout)
		return
	}
	pattern := patternFor(t, start, prompt)
	if timeout != "" {
		timeout = ", timeout = " + timeout
	}
	fmt.Fprintf(&g.b, "t:expect{ %s%s }", longString(pattern), timeout)
	if !g.told[pattern] {
		if g.told == nil {
			g.told = make(map[string]bool)
		}
		g.told[pattern] = true
		fmt.Fprintf(&g.b, " -- guessed from %s", diagnose.LuaString(prompt))
	}
	g.b.WriteString("\n")
}

const (
	longestPrompt = 200 // bytes
	shownOfScreen = 40  // bytes
	maxScreen     = 8 << 10
)

// wordsOf quotes the first words on a screen, for a comment.
func wordsOf(screen string) string {
	words := ""
	for w := range strings.FieldsSeq(screen[max(0, len(screen)-maxScreen):]) {
		if !strings.ContainsFunc(w, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }) || !utf8.ValidString(w) {
			continue
		}
		if len(words)+len(w) > shownOfScreen {
			break
		}
		words += w + " "
	}
	if words == "" {
		return ""
	}
	return ", " + diagnose.Quote(words+"...")
}

// isLine reports whether text, before which a screen was painted, is a line to wait for
// all the same: a question, a pager's mark or a prompt.
func isLine(text string) bool {
	return len(text) <= 80 && (question().MatchString(text) || isCommandPrompt(text) || pagerAt(text) != nil)
}

// lazily compiles an expression when it is first used: most runs need none, and
// compiling them all takes longer than the start of a script.
func lazily(expression string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(expression) })
}

// question is the end of a prompt that asks for one thing, "login: ".
var question = lazily(`[A-Za-z]+: ?$`)

// shellPrompt is a prompt of names and a sign.
var shellPrompt = lazily(`^(.*)([$#>%])( ?)$`)

var (
	words   = lazily(`[^\s]+`)
	numbers = lazily(`[0-9]+`)
	blanks  = lazily(`\s+`)
)

// showing is what stands in the line where the cursor is: what came after the last
// carriage return. start is what the line's beginning is in a pattern.
func showing(text string) (start, prompt string) {
	line := lastLineOf(text)
	i := strings.LastIndexByte(line, '\r') + 1
	switch {
	case i == 0:
		return `(?m:^)`, line
	case strings.Trim(line[:i], "\r") == "":
		return `(?m:^)\r?`, line[i:] // as shells do between an empty answer and the prompt
	default:
		return `\r`, line[i:]
	}
}

// patternFor makes a pattern of a prompt: the most general one that does not match
// anywhere that the peer paused before.
func patternFor(t turn, start, prompt string) string {
	var candidates []string
	if m := secretAsked().FindStringSubmatch(prompt); m != nil {
		candidates = append(candidates, m[1]+" .*"+m[2]+"$")
	}
	if m := shellPrompt().FindStringSubmatch(prompt); m != nil {
		candidates = append(candidates, start+blanks().ReplaceAllString(words().ReplaceAllString(m[1], `\S*`), ` +`)+regexp.QuoteMeta(m[2])+m[3]+"$")
	}
	literal := regexp.QuoteMeta(prompt)
	general := numbers().ReplaceAllString(literal, `\d+`)
	candidates = append(candidates, general+"$", literal+"$")
	for _, c := range candidates {
		if suits(c, t) {
			return c
		}
	}
	return literal + "$"
}

// suits reports whether a pattern matches where the turn begins and not at a pause
// before. A prompt's pattern cannot match across lines, so the last one tells.
func suits(pattern string, t turn) bool {
	re, err := regexp.Compile(pattern)
	if err != nil {
		return false
	}
	for _, at := range t.pauses {
		if re.MatchString(t.lineAt(at)) {
			return false
		}
	}
	return re.MatchString(t.lineAt(len(t.before)))
}

// write types what the turn typed.
func (g *generator) write(t turn) {
	switch {
	case t.hidden && t.key:
		fmt.Fprintf(&g.b, "t:write(secret %s)\n", diagnose.LuaString(g.secret(t)))
	case t.hidden:
		fmt.Fprintf(&g.b, "t:writeln(secret %s)\n", diagnose.LuaString(g.secret(t)))
	case t.key:
		fmt.Fprintf(&g.b, "t:write(%s)\n", diagnose.LuaString(t.line))
	default:
		fmt.Fprintf(&g.b, "t:writeln(%s)\n", diagnose.LuaString(t.line))
	}
}

// secret names what was typed without an echo, by its prompt.
// The keys are as secret as the line that they make: what was erased is part of them.
func (g *generator) secret(t turn) string {
	name := g.secretName(t)
	if keys := strings.TrimSuffix(t.typed, "\n"); keys != t.line {
		g.secrets = append(g.secrets, mask.Secret{Name: name, Value: keys})
	}
	return name
}

func (g *generator) secretName(t turn) string {
	if name := g.names[t.line]; name != "" {
		return name
	}
	_, prompt := showing(t.before)
	base := "password"
	if m := secretWord().FindString(prompt); m != "" {
		base = strings.ToLower(m)
	} else if m := secretName().FindStringSubmatch(prompt); m != nil {
		base = strings.ToLower(m[1])
	}
	if g.taken(base) && commandWord().MatchString(g.before) {
		base = g.before // "enable"
	}
	name := base
	for n := 2; g.taken(name); n++ {
		name = fmt.Sprint(base, n)
	}
	g.names[t.line] = name
	g.secrets = append(g.secrets, mask.Secret{Name: name, Value: t.line})
	return name
}

var (
	secretAsked = lazily(`(?i)(passphrase|passcode|password|token) .*[^\s](: ?)$`) // "password for brandon: "
	secretWord  = lazily(`(?i)passphrase|passcode|password|token`)
	secretName  = lazily(`([A-Za-z]+)\W*$`)
	commandWord = lazily(`^[a-z]+$`)
)

func (g *generator) taken(name string) bool {
	for _, have := range g.names {
		if have == name {
			return true
		}
	}
	return false
}

// longString is a pattern as people write it in Lua, in long brackets.
func longString(s string) string {
	level := ""
	for strings.Contains(s, "]"+level+"]") || strings.HasSuffix(s, "]"+level) {
		level += "="
	}
	return "[" + level + "[" + s + "]" + level + "]"
}
