-- Go through a console server to the routers behind it, one port after the other.
--
--   moonwire examples/console_server.lua [ADDRESS [PORT...]]
--
-- A port says nothing before Enter is pressed, and may be where the last user left it.

local address = arg[1] or "demo://"
local ports = { "1", "2", "3" }
if arg[2] then ports = { unpack(arg, 2) } end

local s = connect(address)
s:read_until("login: ")
s:writeln("console")
s:read_until("assword: ")
s:writeln(address == "demo://" and "mypass" or secret "password")

for _, port in ipairs(ports) do
  s:read_until("Port (q leaves): ")
  s:writeln(port)
  local n = s:expect({ "Connected to port", "No such port" }, 10)
  if n == 2 then error("the console server has no port " .. port, 0) end
  s:read_line()
  s.prompt = [[\S+[>#] ]]
  s:write("\n") -- wakes the port up
  s:expect{ s.prompt }
  print(port .. ": " .. s:run("show version"):match("version (%S+)"))
  s:writeln("~.")
  s:read_until("Disconnected.")
end
s:read_until("Port (q leaves): ")
s:writeln("q")
s:read_all(5)
