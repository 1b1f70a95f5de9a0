package command

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxPrompt is how long a prompt may be, in bytes.
const maxPrompt = 200

// ends are the characters that prompts end with and that change with the mode: user,
// privileged, root.
const ends = "#>$%"

// LearnPrompt makes a regular expression of the prompt line, up to the cursor. It
// matches the line itself, and what the same host shows in another mode, in another
// directory, or with other numbers. A prompt without letters is matched as it is. The
// expression is anchored only where a prompt begins with a directory or a time: any other
// may stand behind output that has no newline. ok is false if the line can't be a prompt.
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
	case bracketed(core): // <router>, or [router-GigabitEthernet0/0/1] in another mode
		name := strings.TrimLeft(core[1:len(core)-1], "~*")
		return `[<[][~*]?` + varying(name) + `(?:-[^\]>\n]{1,80})?[]>] ?`, true
	case strings.IndexByte(ends, last) >= 0:
		body, end = core[:len(core)-1], "["+ends+"]"
	case strings.IndexByte(":)]}", last) >= 0:
		body, end = core[:len(core)-1], regexp.QuoteMeta(core[len(core)-1:])
	}
	return begin(body) + end + " ?", true
}

// bracketed reports whether a prompt is nothing but a name in brackets.
func bracketed(core string) bool {
	n := len(core)
	return n > 2 && (core[0] == '<' && core[n-1] == '>' || core[0] == '[' && core[n-1] == ']') && !strings.ContainsAny(core[1:n-1], "<>[] @")
}

// begin is the pattern of a prompt but for its end.
func begin(body string) string {
	gap := ""
	if trimmed := strings.TrimRight(body, " "); trimmed != body {
		body, gap = trimmed, " ?"
	}
	if n, named := number(body); n > 0 && !named { // a time: other text might end like it
		return "^" + rest(body, gap)
	}
	return rest(body, gap)
}

// rest is begin without the blanks at the end, which gap stands for.
func rest(body, gap string) string {
	const (
		mode      = `(?: ?\([^()\n]{1,80}\))*`
		directory = `[^\n#$%>]*?`
	)
	// user@host:directory, and anything else with a path behind a colon or a blank.
	if i := pathAt(body); i > 0 {
		return varying(body[:i]) + directory + gap
	}
	if body[0] == '~' || body[0] == '/' { // nothing but a directory: other text might end like it
		const step = `/[^\s/#$%>]+`
		return `^(?:/|~[^\s/#$%>]*(?:` + step + `)*|(?:` + step + `)+)` + gap
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

// number is how long the number at the beginning of s is, and whether a letter or
// nothing follows it, so that it is a part of a name.
func number(s string) (n int, named bool) {
	for n < len(s) && s[n] >= '0' && s[n] <= '9' {
		n++
	}
	r, _ := utf8.DecodeRuneInString(s[n:])
	return n, n == len(s) || unicode.IsLetter(r)
}

// varying quotes s, with any number in the place of each but of one that a name begins
// with: "3com> " behind "142" is no other prompt.
func varying(s string) string {
	var out strings.Builder
	i := 0
	if n, named := number(s); named {
		out.WriteString(s[:n])
		i = n
	}
	for i < len(s) {
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

// AsksSecret reports whether a line up to the cursor asks for a password or the like.
func AsksSecret(line string) bool {
	line = strings.TrimRight(line[strings.LastIndexByte(line, '\n')+1:], " ")
	if line == "" || strings.IndexByte(":?>", line[len(line)-1]) < 0 {
		return false
	}
	for _, part := range []string{"assword", "ASSWORD", "assphrase", "asscode"} {
		if strings.Contains(line, part) {
			return true
		}
	}
	return slices.Contains(strings.FieldsFunc(line, func(r rune) bool { return r == ' ' || r == ':' || r == '?' }), "PIN")
}

// Asks reports whether a line up to the cursor asks something, so that Enter would be an
// answer.
func Asks(line string) bool {
	if AsksSecret(line) {
		return true
	}
	line = strings.ToLower(strings.TrimRight(line[strings.LastIndexByte(line, '\n')+1:], " "))
	if strings.HasSuffix(line, "?") {
		return true
	}
	i := strings.LastIndexAny(line, "[(")
	if i < 0 {
		return false
	}
	for _, choice := range []string{"confirm", "yes", "y/n", "n/y", "no)", "no]"} {
		if strings.Contains(line[i:], choice) {
			return true
		}
	}
	return false
}

// Once is a prompt that was shown several times in one line, as after keys that were
// typed ahead, shown once.
func Once(line string) string {
	for n := 2; n <= 4; n++ {
		one := line[:len(line)/n]
		core := strings.TrimSpace(one)
		if core == "" || len(core) == 1 && one == core { // dots of a progress bar
			continue
		}
		if strings.Repeat(one, n) == line {
			return Once(one)
		}
	}
	return line
}
