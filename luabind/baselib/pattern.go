package baselib

// Lua's patterns: Lua 5.1's matcher, with %g and the frontier %f of Lua 5.2.
// It works on the string as it is, without compiling the pattern.

import (
	"context"
	"errors"
	"strings"
)

// maxCaptures is LUA_MAXCAPTURES.
const maxCaptures = 32

// maxMatchDepth bounds the recursion of the matcher: one level for each item
// of the pattern that can match in several ways.
const maxMatchDepth = 4000

// What a capture's length is while it is open, or for a position capture.
const (
	captureOpen     = -1
	capturePosition = -2
)

type capture struct{ start, length int }

// A patternError is a fault of the pattern; its text is Lua's.
type patternError string

func (e patternError) Error() string { return string(e) }

var errTooComplex = errors.New("pattern too complex")

// A matcher tries a pattern on a string. Faults are panics with a patternError
// or the context's error, which the library functions turn into Lua errors.
type matcher struct {
	src, pat string
	level    int // captures so far, open or closed
	depth    int
	steps    uint // tells when to look at ctx
	ctx      context.Context
	captures [maxCaptures]capture
}

// start readies the matcher for a try at another place.
func (m *matcher) start() { m.level, m.depth = 0, 0 }

// tick counts work and stops it when the context is done: a pattern can take
// a time that is a high power of the string's length.
func (m *matcher) tick() {
	m.steps++
	if m.steps&0xfff == 0 && m.ctx != nil {
		if err := m.ctx.Err(); err != nil {
			panic(err)
		}
	}
}

func (m *matcher) fail(message string) { panic(patternError(message)) }

// do matches pat[p:] at src[s:] and returns the match's end, or -1.
func (m *matcher) do(s, p int) int {
	m.tick()
	m.depth++
	if m.depth > maxMatchDepth {
		panic(errTooComplex)
	}
	end := m.match(s, p)
	m.depth--
	return end
}

func (m *matcher) match(s, p int) int {
	for p < len(m.pat) {
		switch m.pat[p] {
		case '(':
			if p+1 < len(m.pat) && m.pat[p+1] == ')' {
				return m.open(s, p+2, capturePosition)
			}
			return m.open(s, p+1, captureOpen)
		case ')':
			return m.close(s, p+1)
		case '$':
			if p+1 == len(m.pat) {
				if s == len(m.src) {
					return s
				}
				return -1
			}
		case '%':
			if p+1 < len(m.pat) {
				switch c := m.pat[p+1]; {
				case c == 'b':
					s = m.balance(s, p+2)
					if s < 0 {
						return -1
					}
					p += 4
					continue
				case c == 'f':
					p += 2
					if p >= len(m.pat) || m.pat[p] != '[' {
						m.fail("missing '[' after '%f' in pattern")
					}
					end := m.classEnd(p)
					var before, at byte
					if s > 0 {
						before = m.src[s-1]
					}
					if s < len(m.src) {
						at = m.src[s]
					}
					if matchSet(before, m.pat[p:end]) || !matchSet(at, m.pat[p:end]) {
						return -1
					}
					p = end
					continue
				case c >= '0' && c <= '9':
					s = m.backReference(s, c)
					if s < 0 {
						return -1
					}
					p += 2
					continue
				}
			}
		}
		end := m.classEnd(p)
		var quantifier byte
		if end < len(m.pat) {
			quantifier = m.pat[end]
		}
		switch quantifier {
		case '?':
			if s < len(m.src) && m.single(s, p, end) {
				if r := m.do(s+1, end+1); r >= 0 {
					return r
				}
			}
			p = end + 1
		case '*':
			return m.longest(s, p, end)
		case '+':
			if s < len(m.src) && m.single(s, p, end) {
				return m.longest(s+1, p, end)
			}
			return -1
		case '-':
			return m.shortest(s, p, end)
		default:
			if s >= len(m.src) || !m.single(s, p, end) {
				return -1
			}
			s++
			p = end
		}
	}
	return s
}

// single matches one character against the item pat[p:end].
func (m *matcher) single(s, p, end int) bool {
	c := m.src[s]
	switch m.pat[p] {
	case '.':
		return true
	case '%':
		return matchClass(c, m.pat[p+1])
	case '[':
		return matchSet(c, m.pat[p:end])
	}
	return m.pat[p] == c
}

func (m *matcher) longest(s, p, end int) int {
	n := 0
	switch m.pat[p] {
	case '.':
		n = len(m.src) - s
	default:
		for s+n < len(m.src) && m.single(s+n, p, end) {
			n++
		}
	}
	if end+1 == len(m.pat) {
		return s + n
	}
	for ; n >= 0; n-- {
		if r := m.do(s+n, end+1); r >= 0 {
			return r
		}
	}
	return -1
}

func (m *matcher) shortest(s, p, end int) int {
	for {
		if r := m.do(s, end+1); r >= 0 {
			return r
		}
		if s >= len(m.src) || !m.single(s, p, end) {
			return -1
		}
		s++
	}
}

func (m *matcher) open(s, p, length int) int {
	if m.level >= maxCaptures {
		m.fail("too many captures")
	}
	m.captures[m.level] = capture{s, length}
	m.level++
	r := m.do(s, p)
	if r < 0 {
		m.level--
	}
	return r
}

