-- Watch ten logs, and act on the first that says a word.
--
--   moonwire examples/watch.lua [WORD [ADDRESS...]]
--
-- WORD is a regular expression.

local word = arg[1] or "link down"
local addresses = #arg > 1 and { unpack(arg, 2) } or {}
for i = #addresses + 1, #arg > 1 and 0 or 10 do
  addresses[i] = "demo://"
end
local password = #arg > 1 and secret "password" or "mypass"

local function follow(address, i)
  local s = connect(address, { name = "log" .. i })
  s:read_until("login: ")
  s:writeln("brandon")
  s:read_until("assword: ")
  s:writeln(password)
  s:expect{ [[[$#] $]] }
  s:writeln("tail") -- "tail -f /var/log/messages" on a host of yours
  s:read_line() -- its echo
  return s
end

local logs = {}
for i, result in ipairs(parallel(addresses, follow)) do
  if not result.ok then error(result.error) end
  logs[i] = { result.value, "(?m)^.*(?:" .. word .. [[).*\n]], EOF }
end

local s, index, m = expect_any(logs, 3600)
if index == 2 then error(s.name .. " has ended", 0) end
io.write(m[0])
for _, log in ipairs(logs) do
  log[1]:write("\3") -- here a script of yours acts on s
  log[1]:close()
end
