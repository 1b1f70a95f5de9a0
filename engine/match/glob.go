package match

import (
	"regexp/syntax"
	"strings"
	"unicode/utf8"
)

// GlobExpression translates a glob into the regular expression that it means:
//
//   - * is any text, newlines too, as short as can be: (?s:.*?). At the very end
//     of a glob, where that would always be nothing, it is the rest of the line
//     as far as it has come: [^\n]*;
//   - ? is one character, a newline too;
//   - [...] is one character of a set: a-z is a range, ^ or ! first negates it, and
//     a ] that comes first is an ordinary one;
//   - \x is the character x without its special meaning;
//   - ^ first holds at the text's beginning, $ last at its end: as in Expect, a
//     glob may otherwise match anywhere.
//
// All else stands for itself. The error is a [*syntax.Error].
func GlobExpression(glob string) (string, error) {
	var b strings.Builder
	rest := glob
	if r, ok := strings.CutPrefix(rest, "^"); ok {
		b.WriteString(`\A`)
		rest = r
	}
	for rest != "" {
		switch c := rest[0]; c {
		case '*':
			rest = strings.TrimLeft(rest, "*")
			if rest == "" {
				b.WriteString(`[^\n]*`)
			} else {
				b.WriteString(`(?s:.*?)`)
			}
			continue
		case '?':
			b.WriteString(`(?s:.)`)
		case '$':
			if rest == "$" {
				b.WriteString(`\z`)
			} else {
				b.WriteString(`\$`)
			}
		case '[':
			set, n, err := globSet(rest)
			if err != nil {
				return "", err
			}
			b.WriteString(set)
			rest = rest[n:]
			continue
		case '\\':
			if len(rest) == 1 {
				return "", &syntax.Error{Code: syntax.ErrTrailingBackslash, Expr: rest}
			}
			rest = rest[1:]
			fallthrough
		default:
			_, n := utf8.DecodeRuneInString(rest)
			b.WriteString(syntaxQuote(rest[:n]))
			rest = rest[n:]
			continue
		}
		rest = rest[1:]
	}
	return b.String(), nil
}

// globSet translates the set that s begins with, and tells how long it is.
func globSet(s string) (set string, n int, err error) {
	var b strings.Builder
	b.WriteByte('[')
	i := 1
	if i < len(s) && (s[i] == '^' || s[i] == '!') {
		b.WriteByte('^')
		i++
	}
	for first := true; i < len(s); first = false {
		if s[i] == ']' && !first {
			b.WriteByte(']')
			return b.String(), i + 1, nil
		}
		lo, w := globChar(s[i:])
		i += w
		b.WriteString(syntaxQuote(lo))
		if strings.HasPrefix(s[i:], "-") && i+1 < len(s) && s[i+1] != ']' {
			hi, w := globChar(s[i+1:])
			i += 1 + w
			if hi < lo {
				return "", 0, &syntax.Error{Code: syntax.ErrInvalidCharRange, Expr: lo + "-" + hi}
			}
			b.WriteString("-" + syntaxQuote(hi))
		}
	}
	return "", 0, &syntax.Error{Code: syntax.ErrMissingBracket, Expr: s}
}

// globChar gives the character that s begins with, without its backslash.
func globChar(s string) (char string, n int) {
	esc := 0
	if s[0] == '\\' && len(s) > 1 {
		esc = 1
	}
	_, w := utf8.DecodeRuneInString(s[esc:])
	return s[esc : esc+w], esc + w
}

// syntaxQuote quotes a character for use in or outside of a set.
func syntaxQuote(char string) string {
	if char[0] < utf8.RuneSelf && !isWord(int(char[0])) && char[0] > ' ' {
		return `\` + char
	}
	return char
}
