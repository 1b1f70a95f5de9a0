-- The API of telnetlib, the module that Python had up to 3.12, for scripts that
-- are used to it:
--
--   local telnetlib = require "telnetlib"
--   local t = telnetlib.Telnet("demo://")
--   t:read_until("login: ", 5)
--   t:write("brandon\n")
--
-- What is called t.read_until(...) in Python is t:read_until(...) here, bytes are
-- strings, None is nil, and a tuple is several results. Bytes come and go as they
-- are: no encoding, no newlines changed, IAC doubled by write. Telnet commands are
-- looked at during calls that read, and at no other time.
--
-- As in CPython 3.11:
--   * A timeout is silent: what has come is returned, and is gone from the queue.
--   * An error that begins with "EOFError" is raised only when the connection is
--     closed and everything that came has been read.
--   * expect takes the pattern that is listed first among those that match what
--     has come, wherever it matches. Its index counts from 1; it is -1, with no
--     match, when the time ran out or the peer closed.
--   * Without a callback every option is refused: DO and DONT get WONT, WILL and
--     WONT get DONT. With one nothing is answered but what the callback sends. It
--     is called with the socket, the command and the option; the option is "\0"
--     for commands that have none, and for SB and SE. At SE read_sb_data() returns
--     the subnegotiation, its option first.
--   * NUL and DC1 (17) are dropped from the text.
--
-- Mended:
--   * Results do not depend on how the network cuts the bytes. "What has come" is
--     all that arrived, not up to 50 bytes of it; a match of a later pattern
--     counts when the peer has paused for t.settle seconds (0.1; 0 takes what is
--     there, as CPython does), or after 4 KiB more.
--   * A timeout holds under a flood, and 0 means "look at what is there".
--   * Time and memory are linear in the data, whatever the pattern.
--   * NUL and DC1 are kept inside subnegotiations, and in the text while the peer
--     sends BINARY: it said WILL BINARY and the script has sent DO BINARY.
--   * A subnegotiation that another command cuts off is dropped, with the 255 that
--     some peers forget to double kept inside it; CPython takes everything up to
--     the next SE for its payload. Empty ones are not told.
--   * A DONT or WONT that repeats what was refused already is not answered again,
--     so two sides that both answer everything do not do so for ever.
--   * interact passes all bytes.
--   * Arguments of a wrong type are told by name.
--   * secret values can be written, and are not shown.
--
-- Different:
--   * Patterns are in RE2's syntax, as everywhere in moonwire: no lookahead, no
--     back-references, \z for the text's end, and $ does not match before a last
--     newline. A pattern may also be regex(...), exact(...) or glob(...).
--   * A match is moonwire's: m[0] the text, m[1] the first group, m.name.
--   * A host may be any address that connect() takes, such as "demo://". t.session
--     is the session, with all that moonwire's sessions can do.

local telnetlib = {}

-- What the module stands on, should a script use these names for something else.
local connect, exact, regex, EOF, TIMEOUT = connect, exact, regex, EOF, TIMEOUT
local huge = math.huge

telnetlib.DEBUGLEVEL = 0
telnetlib.TELNET_PORT = 23

local numbers = {
  -- commands
  IAC = 255, DONT = 254, DO = 253, WONT = 252, WILL = 251, theNULL = 0,
  SE = 240, NOP = 241, DM = 242, BRK = 243, IP = 244, AO = 245, AYT = 246,
  EC = 247, EL = 248, GA = 249, SB = 250,
  -- options
  BINARY = 0, ECHO = 1, RCP = 2, SGA = 3, NAMS = 4, STATUS = 5, TM = 6, RCTE = 7,
  NAOL = 8, NAOP = 9, NAOCRD = 10, NAOHTS = 11, NAOHTD = 12, NAOFFD = 13,
  NAOVTS = 14, NAOVTD = 15, NAOLFD = 16, XASCII = 17, LOGOUT = 18, BM = 19,
  DET = 20, SUPDUP = 21, SUPDUPOUTPUT = 22, SNDLOC = 23, TTYPE = 24, EOR = 25,
  TUID = 26, OUTMRK = 27, TTYLOC = 28, VT3270REGIME = 29, X3PAD = 30, NAWS = 31,
  TSPEED = 32, LFLOW = 33, LINEMODE = 34, XDISPLOC = 35, OLD_ENVIRON = 36,
  AUTHENTICATION = 37, ENCRYPT = 38, NEW_ENVIRON = 39, TN3270E = 40, XAUTH = 41,
  CHARSET = 42, RSP = 43, COM_PORT_OPTION = 44, SUPPRESS_LOCAL_ECHO = 45, TLS = 46,
  KERMIT = 47, SEND_URL = 48, FORWARD_X = 49, PRAGMA_LOGON = 138, SSPI_LOGON = 139,
  PRAGMA_HEARTBEAT = 140, EXOPL = 255, NOOPT = 0,
}
for name, number in pairs(numbers) do telnetlib[name] = string.char(number) end

