---@meta csv

---CSV, as RFC 4180 has it: `local csv = require "csv"`.
---@class csv
local csv = {}

---The rows of a CSV text, each a list of strings. With `header=true` the first line holds names:
---each row is then a table by these names, and the names are the second result. `separator=";"`
---takes another character for the comma. Empty lines are left out. Raises with the line if a quote
---is wrong, or if a row has not as many fields as the header.
---
---```lua
---local csv = require "csv"
---local hosts = csv.decode("host,port\nr1,23\n\"r2, spare\",24\n", { header = true })
---print(hosts[2].host, hosts[2].port) --> r2, spare	24
---```
---@param text string
---@param options? table
---@return table rows
---@return table? header
function csv.decode(text, options) end

---The CSV text of rows, which are lists, or tables by the names in `header=`, a list that becomes the
---first line. Fields are strings, numbers and booleans; nil and `json.null` become empty. What needs
---quotes gets them. Lines end with `\r\n`, as the RFC wants. `separator=` is as in `csv.decode`.
---
---```lua
---local csv = require "csv"
---io.write(csv.encode({ { host = "r1", up = true } }, { header = { "host", "up" } }))
---```
---@param rows table
---@param options? table
---@return string text
function csv.encode(rows, options) end

return csv
