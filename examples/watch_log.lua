-- Watch a log as it is written, and raise an alert for what matters.
--
--   moonwire examples/watch_log.lua [ALERTS [ADDRESS [USER [COMMAND]]]]
--
-- ALERTS is how many alerts end it (2). COMMAND shows the log; "tail -f /var/log/messages"
-- would be one of a host of yours.

local alerts = tonumber(arg[1] or 2)
local address = arg[2] or "demo://"
local user = arg[3] or "brandon"

local s = connect(address)
s:read_until("login: ")
s:writeln(user)
s:read_until("assword: ")
s:writeln(address == "demo://" and "mypass" or secret "password")
s:expect{ [[[$#] $]] }
s:writeln(arg[4] or "tail")

local seen = 0
while seen < alerts do
  local n, m = s:expect({
    [[(?m)^(.*)link down\r?$]],
    [[(?m)^(.*) (5\d\d) in \d+ ms\r?$]],
    TIMEOUT,
  }, 60)
  if n == 3 then
    print("nothing for a minute")
  else
    seen = seen + 1
    print("ALERT " .. m[0]) -- here a script of yours sends a message
  end
end
s:write("\3") -- ^C ends the command
s:expect{ [[[$#] $]] }
s:close()
