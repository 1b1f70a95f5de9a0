package luabind

import (
	"errors"
	"fmt"
	"regexp"
	"sort"
	"strconv"
	"strings"

	lua "github.com/yuin/gopher-lua"

	"github.com/moonwire/moonwire/luabind/baselib"
)

// assertions are the fields of assert in tests.
var assertions = [...]struct {
	name string
	run  function
}{
	{"equal", assertEqual},
	{"not_equal", assertNotEqual},
	{"same", assertSame},
	{"matches", assertMatches},
	{"contains", assertContains},
	{"error", assertError},
}

// AssertionError is an assertion that does not hold.
type AssertionError struct{ Message string }

// Error says what is different.
func (e *AssertionError) Error() string { return e.Message }

// openAssert makes assert a table that can be called as before.
func (s *Spec) openAssert() {
	in := s.in
	plain := in.L.GetGlobal("assert")
	t := in.L.NewTable()
	var names []string
	for _, a := range assertions {
		t.RawSetString(a.name, in.bind("assert."+a.name, 1, a.run))
		names = append(names, a.name)
	}
	in.metatableOf(t, map[string]lua.LValue{
		"__call": in.L.NewFunction(func(L *lua.LState) int {
			L.Replace(1, plain) // in the table's place
			L.Call(L.GetTop()-1, lua.MultRet)
			return L.GetTop()
		}),
		"__index": in.L.NewFunction(in.wrap("assert", 2, func(c *call) int {
			key := c.L.Get(2).String()
			c.failHint("there is no assert."+key, suggest(key, names))
			return 0
		})),
	})
	in.L.SetGlobal("assert", t)
}

func (in *Interp) metatableOf(t *lua.LTable, fields map[string]lua.LValue) {
	m := in.L.CreateTable(0, len(fields))
	for name, v := range fields {
		m.RawSetString(name, v)
	}
	t.Metatable = m
}

// unequal raises the failure of an assertion; what is the script's own word on it.
func (c *call) unequal(what lua.LValue, message string) {
	if text, ok := baselib.Text(what); ok {
		message = text + ": " + message
	}
	c.raise(&AssertionError{message})
}

// assertEqual is assert.equal(expected, actual [, what]): as == has it.
func assertEqual(c *call) int {
	want, got := c.arg(1), c.arg(2)
	if c.L.Equal(want, got) {
		return 0
	}
	if a, ok := want.(lua.LString); ok {
		if b, ok := got.(lua.LString); ok {
			c.unequal(c.arg(3), differentTexts(string(a), string(b)))
		}
	}
	c.unequal(c.arg(3), "expected "+shown(want)+", got "+shown(got))
	return 0
}

// assertNotEqual is assert.not_equal(unwanted, actual [, what]).
func assertNotEqual(c *call) int {
	if c.L.Equal(c.arg(1), c.arg(2)) {
		c.unequal(c.arg(3), "expected anything but "+shown(c.arg(1)))
	}
	return 0
}

// assertSame is assert.same(expected, actual [, what]): tables by what they hold.
func assertSame(c *call) int {
	var found []string
	compare(c.L, "", c.arg(1), c.arg(2), make(map[[2]*lua.LTable]bool), &found)
	if len(found) > 0 {
		if len(found) > 1 || strings.HasPrefix(found[0], ".") || strings.HasPrefix(found[0], "[") {
			found = append([]string{"not the same:"}, found...)
		}
		c.unequal(c.arg(3), strings.Join(found, "\n  "))
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
func assertMatches(c *call) int {
	re, err := regexp.Compile(c.text(1, "pattern"))
	if err != nil {
		c.fail(err.Error())
	}
	text := c.text(2, "text")
	if !re.MatchString(text) {
		c.unequal(c.arg(3), "expected a match of "+strconv.Quote(re.String())+" in "+shown(lua.LString(text)))
	}
	return 0
}

// assertContains is assert.contains(part, text [, what]).
func assertContains(c *call) int {
	part, text := c.text(1, "part"), c.text(2, "text")
	if !strings.Contains(text, part) {
		c.unequal(c.arg(3), "expected "+strconv.Quote(part)+" in "+shown(lua.LString(text)))
	}
	return 0
}

// assertError is assert.error(f [, part]): f must fail, with part in its message.
// It returns the error.
func assertError(c *call) int {
	fn := c.function(1, "its argument")
	_, err := baselib.Call(c.in.ctx, c.L, fn)
	e, ok := errors.AsType[*baselib.Error](err)
	switch {
	case err == nil:
		c.unequal(lua.LNil, "expected an error, there was none")
	case !ok || c.in.ctx.Err() != nil:
		c.raise(err)
	}
	if part := c.arg(2); part != lua.LNil && !strings.Contains(e.Message, c.text(2, "part")) {
		c.unequal(lua.LNil, "expected an error with "+shown(part)+", got "+strconv.Quote(e.Message))
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
		return kindOf(v)
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
