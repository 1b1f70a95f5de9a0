-- programs COUNT: so many programs at once in one script, each of which answers a line.
local count = tonumber(arg[1])
local function status(name)
  for line in io.lines("/proc/self/status") do
    local value = line:match("^" .. name .. ":%s+(%d+)")
    if value then return tonumber(value) end
  end
end
local list = {}
for i = 1, 10 do list[i] = spawn{ "cat" } end -- what is there for any number
collectgarbage()
local before = status "VmRSS"
for i = 11, count + 10 do list[i] = spawn{ "cat" } end
for i, s in ipairs(list) do s:writeln("number " .. i) end
for i, s in ipairs(list) do s:read_until("number " .. i .. "\nnumber " .. i .. "\n", 60) end
collectgarbage()
local each, threads = (status "VmRSS" - before) / count, status "Threads"
for _, s in ipairs(list) do s:write("\4") end
for _, s in ipairs(list) do s:expect({ EXIT }, 60) s:close() end
print(count, "router# ", threads, string.format("%.1f", each))
