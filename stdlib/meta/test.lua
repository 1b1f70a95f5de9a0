---@meta

-- What there is in the files that moonwire test runs, beside everything else.

---Puts tests into a group of their own. The function holds the group's tests.
---
---```lua
---describe("the demo host", function()
---  it("greets", function()
---    assert.contains("demo host", connect("demo://"):read_until("login: "))
---  end)
---end)
---```
---@param name string
---@param tests fun()
function describe(name, tests) end

---A test: it passes if the function raises no error. Sessions that it leaves open are closed.
---Without a function it is pending, a test that is still to be written.
---
---```lua
---it("knows its name", function() assert.equal("lab", connect("demo://", { name = "lab" }).name) end)
---it("survives a reboot")
---```
---@param name string
---@param test? fun()
function it(name, test) end

---Has a function called before each test of the group, and of the groups in it.
---
---```lua
---local t
---before_each(function() t = connect("demo://") end)
---it("asks for a name", function() t:read_until("login: ", 5) end)
---```
---@param before fun()
function before_each(before) end

---Has a function called after each test of the group, whether it passed or not.
---
---```lua
---after_each(function() if current() then close() end end)
---it("logs in", function() connect("demo://") end)
---```
---@param after fun()
function after_each(after) end

---Runs a function whose `connect` reaches a recording, offline and in no time. The file is
---looked for beside the tests. It fails where the script sends something else than the
---recording has. See the topic `testing`.
---
---```lua norun
---it("logs in, however the network cuts it", function()
---  replay("login.cast", { chunks = "every" }, function()
---    assert.equal(0, run("login.lua").status)
---  end)
---end)
---```
---@param file string
---@param options? moonwire.replay
---@param script fun()
function replay(file, options, script) end

---What `replay` takes as options.
---@class moonwire.replay
---How the host's bytes are cut: "whole", "bytes", "random", "random:SEED" or "every", which runs
---the function once for each place to cut.
---Default: "whole"
---@field chunks? string
---true goes on at the next prompt where the script sends something else.
---Default: false
---@field lenient? boolean

---Runs a whole script with arguments, in a state of its own. It gives a table: `status`, which
---the shell would get; `output`, what it printed; `stderr`; and `error`, the message of the
---error that ended it, nil if there was none. The file is looked for beside the tests.
---
---```lua norun
---local r = run("login.lua", "demo://")
---assert.equal(0, r.status, r.error)
---```
---@param script string
---@param ... string
---@return { status: integer, output: string, stderr: string, error: string? } result
function run(script, ...) end

---Lua's assert, which in tests has more to it: its fields say what is different.
---@class moonwire.assert
---@overload fun(value: any, message?: any, ...): any
local asserting = {}

---Fails unless the two are equal, as `==` has it. Of strings it shows the place where they
---differ.
---
---```lua
---assert.equal(2, 1 + 1)
---```
---@param expected any
---@param actual any
---@param what? string
function asserting.equal(expected, actual, what) end

---Fails if the two are equal.
---
---```lua
---assert.not_equal("", "text")
---```
---@param unwanted any
---@param actual any
---@param what? string
function asserting.not_equal(unwanted, actual, what) end

---Fails unless the two hold the same, tables in tables too.
---
---```lua
---assert.same({ up = { 5, 12 } }, { up = { 5, 12 } })
---```
---@param expected any
---@param actual any
---@param what? string
function asserting.same(expected, actual, what) end

---Fails unless a regular expression matches in the text.
---
---```lua
---assert.matches([[up \d+ days]], "10:24:43 up 5 days")
---```
---@param pattern string
---@param text string
---@param what? string
function asserting.matches(pattern, text, what) end

---Fails unless the text contains the part, which is no pattern.
---
---```lua
---assert.contains("up 5", "10:24:43 up 5 days")
---```
---@param part string
---@param text string
---@param what? string
function asserting.contains(part, text, what) end

---Fails unless the function raises an error, with the part in its message. It returns the
---error.
---
---```lua
---local err = assert.error(function() error({ kind = "mine" }) end)
---assert.equal("mine", err.kind)
---```
---@param f fun()
---@param part? string
---@return any error
function asserting.error(f, part) end

---Lua's assert; in tests it has fields besides, see `assert.equal`.
---@type moonwire.assert
assert = nil
