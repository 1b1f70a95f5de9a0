-- Fetch a file with the ftp client, which is asked for nothing but what a person would type.
--
--   moonwire examples/ftp.lua HOST[:PORT] USER FILE
--
-- The secret "password" is the user's. The file is written to the current folder.

local host, user, file = arg[1], arg[2], arg[3]
if not file then error("usage: ftp.lua HOST[:PORT] USER FILE", 0) end
local name, port = host:match("^(.+):(%d+)$")

local s = spawn{ "ftp", name or host, port or "21" }
local n = s:expect({ [[Name .*: $]], [[ftp> $]] }, 20)
if n == 2 then error("no connection: " .. host, 0) end
s:writeln(user)
s:expect{ "assword: ?$" }
s:writeln(secret "password")
local _, m = s:expect({ [[(?m)^(230|530) .*]] }, 20)
if m[1] == "530" then error(m[0], 0) end
s:expect{ [[ftp> $]] }

-- Answers of the server that begin with 4 or 5 are errors.
s.errors = { "^[45][0-9][0-9] " }
s:run("binary")
s:run("get " .. file, 600)
s:writeln("quit")
s:expect{ EXIT }
print("fetched " .. file)
