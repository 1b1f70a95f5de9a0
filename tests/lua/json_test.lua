-- The module json, as scripts use it.

local json = require "json"

describe("json", function()
  it("brings back what it took", function()
    local value = { name = "r1", up = true, ports = { 22, 23, 80.5 }, none = json.array() }
    assert.same(value, json.decode(json.encode(value)))
  end)

  it("writes strings that any reader takes", function()
    assert.equal([["a\"\\\n\u0001é"]], json.encode("a\"\\\n\1é"))
    assert.equal("[]", json.encode(json.array()))
    assert.equal("{}", json.encode({}))
  end)

  it("says where a text is wrong", function()
    for _, text in ipairs { "", "[1,]", '{"a" 1}', '"\1"', "nul", "[1] 2" } do
      assert.error(function() json.decode(text) end)
    end
  end)
end)
