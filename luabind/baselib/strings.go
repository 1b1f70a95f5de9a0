package baselib

// The string library but for format. Strings are bytes, as in Lua: upper and
// lower touch ASCII alone.

import (
	"context"
	"errors"
	"strings"

	lua "github.com/yuin/gopher-lua"
)

// maxString is the length that string.rep and gsub may build, in bytes.
const maxString = 1 << 28

func (m *shared) openString(L *lua.LState) {
	t := NewTable(L, 20)
	for _, f := range []struct {
		name string
		fn   lua.LGFunction
	}{
		{"byte", strByte},
		{"char", strChar},
		{"dump", strDump},
		{"find", strFind},
		{"format", m.strFormat},
		{"gmatch", strGmatch},
		{"gsub", strGsub},
		{"len", strLen},
		{"lower", strLower},
		{"match", strMatch},
		{"rep", strRep},
		{"reverse", strReverse},
		{"sub", strSub},
		{"upper", strUpper},
	} {
		m.set(L, t, f.name, f.fn)
	}
	Define(t, "gfind", t.RawGetString("gmatch")) // Lua 5.0's name, kept by 5.1
	m.global(L, "string", t)

	mt := NewTable(L, 9)
	Define(mt, "__index", t)
	m.openArithmetic(L, mt)
	L.SetMetatable(lua.LString(""), mt)
}

// bounds turns Lua's i and j into the bounds of a slice of n bytes.
func bounds(i, j, n int) (from, to int) {
	if i < 0 {
		i = max(0, n+i+1)
	}
	if j < 0 {
		j = n + j + 1
	}
	i, j = max(i, 1), min(j, n)
	if i > j {
		return 0, 0
	}
	return i - 1, j
}

func strByte(L *lua.LState) int {
	s := checkText(L, 1)
	i := optInt(L, 2, 1)
	from, to := bounds(i, optInt(L, 3, i), len(s))
	if to-from > maxResults {
		L.RaiseError("string slice too long")
	}
	for k := from; k < to; k++ {
		L.Push(lua.LNumber(s[k]))
	}
	return to - from
}

func strChar(L *lua.LState) int {
	b := make([]byte, L.GetTop())
	for i := range b {
		c := checkInt(L, i+1)
		if c < 0 || c > 255 {
			argError(L, i+1, "invalid value")
		}
		b[i] = byte(c)
	}
	L.Push(lua.LString(b))
	return 1
}

func strDump(L *lua.LState) int {
	L.RaiseError("unable to dump given function")
	return 0
}

func strLen(L *lua.LState) int {
	L.Push(lua.LNumber(len(checkText(L, 1))))
	return 1
}

func strLower(L *lua.LState) int {
	b := []byte(checkText(L, 1))
	for i, c := range b {
		if c >= 'A' && c <= 'Z' {
			b[i] = c | 0x20
		}
	}
	L.Push(lua.LString(b))
	return 1
}

func strUpper(L *lua.LState) int {
	b := []byte(checkText(L, 1))
	for i, c := range b {
		if c >= 'a' && c <= 'z' {
			b[i] = c &^ 0x20
		}
	}
	L.Push(lua.LString(b))
	return 1
}

func strRep(L *lua.LState) int {
	s := checkText(L, 1)
	n := checkInt(L, 2)
	if n <= 0 || s == "" {
		L.Push(lua.LString(""))
		return 1
	}
	if n > maxString/len(s) {
		L.RaiseError("resulting string too large")
	}
	L.Push(lua.LString(strings.Repeat(s, n)))
	return 1
}

func strReverse(L *lua.LState) int {
	s := checkText(L, 1)
	b := make([]byte, len(s))
	for i := range len(s) {
		b[len(s)-1-i] = s[i]
	}
	L.Push(lua.LString(b))
	return 1
}

func strSub(L *lua.LState) int {
	s := checkText(L, 1)
	from, to := bounds(checkInt(L, 2), optInt(L, 3, -1), len(s))
	L.Push(lua.LString(s[from:to]))
	return 1
}

// matching runs a function that matches and makes a Lua error of a fault.
func matching(L *lua.LState, run func()) {
	defer func() {
		switch r := recover().(type) {
		case nil:
		case patternError:
			L.RaiseError("%s", string(r))
		case error:
			if errors.Is(r, errTooComplex) || errors.Is(r, context.Canceled) || errors.Is(r, context.DeadlineExceeded) {
				L.RaiseError("%s", r.Error())
			}
			panic(r)
		default:
			panic(r)
		}
	}()
	run()
}

// captured returns a capture as a value; for i = 0 without captures it is the
// whole match.
func (m *matcher) captured(i, start, end int) lua.LValue {
	if i >= m.level {
		if i != 0 {
			m.fail("invalid capture index")
		}
		return lua.LString(m.src[start:end])
	}
	switch k := m.captures[i]; k.length {
	case captureOpen:
		m.fail("unfinished capture")
		return nil
	case capturePosition:
		return lua.LNumber(k.start + 1)
	default:
		return lua.LString(m.src[k.start : k.start+k.length])
	}
}

