-- bulk SIZE KIND: wait for the prompt behind SIZE bytes.
local host, port, size, kind = arg[1], tonumber(arg[2]), arg[3], arg[4]
local patterns = {
  regex = { [[(?m)^router[#>] ]] },
  three = { "Login incorrect", [[(?m)^router[#>] ]], "--More--" },
  plain = { [[[a-z]+[#>] ]] },
}
local s = connect(host, port, { max_buffer = 1e9 })
s:write((arg[5] or "bulk") .. " " .. size .. "\n")
local text
if kind == "literal" then
  text = s:read_until("router# ", 600)
else
  local _, _, all = s:expect(patterns[kind], 600)
  text = all
end
s:close()
print(#text, text:sub(-8))