func (m *matcher) close(s, p int) int {
	l := m.level - 1
	for l >= 0 && m.captures[l].length != captureOpen {
		l--
	}
	if l < 0 {
		m.fail("invalid pattern capture")
	}
	m.captures[l].length = s - m.captures[l].start
	r := m.do(s, p)
	if r < 0 {
		m.captures[l].length = captureOpen
	}
	return r
}

func (m *matcher) balance(s, p int) int {
	if p+1 >= len(m.pat) {
		m.fail("unbalanced pattern")
	}
	if s >= len(m.src) || m.src[s] != m.pat[p] {
		return -1
	}
	begin, end := m.pat[p], m.pat[p+1]
	depth := 1
	for s++; s < len(m.src); s++ {
		m.tick()
		switch m.src[s] {
		case end:
			depth--
			if depth == 0 {
				return s + 1
			}
		case begin:
			depth++
		}
	}
	return -1
}

func (m *matcher) backReference(s int, c byte) int {
	l := int(c) - '1'
	if l < 0 || l >= m.level || m.captures[l].length == captureOpen {
		m.fail("invalid capture index")
	}
	k := m.captures[l]
	if k.length == capturePosition {
		return -1
	}
	text := m.src[k.start : k.start+k.length]
	if !strings.HasPrefix(m.src[s:], text) {
		return -1
	}
	return s + len(text)
}

// classEnd returns the end of the item that begins at p.
func (m *matcher) classEnd(p int) int {
	c := m.pat[p]
	p++
	switch c {
	case '%':
		if p >= len(m.pat) {
			m.fail("malformed pattern (ends with '%')")
		}
		return p + 1
	case '[':
		if p < len(m.pat) && m.pat[p] == '^' {
			p++
		}
		for first := true; first || p >= len(m.pat) || m.pat[p] != ']'; first = false {
			if p >= len(m.pat) {
				m.fail("malformed pattern (missing ']')")
			}
			if m.pat[p] == '%' {
				p++
				if p >= len(m.pat) {
					m.fail("malformed pattern (missing ']')")
				}
			}
			p++
		}
		return p + 1
	}
	return p
}

// matchSet matches a character against a set, "[...]" complete.
func matchSet(c byte, set string) bool {
	set = set[1 : len(set)-1]
	found := true
	if set != "" && set[0] == '^' {
		found = false
		set = set[1:]
	}
	for i := 0; i < len(set); i++ {
		switch {
		case set[i] == '%' && i+1 < len(set):
			i++
			if matchClass(c, set[i]) {
				return found
			}
		case i+2 < len(set) && set[i+1] == '-':
			if set[i] <= c && c <= set[i+2] {
				return found
			}
			i += 2
		case set[i] == c:
			return found
		}
	}
	return !found
}

// matchClass matches a character against a class letter; its capital is the
// complement, and any other character stands for itself.
func matchClass(c, class byte) bool {
	var in bool
	lower := c | 0x20
	switch class | 0x20 {
	case 'a':
		in = lower >= 'a' && lower <= 'z'
	case 'c':
		in = c < 0x20 || c == 0x7f
	case 'd':
		in = c >= '0' && c <= '9'
	case 'g':
		in = c > 0x20 && c < 0x7f
	case 'l':
		in = c >= 'a' && c <= 'z'
	case 'p':
		in = c > 0x20 && c < 0x7f && !isAlnum(c)
	case 's':
		in = isSpace(c)
	case 'u':
		in = c >= 'A' && c <= 'Z'
	case 'w':
		in = isAlnum(c)
	case 'x':
		in = c >= '0' && c <= '9' || lower >= 'a' && lower <= 'f'
	case 'z':
		in = c == 0
	default:
		return class == c
	}
	if class >= 'A' && class <= 'Z' {
		return !in
	}
	if class < 'a' || class > 'z' {
		return class == c
	}
	return in
}

func isAlnum(c byte) bool {
	lower := c | 0x20
	return c >= '0' && c <= '9' || lower >= 'a' && lower <= 'z'
}

// specials are the characters that make a pattern more than a plain string.
const specials = "^$*+?.([%-"

// find looks for the pattern from init on. It returns the match's bounds, or
// -1; the captures are in m.
func (m *matcher) find(init int) (start, end int) {
	p := 0
	anchored := m.pat != "" && m.pat[0] == '^'
	if anchored {
		p = 1
	}
	first, literal := m.firstByte(p)
	for s := init; ; s++ {
		if literal && !anchored {
			i := strings.IndexByte(m.src[s:], first)
			if i < 0 {
				return -1, -1
			}
			s += i
		}
		m.start()
		if end := m.do(s, p); end >= 0 {
			return s, end
		}
		if s >= len(m.src) || anchored {
			return -1, -1
		}
	}
}

// firstByte returns the byte that every match begins with, if the pattern
// tells at once.
func (m *matcher) firstByte(p int) (byte, bool) {
	if p >= len(m.pat) || strings.IndexByte("^$*+?.()[%-", m.pat[p]) >= 0 {
		return 0, false
	}
	if p+1 < len(m.pat) && strings.IndexByte("*?-", m.pat[p+1]) >= 0 {
		return 0, false
	}
	return m.pat[p], true
}
