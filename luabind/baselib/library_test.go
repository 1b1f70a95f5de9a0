package baselib_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/moonwire/moonwire/luabind/baselib"
)

// TestLibraryAgainstLua compares corners of the library with Lua 5.1.
func TestLibraryAgainstLua(t *testing.T) {
	expressions := []string{
		"(function() local t = {} return rawset(t, 1, 2) == t, select('#', rawset(t, 1, 2)), t[1] end)()",
		"pcall(rawset, 1, 2, 3)", "pcall(rawset, {}, 2)", "pcall(rawset, {}, nil, 1)", "pcall(rawset)",
		"type(gcinfo())", "pcall(table.setn, {}, 1)",
		"type(os.clock())",
		"pcall(getfenv, -1)", "pcall(getfenv, 'x')", "pcall(getfenv, {})", "pcall(getfenv, 100)", "getfenv(nil) == _G, getfenv('1') == _G, getfenv(print) == _G, getfenv(0) == _G",
		"(function() local function f() return getfenv(3).mark end local function g() local r = {pcall(f)} return unpack(r) end setfenv(g, {pcall = pcall, unpack = unpack, mark = 5}) return g() end)()",
		"(function() local function f() setfenv(3, {pcall = pcall, mark = 6}) end local function g() pcall(f) return mark end return g() end)()",
		"pcall(setfenv)", "pcall(setfenv, 1)", "pcall(setfenv, 1, 2)", "pcall(setfenv, 'x', {})", "pcall(setfenv, -1, {})", "pcall(setfenv, print, {})", "pcall(setfenv, 100, {})",
		"(function() local f = function() return x end return setfenv(f, {x = 1}) == f, f() end)()",
		"pcall(module, 'string')", "pcall(module)", "pcall(function() module('print') end)", "pcall(function() module({}) end)", "pcall(function() module('with1', 1) end)",
		"(function() local select, env = select, _G local n = select('#', (function() return module('m1.m2.m3') end)()) return n, env.m1.m2.m3._NAME, env.m1.m2.m3._PACKAGE, env.m1._NAME end)()",
		"(function() local seen local type = type module('with2', function(m) seen = type(m) end) return seen, _NAME, _PACKAGE end)()",
		"type(newproxy()), type(newproxy(false)), type(newproxy(nil)), getmetatable(newproxy()), type(getmetatable(newproxy(true)))", "pcall(newproxy, {})", "pcall(newproxy, 1)", "pcall(newproxy, io.stdout)", "pcall(newproxy, newproxy())",
		"(function() local p = newproxy(true) return getmetatable(newproxy(newproxy(p))) == getmetatable(p), p == newproxy(p) end)()",
		"pcall(debug.getinfo)", "pcall(debug.getinfo, 'x')", "select('#', debug.getupvalue(print, 1))", "select('#', debug.setupvalue(print, 1, 2))",
		"pcall(debug.setmetatable, {})", "pcall(debug.setmetatable, {}, 1)", "debug.setmetatable({}, nil)",
		"pcall(debug.getlocal)", "pcall(debug.getlocal, 1)", "pcall(debug.getlocal, 100, 1)", "pcall(debug.setlocal, 100, 1, 1)",
		"(function() local x = 5 local function f() return debug.getlocal(3, 1) end local n, v = select(2, pcall(function() local a, b = f() return a, b end)) return n, v end)()",
		"(function() local x = 5 pcall(function() local n = debug.setlocal(3, 1, 9) end) return x end)()",
		"(function() local co = coroutine.create(function(a) local b = 2 coroutine.yield() end) coroutine.resume(co, 1) local n, v = debug.getlocal(co, 1, 2) return n, v, debug.setlocal(co, 1, 1, 4), debug.getlocal(co, 1, 1) end)()",
		"(function() local co = coroutine.create(function() local function inner() coroutine.yield() end inner() end) local r = {debug.getinfo(co, 0)} coroutine.resume(co) for l = 0, 3 do local i = debug.getinfo(co, l) r[#r + 1] = tostring(i and i.what) .. tostring(i and i.name) .. tostring(i and i.currentline) end return unpack(r) end)()",
		"pcall(rawget)", "pcall(rawget, {})", "rawget({}, nil)", "rawget({5}, 1), rawget(setmetatable({}, {__index = {x = 1}}), 'x')",
	}
	for _, text := range []string{
		"12abc", "12", "  -5 x", "1e5e", "1.5.5", ".5x", "5.", "0x1F rest", "0xg", "-", "+7", "--1", "abc", "", "1e", "1e+", "1e+x", "12,13",
		"0x", "1-2", "1+2", "\n\n3\n", "00012", "1e400", "e5", ".", ".e1", "1E3", "- 1", "0x.8", "0x1p4", "0x1p", "0x1.8p-1z",
	} {
		expressions = append(expressions, "(function() local f = io.tmpfile() f:write("+quote(text)+") f:seek('set') "+
			"local n = f:read('*n') local rest = f:read('*a') f:close() return n, rest end)()")
	}
	compareWithLua(t, expressions)
}

