-- moonwire fleet: log in to a host, ten commands.
local s = connect(host, { timeout = 60 })
s:write("host\n")
s:read_until("login: ")
s:writeln("brandon")
s:read_until("Password: ")
s:writeln(secret "bench")
s:read_until("router# ")
for _ = 1, 10 do
  s:writeln("show")
  assert(s:read_until("router# "):find("interface up", 1, true))
end
return { host = host.name }
