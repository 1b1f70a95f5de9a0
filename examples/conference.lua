-- A conference of two sessions: what each host says the other hears.
--
--   moonwire examples/conference.lua [ADDRESS ADDRESS]

local a = connect(arg[1] or "demo://", { name = "left" })
local b = connect(arg[2] or "demo://", { name = "right" })

local talk = task(function() return a:join(b) end)
local ok, ended = pcall(talk.wait, talk, #arg > 0 and 3600 or 1)
if ok then
  print(ended.name .. " has ended")
else
  talk:cancel()
  print "the time is over"
end