// TestEmptyVariable tells a variable that is empty from one that is not set.
func TestEmptyVariable(t *testing.T) {
	L := baselib.New(baselib.Config{LookupEnv: func(name string) (string, bool) { return "", name == "EMPTY" }})
	got := runIn(t, L, "local a, b = os.getenv 'EMPTY', os.getenv 'NONE' os.setenv('MINE', '') return '<' .. a .. '>', b, os.getenv 'MINE' == ''")
	if want := "<>|nil|true"; strings.Join(got, "|") != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// TestClock shows that os.clock counts the processor's time: none passes while
// the script waits for a program.
func TestClock(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("there is no sleep")
	}
	lines(t, [][]string{
		{"local c = os.clock() os.execute 'sleep 0.5' return os.clock() - c < 0.3", "true"},
		{"local c = os.clock() repeat until os.clock() > c return true", "true"},
	})
}

// TestPopenSeesWhatWasWritten writes to a file that stays open, then reads it with a program.
func TestPopenSeesWhatWasWritten(t *testing.T) {
	name := filepath.Join(t.TempDir(), "open")
	var out bytes.Buffer
	L := baselib.New(baselib.Config{Stdout: &out})
	got := runIn(t, L, `
		local f = io.open('`+name+`', 'w')
		f:write 'one'
		local p = io.popen("cat '`+name+`'")
		local first = p:read '*a'
		p:close()
		f:write ' two'
		os.execute("cat '`+name+`'")
		f:close()
		return first`)
	if got[0] != "one" || out.String() != "one two" {
		t.Errorf("popen %q, execute %q; want one, one two", got[0], out.String())
	}
	if err := baselib.Close(L); err != nil {
		t.Error(err)
	}
}

// TestPopenAfterFailedWrite runs a program while a file cannot be written: the file
// tells that, not the program.
func TestPopenAfterFailedWrite(t *testing.T) {
	if _, err := os.Stat("/dev/full"); err != nil {
		t.Skip("there is no /dev/full")
	}
	lines(t, [][]string{
		{"local f = io.open('/dev/full', 'w') local a = f:write 'x' return a, os.execute 'true', (f:close())", "nil", "0", "nil"},
	})
}

// openFiles counts this process's open files called name.
func openFiles(t *testing.T, name string) int {
	t.Helper()
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Skip("the system does not list open files")
	}
	n := 0
	for _, entry := range entries {
		if target, err := os.Readlink("/proc/self/fd/" + entry.Name()); err == nil && target == name {
			n++
		}
	}
	return n
}

