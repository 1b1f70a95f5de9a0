package baselib

// A pass over the source before gopher-lua's lexer sees it: it rewrites what
// that lexer misreads, in place so that lines stay, and keeps track of what is
// open, for messages.

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"
)

// maxNesting is how deeply blocks and brackets may nest, as in Lua.
const maxNesting = 200

// An opener is a block or bracket that is not closed yet.
type opener struct {
	word    string // what opened it: "if", "function", "(" ...
	line    int
	waiting bool // while or for, whose do is still to come
}

// closer is what the opener waits for.
func (o opener) closer() string {
	switch o.word {
	case "(":
		return ")"
	case "[":
		return "]"
	case "{":
		return "}"
	case "repeat":
		return "until"
	}
	if o.waiting {
		return "do"
	}
	return "end"
}

type scanner struct {
	name   string
	src    string
	pos    int
	line   int
	out    strings.Builder
	copied int // src up to here is in out
	open   []opener
	unary  int // how many of not, - and # stand in a row
}

// operators counts the operators that nest to the right without a bracket.
func (s *scanner) operators(token string) {
	switch token {
	case "not", "-", "#":
		s.unary++
	default:
		if strings.TrimSpace(token) != "" && !strings.HasPrefix(token, "--") {
			s.unary = 0
		}
	}
}

// scan reads the whole source.
func (s *scanner) scan() *SyntaxError {
	for s.pos < len(s.src) {
		start := s.pos
		var err *SyntaxError
		switch c := s.src[s.pos]; {
		case c == '\n' || c == '\r':
			s.newline()
		case c == '-' && s.at(1) == '-':
			err = s.comment()
		case c == '"' || c == '\'':
			err = s.quoted(c)
		case c == '[':
			if level := s.longBracket(s.pos); level >= 0 {
				err = s.long(level, "string")
			} else {
				s.push("[")
				s.pos++
			}
		case c >= '0' && c <= '9' || c == '.' && isDigit(s.at(1)):
			err = s.number()
		case c == '.':
			for s.pos < len(s.src) && s.src[s.pos] == '.' && s.pos < start+3 {
				s.pos++
			}
		case isAlnum(c) || c == '_':
			for s.pos < len(s.src) && (isAlnum(s.src[s.pos]) || s.src[s.pos] == '_') {
				s.pos++
			}
			s.word(s.src[start:s.pos])
		case c == '(' || c == '{':
			s.push(string(c))
			s.pos++
		case c == ')' || c == '}' || c == ']':
			s.pop(string(c))
			s.pos++
		case c == '!' && s.at(1) == '=':
			err = s.fail("unexpected symbol near '!=' (Lua writes ~=)")
		case c == '\f' || c == '\v':
			s.pos++
			s.edit(start, " ") // gopher-lua's lexer knows no such blanks
		default:
			s.pos++
		}
		s.operators(s.src[start:s.pos])
		if err == nil && (len(s.open) > maxNesting || s.unary > maxNesting) {
			err = s.fail("chunk has too many syntax levels")
		}
		if err != nil {
			return err
		}
	}
	return nil
}

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

func (s *scanner) fail(format string, args ...any) *SyntaxError {
	column := s.pos - strings.LastIndexAny(s.src[:s.pos], "\r\n")
	return &SyntaxError{Chunk: s.name, Line: s.line, Column: column, Message: fmt.Sprintf(format, args...)}
}

// newline takes one line's end: LF, CR, or a pair of them.
func (s *scanner) newline() {
	c, next := s.src[s.pos], s.at(1)
	s.pos++
	if c != next && (next == '\n' || next == '\r') {
		s.pos++
	}
	s.line++
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

func (s *scanner) push(word string) {
	s.open = append(s.open, opener{word: word, line: s.line})
}

// pop closes the innermost opener if it waits for this.
func (s *scanner) pop(closer string) {
	if n := len(s.open); n > 0 && s.open[n-1].closer() == closer {
		s.open = s.open[:n-1]
	}
}

func (s *scanner) word(word string) {
	switch word {
	case "function", "if", "repeat":
		s.push(word)
	case "while", "for":
		s.push(word)
		s.open[len(s.open)-1].waiting = true
	case "do":
		if n := len(s.open); n > 0 && s.open[n-1].waiting {
			s.open[n-1].waiting = false
		} else {
			s.push(word)
		}
	case "end", "until":
		s.pop(word)
	}
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
func (s *scanner) long(level int, what string) *SyntaxError {
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
			s.newline()
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

func (s *scanner) comment() *SyntaxError {
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

// number reads a numeral as Lua's lexer does, and rewrites it where
// gopher-lua's would read another number.
func (s *scanner) number() *SyntaxError {
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
	for isAlnum(s.at(0)) || s.at(0) == '_' {
		s.pos++
	}
	text := s.src[start:s.pos]
	n, ok := ParseNumber(text)
	f := float64(n)
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
func (s *scanner) quoted(quote byte) *SyntaxError {
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
func (s *scanner) escape() (lines int, err *SyntaxError) {
	start := s.pos
	s.pos++
	switch c := s.at(0); {
	case s.pos >= len(s.src):
	case c == '\n' || c == '\r':
		s.newline()
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
		for s.pos < len(s.src) && isSpace(s.src[s.pos]) {
			if c := s.src[s.pos]; c == '\n' || c == '\r' {
				s.newline()
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