local IAC, SB, SE = telnetlib.IAC, telnetlib.SB, telnetlib.SE
local DO, DONT, WILL, WONT = telnetlib.DO, telnetlib.DONT, telnetlib.WILL, telnetlib.WONT
local BINARY, NOOPT = telnetlib.BINARY, telnetlib.NOOPT

local verbs = { [DO] = "DO", [DONT] = "DONT", [WILL] = "WILL", [WONT] = "WONT" }
local dropped = "\0\17" -- from the text, while it is not BINARY

-- Errors. They are values with a kind, as all of moonwire's are, and can be used
-- as the text that they show: e:match("^EOFError").

local Error = {}
function Error.__tostring(e) return e.message end
function Error.__concat(a, b) return tostring(a) .. tostring(b) end
function Error.__index(_, key)
  local f = string[key]
  return f and function(e, ...) return f(tostring(e), ...) end
end

local function fail(kind, message, session)
  error(setmetatable({ kind = kind, message = message, session = session }, Error), 0)
end

-- Notes that the peer has closed, which shows as an empty read.
local function ended(self)
  if not self.eof then
    self.eof = true
    self:msg("recv %r", "")
  end
end

local function eof_error(self)
  ended(self)
  fail("eof", "EOFError: telnet connection closed", self.session)
end

-- The caller's mistake: level 3 is the script's line.
local function wrong(name, argument, want, value)
  error(("telnetlib: %s: %s must be %s, not %s"):format(name, argument, want, type(value)), 4)
end

local function need_string(name, argument, value)
  if type(value) ~= "string" then wrong(name, argument, "a string", value) end
end

-- A timeout in seconds; none is no end, as in Python.
local function seconds(name, timeout)
  if timeout == nil then return huge end
  if type(timeout) ~= "number" or timeout ~= timeout then wrong(name, "timeout", "a number of seconds", timeout) end
  return math.max(timeout, 0)
end

local function check_self(self, name, level)
  if type(self) ~= "table" or rawget(self, "settle") == nil then
    error(("telnetlib: %s: write it with a colon, t:%s(...)"):format(name, name), level)
  end
end

local function session_of(self, name)
  check_self(self, name, 4)
  if not self.session then
    error(("telnetlib: %s: not connected, call open() first"):format(name), 3)
  end
  return self.session
end

-- A string as Python shows its bytes.
local escapes = { ["\\"] = "\\\\", ["\t"] = "\\t", ["\n"] = "\\n", ["\r"] = "\\r" }
local function repr(value)
  if type(value) ~= "string" then return tostring(value) end
  local mark = value:find("'", 1, true) and not value:find('"', 1, true) and '"' or "'"
  return "b" .. mark .. value:gsub("[%z\1-\31\127-\255\\'\"]", function(c)
    if c == mark then return "\\" .. c end
    if c == "'" or c == '"' then return c end
    return escapes[c] or ("\\x%02x"):format(c:byte())
  end) .. mark
end

-- The socket: what a callback answers with.

local Socket = {}
Socket.__index = Socket
function Socket.__tostring(sock) return tostring(sock.telnet) .. ".sock" end

local function opened(sock, name)
  local session = sock.telnet.session
  if not session or sock.telnet.sock ~= sock then error("telnetlib: sock:" .. name .. ": the socket is closed", 3) end
  return session