// TestForgottenFiles opens many files that nobody closes: they are released, what was
// written to them is kept, and those that the script still has stay open.
func TestForgottenFiles(t *testing.T) {
	name := filepath.Join(t.TempDir(), "forgotten")
	L := baselib.New(baselib.Config{})
	runIn(t, L, `
		kept = io.open('`+name+`', 'a')
		kept:write 'kept '
		function next_line() end
		for i = 1, 1000 do
			local f = io.open('`+name+`', 'a')
			f:write 'x'
		end
		next_line = io.open('`+name+`'):lines()`)
	if n := openFiles(t, name); n > 300 {
		t.Errorf("%d files are open", n)
	}
	got := runIn(t, L, `
		collectgarbage()
		next_line() -- its file is reached through the iterator alone
		kept:write 'end'
		kept:close()
		return io.type(kept), io.open('`+name+`'):read('*a')`)
	if got[0] != "closed file" || !strings.Contains(got[1], "kept ") || !strings.HasSuffix(got[1], "end") {
		t.Errorf("got %.60q", got)
	}
	if n := openFiles(t, name); n > 20 {
		t.Errorf("%d files are open after a collection", n)
	}
	if err := baselib.Close(L); err != nil {
		t.Error(err)
	}
	text, err := os.ReadFile(name)
	if err != nil || strings.Count(string(text), "x") != 1000 {
		t.Errorf("%d of 1000 writes are in the file (%v)", strings.Count(string(text), "x"), err)
	}
}

// TestChildrenOfCommands ends a context while os.execute runs a program that has
// started another one: both end, and let go of the pipe that they write to.
func TestChildrenOfCommands(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("only Linux tells what a program has started")
	}
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	ctx, cancel := context.WithCancel(context.Background())
	end := make(chan error)
	go func() {
		_, err := r.Read(make([]byte, 10))
		cancel()
		if err == nil {
			err = r.SetReadDeadline(time.Now().Add(10 * time.Second)) // the programs would run for a minute
		}
		if err == nil {
			_, err = io.ReadAll(r)
		}
		end <- err
	}()
	L := baselib.New(baselib.Config{Stdout: w})
	fn, err := baselib.Load(L, []byte(`os.execute "sh -c 'echo started; sleep 60; true'; true"`), "test.lua")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := baselib.Call(ctx, L, fn); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if err := w.Close(); err != nil {
		t.Error(err)
	}
	if err := <-end; err != nil {
		t.Errorf("a program still runs: %v", err)
	}
}

// TestHooks clears the hook, which is nothing, and sets one, which is an error.
func TestHooks(t *testing.T) {
	lines(t, [][]string{
		{"debug.sethook() debug.sethook(nil, '') debug.sethook(coroutine.create(print)) return debug.gethook()"},
		{"local ok, err = pcall(debug.sethook, print, 'l') return ok, err", "false", "debug.sethook is not supported (see moonwire doc lua)"},
	})
}

// TestPrintAsksTostring replaces tostring, which print calls by its name.
func TestPrintAsksTostring(t *testing.T) {
	for source, want := range map[string]string{
		"local s = tostring tostring = function(v) if type(v) == 'table' then return 'T' end return s(v) end print({}, 1, nil) tostring = s print(2)": "T\t1\tnil\n2\n",
		"tostring = function() return 1e15 end print('x')":                                                     "1e+15\n",
		"tostring = setmetatable({}, {__call = function(_, v) return type(v) end}) print(1, {})":               "number\ttable\n",
		"setfenv(0, {tostring = function() return 'other' end}) print(1)":                                      "other\n",
		"local p = print tostring = nil p(1)":                                                                  "attempt to call a nil value",
		"local ok, e = pcall(function() tostring = function() end print(1) end) io.write(e)":                   "test.lua:1: 'tostring' must return a string to 'print'",
		"local ok, e = pcall(function() tostring = function() error('in it', 0) end print(1) end) io.write(e)": "in it",
	} {
		var out bytes.Buffer
		L := baselib.New(baselib.Config{Stdout: &out})
		if _, err := call(L, source); err != nil {
			out.WriteString(err.Error())
		}
		if err := baselib.Flush(L); err != nil {
			t.Fatal(err)
		}
		if out.String() != want {
			t.Errorf("%s\n got %q\nwant %q", source, out.String(), want)
		}
	}
}
