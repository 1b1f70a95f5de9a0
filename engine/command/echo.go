package command

import (
	"errors"
	"regexp"
	"strings"
	"unicode"
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

// An Echo is where a host shows the line that it was sent.
type Echo struct {
	Before int  // where it begins; what comes before it was on its way when the line was sent
	Output int  // where the output begins, behind it
	Exact  bool // it is the line as it was sent, behind a prompt or at the beginning of the text
}

// FindEcho finds the echo of the command line in text. It is a finished line that equals
// the command, or begins like it and holds its characters in their order (a host that
// completes words), or is its end (a host that scrolls its line), each behind a prompt or
// not; or it goes over several lines, where the host wraps it. prompt matches the prompt
// at the beginning of a line, and notice tells which lines are log lines that broke in;
// either may be nil. But for those, nothing stands before an echo without a prompt.
func FindEcho(text, line string, prompt *regexp.Regexp, notice func(line string) bool) (Echo, error) {
	line = strings.TrimRight(line, " ")
	var likely *Echo // one that is alike; behind a prompt the line itself may still come
	first := true
	for at := 0; at < len(text); {
		end := strings.IndexByte(text[at:], '\n')
		if end < 0 {
			break
		}
		end += at
		shown, prompted := behindPrompt(text[at:end], prompt)
		next, kind := echoAt(text, shown, end+1, line, first || prompted)
		echo := Echo{Before: at, Output: next}
		switch {
		case kind == same:
			echo.Exact = true
			if letters(line) > 2 && firstLine(text[next:]) == line && !pointedAt(text[next:]) {
				return echo, ErrRepeated
			}
			return echo, nil
		case kind == alike && prompted:
			return echo, nil
		case kind == alike && likely == nil:
			likely = &echo
		case kind == twice:
			return echo, ErrDoubled
		}
		first = first && (strings.TrimSpace(shown) == "" || notice != nil && notice(shown))
		at = end + 1
	}
	if likely != nil {
		return *likely, nil
	}
	return Echo{}, ErrNoEcho
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
	if !expected {
		return next, other
	}
	if shown == line {
		return next, same
	}
	if line == "" {
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

// completes reports whether shown has the words of line, each of which begins as it was
// sent.
func completes(shown, line string) bool {
	words, sent := strings.Fields(shown), strings.Fields(line)
	if len(shown) <= len(line) || len(words) != len(sent) {
		return false
	}
	for i, w := range words {
		if !strings.HasPrefix(w, sent[i]) {
			return false
		}
	}
	return true
}

// leastTail is how much of a command a scrolled line must show, in bytes.
const leastTail = 8

// scrolled reports whether shown is the end of line, behind a mark that it was scrolled.
func scrolled(shown, line string) bool {
	rest := strings.TrimLeft(shown, "$<.… ")
	return strings.Trim(shown[:len(shown)-len(rest)], " ") != "" &&
		len(rest) >= leastTail && len(rest) < len(line) && strings.HasSuffix(line, rest)
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