end

-- BINARY decides whether NULs belong to the text.
local function settle_binary(telnet)
  telnet.session.remove = telnet.binary_offered and telnet.binary_wanted and "" or dropped
end

local function sendall(sock, bytes)
  local session = opened(sock, "sendall")
  session:send_raw(bytes)
  if type(bytes) == "string" then
    if bytes:find(IAC .. DO .. BINARY, 1, true) then sock.telnet.binary_wanted = true end
    if bytes:find(IAC .. DONT .. BINARY, 1, true) then sock.telnet.binary_wanted = false end
    settle_binary(sock.telnet)
  end
end

--- Sends bytes as they are, all of them.
function Socket:sendall(bytes)
  if type(bytes) ~= "userdata" then need_string("sock:sendall", "bytes", bytes) end
  sendall(self, bytes)
end

--- Sends bytes as they are, and returns how many that was.
function Socket:send(bytes)
  need_string("sock:send", "bytes", bytes)
  sendall(self, bytes)
  return #bytes
end

--- Returns at most size bytes as they come, telnet commands and all; "" at the end.
function Socket:recv(size)
  local session = opened(self, "recv")
  if type(size) ~= "number" or size < 1 then wrong("sock:recv", "size", "a number of bytes from 1 on", size) end
  return session:read_raw(size, self.telnet.timeout or huge) or ""
end

--- The connection's descriptor in the process.
function Socket:fileno() return opened(self, "fileno"):fileno() or -1 end

--- Closes the connection.
function Socket:close() self.telnet:close() end

-- The class.

local Telnet = {}
Telnet.__index = Telnet
telnetlib.Telnet = setmetatable({}, {
  __index = Telnet,
  __call = function(_, host, port, timeout)
    local self = setmetatable({
      debuglevel = telnetlib.DEBUGLEVEL,
      host = host,
      port = port or 0,
      timeout = timeout,
      settle = 0.1,
      sock = nil,
      eof = false,
      rest = "", -- what was unread when we closed
      sbdata = "",
      refused = {},
    }, Telnet)
    if host ~= nil then self:open(host, port, timeout) end
    return self
  end,
})

function Telnet:__tostring()
  return ("<Telnet %s>"):format(self.session and self.session.address or "not connected")
end

-- What the peer sends besides text.

local function told(self, command, option)
  if self.callback then return self.callback(self.sock, command, option) end
  if not verbs[command] then return self:msg("IAC %d not recognized", command:byte()) end
  local refusal = ((command == DO or command == DONT) and WONT or DONT) .. option
  local asks = command == DO or command == WILL
  if not asks and self.refused[refusal] then return end -- it is off, and the peer knows
  self.refused[refusal] = not asks
  sendall(self.sock, IAC .. refusal)
end

local function on_command(self, command, option, data)
  if not self.session then return end -- a callback has closed it
  if data then -- a whole subnegotiation: SB, its payload, SE
    self.sbdata = ""
    told(self, SB, NOOPT)
    self.sbdata = self.sbdata .. string.char(option) .. data
    return told(self, SE, NOOPT)
  end
  command = string.char(command)
  if not option then return told(self, command, NOOPT) end
  if option == 0 and (command == WILL or command == WONT) then
    self.binary_offered = command == WILL
    settle_binary(self)
  end
  self:msg("IAC %s %d", verbs[command], option)
  told(self, command, string.char(option))
end

-- The debug lines show the bytes as they came, secrets hidden, for which the session has to be
-- asked; debuglevel may change at any time.
local function watch(self)
  local wanted = self.debuglevel > 0
  if wanted ~= self.watching then
    self.watching = wanted
    self.session:on_receive(wanted and function(_, _, shown)
      if shown ~= "" then self:msg("recv %r", shown) end
    end or nil)
  end
end

local function reading(self, name)
  local session = session_of(self, name)
  watch(self)
  return session
end

