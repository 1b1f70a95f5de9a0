---@meta telnetlib

---The API of telnetlib, the module that Python had up to 3.12: `local telnetlib = require
---"telnetlib"`. What is `t.read_until(b"login: ")` in Python is `t:read_until("login: ")` here;
---bytes are strings, None is nil, a tuple is several results.
---
---It behaves as CPython 3.11's, but for what is mended:
---
---- Results do not depend on how the network cuts the bytes. What has come is all that has
---  arrived, not up to 50 bytes of it, and `Telnet.settle` says when that is judged.
---- A timeout holds under a flood; 0 looks at what is there.
---- Time and memory are linear in the data, whatever the pattern.
---- NUL and DC1 are dropped from the text, but not inside subnegotiations, and not while the
---  host sends BINARY.
---- A subnegotiation that another command cuts off is dropped, and takes no text with it. An
---  empty one is not told. A 255 that the host forgot to double is kept inside it.
---- A refusal that the host repeats is not answered again, so there are no loops.
---- `Telnet:interact` passes all bytes.
---- Arguments of a wrong type are told by name, and secrets can be written.
---
---Patterns are in RE2's syntax, as everywhere: no lookahead, no back-references, `\z` for the
---text's end. A match is moonwire's: `m[0]`, `m[1]`, `m.name`.
---
---```lua
---local telnetlib = require "telnetlib"
---local t = telnetlib.Telnet("demo://")
---t:read_until("login: ", 5)
---t:write("brandon\n")
---t:read_until("assword: ", 5)
---t:write("mypass\n")
---local n, match, text = t:expect({ "Login incorrect", [[\$ ]] }, 10)
---print(n, #text > 0) --> 2	true
---```
---@class telnetlib
---The debug level that new connections begin with.
---Default: 0
---@field DEBUGLEVEL integer
---The port that `Telnet:open` takes if it is given none: 23.
---@field TELNET_PORT integer
---255, begins a command: a string of one byte.
---@field IAC string
---254, a command: a string of one byte.
---@field DONT string
---253, a command: a string of one byte.
---@field DO string
---252, a command: a string of one byte.
---@field WONT string
---251, a command: a string of one byte.
---@field WILL string
---0, a NUL: a string of one byte.
---@field theNULL string
---240, ends a subnegotiation: a string of one byte.
---@field SE string
---241, no operation: a string of one byte.
---@field NOP string
---242, data mark, the end of a SYNCH: a string of one byte.
---@field DM string
---243, break: a string of one byte.
---@field BRK string
---244, interrupt process: a string of one byte.
---@field IP string
---245, abort output: a string of one byte.
---@field AO string
---246, are you there: a string of one byte.
---@field AYT string
---247, erase character: a string of one byte.
---@field EC string
---248, erase line: a string of one byte.
---@field EL string
---249, go ahead: a string of one byte.
---@field GA string
---250, begins a subnegotiation: a string of one byte.
---@field SB string
---Option 0, 8 bits of data: a string of one byte.
---@field BINARY string
---Option 1, echo: a string of one byte.
---@field ECHO string
---Option 2, reconnection: a string of one byte.
---@field RCP string
---Option 3, suppress go ahead: a string of one byte.
---@field SGA string
---Option 4, approximate message size: a string of one byte.
---@field NAMS string
---Option 5, status: a string of one byte.
---@field STATUS string
---Option 6, timing mark: a string of one byte.
---@field TM string
---Option 7, remote controlled transmission and echo: a string of one byte.
---@field RCTE string
---Option 8, line width: a string of one byte.
---@field NAOL string
---Option 9, page size: a string of one byte.
---@field NAOP string
---Option 10, carriage returns: a string of one byte.
---@field NAOCRD string
---Option 11, horizontal tab stops: a string of one byte.
---@field NAOHTS string
---Option 12, horizontal tabs: a string of one byte.
---@field NAOHTD string
---Option 13, form feeds: a string of one byte.
---@field NAOFFD string
---Option 14, vertical tab stops: a string of one byte.
---@field NAOVTS string
---Option 15, vertical tabs: a string of one byte.
---@field NAOVTD string
---Option 16, line feeds: a string of one byte.
---@field NAOLFD string
---Option 17, extended ASCII: a string of one byte.
---@field XASCII string
---Option 18, logout: a string of one byte.
---@field LOGOUT string
---Option 19, byte macro: a string of one byte.
---@field BM string
---Option 20, data entry terminal: a string of one byte.
---@field DET string
---Option 21, SUPDUP: a string of one byte.
---@field SUPDUP string
---Option 22, SUPDUP output: a string of one byte.
---@field SUPDUPOUTPUT string
---Option 23, send location: a string of one byte.
---@field SNDLOC string
---Option 24, terminal type: a string of one byte.
---@field TTYPE string
---Option 25, end of record: a string of one byte.
---@field EOR string
---Option 26, TACACS user: a string of one byte.
---@field TUID string
---Option 27, output marking: a string of one byte.
---@field OUTMRK string
---Option 28, terminal location: a string of one byte.
---@field TTYLOC string
---Option 29, 3270 regime: a string of one byte.
---@field VT3270REGIME string
---Option 30, X.3 PAD: a string of one byte.
---@field X3PAD string
---Option 31, window size: a string of one byte.
---@field NAWS string
---Option 32, terminal speed: a string of one byte.
---@field TSPEED string
---Option 33, flow control: a string of one byte.
---@field LFLOW string
---Option 34, linemode: a string of one byte.
---@field LINEMODE string
---Option 35, X display: a string of one byte.
---@field XDISPLOC string
---Option 36, environment, the old one: a string of one byte.
---@field OLD_ENVIRON string
---Option 37, authentication: a string of one byte.
---@field AUTHENTICATION string
---Option 38, encryption: a string of one byte.
---@field ENCRYPT string
---Option 39, environment: a string of one byte.
---@field NEW_ENVIRON string
---Option 40, TN3270E: a string of one byte.
---@field TN3270E string
---Option 41, XAUTH: a string of one byte.
---@field XAUTH string
---Option 42, character set: a string of one byte.
---@field CHARSET string
---Option 43, remote serial port: a string of one byte.
---@field RSP string
---Option 44, serial port control: a string of one byte.
---@field COM_PORT_OPTION string
---Option 45, suppress local echo: a string of one byte.
---@field SUPPRESS_LOCAL_ECHO string
---Option 46, start TLS: a string of one byte.
---@field TLS string
---Option 47, Kermit: a string of one byte.
---@field KERMIT string
---Option 48, send URL: a string of one byte.
---@field SEND_URL string
---Option 49, X forwarding: a string of one byte.
---@field FORWARD_X string
---Option 138, PRAGMA LOGON: a string of one byte.
---@field PRAGMA_LOGON string
---Option 139, SSPI LOGON: a string of one byte.
---@field SSPI_LOGON string
---Option 140, PRAGMA HEARTBEAT: a string of one byte.
---@field PRAGMA_HEARTBEAT string
---Option 255, extended options: a string of one byte.
---@field EXOPL string
---0, what a callback gets where a command has no option: a string of one byte.
---@field NOOPT string
local telnetlib = {}

