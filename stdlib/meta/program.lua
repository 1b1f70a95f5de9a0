---@meta

---The script's arguments: `arg[1]` and on. `arg[0]` is the script itself.
---
---```lua
---local host = arg[1] or "demo://"
---```
---@type string[]
arg = nil

---Prints the reference: an overview, or everything about a function, a value or a name.
---A name is that of a function (`"expect"`), an option (`"connect.timeout"`), a field
---(`"match.before"`) or a topic (`"matching"`). Raises if there is nothing of that name.
---
---```lua
---help(expect)
---help "matching"
---```
---@param what? any
function help(what) end

---At the prompt only: prints where the last error came from.
---
---```lua norun
---traceback()
---```
function traceback() end
