-- moonwire fleet by ssh: one command on a host, as the user arg[1], with the keys in arg[2].
local s = connect(host, {
  timeout = 60,
  ssh = { user = arg[1], key = arg[2] .. "/key", known_hosts = arg[2] .. "/known_hosts", agent = false, command = "uptime" },
})
return s:read_all()