-- What is left after close(), as far as expected if that is in it.
local function leftover(self, expected)
  local last
  if expected then last = select(2, self.rest:find(expected, 1, true)) end
  local text = self.rest:sub(1, last)
  self.rest = self.rest:sub(#text + 1)
  if text == "" then eof_error(self) end
  return text
end

local function closed(self, name)
  check_self(self, name, 4)
  return self.session == nil and self.eof
end

--- Connects to a host. The port is 23 if it is not given. The timeout is that of
--- connecting, and of reads that have none of their own.
function Telnet:open(host, port, timeout)
  need_string("open", "host", host)
  if port ~= nil and type(port) ~= "number" and type(port) ~= "string" then
    wrong("open", "port", "a number", port)
  end
  if timeout ~= nil then seconds("open", timeout) end
  if self.session then self:close() end
  local has_scheme = host:find("://", 1, true)
  local given = port and port ~= 0 and port or nil
  self.eof = false
  self.host, self.port, self.timeout = host, given or telnetlib.TELNET_PORT, timeout
  local options = {
    raw = true, remove = dropped, timeout = huge, max_buffer = 2 ^ 40,
    connect_timeout = timeout or huge,
    manual = function(_, command, option, data) on_command(self, command, option, data) end,
  }
  if has_scheme and not given then
    self.session = connect(host, options)
  else
    self.session = connect(host, self.port, options)
  end
  self.sock = setmetatable({ telnet = self }, Socket)
  self.refused, self.watching = {}, false
  self.binary_offered, self.binary_wanted = false, false
end

--- Closes the connection. What has come and is unread can be read still.
function Telnet:close()
  local session = self.session
  self.eof = true
  if not session then return end
  local idle, unread = pcall(session.take, session) -- a callback may close, in the middle of a read
  if idle then self.rest = self.rest .. unread end
  self.session, self.sock = nil, nil
  session:close()
end

--- The socket, an object with sendall, recv, fileno and close; nil if not connected.
function Telnet:get_socket() return self.sock end

--- The connection's descriptor in the process.
function Telnet:fileno() return session_of(self, "fileno"):fileno() or -1 end

--- Prints a debug line if the debug level is above 0. %s, %d and %r are replaced by
--- the arguments; %r shows a string as Python shows bytes.
function Telnet:msg(message, ...)
  if self.debuglevel <= 0 then return end
  message = tostring(message)
  if select("#", ...) > 0 then
    local values, n = { ... }, 0
    message = message:gsub("%%([-+ #0-9.]*)([%a%%])", function(flags, verb)
      if verb == "%" then return "%" end
      n = n + 1
      if verb == "r" then return repr(values[n]) end
      if verb == "s" then return ("%" .. flags .. "s"):format(tostring(values[n])) end
      return ("%" .. flags .. verb):format(values[n])
    end)
  end
  print(("Telnet(%s,%s): %s"):format(tostring(self.host), tostring(self.port), message))
end

--- Sets the debug level: above 0, what comes and goes is printed.
function Telnet:set_debuglevel(level)
  if type(level) ~= "number" then wrong("set_debuglevel", "level", "a number", level) end
  self.debuglevel = level
end

--- Sets the function that answers the peer's options, as callback(sock, command,
--- option); nil has all of them refused again.
function Telnet:set_option_negotiation_callback(callback)
  if callback ~= nil and type(callback) ~= "function" then
    wrong("set_option_negotiation_callback", "callback", "a function or nil", callback)
  end
  self.callback = callback
end

--- Returns what has come between SB and SE, and forgets it.
function Telnet:read_sb_data()
  local data = self.sbdata
  self.sbdata = ""
  return data
end

--- Sends a string, IAC doubled. A secret can be sent, too.
function Telnet:write(buffer)
  local session = session_of(self, "write")
  if type(buffer) == "userdata" then -- a secret, or the session tells what it is
    self:msg("send %s", buffer)
    return session:write(buffer)
  end
  need_string("write", "buffer", buffer)
  buffer = buffer:gsub(IAC, IAC .. IAC)
  self:msg("send %r", buffer)
  session:send_raw(buffer)
end

