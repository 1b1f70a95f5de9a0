package baselib_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/moonwire/moonwire/luabind/baselib"
)

// TestEverythingEnds runs what would take hours, in all the ways in which code comes back to
// code, until its context is done.
func TestEverythingEnds(t *testing.T) {
	const chain = "local mt = {} local a, b for i = 1, 60 do a, b = setmetatable({a}, mt), setmetatable({b}, mt) end "
	for _, source := range []string{
		"while true do end", "repeat until false", "local x = 1 repeat until x == 2", "::a:: goto a", "for i = 1, math.huge do end",
		"for _ in function() return 1 end do end", "for _ in setmetatable({}, {__call = function() return 1 end}) do end",
		"local function f() return f() end f()", "local t = setmetatable({}, {__call = function(t) return t() end}) t()",
		"local function f(n) if n > 0 then f(n - 1) f(n - 1) end end f(60)",
		"while true do pcall(function() while true do end end) end",
		"while true do xpcall(error, function() while true do end end) end",
		"coroutine.wrap(function() while true do end end)()",
		"local f = coroutine.wrap(function() while true do coroutine.yield() end end) while true do f() end",
		"local t = setmetatable({}, {__index = function(t, k) if k == 0 then return 1 end return t[k - 1] + t[k - 1] end}) return t[60]",
		"local t = setmetatable({}, {__newindex = function(t, k) if k > 0 then t[k - 1] = 1 t[k - 1] = 1 end end}) t[60] = 1",
		chain + "mt.__eq = function(a, b) return a[1] == b[1] and a[1] == b[1] end return a == b",
		chain + "mt.__lt = function(a, b) return a[1] and (a[1] < b[1] or a[1] < b[1]) end return a < b",
		chain + "mt.__le = function(a, b) return a[1] and (a[1] <= b[1] or a[1] <= b[1]) end return a <= b",
		chain + "mt.__unm = function(a) return a[1] and -a[1] == -a[1] end return -a",
		chain + "mt.__add = function(a, b) return a[1] and a[1] + b[1] == a[1] + b[1] end return a + b",
		chain + "mt.__concat = function(a, b) return a[1] and a[1] .. b[1] == a[1] .. b[1] end return a .. b",
		"local function e(n) local f = loadstring('return ' .. n) if n > 0 then table.foreachi({1, 2}, function() e(n - 1) end) end end e(60)",
		"local t = {} for i = 1, 3e5 do t[i] = i % 7919 end for i = 1, 60 do table.sort(t, function(a, b) return a < b end) table.sort(t, function(a, b) return a > b end) end",
		"local t = {} for i = 1, 1e6 do t[i] = i * 7919 % 1000003 end for i = 1, 100 do for j = 1, 1e6, 5 do t[j] = i * j * 7919 % 1000003 end table.sort(t) end",
		"local t = {} for i = 1, 1e5 do t[i] = i * 7919 % 1000003 end for i = 1, 1e3 do for j = 1, 1e5, 5 do t[j] = i * j * 7919 % 1000003 end table.sort(t, rawequal) end",
		"if io.open '/dev/zero' then for l in io.lines '/dev/zero' do end else while true do end end",
		"if io.open '/dev/zero' then io.open '/dev/zero':read '*a' else while true do end end",
		"local s = ('x'):rep(1e6) for i = 1, 1000 do s:gsub('x', function() end) end",
		"('a'):rep(300):find '.-.-.-.-.-b'",
	} {
		L := baselib.New(baselib.Config{})
		fn, err := baselib.Load(L, []byte(source), "test.lua")
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		end := make(chan error, 1)
		go func() {
			_, err := baselib.Call(ctx, L, fn)
			end <- err
		}()
		select {
		case err := <-end:
			if !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("%s: %v", source, err)
			}
		case <-time.After(10 * time.Second):
			t.Fatalf("%s: does not end", source)
		}
		cancel()
	}
}
