-- drip SECONDS: wait for the prompt once a second, while small packets come.
local host, port, count = arg[1], tonumber(arg[2]), tonumber(arg[3])
local s = connect(host, port)
s:write("drip " .. arg[3] .. "\n")
local bytes, text = 0, nil
for _ = 1, count do
  text = s:read_until("router# ", 30)
  bytes = bytes + #text
end
s:close()
print(bytes, text:sub(-8))
