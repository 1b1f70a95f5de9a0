package syntax

// Numerals and strings, rewritten where gopher-lua's lexer would read something else.

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"
)

// number reads a numeral as Lua's lexer does, and rewrites it where
// gopher-lua's would read another number.
func (s *scanner) number() *Error {
	start := s.pos
	for isDigit(s.at(0)) || s.at(0) == '.' {
		s.pos++
	}
	if s.at(0)|0x20 == 'e' {
		s.pos++
		if s.at(0) == '+' || s.at(0) == '-' {
			s.pos++
		}
	}
	for isNameByte(s.at(0)) {
		s.pos++
	}
	text := s.src[start:s.pos]
	f, ok := ParseNumber(text)
	switch {
	case !ok:
		s.pos = start
		return s.fail("malformed number near '%s'", text)
	case math.IsInf(f, 0):
		s.edit(start, "(1/0)")
	case text[0] == '0' && len(text) > 1 && (isDigit(text[1]) || text[1]|0x20 == 'x'):
		s.edit(start, strconv.FormatFloat(f, 'g', -1, 64))
	}
	return nil
}

// quoted passes over a string in quotes, and rewrites the escapes that Lua 5.1
// does not have: \xXX, \z and \u{XXX}.
func (s *scanner) quoted(quote byte) *Error {
	start := s.pos
	skipped := 0 // lines that \z took out, to be given back after the string
	s.pos++
	for {
		if s.pos >= len(s.src) {
			err := s.fail("unfinished string near '%s'", s.src[start:])
			err.Incomplete = strings.HasSuffix(s.src, "\\")
			return err
		}
		switch c := s.src[s.pos]; c {
		case quote:
			s.pos++
			if skipped > 0 {
				s.edit(s.pos, strings.Repeat("\n", skipped))
			}
			return nil
		case '\n', '\r':
			return s.fail("unfinished string near '%s'", s.src[start:s.pos])
		case '\\':
			n, err := s.escape()
			if err != nil {
				return err
			}
			skipped += n
		default:
			s.pos++
		}
	}
}

// escape passes over a backslash and what belongs to it; it returns how many
// lines it removed.
func (s *scanner) escape() (lines int, err *Error) {
	start := s.pos
	s.pos++
	switch c := s.at(0); {
	case s.pos >= len(s.src):
	case c == '\n' || c == '\r':
		s.endLine()
	case c == 'x':
		n, e := strconv.ParseUint(s.src[s.pos+1:min(s.pos+3, len(s.src))], 16, 8)
		if e != nil || s.pos+3 > len(s.src) {
			return 0, s.fail(`two hexadecimal digits expected after '\x'`)
		}
		s.pos += 3
		s.edit(start, fmt.Sprintf(`\%03d`, n))
	case c == 'u' && s.at(1) == '{':
		digits, _, closed := strings.Cut(s.src[s.pos+2:], "}")
		n, e := strconv.ParseUint(digits, 16, 31)
		if e != nil || !closed || n > utf8.MaxRune {
			return 0, s.fail(`a code point in hexadecimal expected in '\u{XXX}'`)
		}
		s.pos += len(digits) + 3
		var text strings.Builder
		for _, b := range utf8.AppendRune(nil, rune(n)) {
			fmt.Fprintf(&text, `\%03d`, b)
		}
		s.edit(start, text.String())
	case c == 'z':
		s.pos++
		before := s.line
		for s.pos < len(s.src) && strings.IndexByte(spaces, s.src[s.pos]) >= 0 {
			if c := s.src[s.pos]; c == '\n' || c == '\r' {
				s.endLine()
			} else {
				s.pos++
			}
		}
		s.edit(start, "")
		return s.line - before, nil
	case isDigit(c):
		n := 0
		for i := 0; i < 3 && isDigit(s.at(0)); i++ {
			n = n*10 + int(s.at(0)-'0')
			s.pos++
		}
		if n > 255 {
			return 0, s.fail(`escape sequence too large near '%s'`, s.src[start:s.pos])
		}
	default:
		s.pos++
	}
	return 0, nil
}
