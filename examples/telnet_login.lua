#!/usr/bin/env moonwire
-- Log in to a host by telnet, run one command, print what it says.
--
--   moonwire examples/telnet_login.lua [ADDRESS [USER]]
--
-- Without an address it logs in to the demo host that is part of moonwire. The
-- password of a host of yours is asked for at the terminal, or comes from
-- MOONWIRE_SECRET_PASSWORD or -secret password=FILE.

local address = arg[1] or "demo://"
local user = arg[2] or "brandon"
local password = address == "demo://" and "mypass" or secret "password"

local t = connect(address)
t:read_until("login: ", 5)
t:writeln(user)
t:read_until("assword: ", 5) -- some hosts write "Password", some "password"
t:writeln(password)

local n = t:expect({ "Login incorrect", [[[$#] $]] }, 10)
if n == 1 then
  io.stderr:write("user name or password is wrong, giving up\n")
  os.exit(1)
end

print((t:run("uptime"):gsub("^%s+", "")))
t:close()
