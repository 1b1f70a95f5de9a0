---@meta

---A host of an inventory: `host` in the scripts that `moonwire fleet` runs, and what `connect(host)`
---takes. Beside the fields below it has a field for each of the host's variables; one called
---`connect` is a table of options for `connect`. Those whose name
---ends in "password", "passwd", "passphrase", "secret" or "_pass" are secrets. See
---the topic `fleets`.
---@class moonwire.host
---Its name, which no other host has.
---@field name string
---Where it is, as `connect` takes it.
---@field address string
---The groups that it is in, sorted.
---@field groups string[]

---The host that this run of the script is for; nil where `moonwire fleet` does not run it.
---
---```lua norun
---local s = connect(host, { timeout = 10 })
---print(host.name, host.site)
---```
---@type moonwire.host
host = nil

---The options of `step`.
---@class moonwire.step
---The step may be done twice: one that was cut off is done once more.
---@field again? boolean

---Does something once for each host of a fleet: calls f and returns the first value that it returns. That
---the step has begun is on disk before f is called, what it returned before `step` returns. In a run
---that is resumed, a step that is done is not done again: `step` returns what it returned then, after
---a way through JSON. One that was cut off raises kind "step", unless `again` is given: nobody knows
---whether it was done. A step that failed is not done. A name may be used once in a run.
---
---Where `moonwire fleet` does not run the script, `step` calls f and records nothing.
---
---```lua
---local version = step("read the version", function() return "15.2" end)
---print(version) --> 15.2
---```
---@param name string
---@param options? moonwire.step
---@param f fun(): any
---@return any value
function step(name, options, f) end
