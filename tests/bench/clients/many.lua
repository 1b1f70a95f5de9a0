-- many COUNT: log in to COUNT hosts at once, ten commands on each.
local host, port, count = arg[1], tonumber(arg[2]), tonumber(arg[3])

local function login()
  local s = connect(host, port, { timeout = 60 })
  for _, step in ipairs { { "host", "login: " }, { "brandon", "Password: " }, { "mypass", "router# " } } do
    s:write(step[1] .. "\n")
    s:read_until(step[2])
  end
  local right = 0
  for _ = 1, 10 do
    s:write("show\n")
    if s:read_until("router# "):find("interface up", 1, true) then
      right = right + 1
    end
  end
  s:close()
  return right
end

local list = {}
for i = 1, count do
  list[i] = i
end
local right = 0
for _, r in ipairs(parallel(list, login, { limit = count })) do
  right = right + (r.ok and r.value or 0)
end
print(right, "router# ")
