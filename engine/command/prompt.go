package command

import (
	"regexp"
	"strings"
	"unicode"
)

// maxPrompt is how long a prompt may be, in bytes.
const maxPrompt = 200

// ends are the characters that prompts end with and that change with the mode: user,
// privileged, root.
const ends = "#>$%"

// LearnPrompt makes a regular expression of the prompt line, up to the cursor. It
// matches the line itself, and what the same host shows in another mode, in another
// directory, or with other numbers. A prompt without letters is matched as it is. The
// expression is not anchored: a prompt may stand behind output that has no newline. ok
// is false if the line can't be a prompt.
func LearnPrompt(line string) (pattern string, ok bool) {
	if i := strings.LastIndexByte(line, '\n'); i >= 0 {
		line = line[i+1:]
	}
	core := strings.TrimRight(strings.TrimLeft(line, " "), " ")
	if core == "" || len(core) > maxPrompt || AsksSecret(line) || strings.ContainsFunc(core, unicode.IsControl) {
		return "", false
	}
	if !strings.ContainsFunc(core, unicode.IsLetter) {
		return regexp.QuoteMeta(strings.TrimLeft(line, " ")), true
	}
	last := core[len(core)-1]
	body, end := core, ""
	switch {
	case strings.IndexByte(ends, last) >= 0:
		body, end = core[:len(core)-1], "["+ends+"]"
	case last == ']' && core[0] == '[' && !strings.ContainsAny(core, " @"): // [router-GigabitEthernet0/0/1]
		body, end = core[:len(core)-1], "[]>]"
	case strings.IndexByte(":)]}", last) >= 0:
		body, end = core[:len(core)-1], regexp.QuoteMeta(core[len(core)-1:])
	}
	return begin(body, last) + end + " ?", true
}

// begin is the pattern of a prompt but for its end.
func begin(body string, last byte) string {
	gap := ""
	if trimmed := strings.TrimRight(body, " "); trimmed != body {
		body, gap = trimmed, " ?"
	}
	const (
		mode      = `(?: ?\([^()\n]{1,80}\))*`
		directory = `[^\n#$%>]*?`
	)
	// <router> and [router-view], which is the same host in another mode.
	if (last == '>' && strings.HasPrefix(body, "<") || last == ']') && !strings.ContainsAny(body[1:], "<>[] ") {
		return `[<[][~*]?` + varying(strings.TrimLeft(body[1:], "~*")) + `(?:-[^\]>\n]{1,80})?[]>]?`
	}
	// user@host:directory, and anything else with a path behind a colon or a blank.
	if i := pathAt(body); i > 0 {
		return varying(body[:i]) + directory + gap
	}
	if body[0] == '~' || body[0] == '/' { // nothing but a directory
		return `[~/][^\s#$%>]*` + gap
	}
	// [user@host directory]
	if strings.HasPrefix(body, "[") && strings.HasSuffix(body, "]") {
		inner := body[1 : len(body)-1]
		if i := strings.LastIndexByte(inner, ' '); i > 0 && strings.Contains(inner[:i], "@") {
			return `\[` + varying(inner[:i]) + ` [^\]\n]*\]` + gap
		}
	}
	// router(config-if): the mode comes and goes.
	if i := strings.IndexByte(body, '('); i > 0 && strings.HasSuffix(body, ")") {
		return varying(strings.TrimRight(body[:i], " ")) + mode + gap
	}
	return varying(body) + mode + gap
}

// pathAt returns where the directory begins in body, 0 if it shows none.
func pathAt(body string) int {
	for i := 1; i < len(body); i++ {
		if (body[i] == '~' || body[i] == '/') && (body[i-1] == ':' || body[i-1] == ' ') {
			return i
		}
	}
	return 0
}

// varying quotes s, with any number in the place of each.
func varying(s string) string {
	var out strings.Builder
	for i := 0; i < len(s); {
		j := i
		for j < len(s) && s[j] >= '0' && s[j] <= '9' {
			j++
		}
		if j > i {
			out.WriteString(`\d+`)
			i = j
			continue
		}
		for j < len(s) && (s[j] < '0' || s[j] > '9') {
			j++
		}
		out.WriteString(regexp.QuoteMeta(s[i:j]))
		i = j
	}
	return out.String()
}

var asksSecret = []string{"assword", "assphrase", "asscode", "PIN"}

// AsksSecret reports whether a line up to the cursor asks for a password or the like.
func AsksSecret(line string) bool {
	line = strings.TrimRight(line[strings.LastIndexByte(line, '\n')+1:], " ")
	if line == "" || strings.IndexByte(":?>", line[len(line)-1]) < 0 {
		return false
	}
	for _, word := range asksSecret {
		if strings.Contains(line, word) {
			return true
		}
	}
	return false
}