---Makes a connection. With a host it is opened at once, by `Telnet:open`.
---
---```lua
---local telnetlib = require "telnetlib"
---local t = telnetlib.Telnet("demo://")
---print(t:read_until("login: ", 5):match("login")) --> login
---```
---@param host? string
---@param port? integer|string
---@param timeout? number
---@return moonwire.Telnet t
function telnetlib.Telnet(host, port, timeout) end

---A connection of the module telnetlib. Its methods read and write bytes as they are; they
---look at what the host sends only while they run.
---@class moonwire.Telnet
---The host, as it was given. nil before `Telnet:open`.
---@field host? string
---The port.
---@field port integer
---Seconds that connecting may take, and reads that have no time of their own. nil: no end.
---@field timeout? number
---The socket, nil while there is no connection.
---@field sock? moonwire.TelnetSocket
---true once the host has closed and a call has met that, and after `Telnet:close`.
---@field eof boolean
---Above 0, what comes and goes is printed. It can be assigned.
---Default: 0
---@field debuglevel integer
---Seconds of silence after which `Telnet:expect` takes a match that is not the list's first
---pattern's, or that more text could change. 0 takes what is there at once, as Python's does.
---It can be assigned.
---
---```lua
---local t = require("telnetlib").Telnet("demo://")
---t.settle = 0
---```
---Default: 0.1
---@field settle number
---The session beneath: see `session`. nil while there is no connection.
---
---```lua
---local t = require("telnetlib").Telnet("demo://")
---print(t.session.closed) --> false
---```
---@field session? moonwire.session
local Telnet = {}

