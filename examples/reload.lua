-- Reload a router while a session at its console watches it boot.
--
--   moonwire examples/reload.lua [ADDRESS CONSOLE [PORT]]
--
-- CONSOLE is a console server, PORT the router's port there.

local address, server, port = arg[1] or "demo://", arg[2] or "demo://", arg[3] or "1"
local password = #arg == 0 and "mypass" or secret "password"

local function login(to, user)
  local s = connect(to, { name = user })
  s:read_until("login: ")
  s:writeln(user)
  s:read_until("assword: ")
  s:writeln(password)
  return s
end

-- The console says nothing before the router restarts.
local console = login(server, "console")
console:read_until("Port (q leaves): ")
console:writeln(port)
console:read_until("Connected to port")
console:read_line()
local watching = task(function()
  repeat
    local line = console:read_line(300)
    if line ~= "" then print("console: " .. line) end
  until line:find("Press RETURN", 1, true)
  console:writeln("")
  console:expect({ [[\S+> $]] }, 60)
  console:close()
  return "it is up again"
end)

local r = login(address, "r1")
r:expect({ "> $" })
r:run("enable", { answers = { { "assword: $", #arg == 0 and password .. "\n" or password } } })
r:writeln("reload")
r:expect({ [[\[confirm\]$]] })
r:writeln("")
r:expect({ EOF }) -- it ends our session
print("r1: reload requested")
print(watching:wait())
