package baselib_test

import (
	"regexp"
	"strings"
	"testing"
)

// errorProgram prints the errors of many mistakes: in a protected call, in a coroutine
// that is resumed, in one that is wrapped, and in one that has yielded before.
const errorProgram = `local function show(...) print(...) end
local t = {}
local function try(f, ...)
  show('pcall', pcall(f, ...))
  show('co   ', coroutine.resume(coroutine.create(f), ...))
  show('wrap ', pcall(coroutine.wrap(f), ...))
  local w = coroutine.wrap(function(...) coroutine.yield() return f(...) end)
  w(...)
  show('late ', pcall(w))
end
try(function() local x x() end)
try(function() t.x.y = 1 end)
try(function() return t.x.y end)
try(function() return t.x + 1 end)
try(function() return t < {} end)
try(function() return 1 < "x" end)
try(function() return "a" .. t end)
try(function() return #nil end)
try(function() return -t.foo end)
try(function() nosuch() end)
try(function() t.nosuch() end)
try(function() t:nosuch() end)
try(function() string.rep() end)
try(function() ("x"):rep({}) end)
try(function() for i = 1, {} do end end)
try(function() error("m", 2) end)
try(function() error({}) end)
try(function() error() end)
try(function() local function f() return f() + 1 end f() end)
try(function() setmetatable({}, {__index = function() error "in index" end}).x() end)
try(function() setmetatable({}, {__newindex = function() error("in newindex", 2) end}).x = 1 end)
try(function() return setmetatable({}, {__concat = function() error("in concat", 2) end}) .. "x" end)
try(function() return setmetatable({}, {__add = function() error("in add", 2) end}) + 1 end)
try(function() return setmetatable({}, {__index = function() error("in index", 2) end}).x end)
try(function() return setmetatable({}, {__eq = function() error("in eq", 2) end}) == setmetatable({}, {__eq = function() error("in eq", 2) end}) end)
try(function() return setmetatable({}, {__call = function() error("in call", 2) end})() end)
try(function() return setmetatable({}, {__lt = function() error("in lt", 2) end}) < setmetatable({}, {__lt = function() error("in lt", 2) end}) end)
try(function() return -setmetatable({}, {__unm = function() error("in unm", 2) end}) end)
try(function() for k in setmetatable({}, {__call = function() error("in it", 2) end}) do end end)
local w = coroutine.wrap(function() end) w()
print(pcall(function() w() end))
print(pcall(function() local a = w() return a end))
print(coroutine.resume(coroutine.create(function() w() end)))
print(select(2, pcall(function() t[nil] = 1 end)))
print(select(2, pcall(function() t[0/0] = 1 end)))
print(select(2, pcall(rawset, t, nil, 1)))
print(select(2, pcall(setmetatable, t, 1)))
print(select(2, pcall(function() string.format("%d", "x") end)))
`

var address = regexp.MustCompile(`0x[0-9a-f]+`)

// TestErrorsAnywhere compares errors with Lua 5.1's, wherever they are raised.
func TestErrorsAnywhere(t *testing.T) {
	theirs, ours := runBoth(t, "lua5.1", errorProgram)
	want, got := strings.Split(address.ReplaceAllString(theirs, ""), "\n"), strings.Split(address.ReplaceAllString(ours, ""), "\n")
	for i := range want {
		if at(got, i) != want[i] {
			t.Errorf("line %d\n got %s\nwant %s", i+1, at(got, i), want[i])
		}
	}
}

// nameProgram makes mistakes where variables have ended.
const nameProgram = `local t = {y = {}}
do local x = 1 end
print(select(2, pcall(function() do local x = 1 end t.y.z() end)))
print(select(2, pcall(function() for i = 1, 2 do local q = i end t.foo.bar = 1 end)))
print(select(2, pcall(function() if t then local a, b, c = 1, 2, 3 else local d end return t.zzz + 1 end)))
print(select(2, pcall(function() local a do local b = 1 do local c end end local d d() end)))
print(select(2, pcall(function() local a for k, v in pairs(t) do local b = 1 end local d d.x = 1 end)))
print(select(2, pcall(function() local a = 1 do local b, c = 1, 2 end local e = t.no e.x() end)))
print(select(2, pcall(function() repeat local b = 1 until b local c c() end)))
print(select(2, pcall(function(...) local a while true do local b break end local c return c .. "x" end)))
print(select(2, pcall(function() local s = "x" do local q = 1 end return s.a.b end)))
print(select(2, pcall(function() nosuch.x = 1 end)))
print(select(2, pcall(function() do local a, b = 1, 2 end nosuch.x.y = 1 end)))
print(select(2, pcall(function() do local a, b = 1, 2 end nosuch(1, 2) end)))
print(select(2, pcall(function() do local a, b = 1, 2 end return #nosuch end)))
print(select(2, pcall(function() do local a, b = 1, 2 end return -t.k end)))
print(select(2, pcall(function() nosuch(t and 1) end)))
print(select(2, pcall(function() t.nosuch(t or 1, not t) end)))
print(select(2, pcall(function() t:nosuch(t == 1 and 2, t == 2) end)))
print(select(2, pcall(function() local x = t and t.nosuch x.y = t or 1 end)))
print(select(2, pcall(function() (t and t.nosuch)(1) end)))
print(select(2, pcall(function() (t.nosuch or t.no)(1) end)))
print(select(2, pcall(function() return (t and t.nosuch).x end)))
print(select(2, pcall(function() return 1 + (t and t.nosuch) end)))
print(select(2, pcall(function() return t.nosuch + (t and 1) end)))
print(select(2, pcall(function() return t.nosuch .. (t and 1) end)))
local function here(n) return debug.getlocal(2, n) end
do local a, b = 1, 2 end
local c = 3
do local d = 4 print(here(1), here(2), here(3), here(4)) end
print(here(1), here(2), here(3))
`

// TestNamesOfWhatEnded compares the names of variables in errors with Lua 5.1's.
func TestNamesOfWhatEnded(t *testing.T) {
	theirs, ours := runBoth(t, "lua5.1", nameProgram)
	want, got := strings.Split(theirs, "\n"), strings.Split(ours, "\n")
	for i := range want {
		if here := strings.Replace(at(got, i), " (with 'x')", "", 1); here != want[i] { // says more where there is no name
			t.Errorf("line %d\n got %s\nwant %s", i+1, here, want[i])
		}
	}
}
