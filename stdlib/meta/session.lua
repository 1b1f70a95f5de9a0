---@meta

---A conversation with a host, as `connect` returns it. Its methods are called with a colon:
---`s:writeln("uptime")`. Those that are also plain functions act on the current session:
---`writeln("uptime")`.
---@class moonwire.session
---What logs, traces and errors call the session.
---
---```lua
---print(connect("demo://", { name = "lab" }).name) --> lab
---```
---@field name string
---Where the session goes to, as it was given.
---
---```lua
---print(s.address) --> demo://
---```
---@field address string
---The number of the program that `spawn` started. nil for hosts.
---
---```lua
---print(spawn("true").pid > 1) --> true
---```
---@field pid integer?
---true after `session:close`. A host that closed is told of by the kind "eof" of an error,
---by nil, or by the pattern `EOF`.
---
---```lua
---s:close()
---print(s.closed) --> true
---```
---@field closed boolean
---true while the host echoes what we type. Most do, but for passwords.
---
---```lua
---print(s.echo) --> true
---```
---@field echo boolean
---Seconds a wait may take that names no time of its own. It can be assigned.
---
---```lua
---s.timeout = 5
---```
---@field timeout number
---Seconds of silence that end an open match. It can be assigned. See the topic `matching`.
---
---```lua
---s.settle = 0.3
---```
---@field settle number
---Bytes dropped from what the host sends. It can be assigned, in raw sessions.
---
---```lua
---local t = connect("demo://", { raw = true })
---t.remove = "\0"
---```
---@field remove string
---The host's prompt, a pattern: what `session:run` takes for the end of a command's output. It
---matches up to the cursor. nil until it is learned or assigned. See the topic `output`.
---
---```lua
---print(s:run("echo hello")) --> hello
---s.prompt = [[\S+\$ ]]
---```
---@field prompt? string
---What came before the last command of `session:run` was sent, and belongs to none: log lines,
---a banner.
---
---```lua
---s:run("uptime")
---print(s.unasked == "") --> true
---```
---@field unasked string
---What `session:run` does at a pager's mark: pairs of a pattern and a key, false for nothing, true
---for the pagers that are known. It can be assigned, not read.
---
---```lua
---s.pager = { { [[-- next page --]], " " } }
---```
---@field pager boolean|{ [1]: string|moonwire.pattern, [2]: string|moonwire.secret|function }[]
---Replies to questions that commands of `session:run` ask: pairs of a pattern and a reply. A
---secret is followed by Enter. It can be assigned, not read.
---
---```lua
---s.answers = { { [[\[confirm\]$]], "\n" } }
---```
---@field answers { [1]: string|moonwire.pattern, [2]: string|moonwire.secret|function }[]
---Patterns of the lines by which the host says that a command failed: `session:run` raises
---"command" then. It can be assigned, not read.
---
---```lua
---s.errors = { "^%", "command not found" }
---```
---@field errors (string|moonwire.pattern)[]
---Patterns of the log lines that the host shows between other text: where nothing but these
---stands behind the prompt, the command is over. Syslog's usual forms if it is not assigned.
---
---```lua
---s.notices = { [[^NOTICE: ]] }
---```
---@field notices (string|moonwire.pattern)[]
---The TLS in force, nil in clear: its `version`, its `cipher`, and in `verified` the name that the
---host's certificate was verified for, nil if it was not.
---
---```lua
---print(s.tls) --> nil
---```
---@field tls { version: string, cipher: string, verified: string? }?
local session = {}

---Waits for a text, not a pattern, and returns everything up to and including it.
---
---Raises "timeout" if it does not come in time, "eof" if the host closes before. Nothing is
---lost then: what came stays unread. The time is the session's if none is given, in seconds.
---
---```lua
---s:writeln("uptime")
---s:read_until("load average: ")
---print(s:read_until(",", 5)) --> 0.91,
---```
---@global
---@param text string
---@param timeout? number
---@return string text
function session:read_until(text, timeout) end

---Waits until the host closes, and returns all that came before. The second result is there
---only if text was lost: how many bytes, because they were more than `connect.max_buffer`.
---
---Raises "timeout" if the host does not close in time, and "command" if the command that `ssh.command`
---names failed.
---
---```lua
---s:writeln("exec echo bye")
---s:read_line() -- the host's echo of what was typed
---print(s:read_all(5)) --> bye
---```
---@global
---@param timeout? number
---@return string text
---@return integer? lost
function session:read_all(timeout) end

---Waits until at least one byte has come, and returns what is there. It returns nil when the
---host has closed. Raises "timeout".
---
---```lua
---s:writeln("uptime")
---print(#s:read_some(5) > 0) --> true
---```
---@global
---@param timeout? number
---@return string? text
function session:read_some(timeout) end

