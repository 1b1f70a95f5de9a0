package syntax

// The tokens of a chunk. Where gopher-lua's lexer would misread one it is rewritten,
// in place so that lines stay.

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// A tokenKind says what a token is.
type tokenKind byte

const (
	endToken tokenKind = iota // the chunk's end
	nameToken
	numberToken
	stringToken
	otherToken // a keyword, an operator, a sign: its text says which
)

// A token is a piece of a chunk.
type token struct {
	kind   tokenKind
	text   string
	line   int // where it ends, from 1
	column int // where it begins, in bytes from 1
}

// is reports whether a token is this keyword or sign.
func (t token) is(text string) bool { return t.kind == otherToken && t.text == text }

var keywords = map[string]bool{
	"and": true, "break": true, "do": true, "else": true, "elseif": true, "end": true, "false": true, "for": true,
	"function": true, "goto": true, "if": true, "in": true, "local": true, "nil": true, "not": true, "or": true,
	"repeat": true, "return": true, "then": true, "true": true, "until": true, "while": true,
}

type scanner struct {
	name    string
	src     string
	pos     int
	line    int
	newline int // where the line begins
	out     strings.Builder
	copied  int // src up to here is in out
}

// next reads a token.
func (s *scanner) next() (token, *Error) {
	for {
		if s.pos >= len(s.src) {
			return token{endToken, "<eof>", s.line, s.column()}, nil
		}
		start := s.pos
		t := token{kind: otherToken, column: s.column()}
		var err *Error
		switch c := s.src[s.pos]; {
		case c == '\n' || c == '\r':
			s.endLine()
			continue
		case c == ' ' || c == '\t':
			s.pos++
			continue
		case c == '\f' || c == '\v':
			s.pos++
			s.edit(start, " ") // gopher-lua's lexer knows no such blanks
			continue
		case c == '-' && s.at(1) == '-':
			if err := s.comment(); err != nil {
				return t, err
			}
			continue
		case c == '"' || c == '\'':
			t.kind = stringToken
			err = s.quoted(c)
		case c == '[' && s.longBracket(s.pos) >= 0:
			t.kind = stringToken
			err = s.long(s.longBracket(s.pos), "string")
		case c >= '0' && c <= '9' || c == '.' && isDigit(s.at(1)):
			t.kind = numberToken
			err = s.number()
		case isNameByte(c):
			for s.pos < len(s.src) && isNameByte(s.src[s.pos]) {
				s.pos++
			}
			if !keywords[s.src[start:s.pos]] {
				t.kind = nameToken
			}
		case c == '!' && s.at(1) == '=':
			err = s.fail("unexpected symbol near '!=' (Lua writes ~=)")
		default:
			s.pos += s.sign()
		}
		t.text, t.line = s.src[start:s.pos], s.line
		return t, err
	}
}

// sign returns the length of the sign here.
func (s *scanner) sign() int {
	rest := s.src[s.pos:]
	for _, sign := range [...]string{"...", "..", "==", "~=", "<=", ">=", "::"} {
		if strings.HasPrefix(rest, sign) {
			return len(sign)
		}
	}
	_, size := utf8.DecodeRuneInString(rest) // a message shows all of it
	return size
}

func (s *scanner) column() int { return s.pos - s.newline + 1 }

// result returns the source as rewritten.
func (s *scanner) result() string {
	if s.copied == 0 {
		return s.src
	}
	s.out.WriteString(s.src[s.copied:])
	return s.out.String()
}

// edit replaces src[from:s.pos].
func (s *scanner) edit(from int, text string) {
	s.out.WriteString(s.src[s.copied:from])
	s.out.WriteString(text)
	s.copied = s.pos
}

func (s *scanner) at(ahead int) byte {
	if s.pos+ahead < len(s.src) {
		return s.src[s.pos+ahead]
	}
	return 0
}

func (s *scanner) fail(format string, args ...any) *Error {
	return &Error{Chunk: s.name, Line: s.line, Column: s.column(), Message: fmt.Sprintf(format, args...)}
}

// endLine takes one line's end: LF, CR, or a pair of them.
func (s *scanner) endLine() {
	c, next := s.src[s.pos], s.at(1)
	s.pos++
	if c != next && (next == '\n' || next == '\r') {
		s.pos++
	}
	s.line++
	s.newline = s.pos
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

// isNameByte reports whether a name may have a byte.
func isNameByte(c byte) bool {
	lower := c | 0x20
	return isDigit(c) || lower >= 'a' && lower <= 'z' || c == '_'
}

// longBracket returns the level of the long bracket that begins at i, or -1.
func (s *scanner) longBracket(i int) int {
	level := 0
	for i++; i < len(s.src) && s.src[i] == '='; i++ {
		level++
	}
	if i < len(s.src) && s.src[i] == '[' {
		return level
	}
	return -1
}

// long passes over a long string or comment; pos is at its first bracket.
func (s *scanner) long(level int, what string) *Error {
	start := s.line
	closer := "]" + strings.Repeat("=", level) + "]"
	begin := s.pos + level + 2
	i := strings.Index(s.src[begin:], closer)
	end := len(s.src)
	if i >= 0 {
		end = begin + i + len(closer)
	}
	for s.pos < end {
		if c := s.src[s.pos]; c == '\n' || c == '\r' {
			s.endLine()
		} else {
			s.pos++
		}
	}
	if i < 0 {
		err := s.fail("unfinished long %s (starting at line %d) near '<eof>'", what, start)
		err.Incomplete = true
		return err
	}
	return nil
}

func (s *scanner) comment() *Error {
	s.pos += 2
	if s.at(0) == '[' {
		if level := s.longBracket(s.pos); level >= 0 {
			return s.long(level, "comment")
		}
		if s.at(1) == '=' { // gopher-lua takes it for a long comment
			s.edit(s.pos, " ")
		}
	}
	for s.pos < len(s.src) && s.src[s.pos] != '\n' && s.src[s.pos] != '\r' {
		s.pos++
	}
	return nil
}
