package telnetlib

import (
	"fmt"
	"strings"
	"testing"
)

// TestMended checks what is better than it was.
func TestMended(t *testing.T) {
	for _, lt := range []luaTest{
		{name: "a timeout under a flood", source: `
			local t = Telnet()
			for _ = 1, 50 do say(("x"):rep(20000)) end
			same(#t:read_until("never", 0), 1000000)
			for _ = 1, 50 do say(("x"):rep(20000)) end
			local i, _, text = t:expect({ "never", "not" }, 0)
			same(i, -1); same(#text, 1000000)`},
		{name: "NUL in a subnegotiation", source: `
			local t = Telnet()
			say(tl.IAC .. tl.SB .. tl.TTYPE .. "\0\17vt" .. tl.IAC .. tl.SE .. "a\0b\17c")
			same(t:read_very_eager(), "abc")
			same(t:read_sb_data(), tl.TTYPE .. "\0\17vt")`},
		{name: "NUL while the peer sends BINARY", source: `
			local t = Telnet()
			t:set_option_negotiation_callback(function(sock, command, option)
				if command == tl.WILL then sock:sendall(tl.IAC .. tl.DO .. option) end
				if command == tl.WONT then sock:sendall(tl.IAC .. tl.DONT .. option) end
			end)
			say("\0a", tl.IAC .. tl.WILL .. tl.BINARY, "\0b\17", tl.IAC .. tl.WONT .. tl.BINARY, "\0c")
			same(t:read_very_eager(), "a\0b\17c")`},
		{name: "NUL while BINARY is refused", source: `
			local t = Telnet()
			say(tl.IAC .. tl.WILL .. tl.BINARY .. "\0b")
			same(t:read_very_eager(), "b")`},
		{name: "a subnegotiation without its end", source: `
			local t = Telnet()
			say("a" .. tl.IAC .. tl.SB .. tl.TTYPE .. "\1" .. tl.IAC .. tl.DO .. tl.NAWS .. "text")
			same(t:read_very_eager(), "atext")
			same(heard(), tl.IAC .. tl.WONT .. tl.NAWS)
			same(t:read_sb_data(), "")`},
		{name: "a 255 that was not doubled", source: `
			local t = Telnet()
			say(tl.IAC .. tl.SB .. tl.NAWS .. "\0\255\0\24" .. tl.IAC .. tl.SE .. "text")
			same(t:read_very_eager(), "text")
			same(t:read_sb_data(), tl.NAWS .. "\0\255\0\24")`},
		{name: "no loop of refusals", source: `
			local t = Telnet()
			for _, pair in ipairs { { tl.DO, tl.DONT, tl.WONT }, { tl.WILL, tl.WONT, tl.DONT } } do
				local request, refusal, answer = pair[1], pair[2], tl.IAC .. pair[3] .. tl.ECHO
				local function step(verb, want)
					say(tl.IAC .. verb .. tl.ECHO)
					t:read_very_eager()
					same(heard(), want)
				end
				step(refusal, answer)
				for _ = 1, 3 do step(refusal, "") end
				for _ = 1, 3 do step(request, answer) end
				step(refusal, answer)
				step(refusal, "")
			end`},
		{name: "wrong types", source: `
			local t = Telnet()
			raises("test.lua", function() t:write(5) end)
			raises("write: buffer must be a string, not number", t.write, t, 5)
			raises("read_until: match must be a string, not nil", t.read_until, t)
			raises("read_until: timeout must be a number of seconds, not string", t.read_until, t, "x", "5")
			raises("expect: list must be a table of patterns, not string", t.expect, t, "login")
			raises("pattern 2 must be", t.expect, t, { "a", 5 })
			raises("level must be a number", t.set_debuglevel, t, "1")
			raises("callback must be a function or nil, not string", t.set_option_negotiation_callback, t, "f")
			raises("bytes must be a string, not nil", t.sock.sendall, t.sock)
			raises("host must be a string, not number", tl.Telnet, 23)
			raises("colon", t.read_all)`},
		{name: "patterns beyond RE2", source: `
			local t = Telnet()
			say("aa")
			raises("lookaround", t.expect, t, { "a(?=b)" }, 0)
			raises("back-reference", t.expect, t, { "x", [[(a)\1]] }, 0)
			same(t:read_very_eager(), "aa", "nothing is consumed")`},
		{name: "errors can be used as their text", source: `
			local t = Telnet()
			hangup()
			local e = raises("EOFError", t.read_very_eager, t)
			same(e.kind, "eof"); same(e:match("^EOFError"), "EOFError")
			same("failed: " .. e, "failed: EOFError: telnet connection closed")`},
		{name: "an error in the callback comes out of the read", source: `
			local t = Telnet()
			t:set_option_negotiation_callback(function() error("no such option") end)
			say("a" .. tl.IAC .. tl.DO .. tl.NAWS .. "b")
			raises("no such option", t.read_until, t, "b", 1)
			t:set_option_negotiation_callback(nil)
			same(t:read_until("b", 1), "ab")`},
		{name: "a callback may close", source: `
			local t = Telnet()
			t:set_option_negotiation_callback(function() t:close() end)
			say("a" .. tl.IAC .. tl.DO .. tl.NAWS .. tl.IAC .. tl.DO .. tl.ECHO .. "b")
			raises("closed", t.read_until, t, "b", 1)
			same(t.eof, true)
			raises("EOFError", t.read_very_eager, t)`},
		{name: "the peer hung up and still listens", source: `
			local t = Telnet()
			hangup()
			same(t:read_all(), "")
			t:write("still here")
			same(heard(), "still here")`},
		{name: "the session beneath", source: `
			local t = Telnet()
			say("one\r\ntwo\r\n")
			same(t.session:read_line(), "one\r")
			same(t:read_until("two"), "two")`},
	} {
		lt.run(t, false)
	}
}

