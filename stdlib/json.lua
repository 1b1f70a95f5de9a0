-- JSON (RFC 8259): json.decode(text) and json.encode(value [, indent]).
-- json.null stands for null inside tables; an empty Lua table is encoded as {},
-- unless json.array() made it.

local json = {}

json.null = setmetatable({}, { __tostring = function() return "null" end })

local array_mt = { __name = "json.array" }

--- Marks a table as an array, so that it is encoded as [] even when empty.
function json.array(t)
  return setmetatable(t or {}, array_mt)
end

local escapes = {
  ['"'] = '\\"', ["\\"] = "\\\\", ["\b"] = "\\b", ["\f"] = "\\f", ["\n"] = "\\n", ["\r"] = "\\r", ["\t"] = "\\t",
}

local function quote(s)
  return '"' .. s:gsub('[%c"\\\127]', function(ch)
    return escapes[ch] or ("\\u%04x"):format(ch:byte())
  end) .. '"'
end

local function is_array(t)
  if getmetatable(t) == array_mt then return true end
  local n = #t
  if n == 0 then return false end
  local count = 0
  for k in pairs(t) do
    if type(k) ~= "number" then return false end
    count = count + 1
  end
  return count == n
end

local encode_value

local function encode_table(t, indent, level, seen)
  if seen[t] then error("json.encode: the table contains itself", 0) end
  seen[t] = true
  local parts, open, close = {}, "{", "}"
  local inner, outer, comma, colon = "", "", ",", ":"
  if indent then
    inner = "\n" .. indent:rep(level + 1)
    outer = "\n" .. indent:rep(level)
    comma, colon = "," .. inner, ": "
  end
  if is_array(t) then
    open, close = "[", "]"
    for i = 1, #t do parts[i] = encode_value(t[i], indent, level + 1, seen) end
  else
    local keys = {}
    for k in pairs(t) do
      if type(k) ~= "string" and type(k) ~= "number" then
        error("json.encode: a key must be a string or a number, not a " .. type(k), 0)
      end
      keys[#keys + 1] = k
    end
    table.sort(keys, function(a, b) return tostring(a) < tostring(b) end)
    for i, k in ipairs(keys) do
      parts[i] = quote(tostring(k)) .. colon .. encode_value(t[k], indent, level + 1, seen)
    end
  end
  seen[t] = nil
  if #parts == 0 then return open .. close end
  return open .. inner .. table.concat(parts, comma) .. outer .. close
end

function encode_value(v, indent, level, seen)
  local kind = type(v)
  if v == nil or v == json.null then return "null" end
  if kind == "boolean" then return tostring(v) end
  if kind == "string" then return quote(v) end
  if kind == "number" then
    if v ~= v or v == math.huge or v == -math.huge then
      error("json.encode: " .. tostring(v) .. " is no JSON number", 0)
    end
    if v == math.floor(v) and math.abs(v) < 2 ^ 53 then return ("%d"):format(v) end
    return ("%.17g"):format(v)
  end
  if kind == "table" then return encode_table(v, indent, level, seen) end
  error("json.encode: a " .. kind .. " has no JSON form", 0)
end

--- The JSON text of a value. indent, a string, lays it out over lines.
function json.encode(value, indent)
  if indent ~= nil and type(indent) ~= "string" then
    error("json.encode: indent must be a string, not a " .. type(indent), 2)
  end
  local ok, text = pcall(encode_value, value, indent, 0, {})
  if not ok then error(text, 2) end
  return text
end

local function utf8_char(code)
  if code < 0x80 then return string.char(code) end
  if code < 0x800 then return string.char(0xC0 + math.floor(code / 64), 0x80 + code % 64) end
  if code < 0x10000 then
    return string.char(0xE0 + math.floor(code / 4096), 0x80 + math.floor(code / 64) % 64, 0x80 + code % 64)
  end
  return string.char(0xF0 + math.floor(code / 262144), 0x80 + math.floor(code / 4096) % 64,
    0x80 + math.floor(code / 64) % 64, 0x80 + code % 64)
end

local unescapes = { b = "\b", f = "\f", n = "\n", r = "\r", t = "\t", ['"'] = '"', ["\\"] = "\\", ["/"] = "/" }

local max_depth = 200

--- The value of a JSON text; null becomes json.null. Raises with the place of a mistake.
function json.decode(text)
  if type(text) ~= "string" then
    error("json.decode: text must be a string, not a " .. type(text), 2)
  end
  local at = 1

  local function fail(what)
    local _, lines = text:sub(1, at - 1):gsub("\n", "")
    error(("json.decode: %s at line %d, byte %d"):format(what, lines + 1, at), 0)
  end

  local function skip() at = text:find("[^ \t\r\n]", at) or #text + 1 end

  local function read_string()
    local parts, from = {}, at + 1
    at = from
    while true do
      local stop = text:find('["\\%c]', at)
      if not stop then at = from - 1 fail("the string is not closed") end
      parts[#parts + 1] = text:sub(at, stop - 1)
      local ch = text:sub(stop, stop)
      at = stop
      if ch == '"' then
        at = stop + 1
        return table.concat(parts)
      elseif ch ~= "\\" then
        if ch == "\127" then
          parts[#parts + 1] = ch
          at = stop + 1
        else
          fail("a control character stands in a string")
        end
      else
        local esc = text:sub(stop + 1, stop + 1)
        if unescapes[esc] then
          parts[#parts + 1] = unescapes[esc]
          at = stop + 2
        elseif esc == "u" then
          local hex = text:match("^%x%x%x%x", stop + 2)
          if not hex then fail("\\u needs four hexadecimal digits") end
          local code = tonumber(hex, 16)
          at = stop + 6
          if code >= 0xD800 and code < 0xDC00 then
            local low = text:match("^\\u([dD][c-fC-F]%x%x)", at)
            if low then
              code = 0x10000 + (code - 0xD800) * 1024 + tonumber(low, 16) - 0xDC00
              at = at + 6
            else
              code = 0xFFFD
            end
          elseif code >= 0xDC00 and code < 0xE000 then
            code = 0xFFFD
          end
          parts[#parts + 1] = utf8_char(code)
        else
          fail("there is no escape \\" .. esc)
        end
      end
    end
  end

  local read_value

  local function read_array(depth)
    local t = json.array()
    at = at + 1
    skip()
    if text:sub(at, at) == "]" then
      at = at + 1
      return t
    end
    while true do
      t[#t + 1] = read_value(depth)
      skip()
      local ch = text:sub(at, at)
      if ch ~= "," and ch ~= "]" then fail("',' or ']' is expected") end
      at = at + 1
      if ch == "]" then return t end
    end
  end

  local function read_object(depth)
    local t = {}
    at = at + 1
    skip()
    if text:sub(at, at) == "}" then
      at = at + 1
      return t
    end
    while true do
      skip()
      if text:sub(at, at) ~= '"' then fail("a name in quotes is expected") end
      local key = read_string()
      skip()
      if text:sub(at, at) ~= ":" then fail("':' is expected") end
      at = at + 1
      t[key] = read_value(depth)
      skip()
      local ch = text:sub(at, at)
      if ch ~= "," and ch ~= "}" then fail("',' or '}' is expected") end
      at = at + 1
      if ch == "}" then return t end
    end
  end

  function read_value(depth)
    if depth > max_depth then fail("the nesting is too deep") end
    skip()
    local ch = text:sub(at, at)
    if ch == '"' then return read_string() end
    if ch == "{" then return read_object(depth + 1) end
    if ch == "[" then return read_array(depth + 1) end
    for word, value in pairs({ ["true"] = true, ["false"] = false, null = json.null }) do
      if text:sub(at, at + #word - 1) == word then
        at = at + #word
        return value
      end
    end
    local number = text:match("^-?%d+%.?%d*[eE]?[+-]?%d*", at)
    local digits = number and number:match("^-?(%d+)")
    if not number or not tonumber(number) or digits:find("^0%d") or number:find("%.$") or number:find("%.[eE]") then
      fail(ch == "" and "the text ends too early" or "a value is expected")
    end
    at = at + #number
    return tonumber(number)
  end

  local ok, value = pcall(read_value, 0)
  if not ok then error(value, 2) end
  skip()
  if at <= #text then
    local _, message = pcall(fail, "something follows the value")
    error(message, 2)
  end
  return value
end

return json