-- Waits for one of the patterns. Returns what session:expect returns, and a
-- boolean: whether it was one of them and not the time or the connection's end.
local function wait(self, session, list, timeout, order)
  local n = #list
  list[n + 1], list[n + 2] = TIMEOUT, EOF
  list.timeout, list.settle, list.order = timeout, self.settle, order
  local i, match, text = session:expect(list)
  if i <= n then
    session:available() -- what arrived with it is answered now, not after the script's next write
    return true, i, match, text
  end
  if i == n + 1 then return false, -1, nil, session:take() end
  ended(self)
  if text == "" then eof_error(self) end
  return false, -1, nil, text
end

--- Waits for a string, and returns the text up to and including it; what has come
--- if the time runs out or the peer closes before.
function Telnet:read_until(match, timeout)
  need_string("read_until", "match", match)
  timeout = seconds("read_until", timeout)
  if match == "" then return "" end
  if closed(self, "read_until") then return leftover(self, match) end
  local _, _, _, text = wait(self, reading(self, "read_until"), { exact(match) }, timeout, "text")
  return text
end

--- Waits for one of several patterns. Returns the index of the first in the list
--- that matches, the match, and the text up to and including it; -1, nil and what
--- has come if the time runs out or the peer closes before.
function Telnet:expect(list, timeout)
  if type(list) ~= "table" then wrong("expect", "list", "a table of patterns", list) end
  timeout = seconds("expect", timeout)
  if closed(self, "expect") then return -1, nil, leftover(self) end
  local patterns = {}
  for i = 1, #list do patterns[i] = list[i] end
  local _, i, match, text = wait(self, reading(self, "expect"), patterns, timeout, "list")
  return i, match, text
end

-- Blocks as Python's sockets do: without end, or until nothing has come for the
-- timeout that open() was given.
local function blocked(self)
  fail("timeout", "TimeoutError: timed out", self.session)
end

--- Returns everything up to the end of the connection.
function Telnet:read_all()
  if closed(self, "read_all") then
    local text = self.rest
    self.rest = ""
    return text
  end
  local session = reading(self, "read_all")
  local seen = -1
  while true do
    local i, _, text = session:expect { EOF, TIMEOUT, timeout = self.timeout or huge }
    if i == 1 then
      ended(self)
      return text
    end
    if #text == seen then blocked(self) end
    seen = #text
  end
end

--- Returns what has come, at least one byte; "" at the end of the connection.
function Telnet:read_some()
  if closed(self, "read_some") then return self:read_all() end
  local session = reading(self, "read_some")
  local i, _, text = session:expect { regex("(?s)^."), EOF, TIMEOUT, timeout = self.timeout or huge }
  if i == 3 then blocked(self) end
  if i == 2 then
    ended(self)
    return ""
  end
  return text .. (session:read_available() or "")
end

--- Returns what has come, "" if nothing has.
function Telnet:read_very_eager()
  if closed(self, "read_very_eager") then return leftover(self) end
  local session = reading(self, "read_very_eager")
  local text = session:read_available()
  if not text then eof_error(self) end
  if session.closed then ended(self) end
  return text
end

--- Returns what is in the queue; if it is empty, what has come.
function Telnet:read_eager()
  if closed(self, "read_eager") then return leftover(self) end
  local session = reading(self, "read_eager")
  local text = session:take()
  if text ~= "" then return text end
  text = session:read_available()
  if not text then eof_error(self) end
  return text
end

--- Returns what is in the queue: what came with earlier reads and is unread.
function Telnet:read_lazy()
  if closed(self, "read_lazy") then return leftover(self) end
  local text = session_of(self, "read_lazy"):take()
  if text == "" and self.eof then eof_error(self) end
  return text
end

--- The same: all that is in the queue has been looked at for commands.
Telnet.read_very_lazy = Telnet.read_lazy

local GOODBYE = "*** Connection closed by remote host ***"

--- Joins the operator's terminal to the connection.
function Telnet:interact()
  local session = reading(self, "interact")
  if session:interact() == "eof" then
    ended(self)
    print(GOODBYE)
  end
end

--- The same.
Telnet.mt_interact = Telnet.interact

--- Prints what comes, up to the end of the connection.
function Telnet:listener()
  while true do
    local text = self:read_some()
    if text == "" then break end
    io.write(text)
    io.flush()
  end
  print(GOODBYE)
end

return telnetlib
