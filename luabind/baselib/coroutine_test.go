package baselib_test

import "testing"

// TestYieldAtTheEnd returns what a coroutine is resumed with the last time.
func TestYieldAtTheEnd(t *testing.T) {
	lines(t, [][]string{
		{"local w = coroutine.wrap(function(...) return coroutine.yield(...) end) return w(1, 2), w(3, 4)", "1", "3", "4"},
		{"local w = coroutine.wrap(function() return (coroutine.yield()) end) w() return w(1, 2, 3)", "1"},
		{"local w = coroutine.wrap(function() local function f() return (coroutine.yield()) end return f(f()) end) w() w(1, 2) return select('#', w()), pcall(w)", "1", "false", "cannot resume dead coroutine"},
		{"local w = coroutine.wrap(function() return coroutine.yield() end) w() return select('#', w()), pcall(w)", "0", "false", "cannot resume dead coroutine"},
		{"local y = coroutine.yield local w = coroutine.wrap(function(...) y(...) return y(y(5)) end) return w(1, 2), w(3), w(4), w(6)", "1", "5", "4", "6"},
		{"local co = coroutine.create(function(a) return coroutine.yield(a) end) coroutine.resume(co, 1) local s = coroutine.status(co) return s, select('#', coroutine.resume(co, nil, nil)), coroutine.status(co)", "suspended", "3", "dead"},
		{"local function f(...) return coroutine.yield(...) end local w = coroutine.wrap(function(...) local a, b, c = f(...) return f(c, b, a) end) w() return w(1, 2), w(7, 8)", "nil", "7", "8"},
		{"local function f(n) if n == 0 then return coroutine.yield('deep') end return f(n - 1) end local w = coroutine.wrap(f) return w(50), w('back')", "deep", "back"},
		{"local y = setmetatable({}, {__call = coroutine.yield}) local w = coroutine.wrap(function(a) return y(a) end) return select(2, w(1)), w(2)", "1", "2"},
		{"local f local w = coroutine.wrap(function(a) local x = a f = function() x = x + 1 return x end return coroutine.yield(f()) end) return w(1), f(), w('end'), f()", "2", "3", "end", "4"},
	})
}

// TestCoroutineOfLibrary makes coroutines of functions of the library.
func TestCoroutineOfLibrary(t *testing.T) {
	lines(t, [][]string{
		{"local co = coroutine.create(math.max) local ok, n = coroutine.resume(co, 1, 5, 3) return ok, n, coroutine.status(co), coroutine.resume(co)", "true", "5", "dead", "false", "cannot resume dead coroutine"},
		{"return coroutine.wrap(pcall)(error, 'x')", "false", "x"},
		{"return pcall(coroutine.wrap(error), 'x')", "false", "x"},
		{"return coroutine.resume(coroutine.create(error), 'x', 2)", "false", "x"},
		{"return pcall(coroutine.wrap(string.rep))", "false", "bad argument #1 to '?' (string expected, got no value)"},
		{"local w = coroutine.wrap(coroutine.yield) return w(1), w(2), pcall(w)", "1", "2", "false", "cannot resume dead coroutine"},
		{"local w = coroutine.wrap(coroutine.yield) w() return w(1, 2)", "1", "2"},
		{"local co = coroutine.create(coroutine.status) return coroutine.resume(co, co)", "true", "running"},
		{"local co = coroutine.create(coroutine.resume) return coroutine.resume(co, co)", "true", "false", "cannot resume running coroutine"},
		{"return pcall(coroutine.wrap(table.foreach), {1}, function() error 'in it' end)", "false", "test.lua:1: in it"},
	})
}
