-- Reload a router while a session at its console watches it boot.
--
--   moonwire examples/reload.lua [ADDRESS [CONSOLE]]

local address, console = arg[1] or "demo://", arg[2] or "demo://"
local password = #arg == 0 and "mypass" or secret "password"

local watching = task(function()
  local c = connect(console, { name = "console" })
  c:expect({ "login: " }, 300) -- the router is up again
  c:close()
  return "booted"
end)

local s = connect(address)
s:read_until("login: ")
s:writeln("brandon")
s:read_until("Password: ")
s:writeln(password)
s:expect{ [[\$ $]] }
s:writeln("router")
s:learn_prompt()
s:run("enable", { answers = { { "assword: $", #arg == 0 and password .. "\n" or password } } })
print(s:run("reload", { answers = { { [[\[confirm\]$]], "\n" } } }):match("Reload requested"))
s:close()
print(watching:wait(300))
