-- Enable, run three show commands, and keep what each says in a file.
--
--   moonwire examples/enable_shows.lua [DIR [ADDRESS [USER]]]
--
-- The files are DIR/show-version.txt and so on. Passwords of a host of yours are asked
-- for, or come from -secret password=FILE and -secret enable=FILE.

local dir = arg[1] or "."
local address = arg[2] or "demo://"
local user = arg[3] or "r1"
local demo = address == "demo://"

local s = connect(address)
s:expect({ "(?i)(login|username): $" }, 10)
s:writeln(user)
s:expect({ "(?i)password: $" }, 10)
s:writeln(demo and "mypass" or secret "password")
s:expect({ [[[>#] ?$]] }, 10)

s.errors = { "^%" }
s:run("enable", { answers = { { "(?i)password: $", demo and "mypass\n" or secret "enable" } } })
for _, command in ipairs { "show version", "show interfaces status", "show running-config" } do
  local path = dir .. "/" .. command:gsub("%s", "-") .. ".txt"
  local file = assert(io.open(path, "w"))
  assert(file:write(s:run(command), "\n"))
  assert(file:close())
  print("wrote " .. path)
end
s:close()
