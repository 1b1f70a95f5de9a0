package baselib_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"

	lua "github.com/yuin/gopher-lua"

	"github.com/moonwire/moonwire/luabind/baselib"
)

type refused struct{ host string }

func (r *refused) Error() string { return "cannot connect to " + r.host }
func (r *refused) Kind() string  { return "connect" }
func (r *refused) Unwrap() error { return io.ErrUnexpectedEOF }

// withConnect is a state with a Go function that raises an error.
func withConnect(config baselib.Config) *lua.LState {
	L := baselib.New(config)
	L.SetGlobal("connect", L.NewFunction(func(L *lua.LState) int {
		baselib.Raise(L, fmt.Errorf("session r1: %w", &refused{"r1"}))
		return 0
	}))
	L.SetGlobal("crash", L.NewFunction(func(*lua.LState) int {
		var p *refused
		return len(p.host)
	}))
	L.SetGlobal("callback", L.NewFunction(func(L *lua.LState) int {
		values, err := baselib.Call(baselib.Context(L), L, L.Get(1))
		if err != nil {
			baselib.Raise(L, err)
		}
		for _, v := range values {
			L.Push(v)
		}
		return len(values)
	}))
	return L
}

func TestRaise(t *testing.T) {
	config := baselib.Config{Fields: func(_ *lua.LState, err error, t *lua.LTable) func() {
		t.RawSetString("session", lua.LString("r1"))
		return nil
	}}
	for source, want := range map[string]string{
		"local ok, e = pcall(connect) return ok, type(e), e.kind, e.message, e.session":                                            "false table connect session r1: cannot connect to r1 r1",
		"local ok, e = pcall(function() connect() end) return tostring(e)":                                                         "test.lua:1: session r1: cannot connect to r1",
		"local ok, e = pcall(function() connect() end) return 'failed: ' .. e":                                                     "failed: test.lua:1: session r1: cannot connect to r1",
		"local ok, e = pcall(connect) local ok, f = pcall(error, e) return e == f":                                                 "true",
		"local co = coroutine.create(function() connect() end) local ok, e = coroutine.resume(co) return e.kind":                   "connect",
		"return select(2, xpcall(connect, function(e) return e.kind end))":                                                         "connect",
		"local ok, e = pcall(callback, function() connect() end) return e.kind, tostring(e)":                                       "connect test.lua:1: session r1: cannot connect to r1",
		"local ok, e = pcall(crash) return e.kind":                                                                                 "internal",
		"local ok, e = pcall(function() crash() end) return (tostring(e):gsub('error:.*', ''))":                                    "test.lua:1: internal ",
		"local co = coroutine.create(function() crash() end) local ok, e = coroutine.resume(co) return e.kind":                     "internal",
		"local n = 1 local function get() return n end pcall(function() n = 2 crash() end) n = 3 return get()":                     "3",
		"local get pcall(function() local x = 'kept' get = function() return x end crash() end) pcall(type, 1, 2, 3) return get()": "kept",
		"return callback(function() return 1, nil, 3 end)":                                                                         "1 nil 3",
		"local e = select(2, pcall(connect)) return e.traceback:match 'in function .pcall.'":                                       "in function 'pcall'",
		"return getmetatable(select(2, pcall(connect)))":                                                                           "error",
	} {
		got, err := call(withConnect(config), source)
		if err != nil || strings.Join(got, " ") != want {
			t.Errorf("%s\n got %s %v\nwant %s", source, strings.Join(got, " "), err, want)
		}
	}
}

// TestLateFields: what is left until somebody asks is worked out once, and only if
// somebody does.
func TestLateFields(t *testing.T) {
	late := 0
	config := baselib.Config{Fields: func(_ *lua.LState, err error, t *lua.LTable) func() {
		t.RawSetString("message", lua.LNil)
		return func() {
			late++
			if t.RawGetString("message") == lua.LNil {
				t.RawSetString("message", lua.LString("because"))
			}
		}
	}}
	for source, want := range map[string]string{
		"local ok, e = pcall(connect) return ok, e.kind, rawget(e, 'message')":                             "0: false connect nil",
		"local ok, e = pcall(connect) return e.message, e.message, e.nothing":                              "1: because because nil",
		"local ok, e = pcall(connect) return tostring(e), tostring(e)":                                     "1: test.lua:1: because test.lua:1: because",
		"local ok, e = pcall(function() connect() end) return 'failed: ' .. e":                             "1: failed: test.lua:1: because",
		"local ok, e = pcall(connect) local n = {} for k in pairs(e) do n[k] = true end return n.message":  "1: true",
		"local ok, e = pcall(connect) e.message = 'mine' return e.message, tostring(e)":                    "1: mine test.lua:1: mine",
		"local ok, e = pcall(connect) ok, e = pcall(error, e) return e.message":                            "1: because",
		"local n = 0 for k, v in pairs({ 1, 2, x = 3 }) do n = n + v end return n, select('#', pairs({}))": "0: 6 3",
		"return pcall(pairs)": "0: false bad argument #1 to '?' (table expected, got no value)",
	} {
		late = 0
		got, err := call(withConnect(config), source)
		if text := fmt.Sprint(late) + ": " + strings.Join(got, " "); err != nil || text != want {
			t.Errorf("%s\n got %s %v\nwant %s", source, text, err, want)
		}
	}
}

