-- language.lua TASK N runs a task N times over and prints what came of it. It keeps to
-- what moonwire, gopher-lua as it is, and Lua 5.1 have in common.
local tasks = {}

function tasks.calls(n)
  local function f(x) return x end
  local sum = 0
  for i = 1, n do sum = sum + f(i) end
  return sum
end

function tasks.methods(n)
  local o = { n = 0 }
  function o:add(x) self.n = self.n + x end
  for i = 1, n do o:add(i) end
  return o.n
end

function tasks.recursion(n)
  local function fib(i)
    if i < 2 then return i end
    return fib(i - 1) + fib(i - 2)
  end
  return fib(n)
end

function tasks.closures(n)
  local sum = 0
  for i = 1, n do
    local function add() sum = sum + i end
    add()
  end
  return sum
end

function tasks.loops(n)
  local x = 0
  for i = 1, n do
    if i % 7 < 3 then x = x + i end
  end
  return x
end

function tasks.lists(n)
  local sum = 0
  for i = 1, n do
    local t = {}
    for j = 1, 20 do t[j] = j end
    for j = 1, #t do sum = sum + t[j] end
  end
  return sum
end

function tasks.fields(n)
  local t = { a = 1, b = 2, c = 3 }
  for i = 1, n do
    t.a = t.b + i
    t.b, t.c = t.c, t.a % 100
  end
  return t.a
end

function tasks.pairs(n)
  local t = { 1, 2, 3, 4, 5, a = 1, b = 2, c = 3 }
  local sum = 0
  for i = 1, n do
    for k, v in pairs(t) do sum = sum + v end
  end
  return sum
end

function tasks.insert(n)
  local t = {}
  for i = 1, n do table.insert(t, i) end
  local sum = 0
  while #t > 0 do sum = sum + table.remove(t) end
  return sum
end

function tasks.sort(n)
  local t, x = {}, 1
  for i = 1, n do
    x = (x * 16807) % 2147483647
    t[i] = x
  end
  table.sort(t, function(a, b) return a < b end)
  return t[1]
end

function tasks.concat(n)
  local sum = 0
  for i = 1, n do sum = sum + #("line " .. i .. ": " .. "up") end
  return sum
end

function tasks.strings(n)
  local s, sum = "interface GigabitEthernet0/1", 0
  for i = 1, n do sum = sum + #s:upper() + #s:sub(3, 12) + s:byte(4) end
  return sum
end

function tasks.format(n)
  local sum = 0
  for i = 1, n do sum = sum + #string.format("%5d %s %.2f", i, "name", 1.5) end
  return sum
end

function tasks.find(n)
  local s, sum = ("x"):rep(200) .. " login: ", 0
  for i = 1, n do sum = sum + s:find("%a+: $") end
  return sum
end

function tasks.gsub(n)
  local s, sum = "interface GigabitEthernet0/1", 0
  for i = 1, n do sum = sum + #s:gsub("%d+", "<%0>") end
  return sum
end

function tasks.gmatch(n)
  local s, sum = ("up 5 days\n"):rep(10), 0
  for i = 1, n do
    for days in s:gmatch("up (%d+) days") do sum = sum + tonumber(days) end
  end
  return sum
end

function tasks.pcall(n)
  local function f(x) return x end
  local sum = 0
  for i = 1, n do
    local _, x = pcall(f, i)
    sum = sum + x
  end
  return sum
end

function tasks.coroutines(n)
  local co = coroutine.wrap(function()
    for i = 1, n do coroutine.yield(i) end
  end)
  local sum = 0
  for i = 1, n do sum = sum + co() end
  return sum
end

print(("%.0f"):format(tasks[arg[1]](tonumber(arg[2]))))
