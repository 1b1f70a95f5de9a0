package spec

import (
	"errors"
	"fmt"
	"regexp"
	"sort"
	"strconv"
	"strings"

	lua "github.com/yuin/gopher-lua"

	"github.com/moonwire/moonwire/luabind/args"
	"github.com/moonwire/moonwire/luabind/baselib"
)

// assertions are the fields of assert in tests.
var assertions = [...]struct {
	name string
	run  func(*File, *args.Call) int
}{
	{"equal", (*File).assertEqual},
	{"not_equal", (*File).assertNotEqual},
	{"same", (*File).assertSame},
	{"matches", (*File).assertMatches},
	{"contains", (*File).assertContains},
	{"error", (*File).assertError},
}

// AssertionError is an assertion that does not hold.
type AssertionError struct{ Message string }

// Error says what is different.
func (e *AssertionError) Error() string { return e.Message }

// openAssert makes assert a table that can be called as before.
func (s *File) openAssert() {
	in := s.in
	plain := in.L.GetGlobal("assert")
	t := in.L.NewTable()
	var names []string
	for _, a := range assertions {
		t.RawSetString(a.name, in.Function("assert."+a.name, func(c *args.Call) int { return a.run(s, c) }))
		names = append(names, a.name)
	}
	meta := in.L.NewTable()
	meta.RawSetString("__call", in.L.NewFunction(func(L *lua.LState) int {
		L.Replace(1, plain) // in the table's place
		L.Call(L.GetTop()-1, lua.MultRet)
		return L.GetTop()
	}))
	meta.RawSetString("__index", in.Function("assert", func(c *args.Call) int {
		key := c.Arg(2).String()
		c.FailHint("there is no assert."+key, args.Suggest(key, names))
		return 0
	}))
	t.Metatable = meta
	in.L.SetGlobal("assert", t)
}

// unequal raises the failure of an assertion; what is the script's own word on it.
func unequal(c *args.Call, what lua.LValue, message string) {
	if text, ok := baselib.Text(what); ok {
		message = text + ": " + message
	}
	c.Raise(&AssertionError{message})
}

// assertEqual is assert.equal(expected, actual [, what]): as == has it.
func (s *File) assertEqual(c *args.Call) int {
	want, got := c.Arg(1), c.Arg(2)
	if c.L.Equal(want, got) {
		return 0
	}
	if a, ok := want.(lua.LString); ok {
		if b, ok := got.(lua.LString); ok {
			unequal(c, c.Arg(3), differentTexts(string(a), string(b)))
		}
	}
	unequal(c, c.Arg(3), "expected "+shown(want)+", got "+shown(got))
	return 0
}

// assertNotEqual is assert.not_equal(unwanted, actual [, what]).
func (s *File) assertNotEqual(c *args.Call) int {
	if c.L.Equal(c.Arg(1), c.Arg(2)) {
		unequal(c, c.Arg(3), "expected anything but "+shown(c.Arg(1)))
	}
	return 0
}

// assertSame is assert.same(expected, actual [, what]): tables by what they hold.
func (s *File) assertSame(c *args.Call) int {
	var found []string
	compare(c.L, "", c.Arg(1), c.Arg(2), make(map[[2]*lua.LTable]bool), &found)
	if len(found) > 0 {
		if len(found) > 1 || strings.HasPrefix(found[0], ".") || strings.HasPrefix(found[0], "[") {
			found = append([]string{"not the same:"}, found...)
		}
		unequal(c, c.Arg(3), strings.Join(found, "\n  "))
	}
	return 0
}

// mostDifferences bounds what is told of two tables.
const mostDifferences = 5

func compare(L *lua.LState, path string, want, got lua.LValue, seen map[[2]*lua.LTable]bool, found *[]string) {
	if len(*found) >= mostDifferences || L.Equal(want, got) {
		return
	}
	a, isTable := want.(*lua.LTable)
	b, ok := got.(*lua.LTable)
	if !isTable || !ok {
		prefix := ""
		if path != "" {
			prefix = path + ": "
		}
		*found = append(*found, prefix+"expected "+shown(want)+", got "+shown(got))
		return
	}
	pair := [2]*lua.LTable{a, b}
	if seen[pair] {
		return
	}
	seen[pair] = true
	keys := make(map[lua.LValue]bool)
	collect := func(k, _ lua.LValue) { keys[k] = true }
	a.ForEach(collect)
	b.ForEach(collect)
	sorted := make([]lua.LValue, 0, len(keys))
	for k := range keys {
		sorted = append(sorted, k)
	}
	sort.Slice(sorted, func(i, j int) bool {
		x, xIsNumber := sorted[i].(lua.LNumber)
		y, yIsNumber := sorted[j].(lua.LNumber)
		if xIsNumber && yIsNumber {
			return x < y
		}
		return xIsNumber || !yIsNumber && sorted[i].String() < sorted[j].String()
	})
	for _, k := range sorted {
		compare(L, path+step(k), a.RawGet(k), b.RawGet(k), seen, found)
	}
}

