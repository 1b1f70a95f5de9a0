-- Upgrade the software of many routers, a canary first: copy, choose, reload, look.
--
--   moonwire fleet -hosts examples/hosts.csv -canary 1 -stop 1 -out DIR examples/upgrade.lua [IMAGE [SERVER]]
--
-- If the canary fails no other router is touched. A run that was cut off goes on with
-- moonwire fleet -resume DIR: what is done is not done again.

local image, server = arg[1] or "router-15.3(1)T.bin", arg[2] or "192.0.2.250"
local password = secret "password"

local function login()
  local s = connect(host)
  s:expect({ "(?i)(login|username): $" }, 10)
  s:writeln(host.user)
  s:expect({ "(?i)password: $" }, 10)
  s:writeln(password)
  if s:expect({ [[[>#] ?$]], "(?i)incorrect|denied" }, 10) == 2 then error("login refused", 0) end
  s.errors = { "^%" }
  s:run("enable", { answers = { { "(?i)password: $", password } } })
  return s
end

local function version(s)
  return (s:run("show version"):match("version (%S+)"))
end

local s = login()
local before = version(s)

step("copy the image", { again = true }, function()
  s:run("copy tftp: flash:", { timeout = 900, answers = {
    { [[remote host \[.*\]\? $]], server .. "\n" },
    { [[Source filename \[.*\]\? $]], image .. "\n" },
    { [[Destination filename \[.*\]\? $]], "\n" },
  } })
end)
step("choose it", { again = true }, function()
  s:run{ "configure terminal", "boot system flash:" .. image, "end", "write memory" }
end)

-- A reload that was cut off may have been done or not: whichever it was, the version tells.
local ok, err = pcall(step, "reload", function()
  s:writeln("reload")
  s:expect({ [[\[confirm\]$]] }, 10)
  s:writeln("")
  s:expect({ EOF }, 30)
end)
if not ok and err.kind ~= "step" then error(err) end
s:close()

local after
within(600, function()
  while not after do
    local up, again = pcall(login) -- it refuses connections while it boots
    if up then
      after = version(again)
      again:close()
    else
      sleep(1)
    end
  end
end)
if not image:find(after, 1, true) then error("it runs " .. after .. " and not " .. image, 0) end
return { before = before, after = after }
