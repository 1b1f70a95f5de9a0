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