// TestCuts runs a dialogue with the peer's bytes in one piece, in single bytes, and
// cut in two at every place: what comes of it is the same.
func TestCuts(t *testing.T) {
	const wire = "\xff\xfb\x01Welcome\x00\r\n\xff\xfa\x18\x01\xff\xf0ERROR: \xff\xff\r\nrouter# \xff\xf9 login: "
	dialogue := func(pieces []string) string {
		var source strings.Builder
		source.WriteString(`
			local t = Telnet()
			t:set_option_negotiation_callback(function(_, command, option) print("told", command:byte(), option:byte()) end)
			say(`)
		for i, p := range pieces {
			if i > 0 {
				source.WriteString(", ")
			}
			source.WriteString(quoted(p))
		}
		source.WriteString(`)
			print(t:read_until("come"))
			local i, m, text = t:expect({ "nothing", "ERROR: (.*)", "\\d", "\r\n" }, 5)
			print(i, m[0], text)
			i, m, text = t:expect({ "login: $", "#" }, 5)
			print(i, m[0], text)
			print(t:read_sb_data():byte(1, -1))`)
		printed, err := run(t, source.String(), true)
		if err != nil {
			t.Fatal(err)
		}
		return printed
	}
	want := dialogue([]string{wire})
	if !strings.Contains(want, "2\tERROR: \xff\r\tWelcome") && !strings.Contains(want, "2\tERROR") {
		t.Errorf("the dialogue went wrong:\n%q", want)
	}
	check := func(name string, pieces []string) {
		if got := dialogue(pieces); got != want {
			t.Errorf("%s:\ngot  %q\nwant %q", name, got, want)
		}
	}
	check("single bytes", strings.Split(wire, ""))
	for cut := 1; cut < len(wire); cut++ {
		check(fmt.Sprintf("cut at %d", cut), []string{wire[:cut], wire[cut:]})
	}
}
