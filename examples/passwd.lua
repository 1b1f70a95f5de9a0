-- Change a password with passwd, which reads it at a terminal alone.
--
--   moonwire examples/passwd.lua [PROGRAM ARG...]
--
-- The program is passwd if none is given; as root it may be "passwd USER". The secret "password" is the old
-- password, where it is asked for, and "new" the new one. Neither is ever shown.

local command = { "passwd", env = { LC_ALL = "C" } }
if arg[1] then
  for i, word in ipairs(arg) do command[i] = word end
end
local s = spawn(command)
local n, _, said
repeat
  n, _, said = s:expect({
    { "(?i)(retype|again|repeat).*: $", function() s:writeln(secret "new") end },
    { "(?i)new .*: $", function() s:writeln(secret "new") end },
    { "(?i)password: ?$", function() s:writeln(secret "password") end },
    EXIT,
  }, 20)
until n == 4
local how, status = s:wait()
if how ~= "exit" or status ~= 0 then
  error("the password is not changed: " .. (said:match("([^\n]+)\n*$") or "no reason was given"), 0)
end
print("changed")
