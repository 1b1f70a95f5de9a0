package diagnose

// Showing a peer's bytes to people, and strings as Lua code.

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Quote shows s in double quotes on one line. What prints stays as it is, UTF-8
// included; the rest becomes an escape: \n \r \t \0 \x1b, \xff for a byte that is
// no UTF-8, \194\160 for a character that cannot be seen or told from a blank.
func Quote[T ~string | ~[]byte](s T) string {
	b := make([]byte, 0, len(s)+len(s)/8+2)
	b = append(b, '"')
	b = appendEscaped(b, string(s))
	return string(append(b, '"'))
}

// AppendQuote appends what [Quote] gives to dst.
func AppendQuote(dst, s []byte) []byte {
	dst = append(dst, '"')
	dst = appendEscaped(dst, string(s))
	return append(dst, '"')
}

// QuoteMiddle is [Quote] for text that may be long: beyond limit bytes the middle
// is left out and counted, as in `"Welcome" ... 1234 bytes ... "$ "`. Two thirds
// of the limit go to the end, which tells more.
func QuoteMiddle[T ~string | ~[]byte](s T, limit int) string {
	limit = max(limit, 2)
	if len(s) <= limit {
		return Quote(s)
	}
	head := string(s[:cutBefore(s, limit/3)])
	tail := string(s[cutAfter(s, len(s)-(limit-limit/3)):])
	return fmt.Sprintf("%s ... %d bytes ... %s", Quote(head), len(s)-len(head)-len(tail), Quote(tail))
}

// QuoteTail is [Quote] for the end of a text: beyond limit bytes the beginning is
// left out, with omitted further bytes that s does not hold any more, and counted,
// as in `... 1234 bytes ... "login: "`.
func QuoteTail[T ~string | ~[]byte](s T, limit int, omitted int64) string {
	limit = max(limit, 1)
	if len(s) > limit {
		i := cutAfter(s, len(s)-limit)
		omitted += int64(i)
		s = s[i:]
	}
	if omitted <= 0 {
		return Quote(s)
	}
	return fmt.Sprintf("... %d bytes ... %s", omitted, Quote(s))
}

// QuoteHead is [Quote] for the beginning of a text; what lies beyond limit bytes
// is counted.
func QuoteHead[T ~string | ~[]byte](s T, limit int) string {
	if len(s) <= limit {
		return Quote(s)
	}
	i := cutBefore(s, limit)
	return fmt.Sprintf("%s ... %d bytes", Quote(s[:i]), len(s)-i)
}

// cutBefore gives the last place not after i where s can be cut without splitting
// a character.
func cutBefore[T ~string | ~[]byte](s T, i int) int {
	for j := i; j > 0 && j > i-utf8.UTFMax; j-- {
		if utf8.RuneStart(s[j]) {
			return j
		}
	}
	return i
}

// cutAfter gives the first such place not before i.
func cutAfter[T ~string | ~[]byte](s T, i int) int {
	for j := i; j < len(s) && j < i+utf8.UTFMax; j++ {
		if utf8.RuneStart(s[j]) {
			return j
		}
	}
	return i
}

func appendEscaped(b []byte, s string) []byte {
	for i := 0; i < len(s); {
		c := s[i]
		if c >= ' ' && c < 0x7f && c != '"' && c != '\\' {
			b = append(b, c)
			i++
			continue
		}
		r, n := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == '"' || r == '\\':
			b = append(b, '\\', c)
		case r == '\n':
			b = append(b, `\n`...)
		case r == '\r':
			b = append(b, `\r`...)
		case r == '\t':
			b = append(b, `\t`...)
		case r == 0 && (i+1 == len(s) || s[i+1] < '0' || s[i+1] > '9'):
			b = append(b, `\0`...)
		case r < 0x80 || r == utf8.RuneError && n == 1:
			b = fmt.Appendf(b, `\x%02x`, c)
		case strconv.IsPrint(r) && !unicode.Is(unicode.Mn, r):
			b = append(b, s[i:i+n]...)
		default:
			for _, c := range []byte(s[i : i+n]) { // as Lua 5.1 reads it
				b = fmt.Appendf(b, `\%03d`, c)
			}
		}
		i += n
	}
	return b
}

