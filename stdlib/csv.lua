-- CSV (RFC 4180): csv.decode(text [, options]) and csv.encode(rows [, options]).

local csv = {}

local function options_of(name, options, known)
  options = options or {}
  if type(options) ~= "table" then
    error(name .. ": options must be a table, not a " .. type(options), 0)
  end
  for key in pairs(options) do
    if not known[key] then error(name .. ": there is no option \"" .. tostring(key) .. "\"", 0) end
  end
  local separator = options.separator or ","
  if type(separator) ~= "string" or #separator ~= 1 or separator:find('["\r\n]') then
    error(name .. ": separator must be one character, and no quote or line end", 0)
  end
  return options, separator
end

-- records cuts text into rows of fields, and says in which line each begins.
local function records(text, separator)
  local rows, lines, row = {}, {}, {}
  local at, line, began = 1, 1, 1
  local stop = "[" .. (separator:find("%w") and "" or "%") .. separator .. '"\r\n]'
  if text:sub(1, 3) == "\239\187\191" then at = 4 end -- the mark that spreadsheets put first
  local function wrong(what) error("csv.decode: line " .. line .. ": " .. what, 0) end
  local function ended()
    if #row > 1 or row[1] ~= "" or row.quoted then
      row.quoted = nil
      rows[#rows + 1], lines[#lines + 1] = row, began
    end
    row = {}
  end
  while at <= #text do
    local field, after
    if text:byte(at) == 34 then
      local parts, from, opened = {}, at + 1, line
      while true do
        local quote = text:find('"', from, true)
        if not quote then
          line = opened
          wrong("a quote is not closed")
        end
        parts[#parts + 1] = text:sub(from, quote - 1)
        if text:byte(quote + 1) ~= 34 then
          after = quote + 1
          break
        end
        parts[#parts + 1] = '"'
        from = quote + 2
      end
      field = table.concat(parts)
      row.quoted = true
      line = line + select(2, field:gsub("\n", ""))
    else
      after = text:find(stop, at) or #text + 1
      field = text:sub(at, after - 1)
    end
    row[#row + 1] = field
    local next_byte = text:sub(after, after)
    if next_byte == separator then
      at = after + 1
      if at > #text then row[#row + 1] = "" end
    elseif next_byte == "" then
      at = after
    elseif next_byte == "\n" or text:sub(after, after + 1) == "\r\n" then
      at = after + (next_byte == "\n" and 1 or 2)
      ended()
      line = line + 1
      began = line
    elseif next_byte == '"' then
      wrong("a quote stands inside a field that is not quoted")
    elseif next_byte == "\r" then
      wrong("a carriage return stands alone")
    else
      wrong("there is text behind a closing quote")
    end
  end
  if #row > 0 then ended() end
  return rows, lines
end

--- Reads the rows of a CSV text.
local function decode(text, options)
  if type(text) ~= "string" then error("csv.decode: text must be a string, not a " .. type(text), 0) end
  local separator
  options, separator = options_of("csv.decode", options, { header = true, separator = true })
  local rows, lines = records(text, separator)
  if not options.header then return rows end
  local header = table.remove(rows, 1)
  table.remove(lines, 1)
  if not header then error("csv.decode: the text is empty, it has no header", 0) end
  local known = {}
  for _, name in ipairs(header) do
    if known[name] then error("csv.decode: the header has \"" .. name .. "\" twice", 0) end
    known[name] = true
  end
  for i, row in ipairs(rows) do
    if #row ~= #header then
      error(("csv.decode: line %d has %d fields, the header has %d"):format(lines[i], #row, #header), 0)
    end
    local named = {}
    for c, name in ipairs(header) do named[name] = row[c] end
    rows[i] = named
  end
  return rows, header
end

local function text_of(value)
  local kind = type(value)
  if kind == "string" then return value end
  if value == nil or tostring(value) == "null" then return "" end
  if kind == "number" then
    local short = tostring(value)
    return tonumber(short) == value and short or ("%.17g"):format(value)
  end
  if kind == "boolean" then return tostring(value) end
  error("csv.encode: a field must be a string, a number or a boolean, not a " .. kind, 0)
end

--- The CSV text of rows.
local function encode(rows, options)
  if type(rows) ~= "table" then error("csv.encode: rows must be a list of rows, not a " .. type(rows), 0) end
  local separator
  options, separator = options_of("csv.encode", options, { header = true, separator = true })
  local header, out = options.header, {}
  if header ~= nil and type(header) ~= "table" then
    error("csv.encode: header must be a list of names, not a " .. type(header), 0)
  end
  local quoted = '["\r\n' .. (separator:find("%w") and "" or "%") .. separator .. "]"
  local function add(row, count)
    local fields = {}
    for i = 1, count do
      local text = text_of(row[i])
      if text:find(quoted) or count == 1 and text == "" then text = '"' .. text:gsub('"', '""') .. '"' end
      fields[i] = text
    end
    out[#out + 1] = table.concat(fields, separator) .. "\r\n"
  end
  if header then add(header, #header) end
  for i, row in ipairs(rows) do
    if type(row) ~= "table" then error(("csv.encode: row %d must be a table, not a %s"):format(i, type(row)), 0) end
    local list, count = row, math.max(#row, header and #header or 0)
    if header and row[1] == nil then
      list, count = {}, #header
      for c, name in ipairs(header) do list[c] = row[name] end
    end
    add(list, count)
  end
  return table.concat(out)
end

-- raising makes f raise its errors in the name of the script that called it.
local function raising(f)
  return function(...)
    local ok, first, second = pcall(f, ...)
    if not ok then error(first, 2) end
    if second == nil then return first end
    return first, second
  end
end

csv.decode = raising(decode)
csv.encode = raising(encode)

return csv
