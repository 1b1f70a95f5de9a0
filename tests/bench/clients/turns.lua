-- turns COUNT: write a line, wait for the prompt, COUNT times.
local host, port, count = arg[1], tonumber(arg[2]), tonumber(arg[3])
local s = connect(host, port)
s:write("turn\n")
local bytes = 0
for _ = 1, count do
  s:write("show\n")
  bytes = bytes + #s:read_until("router# ", 30)
end
s:close()
print(bytes, "router# ")
