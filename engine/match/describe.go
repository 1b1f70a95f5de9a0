package match

// What is wrong with a pattern, where, and what its writer may have meant.

import (
	"errors"
	"regexp/syntax"
	"strings"
	"unicode/utf8"
)

// describe makes an *Error of what parsing pattern p, at place i of the list, gave.
func describe(i int, p Pattern, err error) *Error {
	e := &Error{Index: i, Pattern: p, Offset: -1, Message: err.Error()}
	if _, ok := errors.AsType[flagError](err); ok {
		e.Hint = "the flags are i, s, m and U"
		if p.Kind == Exact {
			e.Hint = "the one flag of a literal is i"
		}
		return e
	}
	se, ok := errors.AsType[*syntax.Error](err)
	if !ok {
		return e
	}
	e.Message = se.Code.String()
	if se.Expr != p.Source {
		e.Message += ": " + shorten(se.Expr)
	}
	expr := se.Expr
	if at := lookaround(expr); at >= 0 && (se.Code == syntax.ErrInvalidPerlOp || se.Code == syntax.ErrInvalidNamedCapture) {
		expr = expr[at:]
		e.Message = syntax.ErrInvalidPerlOp.String() + ": " + expr[:min(4, len(expr))]
	}
	e.Offset = where(p, se.Code, expr)
	if p.Kind == Regex {
		e.Hint = hint(se.Code, expr)
	}
	return e
}

// lookaround gives where the first look-ahead or look-behind of expr is, -1 if
// there is none.
func lookaround(expr string) int {
	first := -1
	for _, look := range lookarounds {
		if at := strings.Index(expr, look); at >= 0 && (first < 0 || at < first) {
			first = at
		}
	}
	return first
}

var lookarounds = [...]string{"(?=", "(?!", "(?<=", "(?<!"}

// where tells at which byte of the source of p the error of code, in the part expr,
// begins; -1 if it is not known.
func where(p Pattern, code syntax.ErrorCode, expr string) int {
	s := p.Source
	switch code {
	case syntax.ErrMissingParen, syntax.ErrUnexpectedParen, syntax.ErrMissingBracket:
		if p.Kind == Regex {
			return unbalanced(s)
		}
	case syntax.ErrTrailingBackslash:
		return len(s) - 1
	case syntax.ErrInvalidUTF8:
		for i, r := range s {
			if _, n := utf8.DecodeRuneInString(s[i:]); r == utf8.RuneError && n == 1 {
				return i
			}
		}
	}
	if expr == "" {
		return -1
	}
	// What is wrong may stand elsewhere too without being so: the source up to
	// the right place has the same error.
	for at := 0; ; at++ {
		next := strings.Index(s[at:], expr)
		if next < 0 {
			return strings.Index(s, expr)
		}
		at += next
		_, err := parse(Pattern{Kind: p.Kind, Source: s[:at+len(expr)], Flags: p.Flags})
		if se, ok := errors.AsType[*syntax.Error](err); ok && se.Code == code {
			return at
		}
	}
}

// unbalanced gives the place of the first parenthesis or bracket without its other
// half, -1 if there is none.
func unbalanced(s string) int {
	var open []int
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case '(':
			open = append(open, i)
		case ')':
			if len(open) == 0 {
				return i
			}
			open = open[:len(open)-1]
		case '[':
			end := setEnd(s, i)
			if end < 0 {
				return i
			}
			i = end
		}
	}
	if len(open) == 0 {
		return -1
	}
	return open[0]
}

// setEnd gives the place of the ] that ends the set which begins at i, -1 if none does.
func setEnd(s string, i int) int {
	i++
	if strings.HasPrefix(s[i:], "^") {
		i++
	}
	for first := true; i < len(s); first = false {
		switch {
		case s[i] == '\\':
			i++
		case s[i] == ']' && !first:
			return i
		case strings.HasPrefix(s[i:], "[:"):
			if n := strings.Index(s[i:], ":]"); n >= 0 {
				i += n + 1
			}
		}
		i++
	}
	return -1
}

// hint tells what may help with an expression that does not parse.
func hint(code syntax.ErrorCode, expr string) string {
	const linear = "nor is there a need: every pattern runs in linear time"
	switch code {
	case syntax.ErrMissingRepeatArgument, syntax.ErrInvalidPerlOp, syntax.ErrInvalidNamedCapture:
		for _, look := range lookarounds {
			if strings.HasPrefix(expr, look) {
				return "there is no lookaround " + look + "...): match what is around it too, and use a group for the part that counts"
			}
		}
		if strings.HasPrefix(expr, "(?>") {
			return "there are no atomic groups, " + linear
		}
		if strings.HasPrefix(expr, "(?P=") {
			return noBackReferences
		}
		if code == syntax.ErrMissingRepeatArgument {
			return `a literal ` + expr + ` is written \` + expr + `, or use exact "..."`
		}
	case syntax.ErrInvalidEscape:
		if len(expr) == 2 && '1' <= expr[1] && expr[1] <= '9' || strings.HasPrefix(expr, `\k`) {
			return noBackReferences
		}
	case syntax.ErrInvalidRepeatOp:
		return "there are no possessive repeats, " + linear
	case syntax.ErrInvalidRepeatSize, syntax.ErrLarge:
		return "repeats count to 1000 at most, those within repeats multiplied"
	case syntax.ErrMissingParen, syntax.ErrUnexpectedParen:
		return `a literal parenthesis is written \( or \), or use exact "..."`
	case syntax.ErrMissingBracket:
		return `a literal [ is written \[, or use exact "..."`
	case syntax.ErrTrailingBackslash:
		return `a literal backslash is written \\; in Lua, [[...]] keeps backslashes as they are`
	case syntax.ErrInvalidUTF8:
		return `for bytes that are no UTF-8 use exact "..."`
	}
	return ""
}

const noBackReferences = "there are no back-references: match the second part on its own, and compare the groups"
