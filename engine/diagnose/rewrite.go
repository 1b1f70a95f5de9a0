package diagnose

// Patterns rewritten at their source, each in one way.

import (
	"regexp"
	"strings"

	"github.com/moonwire/moonwire/engine/match"
)

// parts calls f for each part of a regular expression's source: an escape, a
// bracket expression or one byte. What f returns is put in its place.
func parts(src string, f func(i int, part string) string) string {
	var b strings.Builder
	for i := 0; i < len(src); {
		end := i + 1
		switch src[i] {
		case '\\':
			end, _ = escape(src, i)
		case '[':
			end = class(src, i)
		}
		if end <= i || end > len(src) {
			end = i + 1
		}
		b.WriteString(f(i, src[i:end]))
		i = end
	}
	return b.String()
}

// escapeSome puts a backslash before those bytes of set that are special where
// they stand. With keepEnds a ^ at the beginning and a $ at the end stay anchors.
func escapeSome(src, set string, keepEnds bool) string {
	var b strings.Builder
	for i := 0; i < len(src); {
		c := src[i]
		switch {
		case c == '\\':
			end, _ := escape(src, i)
			if end <= i || end > len(src) {
				end = len(src)
			}
			b.WriteString(src[i:end])
			i = end
			continue
		case c == '[' && !strings.Contains(set, "["):
			if end := class(src, i); end > 0 {
				b.WriteString(src[i:end])
				i = end
				continue
			}
		case keepEnds && (c == '^' && i == 0 || c == '$' && i == len(src)-1):
		case strings.IndexByte(set, c) >= 0:
			b.WriteByte('\\')
		}
		b.WriteByte(c)
		i++
	}
	return b.String()
}

// specials lists the bytes of set that src has, for people: "( )".
func specials(src, set string) string {
	var list []string
	for _, c := range set {
		if strings.ContainsRune(src, c) {
			list = append(list, string(c))
		}
	}
	return strings.Join(list, " ")
}

// globSource writes a glob as a regular expression; one that is wrong matches itself.
func globSource(glob string) string {
	source, err := match.GlobExpression(glob)
	if err != nil {
		return regexp.QuoteMeta(glob)
	}
	return source
}

// fromLua writes a Lua pattern as a regular expression; ok is false if it does not
// look like one.
func fromLua(src string) (out string, ok bool) {
	var b strings.Builder
	inClass, repeatable := false, false
	for i := 0; i < len(src); i++ {
		c := src[i]
		switch {
		case c == '%' && i+1 < len(src):
			i++
			s := luaClass(src[i], inClass)
			ok = ok || s != ""
			if s == "" {
				s = "%"
				i--
			}
			b.WriteString(s)
			repeatable = true
		case c == '[' && !inClass:
			inClass = true
			b.WriteByte(c)
			if i+1 < len(src) && src[i+1] == '^' {
				i++
				b.WriteByte('^')
			}
		case c == ']' && inClass:
			inClass, repeatable = false, true
			b.WriteByte(c)
		case c == '-' && !inClass && repeatable:
			b.WriteString("*?")
			repeatable = false
		case (c == '{' || c == '}' || c == '|') && !inClass:
			b.WriteString(`\` + string(rune(c)))
		default:
			repeatable = c == '.'
			b.WriteByte(c)
		}
	}
	return b.String(), ok
}

// luaClass writes what stands after a % in a Lua pattern; "" if nothing can.
func luaClass(c byte, inClass bool) string {
	set := ""
	switch c {
	case 'd', 's', 'w', 'D', 'S', 'W':
		return `\` + string(rune(c))
	case 'a', 'A':
		set = "A-Za-z"
	case 'l', 'L':
		set = "a-z"
	case 'u', 'U':
		set = "A-Z"
	case 'x', 'X':
		set = "0-9A-Fa-f"
	case 'p', 'P':
		set = "[:punct:]"
	case 'c', 'C':
		set = "[:cntrl:]"
	case '%':
		return "%"
	default:
		if c < 0x80 && regexp.QuoteMeta(string(rune(c))) != string(rune(c)) || c == '-' {
			return `\` + string(rune(c))
		}
		return ""
	}
	switch {
	case c < 'a' && inClass:
		return ""
	case c < 'a':
		return "[^" + set + "]"
	case inClass:
		return set
	}
	return "[" + set + "]"
}

// restoreEscapes puts back the backslashes that a quoted Lua string has dropped
// from "\d+" and its like.
func restoreEscapes(src string) string {
	return parts(src, func(i int, part string) string {
		if strings.Contains("dswDSW", part) && i+1 < len(src) && strings.IndexByte("+*{", src[i+1]) >= 0 {
			return `\` + part
		}
		return part
	})
}

// dropCR takes carriage returns out of a pattern, however they are written.
func dropCR(src string) string {
	for _, cr := range []string{`\r?`, `\r*`, `\r+`, "\r?", `\r`, "\r", `\x0d`} {
		src = strings.ReplaceAll(src, cr, "")
	}
	return src
}

// anyNewline lets each newline of a pattern be any run of CR and LF.
func anyNewline(src string) string {
	return parts(src, func(_ int, part string) string {
		if part == `\n` || part == "\n" {
			return `[\r\n]+`
		}
		return part
	})
}

// blanks puts s in the place of each run of blanks, tabs and newlines.
func blanks(src, s string) string {
	open := false // in a run
	return parts(src, func(_ int, part string) string {
		switch part {
		case " ", "\t", "\n", `\t`, `\n`, `\ `, "\u00a0":
			if open {
				return ""
			}
			open = true
			return s
		}
		open = false
		return part
	})
}

// endings that a pattern may have and a peer may not send, longest first.
var endings = [...]string{`\s*`, `\s+`, ` +`, `\r?\n`, `\r\n`, `\s`, `\n`, `\r`, `\ `, `[ ]`, " ", "\n", "\r", "\t"}

// trimEnd takes blanks and newlines off the end of a pattern, before a final $.
func trimEnd(src string) string {
	body, anchor := src, ""
	if unescapedEnd(src) {
		body, anchor = src[:len(src)-1], "$"
	}
	for again := true; again; {
		again = false
		for _, e := range endings {
			if rest, ok := strings.CutSuffix(body, e); ok && !oddBackslashes(rest) {
				body, again = rest, true
				break
			}
		}
	}
	return body + anchor
}

// trimStart takes them off the beginning, after a ^.
func trimStart(src string) string {
	body, anchor := src, ""
	if rest, ok := strings.CutPrefix(src, "^"); ok {
		body, anchor = rest, "^"
	}
	for again := true; again; {
		again = false
		for _, e := range endings {
			if rest, ok := strings.CutPrefix(body, e); ok {
				body, again = rest, true
				break
			}
		}
	}
	return anchor + body
}

// unescapedEnd says whether the pattern ends in an anchor.
func unescapedEnd(src string) bool {
	return strings.HasSuffix(src, "$") && !oddBackslashes(src[:len(src)-1])
}

func oddBackslashes(s string) bool {
	return (len(s)-len(strings.TrimRight(s, `\`)))%2 == 1
}