// LuaString writes s as a Lua literal that can be pasted into a script: in double
// quotes if nothing needs an escape, in long brackets if there are backslashes or
// quotes, as a regular expression mostly has, and with decimal escapes (which
// every Lua knows) if there are bytes that do not print.
func LuaString(s string) string {
	plain, escapes := true, false
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			plain = false
		case r == utf8.RuneError || !strconv.IsPrint(r):
			escapes = true
		}
	}
	if plain && !escapes {
		return `"` + s + `"`
	}
	if !escapes && !strings.HasSuffix(s, "]") {
		for level := range 3 {
			eq := strings.Repeat("=", level)
			if !strings.Contains(s, "]"+eq+"]") {
				return "[" + eq + "[" + s + "]" + eq + "]"
			}
		}
	}
	if !escapes && !strings.Contains(s, "]=") {
		return "[=[" + s + "]=]"
	}
	return luaEscaped(s)
}

// luaEscaped writes s as a Lua literal in double quotes.
func luaEscaped(s string) string {
	b := []byte{'"'}
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == '"' || r == '\\':
			b = append(b, '\\', s[i])
		case r == '\n':
			b = append(b, `\n`...)
		case r == '\r':
			b = append(b, `\r`...)
		case r == '\t':
			b = append(b, `\t`...)
		case r != utf8.RuneError && strconv.IsPrint(r):
			b = append(b, s[i:i+n]...)
		default:
			for _, c := range []byte(s[i : i+n]) {
				b = fmt.Appendf(b, `\%03d`, c)
			}
		}
		i += n
	}
	return string(append(b, '"'))
}

// QuotedForms returns the other ways in which messages, traces and recordings write s:
// between quotes of several kinds, as a regular expression that matches it, as a word for
// a shell, and with escapes for what a terminal would act on. It is for those who hide a
// secret in a text that holds it already quoted.
func QuotedForms(s string) []string {
	bare := func(quoted string) string { return quoted[1 : len(quoted)-1] }
	var forms []string
	for _, s := range []string{s, regexp.QuoteMeta(s)} {
		forms = append(forms, bare(strconv.Quote(s)), bare(Quote(s)), bare(luaEscaped(s)), Visible(s), s)
	}
	formatted := s // by %q
	if strings.ContainsAny(s, "\\\"\n\r\x00") {
		formatted = strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", "\\\n", "\r", `\r`, "\x00", `\000`).Replace(s)
	}
	forms = append(forms, strings.ReplaceAll(s, "'", `'\''`), formatted)
	slices.Sort(forms)
	forms = slices.Compact(forms)
	return slices.DeleteFunc(forms, func(form string) bool { return form == s })
}

// OneLine is [Visible] for a text that has to stay in its line: newlines become escapes
// as well.
func OneLine(s string) string { return strings.ReplaceAll(Visible(s), "\n", `\n`) }

// Visible shows s as it stands, but for what a terminal would act on or not show:
// control characters, bytes that are no UTF-8, and characters that cannot be seen
// become escapes as in [Quote]. Newlines and tabs stay.
func Visible(s string) string {
	clean := true
	for _, r := range s {
		if !visible(r) {
			clean = false
			break
		}
	}
	if clean {
		return s
	}
	b := make([]byte, 0, len(s)+16)
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		if visible(r) || r == utf8.RuneError && n > 1 {
			b = append(b, s[i:i+n]...)
		} else {
			b = appendEscaped(b, s[i:i+n])
		}
		i += n
	}
	return string(b)
}

// visible reports whether Visible leaves r alone. An encoded U+FFFD is told from a
// wrong byte by its caller.
func visible(r rune) bool {
	return r == '\n' || r == '\t' || r != utf8.RuneError && strconv.IsPrint(r)
}
