-- moonwire fleet by ssh: one command on a host.
local s = connect(host, { timeout = 60, ssh = { command = "uptime" } })
return s:read_all()
