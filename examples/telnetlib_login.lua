#!/usr/bin/env moonwire
-- Log in and run one command, as a Python script would with telnetlib.
--
--   moonwire examples/telnetlib_login.lua [HOST [PORT [USER]]]
--
-- Without a host it logs in to the demo host that is part of moonwire. The password
-- of a host of yours is the secret "password".

local telnetlib = require "telnetlib"

local host, port, user = arg[1] or "demo://", tonumber(arg[2]), arg[3] or "brandon"
local password = host == "demo://" and "mypass" or secret "password"

local t = telnetlib.Telnet(host, port)
-- t:set_debuglevel(1)        -- uncomment this for debugging messages

t:read_until("login:")
t:write(user .. "\n")
t:read_until("assword:")      -- let "P" be capitalized or not
t:write(password)
t:write("\n")
local n, match, previous_text = t:expect({ [[Login incorrect]], [[\$]] }, 10) -- luacheck: no unused
if n == 1 then
  print("Username and password failed - giving up")
else
  t:write("exec uptime\n")
  print(t:read_all())         -- keep reading until the connection closes
end
