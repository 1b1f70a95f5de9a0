-- Keep the configuration of every host of a CSV file in a git repository.
--
--   moonwire examples/backup.lua DIR [HOSTS.csv]
--
-- DIR is made, with a repository in it, if it is not there. A host that fails leaves its
-- file as it was. There is a commit only if something has changed.

local csv = require "csv"

local dir = arg[1] or error("which DIR?", 0)
local file = assert(io.open(arg[2] or "examples/hosts.csv"))
local hosts = csv.decode(file:read("*a"), { header = true })
file:close()

local function quoted(word) return "'" .. word:gsub("'", [['\'']]) .. "'" end
local function git(...)
  local words = { "git", "-C", dir, ... }
  for i, word in ipairs(words) do words[i] = quoted(word) end
  return os.execute(table.concat(words, " ")) == 0
end

local function configuration(host)
  local demo = host.address == "demo://"
  local s = connect(host.address)
  s:expect({ "(?i)(login|username): $" }, 10)
  s:writeln(host.user)
  s:expect({ "(?i)password: $" }, 10)
  s:writeln(demo and "mypass" or secret "password")
  s:expect({ [[[>#] ?$]] }, 10)
  s.errors = { "^%" }
  s:run("enable", { answers = { { "(?i)password: $", demo and "mypass\n" or secret "enable" } } })
  local text = s:run("show running-config")
  s:close()
  if not text:find("\nend%s*$") then error("the configuration is not complete", 0) end
  return text
end

if os.execute("mkdir -p " .. quoted(dir)) ~= 0 or not git("init", "-q") then os.exit(1) end
local failed = false
for _, host in ipairs(hosts) do
  local ok, text = pcall(configuration, host)
  if ok then
    local out = assert(io.open(dir .. "/" .. host.name .. ".cfg", "w"))
    assert(out:write(text, "\n"))
    assert(out:close())
  else
    failed = true
    io.stderr:write(host.name, ": ", tostring(text), "\n")
  end
end
if not git("add", "-A") then os.exit(1) end
if git("diff", "--cached", "--quiet") then
  print("nothing has changed")
elseif git("-c", "user.name=backup", "-c", "user.email=backup@localhost", "commit", "-q", "-m", "backup") then
  print("committed")
else
  failed = true
end
if failed then os.exit(1) end
