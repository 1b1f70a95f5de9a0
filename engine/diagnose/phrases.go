package diagnose

// What peers say to people, and what they then wait for.

import (
	"bytes"
	"regexp"
	"strings"
	"unicode/utf8"
)

// What peers say. These are looked for in the last lines only.
const (
	pagers = `(?i)(-+ ?\(?more\b[^\n]*-|<-+ ?more ?-+>|\(more\b[^\n]*\)|^ ?more: |\(END\)|^lines \d+-\d+|(press|hit) (any key|<?space|<?enter|<?return|q )[^\n]*|any key to continue[^\n]*|q to quit|next page: space|^:$)`
	asking = `(?i)(\[?\(?\by(es)?/no?\b|\[y\]|\[n\]|\[confirm\]|\[yes\]|\[no\]|are you sure|\? ?$|\? ?\[[^\]]*\]:? ?$)`
	secret = `(?i)(password|passwd|passphrase|passcode|passwort|mot de passe|contraseña|\bpin)[^\n:]{0,30}[:?] ?$`
	naming = `(?i)(login|log in|user ?name|user(id)?|account)[^\n:]{0,20}[:?>] ?$`
	signs  = `^[\[<]\S+[\]>] ?$|\S[>#$❯»] ?$|[^\s\d]% ?$|^[>#$❯»] ?$|[\pL)\]]: ?$`

	refusals = `(?i)(login incorrect|incorrect (login|password|username)|authentication fail|authentication error|login failed|logon failure|login invalid|access denied|invalid (login|password|user|credential)|bad password|wrong password|password[^\n]{0,20} (incorrect|invalid|is wrong)|permission denied|not authorized|unauthorized|user locked|account (is )?(locked|disabled))\w*`
	unknown  = `(?im)(% ?(invalid|unknown|incomplete|ambiguous|unrecognized|bad)\b|command not found|(unrecognized|unknown|invalid) command|^[^\n]{0,20}syntax error|no such file or directory)`
	away     = `(?i)(too many (connections|users|sessions|login)|all (connections|lines|vtys?) (are )?(in use|busy)|no more (connections|sessions)|connection (limit|refused)|maximum[^\n]{0,20} (sessions|connections|users)|timeout expired|timed out|idle timeout|auto-?logout|unable to connect|try again later)`
)

// said looks for what peers say when something is wrong.
func (c *course) said() {
	if m, line := c.find(refusals); m != "" && !c.listed(line) {
		c.add(Refused, 0.87, LuaString(regexp.QuoteMeta(m)), "the peer says %s; if that is in the list, the wait ends at once", QuoteTail(line, shownText, 0))
	} else if m, line := c.find(away); m != "" && !c.listed(line) {
		c.add(TurnedOff, 0.8, "", "the peer says %s", QuoteTail(line, shownText, 0))
	} else if m, line := c.find(unknown); m != "" && !c.listed(line) {
		c.add(Command, 0.74, "", "the peer did not take the command: %s", QuoteTail(line, shownText, 0))
	}
}

// find gives the last match in the last lines, and its line.
func (c *course) find(pattern string) (match, line string) {
	tail := c.tail
	for i, lines := len(tail), 0; i > 0; i-- {
		if tail[i-1] == '\n' {
			if lines++; lines == 6 {
				tail = tail[i:]
				break
			}
		}
	}
	// Compiled here, so that a program whose waits succeed never pays for it.
	all := regexp.MustCompile(pattern).FindAllIndex(tail, 8)
	if len(all) == 0 {
		return "", ""
	}
	at := all[len(all)-1]
	from := bytes.LastIndexByte(tail[:at[0]], '\n') + 1
	to := len(tail)
	if i := bytes.IndexByte(tail[at[1]:], '\n'); i >= 0 {
		to = at[1] + i
	}
	return string(bytes.TrimSpace(tail[at[0]:at[1]])), string(bytes.TrimSpace(tail[from:to]))
}

// listed says whether one of the patterns is the text itself: then its miss says
// more.
func (c *course) listed(text string) bool {
	for _, p := range c.f.Patterns {
		if p.Kind != Event && len(p.Source) >= 4 && strings.Contains(strings.ToLower(text), strings.ToLower(strings.Trim(p.Source, "^$.* "))) {
			return true
		}
	}
	return false
}

// asks looks at the unfinished last line: a pager, a question, another prompt.
func (c *course) asks() {
	line := c.line
	if bytes.IndexByte(line, '\b') >= 0 && len(line) <= 2*shownTail { // what was taken back does not show
		line = withoutControls(subject{text: line}).text
	}
	line = bytes.TrimRight(line, " \t\x00\a\b")
	if len(line) == 0 || len(line) > 200 || c.f.PeerClosed || c.f.Reason == EOF {
		return
	}
	shown := QuoteTail(c.line, shownText, 0)
	if m := regexp.MustCompile(pagers).Find(line); m != nil && (string(m) != ":" || bytes.Count(c.tail, []byte{'\n'}) > 3) {
		pattern, key := regexp.QuoteMeta(strings.TrimSpace(string(m))), " "
		switch {
		case pattern == ":":
			pattern = `\n:$`
		case strings.EqualFold(pattern, `\(END\)`):
			key = "q"
		case strings.Contains(strings.ToLower(pattern), "return"), strings.Contains(strings.ToLower(pattern), "enter"):
			key = "\n"
		}
		// The next page has other numbers.
		pattern = regexp.MustCompile(`\d+`).ReplaceAllLiteralString(pattern, `\d+`)
		c.add(Pager, 0.95, "{"+LuaString(pattern)+", function(m, s) s:write("+Quote(key)+") return AGAIN end}",
			"the peer shows a page and waits for a key at %s", shown)
		return
	}
	fix := LuaString(regexp.QuoteMeta(string(c.line)) + "$")
	if c.f.Call == "read_until" {
		fix = "read_until(" + LuaString(string(c.line)) + ")"
	}
	if !utf8.Valid(c.line) {
		fix = ""
	}
	is := func(pattern string) bool { return regexp.MustCompile(pattern).Match(line) }
	switch {
	case is(secret) && !is(refusals):
		c.add(Prompt, 0.58, fix, "the peer asks for a password: %s", shown)
	case is(naming):
		c.add(Prompt, 0.58, fix, "the peer asks for a name: %s", shown)
	case is(asking):
		c.add(Question, 0.7, fix, "the peer asks and waits for an answer: %s", shown)
	case len(line) <= 80 && is(signs):
		confidence := 0.55
		if c.arriving() {
			confidence = 0.45 // perhaps the middle of something
		}
		c.add(Prompt, confidence, fix, "the peer seems to wait for input at %s", shown)
	}
}
