-- The examples against recordings of the demo host, cut at every byte.

describe("the examples", function()
  for name, output in pairs {
    telnet_login = "^10:24:43 up 5 days",
    telnet_codes = "mypython\n",
    telnetlib_login = "10:24:43 up 5 days",
    telnetlib_codes = 'Sending terminal type "mypython"',
  } do
    it(name .. " needs no luck", function()
      replay("../../examples/" .. name .. ".cast", { chunks = "every" }, function()
        local r = run("../../examples/" .. name .. ".lua")
        assert.equal(nil, r.error)
        assert.equal(0, r.status)
        assert.matches(output, r.output)
      end)
    end)
  end
end)
