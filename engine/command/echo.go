package command

import (
	"errors"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// The ways in which an echo is not what it should be.
var (
	// ErrNoEcho: no line is the command's echo.
	ErrNoEcho = errors.New("the host has not shown the line that was sent")
	// ErrDoubled: the host shows each character of the command twice.
	ErrDoubled = errors.New("the host showed each character of the line that was sent twice")
	// ErrRepeated: the host shows the command twice, unless the output begins with it.
	ErrRepeated = errors.New("the host showed the line that was sent twice")
)

// FindEcho returns where the output of the command line begins in text, behind its
// echo. The echo is a finished line that equals the command, or begins like it and
// holds its characters in their order (a host that completes words), or is its end (a
// host that scrolls its line), each behind a prompt or not; or it goes over several
// lines, where the host wraps it. before is where it begins: what comes before it was
// on its way when the command was sent. prompt matches the prompt at the beginning of a
// line; it may be nil.
func FindEcho(text, line string, prompt *regexp.Regexp) (before, output int, err error) {
	line = strings.TrimRight(line, " ")
	first := true
	for at := 0; at < len(text); {
		end := strings.IndexByte(text[at:], '\n')
		if end < 0 {
			break
		}
		end += at
		shown, prompted := behindPrompt(text[at:end], prompt)
		next, kind := echoAt(text, shown, end+1, line, first || prompted)
		switch kind {
		case same:
			if letters(line) > 2 && firstLine(text[next:]) == line && !pointedAt(text[next:]) {
				return at, next, ErrRepeated
			}
			return at, next, nil
		case alike:
			return at, next, nil
		case twice:
			return at, next, ErrDoubled
		}
		first = first && strings.TrimSpace(shown) == ""
		at = end + 1
	}
	return 0, 0, ErrNoEcho
}

// pointedAt reports whether text begins with a line in which the next one points at a
// place: some hosts show a line again that they don't understand.
func pointedAt(text string) bool {
	_, rest, _ := strings.Cut(text, "\n")
	return strings.Trim(firstLine(rest), " ") == "^"
}

type likeness uint8

const (
	other likeness = iota
	same
	alike
	twice
)

// echoAt compares a line that is shown, which ends before offset next of text, with the
// command. It returns where the echo ends. Only where the echo is expected may it differ
// from the command.
func echoAt(text, shown string, next int, line string, expected bool) (end int, kind likeness) {
	shown = strings.TrimRight(shown, " ")
	if shown == line {
		return next, same
	}
	if !expected || line == "" {
		return next, other
	}
	if shown == doubled(line) {
		return next, twice
	}
	if end, ok := wrapped(text, shown, next, line); ok {
		return end, same
	}
	if completes(shown, line) || scrolled(shown, line) {
		return next, alike
	}
	return next, other
}

// wrapped reports whether shown is the beginning of the command, and the lines behind
// it are the rest, and where they end. Blanks may be lost where the host wraps.
func wrapped(text, shown string, next int, line string) (end int, ok bool) {
	want := squeeze(line)
	have := squeeze(shown)
	for have != "" && len(have) < len(want) && strings.HasPrefix(want, have) {
		n := strings.IndexByte(text[next:], '\n')
		if n < 0 {
			return 0, false
		}
		have += squeeze(text[next : next+n])
		next += n + 1
		if have == want {
			return next, true
		}
	}
	return 0, false
}

func squeeze(s string) string { return strings.ReplaceAll(s, " ", "") }

// completes reports whether shown begins like line and holds its characters in order.
func completes(shown, line string) bool {
	if len(shown) <= len(line) || shown[0] != line[0] {
		return false
	}
	at := 0
	for _, r := range shown {
		if want, n := utf8.DecodeRuneInString(line[at:]); at < len(line) && r == want {
			at += n
		}
	}
	// Words are completed, not replaced: each of them begins as it was sent.
	words, sent := strings.Fields(shown), strings.Fields(line)
	if at < len(line) || len(words) < len(sent) {
		return false
	}
	return strings.HasPrefix(words[0], sent[0])
}

// leastTail is how much of a command a scrolled line must show, in bytes.
const leastTail = 8

// scrolled reports whether shown is the end of line, behind a mark that it was scrolled.
func scrolled(shown, line string) bool {
	rest := strings.TrimLeft(shown, "$<.… ")
	return len(rest) >= leastTail && len(rest) < len(line) && strings.HasSuffix(line, rest)
}

// doubled is line with each of its characters twice.
func doubled(line string) string {
	var out strings.Builder
	for _, r := range line {
		out.WriteRune(r)
		out.WriteRune(r)
	}
	return strings.TrimRight(out.String(), " ")
}

func letters(s string) int {
	n := 0
	for _, r := range s {
		if unicode.IsLetter(r) {
			n++
		}
	}
	return n
}

func firstLine(s string) string {
	line, _, whole := strings.Cut(s, "\n")
	if !whole {
		return ""
	}
	return strings.TrimRight(line, " ")
}

// behindPrompt takes the prompt off the beginning of a line.
func behindPrompt(line string, prompt *regexp.Regexp) (rest string, prompted bool) {
	if prompt == nil {
		return line, false
	}
	if m := prompt.FindStringIndex(line); m != nil && m[0] == 0 && m[1] > 0 {
		return line[m[1]:], true
	}
	return line, false
}
