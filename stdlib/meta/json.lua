---@meta json

---JSON, as RFC 8259 has it: `local json = require "json"`.
---@class json
---What `null` is inside tables, where nil can not be.
---
---```lua
---local json = require "json"
---print(json.decode("[null]")[1] == json.null) --> true
---```
---@field null table
local json = {}

---The value of a JSON text. Objects and arrays become tables, `null` becomes `json.null`.
---Raises with line and byte if the text is not JSON.
---
---```lua
---local json = require "json"
---print(json.decode('{"up": [5, 12]}').up[1]) --> 5
---```
---@param text string
---@return any value
function json.decode(text) end

---The JSON text of a value. With `indent`, a string of blanks, it is laid out over lines.
---An empty table becomes `{}`, unless `json.array` made it. Raises for functions and other
---values that JSON does not have, and for a table that contains itself.
---
---```lua
---local json = require "json"
---print(json.encode({ host = "r1", up = { 5, 12 } })) --> {"host":"r1","up":[5,12]}
---```
---@param value any
---@param indent? string
---@return string text
function json.encode(value, indent) end

---Marks a table as an array, so that it is encoded as `[]` even when it is empty.
---
---```lua
---local json = require "json"
---print(json.encode(json.array())) --> []
---```
---@param t? table
---@return table t
function json.array(t) end

return json
