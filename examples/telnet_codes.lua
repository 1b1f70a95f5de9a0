#!/usr/bin/env moonwire
-- Decide the host's option requests in a hook: tell it the terminal type
-- "mypython", refuse the rest, and see what the shell makes of it.
--
--   moonwire examples/telnet_codes.lua [ADDRESS [USER]]

local address = arg[1] or "demo://"
local user = arg[2] or "brandon"
local password = address == "demo://" and "mypass" or secret "password"

local t = connect(address, { terminal = "mypython" })

t:on_option(function(_, command, option)
  if command == "DO" and option == "TTYPE" then
    print("will tell the terminal type")
    return "accept" -- the name itself is sent when the host asks for it
  elseif command == "SB" then
    print("telling the terminal type, mypython")
    return nil -- the standard answer: the terminal's name
  elseif command == "DO" or command == "DONT" then
    print("will not " .. option)
    return "refuse"
  elseif command == "WILL" or command == "WONT" then
    print("do not " .. option)
    return "refuse"
  end
end)

t:read_until("login: ", 5)
t:writeln(user)
t:read_until("assword: ", 5)
t:writeln(password)

local n = t:expect({ "Login incorrect", [[[$#] $]] }, 10)
if n == 1 then
  io.stderr:write("user name or password is wrong, giving up\n")
  os.exit(1)
end

t:writeln("exec echo $TERM")
print(t:read_all())
