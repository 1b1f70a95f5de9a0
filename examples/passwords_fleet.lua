-- Change a password on many hosts at once, and log in with the new one to be sure.
--
--   moonwire fleet -hosts examples/hosts.csv -canary 1 -stop 3 -out DIR examples/passwords_fleet.lua
--
-- The old password is the secret "password", the new one "new": -secret new=FILE. Each host is
-- recorded as changed, or as failed with the reason; -resume does not change one twice.

local function login(password)
  local s = connect(host)
  s:expect({ "(?i)(login|username): $" }, 10)
  s:writeln(host.user)
  s:expect({ "(?i)password: $" }, 10)
  s:writeln(password)
  if s:expect({ [[[>#] ?$]], "(?i)incorrect|denied" }, 10) == 2 then
    s:close()
    return nil
  end
  return s
end

local function change(s)
  s.errors = { "^%" }
  s:run("enable", { answers = { { "(?i)password: $", secret "password" } } })
  s:run("configure terminal")
  -- A line with a secret is written, not run: what a host echoes of it is hidden.
  s:write("username ", host.user, " password ", secret "new", "\n")
  local n, m = s:expect({ [[\(config\)# ?$]], [[(?m)^%.*]] }, 10)
  if n == 2 then error(m[0], 0) end
  s:learn_prompt()
  s:run{ "end", "write memory" }
  s:close()
end

-- Where a change was cut off nobody knows which password holds: the login below finds out.
local ok, err = pcall(step, "change", function()
  change(login(secret "password") or error("the old password is refused", 0))
end)
if not ok and err.kind ~= "step" then error(err) end

local s = login(secret "new")
if not s then error("unsure: the new password is refused", 0) end
s:close()
return { changed = true }
