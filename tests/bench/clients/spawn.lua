-- spawn FILE: what cat prints of a file on a terminal, until the prompt.
local s = spawn{ "cat", arg[1], max_buffer = 1e9 }
local text = s:read_until("router# ", 600)
s:close()
print(#text, text:sub(-8))
