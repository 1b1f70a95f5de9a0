-- Read the articles of a bulletin board that speaks Big5 and redraws its screen.
--
--   moonwire examples/bbs.lua [ADDRESS [USER]]
--
-- What comes is UTF-8 here, whatever the board speaks, and so is what the script says.

local address = arg[1] or "demo://"

local s = connect(address, { encoding = "big5" })
s:read_until("login: ")
s:writeln(arg[2] or "bbs")
s:read_until("assword: ")
s:writeln(address == "demo://" and "mypass" or secret "password")
s:read_until("請按任意鍵繼續")
s:write(" ")

local list = s:read_until("離站")
local count = 0
for number, author, title in list:gmatch("(%d+)  %d+/%d+ (%S+)%s+([^\n]+)") do
  print(number, author, title)
  count = count + 1
end

for number = 1, count do
  s:write(tostring(number)) -- a key: no Enter follows
  local _, m = s:expect({ [[標題: .*\n\n((?s:.+?))\n\n請按任意鍵繼續]] }, 10)
  print(m[1])
  s:write(" ")
  s:read_until("離站")
end
s:write("g")
s:read_until("再見")
s:close()