func TestUncaughtErrors(t *testing.T) {
	_, err := call(withConnect(baselib.Config{}), "local function login()\n  connect()\nend\ncallback(login)")
	var e *baselib.Error
	var r *refused
	if !errors.As(err, &e) || !errors.As(err, &r) || !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Fatalf("%T %v does not carry the Go error", err, err)
	}
	if want := "test.lua:2: session r1: cannot connect to r1"; e.Message != want {
		t.Errorf("message %q, want %q", e.Message, want)
	}
	for _, line := range []string{"test.lua:2: in function <test.lua:1>", "test.lua:4: in main chunk"} {
		if !strings.Contains(e.Traceback, line) {
			t.Errorf("no %q in\n%s", line, e.Traceback)
		}
	}
	if strings.Contains(e.Traceback, ".go:") {
		t.Errorf("Go's stack in\n%s", e.Traceback)
	}
	for source, want := range map[string]string{
		"error 'plain'": "test.lua:1: plain",
		"error({})":     "(error object is a table value)",
		"error()":       "(error object is a nil value)",
		"error(setmetatable({}, {__tostring = function() return 'by itself' end}))":                          "by itself",
		"error(setmetatable({}, {__tostring = function() error 'worse' end}))":                               "(error object is a table value)",
		"local function f() return 1 + f() end f()":                                                          "test.lua:1: stack overflow",
		"local t = setmetatable({}, {}) getmetatable(t).__index = function(t, k) return t[k] end return t.x": "test.lua:1: stack overflow",
		"local s = ('x'):rep(1e9) .. 1":                                                                      "test.lua:1: resulting string too large",
		"unpack({}, 1, 1e7)":                                                                                 "test.lua:1: too many results to unpack",
		"('a'):rep(5000):find(('a?'):rep(5000) .. 'b')":                                                      "test.lua:1: pattern too complex",
	} {
		if _, err := call(baselib.New(baselib.Config{}), source); err == nil || err.Error() != want {
			t.Errorf("%s: %v, want %s", source, err, want)
		}
	}
}

// TestCancelled ends loops of every kind by their context; nothing in Lua may
// catch that, or run afterwards.
func TestCancelled(t *testing.T) {
	for _, source := range []string{
		"while true do end",
		"repeat until false",
		"::again:: goto again",
		"for i = 1, math.huge do end",
		"for _ in function() return 1 end do end",
		"local function f() return f() end f()",
		"while true do if start then goto continue end ::continue:: end",
		"local t = setmetatable({}, {__index = function() while true do end end}) local x = t.x",
		"while true do pcall(function() while true do end end) end",
		"pcall(function() while true do end end) reached()",
		"xpcall(function() while true do end end, reached) reached()",
		"coroutine.wrap(function() pcall(function() while true do end end) reached() end)()",
		"local co = coroutine.create(function() while true do end end) coroutine.resume(co) reached()",
		"pcall(string.find, ('a'):rep(1e5), ('.-'):rep(20) .. 'b') reached()",
		"table.sort({3, 2, 1}, function() while true do end end) reached()",
		"pcall(os.execute, 'sleep 100') reached()",
		"local f = io.popen('sleep 100') f:read('*a') reached()",
		"io.popen('sleep 100'):close() reached()",
		"pcall(io.read) reached()",
		"for l in io.lines() do end reached()",
		"require 'io' pcall(require, 'endless') reached()",
	} {
		t.Run(source, func(t *testing.T) {
			ctx, cancel := context.WithCancelCause(t.Context())
			r, w := io.Pipe()
			defer w.Close()
			L := baselib.New(baselib.Config{Stdin: r, Searcher: func(string) ([]byte, string, bool) {
				return []byte("while true do end"), "endless.lua", true
			}})
			L.SetGlobal("reached", L.NewFunction(func(*lua.LState) int {
				t.Error("the script went on")
				return 0
			}))
			fn, err := baselib.Load(L, []byte("start() "+source), "test.lua")
			if err != nil {
				t.Fatal(err)
			}
			interrupted := errors.New("interrupted")
			started := make(chan struct{})
			L.SetGlobal("start", L.NewFunction(func(*lua.LState) int {
				close(started)
				return 0
			}))
			go func() {
				<-started
				cancel(interrupted)
			}()
			_, err = baselib.Call(ctx, L, fn)
			if !errors.Is(err, interrupted) {
				t.Errorf("%v, want %v", err, interrupted)
			}
			// The state can be used again, with another context.
			if got, err := call(L, "return 1 + 1"); err != nil || got[0] != "2" {
				t.Errorf("afterwards: %v %v", got, err)
			}
		})
	}
}

// TestNothingLeaks runs what allocates threads many times.
func TestNothingLeaks(t *testing.T) {
	L := baselib.New(baselib.Config{Context: t.Context()})
	const source = `
		local function deep() return 1 + deep() end
		for i = 1, 20 do pcall(deep) end
		for i = 1, 2000 do pcall(error, {}) pcall(function() end) end
		for i = 1, 2000 do local co = coroutine.wrap(function() coroutine.yield() end) co() end`
	heap := func() uint64 {
		runIn(t, L, source)
		runtime.GC()
		var stats runtime.MemStats
		runtime.ReadMemStats(&stats)
		return stats.HeapAlloc
	}
	before := heap()
	for range 5 {
		heap()
	}
	if after := heap(); after > before+2<<20 {
		t.Errorf("the heap grew from %d to %d bytes", before, after)
	}
}

// TestMessageOfATable: an error that is a table with a message is told by it, as
// those of the library are.
func TestMessageOfATable(t *testing.T) {
	L := baselib.New(baselib.Config{})
	fn, err := baselib.Load(L, []byte(`error({ kind = "mine", message = "gone" })`), "chunk")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := baselib.Call(t.Context(), L, fn); err == nil || err.Error() != "gone" {
		t.Errorf("got %v", err)
	}
}
