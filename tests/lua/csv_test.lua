-- The module csv, as scripts use it.

local csv = require "csv"

describe("csv", function()
  it("reads what RFC 4180 has", function()
    assert.same({ { "a", "b" }, { "1", "x, y" } }, csv.decode('a,b\r\n1,"x, y"\r\n'))
    assert.same({ { 'say "hi"', "two\r\nlines" } }, csv.decode('"say ""hi""","two\r\nlines"'))
    assert.same({ { "", "" }, { "", "x", "" } }, csv.decode(",\n,x,\n"))
    assert.same({ { "" }, { "a" } }, csv.decode('""\n\n\na\n\n'))
    assert.same({ { "a", "" } }, csv.decode("a,"))
    assert.same({}, csv.decode(""))
    assert.same({ { "a", "b,c" } }, csv.decode("\239\187\191a;b,c", { separator = ";" }))
    for _, separator in ipairs { "\t", "|", "^", "]", "%", "-", "x" } do
      local text = table.concat({ "a", "b" }, separator)
      assert.same({ { "a", "b" } }, csv.decode(text, { separator = separator }))
    end
  end)

  it("names the fields by the header", function()
    local rows, header = csv.decode("host,port\nr1,23\nr2,24\n", { header = true })
    assert.same({ { host = "r1", port = "23" }, { host = "r2", port = "24" } }, rows)
    assert.same({ "host", "port" }, header)
  end)

  it("brings back what it took, whatever is in it", function()
    local nasty = { "", " ", '"', '""', ",", "\n", "\r\n", "a\rb", 'a"b,c\nd', "中文", "=1+1", "x" }
    for _, a in ipairs(nasty) do
      for _, b in ipairs(nasty) do
        for _, rows in ipairs { { { a, b }, { b, a } }, { { a }, { b } } } do
          for _, separator in ipairs { ",", ";", "\t", "x" } do
            local options = { separator = separator }
            assert.same(rows, csv.decode(csv.encode(rows, options), options))
          end
        end
      end
    end
  end)

  it("writes rows by names, numbers and nothing", function()
    local rows = { { host = "r1", days = 5, up = true }, { host = "r2", load = 0.1 + 0.2 } }
    assert.equal("host,days,up,load\r\nr1,5,true,\r\nr2,,,0.30000000000000004\r\n",
      csv.encode(rows, { header = { "host", "days", "up", "load" } }))
    assert.equal("1,\r\n", csv.encode({ { 1, require("json").null } }))
  end)

  it("says what is wrong, and in which line", function()
    for text, want in pairs {
      ['a,b\n"x'] = "line 2: a quote is not closed",
      ['a\nx"y"\n'] = "line 2: a quote stands inside a field that is not quoted",
      ['"a\nb"c\n'] = "line 2: there is text behind a closing quote",
      ["a\rb"] = "line 1: a carriage return stands alone",
    } do
      assert.error(function() csv.decode(text) end, want)
    end
    local named = { header = true }
    for text, want in pairs {
      [""] = "it has no header",
      ["a,a\n"] = 'the header has "a" twice',
      ['a,b\n"1\n1",2\n\n3\n'] = "line 5 has 1 fields, the header has 2",
    } do
      assert.error(function() csv.decode(text, named) end, want)
    end
    assert.error(function() csv.decode(5) end, "text must be a string, not a number")
    assert.error(function() csv.decode("", 5) end, "options must be a table, not a number")
    assert.error(function() csv.decode("", { heder = true }) end, 'there is no option "heder"')
    assert.error(function() csv.decode("", { separator = '"' }) end, "separator must be one character")
    assert.error(function() csv.encode("x") end, "rows must be a list of rows, not a string")
    assert.error(function() csv.encode({ "x" }) end, "row 1 must be a table, not a string")
    assert.error(function() csv.encode({ { print } }) end, "not a function")
    assert.error(function() csv.encode({}, { header = true }) end, "header must be a list of names, not a boolean")
  end)
end)
