-- Run the same command on a list of hosts, many at once, and print a table.
--
--   moonwire examples/many.lua [ADDRESS...]

local columns = 12
local addresses = #arg > 0 and { unpack(arg) } or { "demo://", "demo://", "demo://" }
local password = #arg == 0 and "mypass" or secret "password"

local results = parallel(addresses, function(address)
  local s = connect(address)
  s:read_until("login: ")
  s:writeln("brandon")
  s:read_until("Password: ")
  s:writeln(password)
  s:expect{ [[\$ $]] }
  local uptime = s:run("uptime")
  s:close()
  return uptime
end, { limit = 50 })

for i, r in ipairs(results) do
  print(("%-" .. columns .. "s %s"):format(addresses[i], r.ok and r.value or r.error.reason))
end
