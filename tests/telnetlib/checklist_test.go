package telnetlib

import (
	"strings"
	"testing"
)

// asserts are what the Lua tests below check with.
const asserts = `
local function same(got, want, what)
  if got ~= want then
    error(("%s: got %q, want %q"):format(what or "values differ", tostring(got), tostring(want)), 2)
  end
end
local function raises(want, f, ...)
  local ok, e = pcall(f, ...)
  if ok then error("no error, want " .. want, 2) end
  if not tostring(e):find(want, 1, true) then error(("error %q, want %q"):format(tostring(e), want), 2) end
  return e
end
local tl = telnetlib
`

// A luaTest is a script that raises if something is not as it should be; printed is
// what it is to print.
type luaTest struct{ name, source, printed string }

func (lt luaTest) run(t *testing.T, cuts bool) {
	t.Run(lt.name, func(t *testing.T) {
		printed, err := run(t, asserts+lt.source, cuts)
		if err != nil {
			t.Error(err)
		}
		if printed != strings.TrimPrefix(lt.printed, "\n") {
			t.Errorf("printed:\n%s\nwant:\n%s", printed, lt.printed)
		}
	})
}

// TestChecklist goes through what CPython's tests of telnetlib check.
func TestChecklist(t *testing.T) {
	for _, lt := range []luaTest{
		{name: "connect and close", source: `
			local t = Telnet()
			same(t.host, "host"); same(t.port, 23); same(t.eof, false); same(t.debuglevel, 0)
			assert(t.sock)
			t:close()
			same(t.sock, nil); same(t.eof, true)
			t:close()`},
		{name: "not connected", source: `
			local t = tl.Telnet()
			same(t.sock, nil); same(t.host, nil); same(t.eof, false)
			raises("not connected", t.read_all, t)
			t:open("host", 2323, 5)
			same(t.port, 2323); same(t.timeout, 5)
			t = tl.Telnet("host", "2323")
			t.debuglevel = 1
			t:msg("test")
			raises("port must be a number, not table", tl.Telnet, "host", {})`, printed: "Telnet(host,2323): test\n"},
		{name: "timeout", source: `
			same(Telnet().timeout, nil)
			local t = Telnet(30)
			same(t.timeout, 30)
			say("abc")
			raises("TimeoutError: timed out", t.read_all, t)
			same(t:read_very_lazy(), "abc")
			same(raises("TimeoutError: timed out", t.read_some, t).kind, "timeout")`},
		{name: "getters", source: `
			local t = Telnet()
			same(t:get_socket(), t.sock)
			same(type(t:fileno()), "number")
			same(t:fileno(), t.sock:fileno())`},
		{name: "read_until", source: `
			local t = Telnet()
			say("xxxmatchyyy")
			same(t:read_until("match"), "xxxmatch")
			local long = ("x"):rep(5000)
			say(long .. "match" .. long)
			same(t:read_until("match"), "yyy" .. long .. "match")
			same(t:read_until("match", 0), long, "what came when the time runs out")
			same(t:read_until("match", 0), "")
			hangup()
			raises("EOFError", t.read_until, t, "match")`},
		{name: "read_until across reads", source: `
			local t = Telnet()
			say("xxxm", "at", "chyyy")
			same(t:read_until("match"), "xxxmatch")
			hangup()
			same(t:read_until("match"), "yyy")`},
		{name: "read_all", source: `
			local t = Telnet()
			for _, n in ipairs { 500, 10, 3000, 0 } do say(("x"):rep(n) .. "y") end
			hangup()
			same(#t:read_all(), 3514)
			same(t.eof, true)
			same(t:read_all(), "")`},
		{name: "read_some", source: `
			local t = Telnet()
			say(("x"):rep(500))
			same(#t:read_some(), 500)
			hangup()
			same(t:read_some(), "")
			same(t:read_some(), "")`},
		{name: "read_eager and read_very_eager", source: `
			for _, name in ipairs { "read_eager", "read_very_eager" } do
				local t = Telnet()
				same(t[name](t), "", name)
				say("x")
				same(t[name](t), "x", name)
				say(tl.IAC .. tl.NOP)
				same(t[name](t), "", name .. " with nothing but a command")
				hangup()
				raises("EOFError: telnet connection closed", t[name], t)
				t:close()
				raises("EOFError", t[name], t)
				peer:close()
				peer = nil
				break -- the wire is used up; the other name has its turn below
			end`},
		{name: "read_very_eager at the end", source: `
			local t = Telnet()
			say("x")
			hangup()
			same(t:read_very_eager(), "x")
			same(t.eof, true)
			raises("EOFError", t.read_very_eager, t)`},
		{name: "read_lazy and read_very_lazy", source: `
			local t = Telnet()
			say("matchrest")
			same(t:read_lazy(), "", "nothing is read from the connection")
			same(t:read_very_lazy(), "")
			same(t:read_until("match"), "match")
			same(t:read_lazy(), "rest")
			same(t:read_very_lazy(), "")
			hangup()
			same(t:read_very_lazy(), "", "the end is not seen either")
			same(t:read_all(), "")
			raises("EOFError", t.read_lazy, t)
			raises("EOFError", t.read_very_lazy, t)`},
		{name: "write", source: `
			local t = Telnet()
			t:write("data sample without IAC")
			same(heard(), "data sample without IAC")
			t:write("data sample with" .. tl.IAC .. " one IAC")
			same(heard(), "data sample with" .. tl.IAC .. tl.IAC .. " one IAC")
			t:write(tl.IAC .. tl.IAC)
			same(heard(), tl.IAC:rep(4))
			t:write(tl.IAC)
			same(heard(), tl.IAC:rep(2))
			t:write("")
			t:write("\n\r\0")
			same(heard(), "\n\r\0")`},
		{name: "commands", source: `
			local t, seen, raw = Telnet(), "", tl.IAC .. tl.IAC
			t:set_option_negotiation_callback(function(sock, command, option)
				same(sock, t.sock)
				seen = seen .. command .. option
			end)
			local function sent(bytes, want)
				seen = ""
				say("x" .. bytes .. "y")
				same(t:read_very_eager(), "xy")
				same(seen, want)
			end
			for _, name in ipairs { "NOP", "DM", "BRK", "IP", "AO", "AYT", "EC", "EL", "GA", "SE", "theNULL" } do
				sent(tl.IAC .. tl[name], tl[name] .. "\0")
			end
			for _, name in ipairs { "DO", "DONT", "WILL", "WONT" } do
				for option = 0, 255 do
					sent(tl.IAC .. tl[name] .. string.char(option), tl[name] .. string.char(option))
				end
			end
			say("x" .. raw .. "y")
			same(t:read_very_eager(), "x" .. tl.IAC .. "y")
			same(t:read_sb_data(), "")
			same(heard(), "", "the callback's silence is the answer")`},
		{name: "subnegotiations", source: `
			local t, seen = Telnet(), {}
			t:set_option_negotiation_callback(function(sock, command, option)
				same(option, tl.NOOPT)
				seen[#seen + 1] = command .. (command == tl.SE and t:read_sb_data() or "")
			end)
			local IAC, SB, SE = tl.IAC, tl.SB, tl.SE
			local function sent(payload, want)
				seen = {}
				say("x" .. IAC .. SB .. payload .. IAC .. SE .. "y")
				same(t:read_very_eager(), "xy")
				same(table.concat(seen, "|"), SB .. "|" .. SE .. want)
				same(t:read_sb_data(), "", "read once")
			end
			sent(IAC .. IAC, IAC)
			sent(IAC .. IAC .. "a", IAC .. "a")
			sent("aa", "aa")
			sent("a" .. IAC .. IAC .. "a", "a" .. IAC .. "a")
			sent("a" .. ("b"):rep(1000), "a" .. ("b"):rep(1000))`},
		{name: "refusals", source: `
			local t = Telnet()
			say("a" .. tl.IAC .. tl.DO .. tl.TTYPE .. "b" .. tl.IAC .. tl.WILL .. tl.ECHO .. tl.IAC .. tl.DONT .. tl.SGA .. tl.IAC .. tl.WONT .. tl.SGA)
			same(heard(), "", "nothing is answered before something is read")
			same(t:read_until("b"), "ab")
			same(heard(), tl.IAC .. tl.WONT .. tl.TTYPE .. tl.IAC .. tl.DONT .. tl.ECHO .. tl.IAC .. tl.WONT .. tl.SGA .. tl.IAC .. tl.DONT .. tl.SGA)
			t:set_option_negotiation_callback(function() end)
			say(tl.IAC .. tl.DO .. tl.NAWS)
			t:read_very_eager()
			same(heard(), "")
			t:set_option_negotiation_callback(nil)
			say(tl.IAC .. tl.DO .. tl.NAWS)
			t:read_very_eager()
			same(heard(), tl.IAC .. tl.WONT .. tl.NAWS)`},
		{name: "debug lines", source: `
			local t = Telnet()
			t:set_debuglevel(1)
			t:write("xxx\255'")
			say("a\\b\"" .. tl.IAC .. tl.DO .. "\1" .. tl.IAC .. tl.WONT .. "\200" .. tl.IAC .. tl.NOP)
			t:read_very_eager()
			t.debuglevel = 0
			say("silence")
			t:read_very_eager()
			t.debuglevel = 2
			t:msg("%s %d%% of %r", "about", 5, "x\ny")
			t:msg("100%")
			hangup()
			t:read_some()`, printed: `
Telnet(host,23): send b"xxx\xff\xff'"
Telnet(host,23): recv b'a\\b"\xff\xfd\x01\xff\xfc\xc8\xff\xf1'
Telnet(host,23): IAC DO 1
Telnet(host,23): IAC WONT 200
Telnet(host,23): IAC 241 not recognized
Telnet(host,23): about 5% of b'x\ny'
Telnet(host,23): 100%
Telnet(host,23): recv b''
`},
		{name: "expect", source: `
			local t = Telnet()
			say("xxx" .. ("x"):rep(10) .. "match" .. ("y"):rep(10))
			local i, m, text = t:expect { "match" }
			same(i, 1); same(m[0], "match"); same(text, ("x"):rep(13) .. "match")
			i, m, text = t:expect({ "match", "z" }, 0)
			same(i, -1); same(m, nil); same(text, ("y"):rep(10))
			say("port 42 of eth0")
			i, m, text = t:expect { "nothing", regex([[PORT (\d+) of (?P<name>\w+)]], "i") }
			same(i, 2); same(m[1], "42"); same(m.name, "eth0"); same(text, "port 42 of eth0")
			say("def abc")
			i, m, text = t:expect { "abc", "def" }
			same(i, 1, "the first in the list, wherever it matches"); same(text, "def abc")
			hangup()
			raises("EOFError", t.expect, t, { "match" })`},
		{name: "expect at the end", source: `
			local t = Telnet()
			say("some text")
			hangup()
			local i, m, text = t:expect { "never" }
			same(i, -1); same(m, nil); same(text, "some text"); same(t.eof, true)`},
		{name: "expect's patterns are left alone", source: `
			local t, list = Telnet(), { "a", "b" }
			say("b")
			t:expect(list)
			same(#list, 2); same(list.timeout, nil)`},
		{name: "listener", source: `
			local t = Telnet()
			say("one\n", "two\n")
			hangup()
			t:listener()`, printed: `
one
two
*** Connection closed by remote host ***
`},
		{name: "socket", source: `
			local t = Telnet()
			t.sock:sendall(tl.IAC .. tl.NOP)
			same(t.sock:send("\255"), 1)
			same(heard(), "\255\241\255")
			say("raw" .. tl.IAC .. tl.NOP .. "text")
			same(t.sock:recv(3), "raw")
			same(t.sock:recv(2), tl.IAC .. tl.NOP)
			same(t:read_very_eager(), "text")
			hangup()
			same(t.sock:recv(100), "")
			local sock = t.sock
			sock:close()
			same(t.sock, nil)
			raises("closed", sock.sendall, sock, "x")`},
		{name: "unread text after close", source: `
			local t = Telnet()
			say("one two three")
			t:read_until("one")
			t:close()
			same(t:read_until(" two"), " two")
			same(t:read_very_lazy(), " three")
			raises("EOFError", t.read_very_lazy, t)
			same(t:read_all(), "")`},
	} {
		lt.run(t, false)
	}
}
