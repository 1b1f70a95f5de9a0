-- Change a port, verify that it works, and roll the change back if it does not.
--
--   moonwire examples/change.lua [PORT [ADDRESS [USER]]]
--
-- On the demo host Gi0/1 has a cable and Gi0/9 has none: try both.

local port = arg[1] or "Gi0/1"
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

local function status()
  for line in (s:run("show interfaces status") .. "\n"):gmatch("(.-)\n") do
    if line:match("^%S+") == port then return line end
  end
  error("there is no port " .. port, 0)
end

local function configure(...)
  s:run{ "configure terminal", "interface " .. port, ... }
  s:run("end")
end

print("before: " .. status())
local ok, err = pcall(configure, "description to ams", "no shutdown")
local now = ok and status() or ""
if ok and now:find("to ams", 1, true) and now:find(" connected", 1, true) then
  s:run("write memory")
  print("after:  " .. now)
  s:close()
  return
end

print(ok and "wrong:  " .. now or "wrong:  " .. tostring(err.reason or err))
if not ok then s:run("end", { errors = {} }) end
configure("no description")
print("rolled back: " .. status())
s:close()
os.exit(1)