---Returns what has come and is unread, without waiting. That is "" if nothing has come, nil
---when the host has closed and all was read.
---
---```lua
---print(s:read_available() == "") --> true
---```
---@return string? text
function session:read_available() end

---Waits for the next line and returns it without its newline. The last line before the host
---closes may have none; after it comes nil. Raises "timeout".
---
---```lua
---s:writeln("echo one")
---s:read_line() -- the host's echo of what was typed
---print(s:read_line(5)) --> one
---```
---@global
---@param timeout? number
---@return string? line
function session:read_line(timeout) end

---The lines that come until the host closes, for a `for` loop. The time is for each line.
---
---```lua
---s:writeln("exec echo bye")
---for line in s:lines(5) do print(line) end
-----> exec echo bye
-----> bye
---```
---@param timeout? number
---@return fun(): string? iterator
function session:lines(timeout) end

---What has come and is unread; it stays unread. It is nil when the host has closed and all was
---read.
---
---```lua
---s:writeln("uptime")
---s:read_until("up")
---local text = s:peek()
---print(s:read_available():sub(1, #text) == text) --> true
---```
---@return string? text
function session:peek() end

---Discards what comes until the host is silent, and returns how many bytes that was. Silent is
---`quiet` seconds without a byte, the session's settle if not given. Raises "timeout" if the
---host does not stop.
---
---```lua
---s:writeln("uptime")
---s:drain(0.2)
---print(s:read_available() == "") --> true
---```
---@param quiet? number
---@param timeout? number
---@return integer bytes
function session:drain(quiet, timeout) end

---Waits for the first of several patterns. It returns the pattern's place in the list, a
---match, and all text up to and including the match. What follows the match stays unread.
---
---A pattern is a string (a regular expression), `exact "..."`, `glob "..."`,
---`regex("...", "i")`, an event such as `EOF` or `TIMEOUT`, or a pair `{pattern, action}`:
---`action(match, s)` is called on the match, and if it returns `AGAIN` the wait goes on: the text
---and `match.before` are then all that came since the call began, less what was erased. How
---matching works, and how to wait for a prompt, is the topic `matching`.
---
---Raises "timeout" and "eof", unless `TIMEOUT` and `EOF` are in the list. The list may also
---hold `timeout=`, `settle=` and `order=`.
---
---```lua
---s:writeln("uptime")
---local n, m, text = s:expect({ "not found", [[average: ([\d.]+)]] }, 5)
---print(n, m[1]) --> 2 0.91
---```
---@global
---@param patterns string|moonwire.pattern|moonwire.expect
---@param timeout? number
---@return integer index
---@return moonwire.match match
---@return string text
function session:expect(patterns, timeout) end

---Sends strings, numbers and secrets, one after the other. "\n" becomes `connect.newline`.
---It returns when all is on its way. Raises "closed" on a closed session, "eof" if the
---connection broke.
---
---```lua
---s:write("echo ", 5, "\n")
---s:read_until("5\n")
---```
---@global
---@param ... string|number|moonwire.secret
function session:write(...) end

---Sends the same and a newline: what one types and Enter.
---
---```lua
---s:writeln("uptime")
---s:read_until("load average")
---```
---@global
---@param ... string|number|moonwire.secret
function session:writeln(...) end

---Joins two sessions: what the host of each sends is written to the other's, as it came, until one of
---them ends. Returns the session that has ended. Other tasks run meanwhile; `within` or
---`t:cancel` ends it too. What was unread on either side comes first.
---
---```lua
---local other = connect("demo://")
---print(pcall(within, 0.05, function() s:join(other) end))
---```
---@param other moonwire.session
---@return moonwire.session ended
function session:join(other) end

---Hands the operator's terminal to the host, and returns why it ended. That is "escape" (the
---operator typed ^] and a dot), "eof" (the host closed), "timeout", "quit" (closed from the menu), or
---what an action returned. Options are described as `interact.escape` and so on; see also
---the topic `interact`.
---
---```lua norun
---if s:interact{ timeout = 600 } == "eof" then print("the host hung up") end
---```
---@global
---@param options? moonwire.interact
---@return any reason
function session:interact(options) end

---Closes the session. The session that was opened last before it becomes the current one.
---A session that is not closed stays open until the script ends, as it can become the current one;
---if its host has closed and all its text is read, it goes once the script has no variable for it.
---
---```lua
---s:close()
---```
---@global
function session:close() end

