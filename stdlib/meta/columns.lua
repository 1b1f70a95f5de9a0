---@meta columns

---Rows as an aligned table: `local columns = require "columns"`.
---@class columns
local columns = {}

---The text of a table: a line for each row, its cells aligned. Rows are lists, or tables by the names in
---`header=`, a list that stands above the others with a rule below it. A column of numbers is aligned
---at the right. `gap=` stands between columns, two blanks without it. Characters that a terminal
---gives two columns, such as Chinese ones, count two. Control characters become blanks.
---
---```lua
---local columns = require "columns"
---io.write(columns.format({ { "r1", 5 }, { "core", 12 } }, { header = { "host", "days" } }))
---```
---@param rows table
---@param options? table
---@return string text
function columns.format(rows, options) end

---Writes what `columns.format` makes to standard output.
---
---```lua
---local columns = require "columns"
---columns.print({ { host = "r1", up = true } }, { header = { "host", "up" } })
---```
---@param rows table
---@param options? table
function columns.print(rows, options) end

---How many columns a terminal gives to a text.
---
---```lua
---local columns = require "columns"
---print(columns.width("中文 ok")) --> 7
---```
---@param text string
---@return number columns
function columns.width(text) end

return columns
