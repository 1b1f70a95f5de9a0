package baselib_test

import (
	"context"
	"errors"
	"slices"
	"testing"

	lua "github.com/yuin/gopher-lua"

	"github.com/moonwire/moonwire/luabind/baselib"
)

// run runs a chunk and returns the texts of its results.
func run(t *testing.T, source string) []string {
	t.Helper()
	L := baselib.New(baselib.Config{})
	return runIn(t, L, source)
}

func runIn(t *testing.T, L *lua.LState, source string) []string {
	t.Helper()
	results, err := call(L, source)
	if err != nil {
		t.Fatalf("%s\n%v", source, err)
	}
	return results
}

func call(L *lua.LState, source string) ([]string, error) {
	fn, err := baselib.Load(L, []byte(source), "test.lua")
	if err != nil {
		return nil, err
	}
	values, err := baselib.Call(context.Background(), L, fn)
	if err != nil {
		return nil, err
	}
	var texts []string
	for _, v := range values {
		texts = append(texts, baselib.Tostring(L, v))
	}
	return texts, nil
}

func TestExit(t *testing.T) {
	for source, code := range map[string]int{
		"os.exit()": 0, "os.exit(true)": 0, "os.exit(false)": 1, "os.exit(7)": 7,
		"pcall(pcall, os.exit, 3); error 'ran on'":                               3,
		"xpcall(function() os.exit(4) end, function() os.exit(5) end)":           4,
		"coroutine.wrap(function() os.exit(6) end)() error 'on'":                 6,
		"pcall(coroutine.resume, coroutine.create(function() os.exit(8) end))":   8,
		"setmetatable(_G, {__index = function() os.exit(9) end}); local x = foo": 9,
	} {
		_, err := call(baselib.New(baselib.Config{}), source)
		var exit *baselib.Exit
		if !errors.As(err, &exit) || exit.Code != code {
			t.Errorf("%s: %v, want exit status %d", source, err, code)
		}
	}
}

func TestCapturedLocals(t *testing.T) {
	const source = `
		local n = 0
		local function inc() n = n + 1 end
		pcall(function() inc() error "x" end)
		inc()
		local m = 0
		local function get() return m end
		pcall(function() m = 1 error "x" end)
		m = 10
		return n, m, get()`
	if got := run(t, source); got[0] != "2" || got[2] != "10" {
		t.Errorf("got %v, want 2 10 10", got)
	}
}

// lines runs each source in a state of its own and compares its results.
func lines(t *testing.T, cases [][]string) {
	t.Helper()
	linesWith(t, baselib.Config{}, cases)
}

func linesWith(t *testing.T, config baselib.Config, cases [][]string) {
	t.Helper()
	for _, c := range cases {
		got := runIn(t, baselib.New(config), c[0])
		if !slices.Equal(got, c[1:]) {
			t.Errorf("%s\n got %q\nwant %q", c[0], got, c[1:])
		}
	}
}

func TestProtectedCalls(t *testing.T) {
	cases := [][]string{
		{"return pcall(function(...) return ... end, 1, nil, 3)", "true", "1", "nil", "3"},
		{"return pcall(error, {})  == false", "true"},
		{"local e = {} local ok, v = pcall(error, e) return ok, v == e", "false", "true"},
		{"return pcall(function() error('x', 0) end)", "false", "x"},
		{"return pcall(function() error 'x' end)", "false", "test.lua:1: x"},
		{"return select('#', pcall(function() end))", "1"},
		{"return xpcall(function(a, b) return a + b end, print, 1, 2)", "true", "3"},
		{"return xpcall(function() error('x', 0) end, function(m) return m .. '!' end)", "false", "x!"},
		{"return xpcall(function() error('x', 0) end, function(m) error 'y' end)", "false", "error in error handling"},
		{"return xpcall(function() local x = nil + 1 end, debug.traceback) == false", "true"},
		{"return pcall(pcall, error, 1)", "true", "false", "1"},
		{"local function f() return pcall(f) end return (f())", "true"},
		{"local n = 0 local function f() n = n + 1 return 1 + f() end local ok, e = pcall(f) return ok, e, n > 1000", "false", "test.lua:1: stack overflow", "true"},
		{"for i = 1, 200 do local function f() return 1 + f() end pcall(f) end return 1", "1"},
	}
	lines(t, cases)
	linesWith(t, baselib.Config{WholeStack: true}, cases)
}

func TestCoroutines(t *testing.T) {
	lines(t, [][]string{
		{"local co = coroutine.wrap(function(a) local b = coroutine.yield(a + 1) return b * 2 end) return co(1), co(5)", "2", "10"},
		{"return coroutine.resume(coroutine.create(function() end))", "true"},
		{"return coroutine.resume(coroutine.create(function() error({}, 0) end)) == false", "true"},
		{"return coroutine.resume(coroutine.create(function() pcall(coroutine.yield) return 'on' end))", "true", "on"},
		{"return coroutine.resume(coroutine.create(function() return select(2, pcall(coroutine.yield)) end))", "true", "attempt to yield across a pcall"},
		{"return coroutine.resume(coroutine.create(function() for x in coroutine.yield do end end))", "false", "test.lua:1: attempt to yield across a metamethod, an iterator or a library function"},
		{"local t = setmetatable({}, {__index = function() coroutine.yield() end}) return coroutine.resume(coroutine.create(function() return t.x end))", "false", "test.lua:1: attempt to yield across a metamethod, an iterator or a library function"},
		{"return coroutine.resume(coroutine.create(function() return table.sort({3, 2, 1}, function() coroutine.yield() end) end))", "false", "test.lua:1: attempt to yield across a metamethod, an iterator or a library function"},
		{"local n = 0 for x in coroutine.wrap(function() for i = 1, 3 do coroutine.yield(i) end end) do n = n + x end return n", "6"},
		{"return pcall(coroutine.yield)", "false", "attempt to yield from outside a coroutine"},
		{"return coroutine.running()", "nil"},
		{"return pcall(coroutine.running)", "true", "nil"},
		{"local co co = coroutine.create(function() return pcall(coroutine.status, co) end) return coroutine.resume(co)", "true", "true", "running"},
		{"local co co = coroutine.create(function() return coroutine.resume(coroutine.create(function() return coroutine.status(co), coroutine.resume(co) end)) end) return coroutine.resume(co)", "true", "true", "normal", "false", "cannot resume normal coroutine"},
		{"local w = coroutine.wrap(function() end) w() return pcall(w)", "false", "cannot resume dead coroutine"},
		{"local w = coroutine.wrap(function() end) w() return pcall(function() w() end)", "false", "test.lua:1: cannot resume dead coroutine"},
		{"local co = coroutine.create(function() end) coroutine.resume(co) return coroutine.resume(co)", "false", "cannot resume dead coroutine"},
		{"local co = coroutine.create(function() coroutine.yield() end) pcall(coroutine.resume, co) return coroutine.status(co), coroutine.running(), coroutine.resume(co), coroutine.status(co)", "suspended", "nil", "true", "dead"},
		{"local get pcall(function() local x = 1 get = function() return x end coroutine.wrap(function() error 'e' end)() end) local function f(a, b, c) return a end f(7, 8, 9) return get()", "1"},
		{"local function f() return coroutine.wrap(f)() end local ok, e = pcall(f) return ok, (e:gsub('^.*: ', ''))", "false", "stack overflow (too many nested calls of pcall, coroutines or callbacks)"},
	})
}
