package baselib_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	lua "github.com/yuin/gopher-lua"

	"github.com/moonwire/moonwire/luabind/baselib"
)

// A fault of gopher-lua, as a program that returns one value, and what Lua
// makes of it. Those that end the process there are tested elsewhere: os.exit,
// a resume of a coroutine that waits for its own resume, endless pcalls.
var faults = []struct{ name, source, want string }{
	{"captured local after pcall", `local n = 0 local function inc() n = n + 1 end pcall(function() inc() error 'x' end) inc() return n`, "2"},
	{"captured local seen from inside", `local n = 0 local function get() return n end pcall(function() n = 1 error 'x' end) n = 10 return get()`, "10"},
	{"captured local after xpcall", `local get xpcall(function() local x = 'kept' get = function() return x end error 'x' end, function() end)
		local function f(a, b, c, d) return d end f(1, 2, 3, 4) return get()`, "kept"},
	{"captured local after a coroutine's error", `local get pcall(function() local x = 'kept' get = function() return x end coroutine.wrap(function() error 'e' end)() end)
		local function f(a, b, c, d) return d end f(1, 2, 3, 4) return get()`, "kept"},
	{"yield in pcall", `local co = coroutine.wrap(function() local ok, e = pcall(coroutine.yield) return e end) return co()`, "attempt to yield across a pcall"},
	{"yield in a metamethod", `local t = setmetatable({}, {__index = function() coroutine.yield() end})
		local ok, e = coroutine.resume(coroutine.create(function() return t.x end)) return e`, "chunk:1: attempt to yield across a metamethod, an iterator or a library function"},
	{"yield in an iterator", `local co = coroutine.create(function() for x in function() return coroutine.yield(1) end do end end)
		local ok, e = coroutine.resume(co) return (tostring(e):gsub('^.-: ', ''))`, "attempt to yield across a metamethod, an iterator or a library function"},
	{"table.concat of 10000", `local t = {} for i = 1, 10000 do t[i] = 'x' end return #table.concat(t)`, "10000"},
	{"unpack of 20000", `local t = {} for i = 1, 20000 do t[i] = i end return (select('#', unpack(t)))`, "20000"},
	{"table.remove after t[#t] = nil", `local t = {1, 2, 3} t[#t] = nil return table.remove(t)`, "2"},
	{"table.sort after t[#t] = nil", `local t = {3, 2, 1} t[#t] = nil table.sort(t) return t[1]`, "2"},
	{"table.unpack", `return table.unpack({7})`, "7"},
	{"table.pack", `return table.pack(1, nil, 3).n`, "3"},
	{"xpcall arguments", `return select(2, xpcall(function(x) return x end, print, 'arg'))`, "arg"},
	{"load of a string", `return load('return 5')()`, "5"},
	{"hexadecimal escape", `return '\x41\x7a'`, "Az"},
	{"escape \\z", "return 'a\\z\n   b'", "ab"},
	{"escape \\u", `return '\u{e9}'`, "é"},
	{"%g in a pattern", `return ('a b'):match('%g+ %g+')`, "a b"},
	{"%f in a pattern", `return (('THE (quick) fox'):gsub('%f[%a]%a+', 'w'))`, "w (w) w"},
	{"upper of letters beyond ASCII", `return ('é'):upper()`, "é"},
	{"string.format of an object", `return string.format('%s', setmetatable({}, {__tostring = function() return 'object' end}))`, "object"},
	{"tonumber of an exponent", `return tonumber('1e3')`, "1000"},
	{"1_000 is no number", `return tostring(pcall(function() return '1_000' + 0 end))`, "false"},
	{"numeral in a string with a zero", `return '010' + 0`, "10"},
	{"numeral with zeros", `return 0010`, "10"},
	{"numeral of 64 bits", `return 0xffffffffffffffff == 2 ^ 64`, "true"},
	{"inf is no number", `return tostring(pcall(function() return 'inf' + 1 end))`, "false"},
	{"math.huge", `return math.huge == 1 / 0`, "true"},
	{"tostring of infinity", `return tostring(1 / 0)`, "inf"},
	{"tostring of 0.1 + 0.2", `return tostring(0.1 + 0.2)`, "0.3"},
	{"1e15 as text", `return 1e15 .. ''`, "1e+15"},
	{"0.1 + 0.2 as text", `return (0.1 + 0.2) .. ''`, "0.3"},
	{"swap", `local a, b = 1, 2 a, b = b, a return a .. b`, "21"},
	{"and that fails", `local a = 5 a = nothing and 7 return tostring(a)`, "nil"},
	{"call in parentheses to a parameter", `local function f(a) a = (tostring(a)) return a end return f('x')`, "x"},
	{"assert keeps its error value", `local e = {} local ok, got = pcall(assert, false, e) return got == e`, "true"},
	{"error of a number", `local ok, e = pcall(error, 7) return type(e)`, "string"},
	{"setmetatable of a number", `return tostring(pcall(setmetatable, 1, {}))`, "false"},
	{"error position of a call of nil", `local ok, e = pcall(function() nothing() end) return e`, "chunk:1: attempt to call global 'nothing' (a nil value)"},
	{"name in bad argument", `local ok, e = pcall(function() string.rep() end) return e`, "chunk:1: bad argument #1 to 'rep' (string expected, got no value)"},
	{"comment --[=x", "--[=x\nreturn 1", "1"},
	{"module after a failed require", `package.preload.m = function() if not ready then error 'no' end return 'ok' end pcall(require, 'm') ready = true return require 'm'`, "ok"},
	{"os.date of a year day", `return os.date('!*t', 0).yday`, "1"},
	{"byte order mark", "\ufeffreturn 1", "1"},
	{"first line with #!", "#!/usr/bin/env moonwire\nreturn debug.getinfo(1, 'l').currentline", "2"},
	{"collectgarbage count", `return type(collectgarbage 'count')`, "number"},
}

