-- Watch ten logs, and act on the first that says a word.
--
--   moonwire examples/watch.lua [ADDRESS...]

local addresses = #arg > 0 and { unpack(arg) } or {}
for i = #addresses + 1, #arg > 0 and 0 or 10 do
  addresses[i] = "demo://"
end

local logs = {}
for i, address in ipairs(addresses) do
  logs[i] = { connect(address, { name = "log" .. i }), "login: |panic", EOF }
end
local s, index, m = expect_any(logs, 30)
print(index == 1 and "a word came" or "a log has ended", m and m[0])
for _, log in ipairs(logs) do
  log[1]:close()
end
print(s.closed)
