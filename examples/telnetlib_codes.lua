#!/usr/bin/env moonwire
-- Answer the host's options by hand, as a Python script would with telnetlib: tell
-- it the terminal type "mypython", refuse everything else.
--
--   moonwire examples/telnetlib_codes.lua [HOST [PORT [USER]]]

local telnetlib = require "telnetlib"
local Telnet, IAC, DO, DONT, WILL, WONT, SB, SE, TTYPE =
  telnetlib.Telnet, telnetlib.IAC, telnetlib.DO, telnetlib.DONT, telnetlib.WILL,
  telnetlib.WONT, telnetlib.SB, telnetlib.SE, telnetlib.TTYPE

local host, port, user = arg[1] or "demo://", tonumber(arg[2]), arg[3] or "brandon"
local password = host == "demo://" and "mypass" or secret "password"

local t = Telnet()

local function process_option(tsocket, command, option)
  if command == DO and option == TTYPE then
    tsocket:sendall(IAC .. WILL .. TTYPE)
  elseif command == SE and t:read_sb_data() == TTYPE .. "\1" then -- SEND: now it wants to know
    print('Sending terminal type "mypython"')
    tsocket:sendall(IAC .. SB .. TTYPE .. "\0" .. "mypython" .. IAC .. SE)
  elseif command == DO or command == DONT then
    print("Will not", option:byte())
    tsocket:sendall(IAC .. WONT .. option)
  elseif command == WILL or command == WONT then
    print("Do not", option:byte())
    tsocket:sendall(IAC .. DONT .. option)
  end
end

-- t:set_debuglevel(1)        -- uncomment this for debugging messages

t:set_option_negotiation_callback(process_option)
t:open(host, port)
t:read_until("login:", 5)
t:write(user .. "\n")
t:read_until("assword:", 5)   -- so P can be capitalized or not
t:write(password)
t:write("\n")
local n, match, previous_text = t:expect({ [[Login incorrect]], [[\$]] }, 10) -- luacheck: no unused
if n == 1 then
  print("Username and password failed - giving up")
else
  t:write("exec echo $TERM\n")
  print(t:read_all())
end