// TestFaults shows each fault mended here and still there in gopher-lua: where
// it is there no longer, the mend can go.
func TestFaults(t *testing.T) {
	for _, f := range faults {
		t.Run(f.name, func(t *testing.T) {
			if got := mended(f.source); got != f.want {
				t.Errorf("got %q, want %q", got, f.want)
			}
			if plain(f.source) == f.want {
				t.Error("gopher-lua does this right by itself now")
			}
		})
	}
}

// TestLargeLists does to long lists what takes the square of their length on
// gopher-lua, or fails: minutes, where it should be less than a second.
func TestLargeLists(t *testing.T) {
	lines(t, [][]string{
		{"local t = {} for i = 1, 2e5 do t[#t + 1] = i end while #t > 0 do t[#t] = nil end return #t", "0"},
		{"local t = {} for i = 1, 2e5 do table.insert(t, i) end while #t > 0 do table.remove(t) end return #t", "0"},
		{"local t = {} for i = 1, 2e5 do t[i] = i end for i = 1, 2e5 do t[i] = nil end for i = 1, 1e5 do t[#t + 1] = i end return #t", "100000"},
		{"local t = {} for i = 1, 2e5 do t[i] = 'x' end return #table.concat(t, ','), (select('#', unpack(t)))", "399999", "200000"},
		{"local t = {} for i = 1, 2e5 do t[i] = i * 7919 % 200003 end table.sort(t) return t[1], t[#t]", "1", "200002"},
		{"local t = {} for i = 1, 10 do t[i] = i end for k in pairs(t) do t[k] = nil end return next(t), #t", "nil", "0"},
		{"local t = {1, 2, 3, nil, 5} t[5] = nil return t[3], t[4]", "3", "nil"},
		{"local t = setmetatable({}, {__newindex = function(t, k, v) rawset(t, 'set', tostring(v)) end}) t[1] = nil return t.set", "nil"},
		{"return pcall(function() local t t[1] = nil end)", "false", "test.lua:1: attempt to index local 't' (a nil value)"},
		{"return pcall(function() local t = {} t[nil] = nil end)", "false", "test.lua:1: table index is nil"},
	})
}

func mended(source string) string {
	L := baselib.New(baselib.Config{})
	fn, err := baselib.Load(L, []byte(source), "chunk")
	if err != nil {
		return err.Error()
	}
	values, err := baselib.Call(context.Background(), L, fn)
	switch {
	case err != nil:
		return err.Error()
	case len(values) == 0:
		return "(nothing)"
	}
	return baselib.Tostring(L, values[0])
}

// plain runs a program on gopher-lua as it is.
func plain(source string) (result string) {
	defer func() {
		if r := recover(); r != nil {
			result = fmt.Sprint("panic: ", r)
		}
	}()
	L := lua.NewState()
	defer L.Close()
	fn, err := L.Load(strings.NewReader(source), "chunk")
	if err != nil {
		return err.Error()
	}
	if err := L.CallByParam(lua.P{Fn: fn, NRet: 1, Protect: true}); err != nil {
		return err.Error()
	}
	return L.ToStringMeta(L.Get(-1)).String()
}
