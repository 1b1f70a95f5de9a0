-- Run a router's commands and use their output: the modes change the prompt, a long output
-- pages, a command asks for a confirmation, another one is refused.
--
--   moonwire examples/router.lua [ADDRESS]

local address = arg[1] or "demo://"
local password = address == "demo://" and "mypass" or secret "password"

local s = connect(address)
s:read_until("login: ")
s:writeln("brandon")
s:read_until("Password: ")
s:writeln(password)
s:expect{ [[\$ $]] }
s:writeln("router")
s:learn_prompt()
s.errors = { "^%" }

local enable = address == "demo://" and "mypass\n" or password
s:run("enable", { answers = { { "assword: $", enable } } })
print(s:run("show version"):match("version (%S+)"))

local config = s:run("show running-config") -- some pages of it
local _, interfaces = config:gsub("interface %S+", "")
print(interfaces .. " interfaces")

s:run{ "configure terminal", "hostname r2", "end" }
print(s:run("reload", { answers = { { [[\[confirm\]$]], "\n" } } }):match("Reload requested"))

local ok, err = pcall(s.run, s, "show nonsense")
print(ok, err.kind, err.line)
s:close()
