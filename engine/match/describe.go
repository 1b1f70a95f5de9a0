package match

// What is wrong with a pattern, and what its writer may have meant.

import (
	"errors"
	"regexp/syntax"
	"strings"
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
	if se.Expr != "" && se.Expr != p.Source {
		e.Message += ": " + se.Expr
	}
	if at := strings.Index(p.Source, se.Expr); at >= 0 && se.Expr != "" && se.Expr != p.Source {
		e.Offset = at
	}
	e.Hint = hint(p, se)
	return e
}

// hint tells what may help with a pattern that does not parse.
func hint(p Pattern, se *syntax.Error) string {
	if p.Kind != Regex {
		return ""
	}
	expr := se.Expr
	switch se.Code {
	case syntax.ErrInvalidPerlOp, syntax.ErrInvalidNamedCapture, syntax.ErrMissingRepeatArgument:
		for _, look := range []string{"(?=", "(?!", "(?<=", "(?<!"} {
			if strings.HasPrefix(expr, look) {
				return "there is no lookaround " + look + "...): match what is around it too, and use a group for the part that counts"
			}
		}
		if strings.HasPrefix(expr, "(?>") || strings.HasSuffix(expr, "+") {
			return "there are no atomic groups and possessive repeats, nor is there a need: every pattern runs in linear time"
		}
		if se.Code == syntax.ErrMissingRepeatArgument {
			return `a literal ` + expr + ` is written \` + expr + `, or use exact "..."`
		}
	case syntax.ErrInvalidEscape:
		if len(expr) == 2 && '1' <= expr[1] && expr[1] <= '9' {
			return "there are no back-references: match the second part on its own, and compare the groups"
		}
	case syntax.ErrInvalidRepeatOp:
		return "there are no possessive repeats, nor is there a need: every pattern runs in linear time"
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