---Has a function decide the options that the host asks for, or with nil the defaults again.
---
---It is called as `hook(s, command, option, data)` during the session's waits. The command is
---"WILL", "WONT", "DO" or "DONT"; it returns "accept" (or true), "refuse" (or false), or nil
---for the default. For the command "SB" `data` is the payload, and a returned string is sent
---as the answer. The option is its name, or its number where it has none. An error in it
---refuses the request and comes out of the wait. See the topic `options`.
---
---```lua
---local t = connect("demo://")
---t:on_option(function(_, command, option)
---  if command == "DO" and option == "NAWS" then return "refuse" end
---end)
---t:read_until("login: ")
---print(t:options().NAWS) --> nil
---```
---@param hook (fun(s: moonwire.session, command: string, option: string|integer, data?: string): string|boolean|nil)|nil
function session:on_option(hook) end

---Waits until the program that `spawn` started has ended, and says how: `"exit"` and its status, or
---`"signal"` and the signal's name, as in `"TERM"`. What it printed stays unread. A program that has
---printed `max_buffer` bytes which nobody reads is held back, and does not end.
---
---Raises "timeout", "usage" if the session is to a host.
---
---```lua
---print(spawn("exit 3"):wait()) --> exit 3
---local p = spawn("sleep 100")
---p:signal "TERM"
---print(p:wait(5)) --> signal TERM
---```
---@param timeout? number
---@return "exit"|"signal" how
---@return integer|string status
function session:wait(timeout) end

---Sends a signal to the program that `spawn` started and to its process group: "INT", "TERM", "HUP",
---"KILL" and so on. What the keys do is another thing: `s:write("\3")` is ^C, which interrupts what
---runs in a shell's foreground.
---
---Raises if there is no such signal, if the program has ended, or if it is the system's `ssh`
---(`client="openssh"`), which passes none on.
---
---```lua
---local p = spawn{ "sleep", "100" }
---p:signal "KILL"
---print(p:wait()) --> signal KILL
---```
---@param name string
function session:signal(name) end

---Waits until the host has worked through everything written before. It asks for telnet's
---TIMING-MARK, which nearly all hosts answer even if they refuse it; a host may answer before its
---shell is done. Raises "timeout"; the fences after it are not misled by an answer that comes late,
---nor held up by one that never comes.
---
---```lua
---s:writeln("uptime")
---s:fence(5)
---```
---@param timeout? number
function session:fence(timeout) end

---Sends a telnet command, such as "BRK" for a break, which serial ports and ssh have as well. The others are "AYT" (are you there),
---"IP" (interrupt), "AO" (abort output), "EC" (erase a character), "EL" (erase the line),
---"NOP", "GA", "EOR" and "SYNCH" (interrupt, and skip what was typed before).
---
---```lua
---s:command("AYT")
---```
---@param name string
function session:command(name) end

---Asks the host for a telnet option. "WILL" and "WONT" are about our side, "DO" and "DONT"
---about the host's. The host's answer shows in `session:options`.
---
---```lua
---s:negotiate("DONT", "SGA")
---```
---@param verb "WILL"|"WONT"|"DO"|"DONT"
---@param option string|integer
function session:negotiate(verb, option) end

---Sends a subnegotiation: the payload of a telnet option, as bytes.
---
---```lua
---s:subnegotiate("TTYPE", "\0vt220")
---```
---@param option string|integer
---@param bytes string
function session:subnegotiate(option, bytes) end

---Returns the control lines of a serial port, each true or false; with a table it sets ours
---before. `purge` throws away what the port holds: "in" what it has received and nobody
---read, "out" what it has not sent yet, or "both".
---
---Changes of the other side's lines are told in traces and recorded. On a port of this
---machine they are seen when something is read.
---
---Raises if the session is to no serial port, or the port has no such lines.
---
---```lua norun
---s:modem{ dtr = false, rts = false }
---sleep(0.1)
---s:modem{ dtr = true, purge = "in" }
---print(s:modem().dcd)
---```
---@param lines? { dtr?: boolean, rts?: boolean, purge?: "in"|"out"|"both" }
---@return { dtr: boolean, rts: boolean, cts: boolean, dsr: boolean, dcd: boolean, ring: boolean } lines
function session:modem(lines) end

---Tells the host that the window's size has changed, in characters.
---
---```lua
---s:resize(80, 24)
---s:writeln("stty size")
---s:read_until("24 80", 5)
---```
---@param columns integer
---@param rows integer
function session:resize(columns, rows) end

---Records the session to a file from now on, and with nil no longer. See the topic
---`recording`. Raises if the file can not be written.
---
---```lua norun
---s:record("session.cast")
---s:writeln("show tech")
---s:record()
---```
---@param path? string
function session:record(path) end