// push pushes the captures, or the whole match if there are none and whole is
// true.
func (m *matcher) push(L *lua.LState, start, end int, whole bool) int {
	n := m.level
	if n == 0 && whole {
		n = 1
	}
	for i := range n {
		L.Push(m.captured(i, start, end))
	}
	return n
}

func strFind(L *lua.LState) int  { return find(L, true) }
func strMatch(L *lua.LState) int { return find(L, false) }

func find(L *lua.LState, bounds bool) (n int) {
	s, pat := checkText(L, 1), checkText(L, 2)
	init := optInt(L, 3, 1)
	if init < 0 {
		init = max(0, len(s)+init+1)
	}
	init = min(max(0, init-1), len(s))
	if bounds && (lua.LVAsBool(L.Get(4)) || !strings.ContainsAny(pat, specials)) {
		i := strings.Index(s[init:], pat)
		if i < 0 {
			L.Push(lua.LNil)
			return 1
		}
		L.Push(lua.LNumber(init + i + 1))
		L.Push(lua.LNumber(init + i + len(pat)))
		return 2
	}
	matching(L, func() {
		m := matcher{src: s, pat: pat, ctx: contextOf(L)}
		start, end := m.find(init)
		switch {
		case start < 0:
			L.Push(lua.LNil)
			n = 1
		case bounds:
			L.Push(lua.LNumber(start + 1))
			L.Push(lua.LNumber(end))
			n = 2 + m.push(L, start, end, false)
		default:
			n = m.push(L, start, end, true)
		}
	})
	return n
}

func strGmatch(L *lua.LState) int {
	s, pat := checkText(L, 1), checkText(L, 2)
	at := 0
	L.Push(L.NewFunction(func(L *lua.LState) (n int) {
		matching(L, func() {
			m := matcher{src: s, pat: pat, ctx: contextOf(L)}
			for ; at <= len(s); at++ {
				m.start()
				if end := m.do(at, 0); end >= 0 {
					start := at
					at = end
					if end == start {
						at++
					}
					n = m.push(L, start, end, true)
					return
				}
			}
			L.Push(lua.LNil)
			n = 1
		})
		return n
	}))
	return 1
}

func strGsub(L *lua.LState) int {
	s, pat := checkText(L, 1), checkText(L, 2)
	repl := L.Get(3)
	switch v := repl.(type) {
	case lua.LString, *lua.LTable, *lua.LFunction:
	case lua.LNumber:
		repl = lua.LString(Number(v))
	default:
		argError(L, 3, "string/function/table expected")
	}
	limit := optInt(L, 4, len(s)+1)
	p := 0
	if strings.HasPrefix(pat, "^") {
		p = 1
	}
	var b strings.Builder
	n := 0
	matching(L, func() {
		m := matcher{src: s, pat: pat, ctx: contextOf(L)}
		at, copied := 0, 0
		for n < limit {
			m.start()
			end := m.do(at, p)
			if end >= 0 {
				n++
				b.WriteString(s[copied:at])
				m.replace(L, &b, at, end, repl)
				copied = end
				if b.Len() > maxString {
					// no test: it takes more memory than a test should
					L.RaiseError("resulting string too large")
				}
			}
			if end > at {
				at = end
			} else if at < len(s) {
				at++
			} else {
				break
			}
			if p == 1 {
				break
			}
		}
		b.WriteString(s[min(copied, len(s)):])
	})
	if n == 0 {
		L.Push(lua.LString(s))
	} else {
		L.Push(lua.LString(b.String()))
	}
	L.Push(lua.LNumber(n))
	return 2
}

// replace writes what a match is replaced by.
func (m *matcher) replace(L *lua.LState, b *strings.Builder, start, end int, repl lua.LValue) {
	var value lua.LValue
	switch r := repl.(type) {
	case lua.LString:
		m.expand(b, start, end, string(r))
		return
	case *lua.LTable:
		value = L.GetTable(r, m.captured(0, start, end))
	case *lua.LFunction:
		L.Push(r)
		n := m.push(L, start, end, true)
		L.Call(n, 1)
		value = L.Get(-1)
		L.Pop(1)
	}
	switch v := value.(type) {
	case lua.LString:
		b.WriteString(string(v))
	case lua.LNumber:
		b.WriteString(Number(v))
	default:
		if lua.LVAsBool(value) {
			L.RaiseError("invalid replacement value (a %s)", value.Type())
		}
		b.WriteString(m.src[start:end])
	}
}

// expand writes a replacement string with its %0 to %9.
func (m *matcher) expand(b *strings.Builder, start, end int, r string) {
	for {
		i := strings.IndexByte(r, '%')
		if i < 0 {
			b.WriteString(r)
			return
		}
		b.WriteString(r[:i])
		if i+1 == len(r) {
			b.WriteByte(0) // C's end of the string, which Lua 5.1 copies
			return
		}
		c := r[i+1]
		r = r[i+2:]
		switch {
		case c == '0':
			b.WriteString(m.src[start:end])
		case c >= '1' && c <= '9':
			text, _ := Text(m.captured(int(c-'1'), start, end))
			b.WriteString(text)
		default:
			b.WriteByte(c)
		}
	}
}
