-- The module columns, as scripts use it.

local columns = require "columns"

describe("columns", function()
  it("aligns, numbers at the right", function()
    assert.equal("r1     5\ncore  12\n", columns.format { { "r1", 5 }, { "core", 12 } })
    assert.equal("host  days\n----  ----\nr1       5\n", columns.format({ { host = "r1", days = 5 } }, { header = { "host", "days" } }))
    assert.equal("a | x\nb |\n", columns.format({ { "a", "x" }, { "b" } }, { gap = " | " }))
    assert.equal("", columns.format {})
    assert.equal("a\n-\n", columns.format({}, { header = { "a" } }))
  end)

  it("counts wide characters two, and marks none", function()
    assert.equal(4, columns.width("中文"))
    assert.equal(1, columns.width("e\204\129")) -- e and an accent
    assert.equal(2, columns.width("\240\159\152\128")) -- a face
    assert.equal(3, columns.width("äöü"))
    assert.equal("中文  x\nab    y\n", columns.format { { "中文", "x" }, { "ab", "y" } })
  end)

  it("takes text that is no UTF-8, and control characters", function()
    assert.equal(2, columns.width("\255\254"))
    assert.equal("a b  x\n", columns.format { { "a\nb", "x" } })
  end)

  it("says what is wrong", function()
    assert.error(function() columns.width(5) end, "text must be a string, not a number")
    assert.error(function() columns.format(5) end, "rows must be a list of rows, not a number")
    assert.error(function() columns.format({ 5 }) end, "row 1 must be a table, not a number")
    assert.error(function() columns.format({}, 5) end, "options must be a table, not a number")
    assert.error(function() columns.format({}, { haeder = {} }) end, 'there is no option "haeder"')
    assert.error(function() columns.format({}, { header = 5 }) end, "header must be a list of names, not a number")
  end)
end)