---The telnet options in force, as a table. By option it holds `{us=, him=}`, each true, false,
---or "asked" while the host has not answered.
---
---```lua
---print(s:options().ECHO.him) --> true
---```
---@return table<string|integer, { us: boolean|"asked", him: boolean|"asked" }> options
function session:options() end

---Tells why a pattern does not match what has come and is unread. It tells how near it got,
---and what would help. It is what the error of a failed wait says, for trying at the prompt; `tostring`
---gives the text.
---
---```lua
---s:writeln("echo Done")
---s:expect({ "[Dd]one\n" }, 5)
---print(s:why("done").matched) --> false
---```
---@param pattern string|moonwire.pattern
---@return moonwire.report report
function session:why(pattern) end

---In a manual session: has a function told of the bytes as they come, or with nil no longer.
---`shown` is the same with secrets hidden, for debug lines; what may be the beginning of a
---secret comes with a later call.
---Raises "usage" in other sessions. See `connect.manual`.
---
---```lua
---local t = connect("demo://", { manual = true })
---t:on_receive(function(_, bytes) print(#bytes > 0) end)
---```
---@param receiver (fun(s: moonwire.session, bytes: string, shown: string))|nil
function session:on_receive(receiver) end

---Sends bytes as they are: nothing is doubled, no newline changed. For manual sessions,
---whose script speaks telnet itself.
---
---```lua
---local t = connect("demo://", { manual = true })
---t:send_raw("\255\241") -- IAC NOP
---```
---@param ... string|number|moonwire.secret
function session:send_raw(...) end

---In a manual session: waits for bytes of the connection, and returns `size` of them at most.
---Telnet commands are among them. nil when the host has closed. Raises "timeout".
---
---```lua
---local t = connect("demo://", { manual = true })
---print(t:read_raw(1, 5) == "\255") --> true
---```
---@param size integer
---@param timeout? number
---@return string? bytes
function session:read_raw(size, timeout) end

---Runs a command: sends the line, waits until the prompt is back, and returns what the host
---showed in between, without the echo, without pagers' marks, without the prompt and the newline
---before it. A list of lines is run one after the other, and gives a list. See the topic `output`.
---
---It never returns what it is not sure of. Raises "timeout" if the prompt does not come back,
---"eof" if the host closes, "command" if a pattern of `errors` is in the output, and "run" where
---the output is not known: an echo that is missing or doubled, a password that is asked for, a
---prompt that came out of step. The error has `command` and `output`. After any but "command"
---`session:learn_prompt` has to be called before the next.
---
---```lua
---print(s:run("echo hello")) --> hello
---local ok, err = pcall(s.run, s, "nonsense", { errors = { "not found" } })
---print(err.kind, err.line) --> command	sh: nonsense: command not found
---```
---@param line string|string[]
---@param options? number|moonwire.run
---@return string|string[] output
function session:run(line, options) end

---Waits until the host is silent with a prompt before the cursor, takes it for `session.prompt`,
---and returns the pattern. It presses Enter if nothing stands there. What came until then is in
---`session.unasked`.
---
---Numbers, the directory and the mode may vary: `r1>` is also `r1#` and `r1(config)#`. A prompt
---without letters is taken as it is.
---
---```lua
---print(s:learn_prompt()) --> brandon@demo:[^\n#$%>]*?[#>$%] ?
---```
---@param timeout? number
---@return string pattern
function session:learn_prompt(timeout) end

---Puts patterns before the list of every wait for a pattern of the session: `expect`,
---`read_until`, `read_all`, and what `run` finds before the cursor. The action is called, and the
---wait goes on. An empty list takes them away.
---
---```lua
---s:always{ { "Session will expire", function(_, t) t:write("\n") end } }
---```
---@param list { [1]: string|moonwire.pattern, [2]: fun(m: moonwire.match, s: moonwire.session) }[]
function session:always(list) end

---What was read and is not consumed, without looking whether more has come. It is consumed
---then. nil when the host has closed and all was read.
---
---```lua
---s:take()
---```
---@return string? text
function session:take() end

---How many bytes are there to be read without waiting. It is nil when the host has closed and
---all was read.
---
---```lua
---print(s:available()) --> 0
---```
---@return integer? bytes
function session:available() end

---The number of the connection's descriptor, nil if it has none.
---
---```lua
---print(s:fileno() > 2) --> true
---```
---@return integer? number
function session:fileno() end

---What `session:why` returns.
---@class moonwire.report
---true if the pattern does match.
---@field matched boolean
---What may help: a list of `{text=, fix=}`, the likeliest first. `fix` is code to paste, nil
---where there is none.
---@field hints { text: string, fix: string? }[]

---A value that can be written and never read: see `secret`.
---@class moonwire.secret
