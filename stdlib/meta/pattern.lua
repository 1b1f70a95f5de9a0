---@meta

---A pattern that is not a plain string. `tostring` shows it.
---@class moonwire.pattern
local pattern = {}

---A pattern that is the text itself: nothing in it is special.
---
---```lua
---s:writeln("echo 1.5")
---s:expect({ exact "1.5\n" }, 5)
---```
---@param text string
---@return moonwire.pattern pattern
function exact(text) end

---A pattern as for file names. `*` is any text, `?` one character, `[a-z]` one of a set, `\`
---takes the next character as it is. `^` first and `$` last hold at the text's beginning
---and end; without them it may match anywhere. A `*` at the very end is the rest of the line.
---
---```lua
---s:writeln("uptime")
---local _, m = s:expect({ glob "up * days" }, 5)
---print(m) --> up 5 days
---```
---@param text string
---@return moonwire.pattern pattern
function glob(text) end

---A regular expression with flags. The flags are letters: `i` ignores case, `s` lets `.`
---match a newline, `m` lets `^` and `$` hold at each line, `U` makes `*` lazy. Without flags
---it is the same as the string itself. The syntax is RE2's, as in Go. Raises if the
---expression is wrong, and says where.
---
---```lua
---s:writeln("echo Done")
---local n = s:expect({ regex("^done$", "im") }, 5)
---print(n) --> 1
---```
---@param text string
---@param flags? string
---@return moonwire.pattern pattern
function regex(text, flags) end

---The pattern of the conversation's end: the host closed the connection. It comes after all
---text. If it is not in a list, the end is an error of kind "eof".
---
---```lua
---s:writeln("exit")
---local n, _, text = s:expect({ "[$] $", EOF }, 5)
---print(n) --> 2
---```
---@type moonwire.pattern
EOF = nil

---The pattern of a wait that ran out of time. The text that came stays unread. If it is not
---in a list, running out of time is an error of kind "timeout".
---
---```lua
---local n = s:expect({ "never", TIMEOUT }, 0.05)
---print(n) --> 2
---```
---@type moonwire.pattern
TIMEOUT = nil

---The pattern of a prompt that the host marks as one (telnet's GA or EOR). Most hosts do
---not; see the topic `matching` for prompts.
---
---```lua
---s:expect({ PROMPT, [[\$ $]], TIMEOUT }, 0.05)
---```
---@type moonwire.pattern
PROMPT = nil

---The pattern of the host that takes over echoing, as most do at a login and before a password.
---It keeps its place between the bytes. A program that is spawned takes over echoing where it
---switches its terminal's echo off. Lines that tell nothing of the echo make it an error.
---
---```lua
---local t = connect("demo://")
---print((t:expect({ "login: ", ECHO_OFF }, 5))) --> 2
---```
---@type moonwire.pattern
ECHO_OFF = nil

---The pattern of the host that gives echoing back.
---
---```lua
---s:expect({ ECHO_ON, TIMEOUT }, 0.05)
---```
---@type moonwire.pattern
ECHO_ON = nil

---The pattern of a program's end, for sessions that `spawn` makes. It stands behind all that the
---program has printed, and comes even where a program that it started holds the terminal and
---goes on: `EOF` waits for that one too. `session:wait` tells how the program ended.
---
---```lua
---local p = spawn("sleep 100 & echo done")
---local _, _, text = p:expect(EXIT)
---print((text:gsub("\n", ""))) --> done
---```
---@type moonwire.pattern
EXIT = nil

---What the action of a pair returns to have `expect` go on waiting, with its time anew.
---
---```lua
---s:writeln("more 500")
---s:expect({ { "--More--", function() s:write(" ") return AGAIN end }, [[~\$ $]] }, 5)
---```
---@type userdata
AGAIN = nil

---What `expect` returns second. `match[0]` is the text that matched, `match[1]` and on are
---the groups, false where one took no part, and `match.NAME` is the group `(?P<NAME>...)`.
---`tostring(match)` is `match[0]`.
---
---```lua
---s:writeln("uptime")
---local _, m = s:expect({ [[up (?P<days>\d+) days]] }, 5)
---print(m[0], m[1], m.days) --> up 5 days 5 5
---```
---@class moonwire.match
---@field [integer] string|false
---@field [string] string|false
---The text before the match, from the last byte that was read before.
---
---```lua
---s:writeln("uptime")
---local _, m = s:expect({ "days" }, 5)
---print(#m.before > 0) --> true
---```
---@field before string
---The place in the list of the pattern that matched, from 1.
---
---```lua
---local _, m = s:expect({ "never", TIMEOUT }, 0.05)
---print(m.index) --> 2
---```
---@field index integer
---true if the host's silence decided the match. It is false if no further byte could have
---changed it.
---
---```lua
---s:writeln("")
---local _, m = s:expect({ [[\$ $]] }, 5)
---print(m.settled) --> true
---```
---@field settled boolean
---true if text before the match was lost because it was more than `connect.max_buffer`.
---
---```lua
---s:writeln("uptime")
---local _, m = s:expect({ "up" }, 5)
---print(m.truncated) --> false
---```
---@field truncated boolean
---Why the connection was lost, if its end decided the wait; nil if the host closed it in order.
---
---```lua
---s:writeln("exit")
---local _, m = s:expect({ EOF }, 5)
---print(m.reason) --> nil
---```
---@field reason string?

---What `expect` takes beside its patterns, in one table: `s:expect{ "a", "b", timeout = 5 }`.
---@class moonwire.expect
---@field [integer] string|moonwire.pattern|{ [1]: string|moonwire.pattern, [2]: fun(match: moonwire.match, s: moonwire.session): any }
---Seconds this wait may take. 0 tests what is there.
---
---```lua
---s:expect{ "login: ", TIMEOUT, timeout = 0.05 }
---```
---Default: the session's timeout
---@field timeout? number
---Seconds of silence that end an open match in this wait. 0 takes it as soon as all that
---arrived was read; `math.huge` waits until no further byte could change it.
---
---```lua
---s:writeln("uptime")
---s:expect{ [[\$ $]], settle = 0.3 }
---```
---Default: the session's settle
---@field settle? number
---"text": the match that starts first in the text wins. "list": the pattern that stands
---first in the list, wherever it matches in what has come, as telnetlib has it.
---
---```lua
---s:writeln("uptime")
---print((s:expect{ "average", "up", order = "list" })) --> 1
---```
---Default: "text"
---@field order? "text"|"list"

---What `session:run` takes beside the line: `s:run("show version", { timeout = 60 })`.
---@class moonwire.run
---Seconds the command may take.
---
---```lua
---s:run("uptime", { timeout = 60 })
---```
---Default: the session's timeout
---@field timeout? number
---The prompt behind this command, where it differs from the session's.
---
---```lua
---s:run("uptime", { prompt = "\\$ " })
---```
---Default: the session's
---@field prompt? string|moonwire.pattern
---What is done at a pager's mark: pairs of a pattern and a key, false for nothing.
---
---```lua
---s:run("uptime", { pager = { { "-- next page --", " " } } })
---```
---Default: the session's, or the pagers that are known
---@field pager? boolean|{ [1]: string|moonwire.pattern, [2]: string|moonwire.secret|function }[]
---Patterns of lines by which the host says that the command failed, beside the session's.
---
---```lua
---s:run("uptime", { errors = { "not found" } })
---```
---Default: none
---@field errors? (string|moonwire.pattern)[]
---false if the host does not show the line that it is sent, or shows it in a way of its own: the
---output is then all that comes. true if it must.
---
---```lua
---print(s:run("echo hello", { echo = true })) --> hello
---```
---Default: what the host has said or shown
---@field echo? boolean
---Replies to what the command may ask, before the session's: pairs of a pattern and a reply, which
---is a string, a secret (Enter follows it) or a function that returns one.
---
---```lua
---s:run("uptime", { answers = { { [[\[confirm\]$]], "\n" } } })
---```
---Default: none
---@field answers? { [1]: string|moonwire.pattern, [2]: string|moonwire.secret|function }[]
