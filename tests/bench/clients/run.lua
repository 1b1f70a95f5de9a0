-- run WAY COUNT SIZE MARK: COUNT commands whose output has SIZE bytes, by run or by
-- writeln and expect. MARK is 1 if the host marks its prompts by GA.
local host, port, way, count, size, mark = arg[1], tonumber(arg[2]), arg[3], tonumber(arg[4]), arg[5], arg[6]
local s = connect(host, port, { timeout = 60 })
s:write("command " .. size .. " " .. mark .. "\n")
s.prompt = "router# "
local around = #"show\n" + #"\nrouter# "
local bytes = 0
local wanted = { mark == "1" and PROMPT or [[# $]] } -- $ waits for a pause in any case
s:expect(wanted)
for _ = 1, count do
  if way == "run" then
    bytes = bytes + #s:run("show")
  else
    s:writeln("show")
    local _, _, text = s:expect(wanted)
    bytes = bytes + #text - around
  end
end
s:close()
print(bytes, "router# ")
