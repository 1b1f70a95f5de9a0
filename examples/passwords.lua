-- Change a password on every host of a CSV file, and log in with the new one to be sure.
--
--   moonwire examples/passwords.lua [HOSTS.csv]
--
-- The old password is the secret "password", the new one "new": -secret new=FILE. Neither
-- is ever shown. A host that fails keeps its old password, or is told of as unsure.

local csv = require "csv"
local columns = require "columns"

local file = assert(io.open(arg[1] or "examples/hosts.csv"))
local hosts = csv.decode(file:read("*a"), { header = true })
file:close()
local old, new = secret "password", secret "new"

local function login(host, password)
  local s = connect(host.address)
  s:expect({ "(?i)(login|username): $" }, 10)
  s:writeln(host.user)
  s:expect({ "(?i)password: $" }, 10)
  s:writeln(password)
  local n = s:expect({ [[[>#] ?$]], "(?i)incorrect|denied" }, 10)
  if n == 2 then error("login refused", 0) end
  return s
end

local function change(host)
  local s = login(host, old)
  s.errors = { "^%" }
  s:run("enable", { answers = { { "(?i)password: $", old } } })
  s:run("configure terminal")
  -- A line with a secret is written, not run: what a host echoes of it is hidden.
  s:write("username ", host.user, " password ", new, "\n")
  local n, m = s:expect({ [[\(config\)# ?$]], [[(?m)^%.*]] }, 10)
  if n == 2 then error(m[0], 0) end
  s:learn_prompt()
  s:run{ "end", "write memory" }
  s:close()
end

local rows, failed = {}, 0
for _, host in ipairs(hosts) do
  local ok, err = pcall(change, host)
  local result = "changed"
  if not ok then
    result = "failed: " .. (type(err) == "table" and err.reason or tostring(err))
  else
    ok, err = pcall(login, host, new)
    if ok then err:close() else result = "unsure: the new password is refused" end
  end
  if not ok then failed = failed + 1 end
  rows[#rows + 1] = { host = host.name, result = result }
end
columns.print(rows, { header = { "host", "result" } })
if failed > 0 then os.exit(1) end
