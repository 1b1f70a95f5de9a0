-- Find the way through a menu that acts at each key, and read a value from a screen.
--
--   moonwire examples/menu.lua [ADDRESS]

local address = arg[1] or "demo://"

local s = connect(address)
s:read_until("login: ")
s:writeln("menu")
s:read_until("assword: ")
s:writeln(address == "demo://" and "mypass" or secret "password")

-- The number stands in the menu; it may be another one in the next release.
local _, m = s:expect({ [[(\d+)\s+System status[\s\S]*Choice: $]] }, 10)
s:write(m[1]) -- a key: no Enter follows

_, m = s:expect({ [[Power\s+(.+)\n[\s\S]*Press any key]] }, 10)
print("power: " .. m[1])
s:write(" ")

_, m = s:expect({ [[(\d+)\s+Log off[\s\S]*Choice: $]] }, 10)
s:write(m[1])
s:read_all(5)