// step is a table's key in a path.
func step(k lua.LValue) string {
	if s, ok := k.(lua.LString); ok && isIdentifier(string(s)) {
		return "." + string(s)
	}
	return "[" + shown(k) + "]"
}

func isIdentifier(s string) bool {
	for i, c := range s {
		if c != '_' && (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (i == 0 || c < '0' || c > '9') {
			return false
		}
	}
	return s != ""
}

// assertMatches is assert.matches(pattern, text [, what]): a regular expression,
// as expect has it.
func (s *File) assertMatches(c *args.Call) int {
	re, err := regexp.Compile(c.Text(1, "pattern"))
	if err != nil {
		c.Fail(err.Error())
	}
	text := c.Text(2, "text")
	if !re.MatchString(text) {
		unequal(c, c.Arg(3), "expected a match of "+strconv.Quote(re.String())+" in "+shown(lua.LString(text)))
	}
	return 0
}

// assertContains is assert.contains(part, text [, what]).
func (s *File) assertContains(c *args.Call) int {
	part, text := c.Text(1, "part"), c.Text(2, "text")
	if !strings.Contains(text, part) {
		unequal(c, c.Arg(3), "expected "+strconv.Quote(part)+" in "+shown(lua.LString(text)))
	}
	return 0
}

// assertError is assert.error(f [, part]): f must fail, with part in its message.
// It returns the error.
func (s *File) assertError(c *args.Call) int {
	fn := c.Function(1, "its argument")
	_, err := baselib.Call(s.in.Context(), c.L, fn)
	e, ok := errors.AsType[*baselib.Error](err)
	switch {
	case err == nil:
		unequal(c, lua.LNil, "expected an error, there was none")
	case !ok || s.in.Context().Err() != nil:
		c.Raise(err)
	}
	if part := c.Arg(2); part != lua.LNil && !strings.Contains(e.Message, c.Text(2, "part")) {
		unequal(c, lua.LNil, "expected an error with "+shown(part)+", got "+strconv.Quote(e.Message))
	}
	c.L.Push(e.Value)
	return 1
}

// shown is a value for a person to read.
func shown(v lua.LValue) string {
	switch v := v.(type) {
	case lua.LString:
		const most = 500
		if len(v) > most {
			return strconv.Quote(string(v[:most])) + fmt.Sprintf(" and %d bytes more", len(v)-most)
		}
		return strconv.Quote(string(v))
	case *lua.LTable:
		return "a table"
	case *lua.LUserData, *lua.LFunction:
		return args.Kind(v)
	}
	if text, ok := baselib.Text(v); ok {
		return text
	}
	return v.String()
}

// differentTexts shows two strings one above the other, from the line on in which
// they differ.
func differentTexts(want, got string) string {
	at := 0
	for at < len(want) && at < len(got) && want[at] == got[at] {
		at++
	}
	line := 1 + strings.Count(want[:at], "\n")
	from := strings.LastIndexByte(want[:at], '\n') + 1
	if at-from > 60 {
		from = at - 30
	}
	const most = 100
	piece := func(s string) string {
		s = s[from:]
		if end := strings.IndexByte(s[at-from:], '\n'); end >= 0 {
			s = s[:at-from+end+1]
		}
		return strconv.Quote(s[:min(len(s), at-from+most)])
	}
	where := "not equal from byte " + strconv.Itoa(at+1) + " on"
	if strings.Contains(want+got, "\n") {
		where += ", in line " + strconv.Itoa(line)
	}
	pad := strings.Repeat(" ", len(strconv.Quote(want[from:at]))-1)
	return where + ":\n  expected " + piece(want) + "\n       got " + piece(got) + "\n           " + pad + "^"
}
