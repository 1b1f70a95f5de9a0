---@meta

---A function that runs beside the rest of the script, as `task` returns it. See the topic `concurrency`.
---@class moonwire.task
---Which of the script's tasks it is, counted from 1. Messages and traces name it by that.
---
---```lua
---print(task(sleep, 0.01).number) --> 1
---```
---@field number integer
---Where it was started.
---
---```lua norun
---print(task(sleep, 0.01).started) --> login.lua:3
---```
---@field started string
---"waiting", "running" (the task that asks), "done", "failed" or "cancelled".
---
---```lua
---local t = task(sleep, 0.01)
---print(t.state) --> waiting
---```
---@field state string
local task_ = {}

---Waits until the task has ended, and returns what its function returned. Raises the error of
---a task that failed, kind "interrupted" for one that was cancelled, "timeout" if the
---time runs out; the task goes on then.
---
---```lua
---local t = task(function(a, b) sleep(0.01) return a + b end, 1, 2)
---print(t:wait()) --> 3
---```
---@param timeout? number seconds; none by default
---@return any ...
function task_:wait(timeout) end

---Ends the task: the wait that it is in, or its next instruction, raises kind "interrupted",
---which passes through every `pcall` in the task. So do the tasks that it has started. A task
---that has ended stays as it is.
---
---```lua
---local t = task(function() s:read_until "never" end)
---t:cancel()
---print(pcall(t.wait, t))
---```
function task_:cancel() end

---Lets the script end without the task, and without the tasks that it starts: they are
---cancelled then. Returns the task.
---
---```lua
---task(function() while true do sleep(60) end end):detach()
---```
---@return moonwire.task task
function task_:detach() end

---Runs a function beside the caller, in the same Lua state, and returns the task. What the task
---shares with the script needs no locks: tasks take turns, and only a call that waits
---(for a host, for time, for input) lets the others run. The script waits for its
---tasks at its end. See the topic `concurrency`.
---
---```lua
---local t = task(function(name) sleep(0.01) return "up: " .. name end, "r1")
---print(t:wait()) --> up: r1
---```
---@param f fun(...): ...
---@param ... any what f is called with
---@return moonwire.task task
function task(f, ...) end

---The tasks that have not ended, in the order in which they were started. At the prompt it shows
---where each one waits.
---
---```lua
---task(sleep, 0.01)
---print(#tasks()) --> 1
---```
---@return moonwire.task[] tasks
function tasks() end

---The options of `parallel`.
---@class moonwire.parallel
---How many calls run at once, 50 by default.
---@field limit? integer
---After so many failures no further call begins; those that run are finished.
---@field stop_at? integer

---Calls a function for each element of a list, `f(element, index)`, many at once, and returns a list
---of results in the list's order when all have ended: `{ok=true, value=...}` with the first
---value that f returned, or `{ok=false, error=...}`. The elements that `stop_at` leaves out have
---an error of kind "skipped". A function that fails ends no other.
---
---```lua
---local r = parallel({ 1, 2, 3 }, function(n) sleep(0.01) return n * n end, { limit = 2 })
---print(r[3].ok, r[3].value) --> true	9
---```
---@param list any[]
---@param f fun(element: any, index: integer): any
---@param options? moonwire.parallel
---@return table[] results
function parallel(list, f, options) end

---Waits on several sessions at once, each with patterns of its own, and returns the session that is
---decided first, the index of the pattern in that session's list, the match, and the text, as
---`session:expect` does. The other sessions' text stays unread. Whenever something comes the sessions
---are looked at in the list's order: of those that are decided by then the first wins.
---Raises if a session ends and `EOF` is not in its list. With `-rescue` the operator is offered the
---session that failed, or the first if no time was left for any. See the topic `concurrency`.
---
---```lua
---local other = connect("demo://")
---local who, index = expect_any({ { s, "never" }, { other, "login: ", EOF } }, 5)
---print(who == other, index) --> true	1
---```
---@param list any[][] each a session and its patterns
---@param timeout? number seconds; by default the first session's
---@return moonwire.session session
---@return integer index
---@return moonwire.match match
---@return string text
function expect_any(list, timeout) end