---Connects to a host. The host may be any address that `connect` takes; the port is 23 if it
---is not given. Raises "connect" if the host can not be reached.
---
---```lua
---local t = require("telnetlib").Telnet()
---t:open("demo://", nil, 5)
---print(t.eof) --> false
---```
---@param host string
---@param port? integer|string
---@param timeout? number
function Telnet:open(host, port, timeout) end

---Closes the connection. What has come and is unread can still be read.
---
---```lua
---local t = require("telnetlib").Telnet("demo://")
---t:close()
---print(t.eof, t.sock) --> true	nil
---```
function Telnet:close() end

---Waits for a string and returns the text up to and including it. If the time runs out or the
---host closes before, it returns what has come, and that is read.
---
---Raises "eof", an error that begins with "EOFError", if the host has closed and nothing is
---left.
---
---```lua
---local t = require("telnetlib").Telnet("demo://")
---t:read_until("login: ", 5)
---print(t:read_until("never", 0) == "") --> true
---```
---@param match string
---@param timeout? number
---@return string text
function Telnet:read_until(match, timeout) end

---Waits for one of several patterns. Returns the index, from 1, of the first in the list that
---matches what has come, wherever it does; the match; and the text up to and including it.
---If the time runs out or the host closes before, it returns -1, nil and what has come.
---
---Raises "eof" if the host has closed and nothing is left.
---
---```lua
---local t = require("telnetlib").Telnet("demo://")
---local i, match, text = t:expect({ "password: ", "log(i)n: " }, 5)
---print(i, match[1]) --> 2	i
---```
---@param list (string|moonwire.pattern)[]
---@param timeout? number
---@return integer index
---@return moonwire.match? match
---@return string text
function Telnet:expect(list, timeout) end

---Waits until the host closes and returns all that came before.
---
---```lua
---local t = require("telnetlib").Telnet("demo://")
---t:read_until("login: ", 5)
---t:write("brandon\n")
---t:read_until("assword: ", 5)
---t:write("mypass\n")
---t:read_until("$ ", 5)
---t:write("exec echo bye\n")
---print(t:read_all():match("bye")) --> bye
---```
---@return string text
function Telnet:read_all() end

---Waits until something has come and returns it; "" if the host has closed.
---
---```lua
---local t = require("telnetlib").Telnet("demo://")
---print(#t:read_some() > 0) --> true
---```
---@return string text
function Telnet:read_some() end

---Returns all that has come, "" if nothing has, without waiting. Raises "eof" if the host has
---closed and nothing is left.
---
---```lua
---local t = require("telnetlib").Telnet("demo://")
---t:read_until("login: ", 5)
---print(t:read_very_eager() == "") --> true
---```
---@return string text
function Telnet:read_very_eager() end

---Returns what earlier reads have left; if that is nothing, what has come. It does not wait.
---Raises "eof" if the host has closed and nothing is left.
---
---```lua
---local t = require("telnetlib").Telnet("demo://")
---t:read_until("log", 5)
---print(t:read_eager():match("in:")) --> in:
---```
---@return string text
function Telnet:read_eager() end

---Returns what earlier reads have left, and does not look at the connection. Raises "eof" if an
---earlier read has met the host's end and nothing is left.
---
---```lua
---local t = require("telnetlib").Telnet("demo://")
---print(t:read_lazy() == "") --> true
---```
---@return string text
function Telnet:read_lazy() end

---The same as `Telnet:read_lazy`.
---
---```lua
---local t = require("telnetlib").Telnet("demo://")
---print(t:read_very_lazy() == "") --> true
---```
---@return string text
function Telnet:read_very_lazy() end

---Returns the last subnegotiation, its option first, and forgets it. A callback calls it when
---it is told of SE.
---
---```lua
---local telnetlib = require "telnetlib"
---local t = telnetlib.Telnet("demo://")
---print(t:read_sb_data() == "") --> true
---```
---@return string data
function Telnet:read_sb_data() end

