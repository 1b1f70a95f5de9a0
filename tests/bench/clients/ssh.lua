-- ssh HOST PORT USER DIR FILE: a login, and what cat prints of a file there.
-- logins HOST PORT USER DIR COUNT: so many logins, one after the other.
local what, host, port, user, dir, last = unpack(arg)
local function output(command)
  local s = connect("ssh://" .. user .. "@" .. host, port, {
    max_buffer = 1e9, timeout = 600,
    ssh = { key = dir .. "/key", known_hosts = dir .. "/known_hosts", config = false, agent = false, command = command },
  })
  local text = s:read_all()
  s:close()
  return text
end
local count, text = 0, ""
if what == "ssh" then
  text = output("cat " .. last)
  count = #text
else
  for _ = 1, tonumber(last) do
    text = output("printf 'router# '")
    count = count + #text
  end
end
print(count, text:sub(-8))
