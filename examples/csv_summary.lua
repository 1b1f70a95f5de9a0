-- Ask every host of a CSV file for its version, and print a table of what came of it.
--
--   moonwire examples/csv_summary.lua [HOSTS.csv [OUT.csv]]
--
-- The file's first line is name,address,user; examples/hosts.csv is one. A host that
-- fails is a line of the table, not the end; the exit status is then 1.

local csv = require "csv"
local columns = require "columns"

local file = assert(io.open(arg[1] or "examples/hosts.csv"))
local hosts = csv.decode(file:read("*a"), { header = true })
file:close()

local function version(host)
  local s = connect(host.address, { connect_timeout = 5 })
  s:expect({ "(?i)(login|username): $" }, 10)
  s:writeln(host.user)
  s:expect({ "(?i)password: $" }, 10)
  s:writeln(host.address == "demo://" and "mypass" or secret "password")
  local n = s:expect({ [[[>#] ?$]], "(?i)incorrect|denied" }, 10)
  if n == 2 then error("login refused", 0) end
  local out = s:run("show version")
  s:close()
  return out:match("[Vv]ersion ([^%s,]+)"), out:match("uptime is ([^\n]+)")
end

local rows, failed = {}, 0
for _, host in ipairs(hosts) do
  local ok, found, uptime = pcall(version, host)
  if not ok then failed = failed + 1 end
  rows[#rows + 1] = {
    host = host.name, version = ok and found or "", uptime = ok and uptime or "",
    error = ok and "" or type(found) == "table" and found.reason or tostring(found),
  }
end

local header = { "host", "version", "uptime", "error" }
columns.print(rows, { header = header })
print(("%d hosts, %d failed"):format(#rows, failed))
if arg[2] then
  local out = assert(io.open(arg[2], "wb"))
  assert(out:write(csv.encode(rows, { header = header })))
  assert(out:close())
end
if failed > 0 then os.exit(1) end