---Sends a string, with the byte 255 doubled and nothing else changed. It takes a secret, too.
---
---```lua
---local t = require("telnetlib").Telnet("demo://")
---t:write("brandon\n")
---```
---@param buffer string|moonwire.secret
function Telnet:write(buffer) end

---Sets the function that answers the host's options; nil has them all refused again. Nothing is
---answered then but what the function sends.
---
---It is called as `callback(sock, command, option)`, with strings of one byte; option is "\0"
---for commands that have none, and for SB and SE.
---
---```lua
---local telnetlib = require "telnetlib"
---local IAC, WILL, WONT = telnetlib.IAC, telnetlib.WILL, telnetlib.WONT
---local t = telnetlib.Telnet()
---t:set_option_negotiation_callback(function(sock, command, option)
---  if command == telnetlib.DO then
---    sock:sendall(IAC .. (option == telnetlib.SGA and WILL or WONT) .. option)
---  end
---end)
---t:open("demo://")
---```
---@param callback? fun(sock: moonwire.TelnetSocket, command: string, option: string)
function Telnet:set_option_negotiation_callback(callback) end

---Sets the debug level. Above 0, what comes and goes is printed, in Python's words.
---
---```lua
---local t = require("telnetlib").Telnet()
---t:set_debuglevel(1)
---```
---@param level integer
function Telnet:set_debuglevel(level) end

---Prints a debug line, if the debug level is above 0. The arguments take the places of %s, %d
---and %r in the message; %r shows a string as Python shows bytes.
---
---```lua
---local t = require("telnetlib").Telnet("demo://")
---t.debuglevel = 1
---t:msg("about to send %r", "x\n") --> Telnet(demo://,23): about to send b'x\n'
---```
---@param message string
---@param ... any
function Telnet:msg(message, ...) end

---The socket, nil while there is no connection.
---
---```lua
---local t = require("telnetlib").Telnet("demo://")
---print(t:get_socket() == t.sock) --> true
---```
---@return moonwire.TelnetSocket? sock
function Telnet:get_socket() end

---The number of the connection's descriptor in the process, -1 if it has none.
---
---```lua
---local t = require("telnetlib").Telnet("demo://")
---print(t:fileno() > 2) --> true
---```
---@return integer number
function Telnet:fileno() end

---Joins the operator's terminal to the connection, as `session:interact` does, and says so when
---the host closes.
---
---```lua norun
---t:interact()
---```
function Telnet:interact() end

---The same as `Telnet:interact`.
---
---```lua norun
---t:mt_interact()
---```
function Telnet:mt_interact() end

---Prints what comes, until the host closes.
---
---```lua norun
---t:listener()
---```
function Telnet:listener() end

---The socket of a `Telnet`: what a callback answers with.
---@class moonwire.TelnetSocket
local TelnetSocket = {}

---Sends bytes as they are.
---
---```lua
---local telnetlib = require "telnetlib"
---local t = telnetlib.Telnet("demo://")
---t.sock:sendall(telnetlib.IAC .. telnetlib.NOP)
---```
---@param bytes string
function TelnetSocket:sendall(bytes) end

---Sends bytes as they are, and returns how many that was.
---
---```lua
---local telnetlib = require "telnetlib"
---print(telnetlib.Telnet("demo://").sock:send(telnetlib.IAC .. telnetlib.AYT)) --> 2
---```
---@param bytes string
---@return integer sent
function TelnetSocket:send(bytes) end

---Waits for bytes and returns at most `size` of them as they come, telnet's commands and all;
---"" if the host has closed. No other call sees them.
---
---```lua
---local telnetlib = require "telnetlib"
---local t = telnetlib.Telnet("demo://")
---print(t.sock:recv(1) == telnetlib.IAC) --> true
---```
---@param size integer
---@return string bytes
function TelnetSocket:recv(size) end

---The number of the connection's descriptor in the process, -1 if it has none.
---
---```lua
---print(require("telnetlib").Telnet("demo://").sock:fileno() > 2) --> true
---```
---@return integer number
function TelnetSocket:fileno() end

---Closes the connection, as `Telnet:close` does.
---
---```lua
---local t = require("telnetlib").Telnet("demo://")
---t.sock:close()
---print(t.sock) --> nil
---```
function TelnetSocket:close() end

return telnetlib
