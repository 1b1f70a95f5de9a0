package check_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/moonwire/moonwire/luabind/check"
)

func checker(t *testing.T) *check.Checker {
	t.Helper()
	c, err := check.New()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestProblems(t *testing.T) {
	c := checker(t)
	for _, test := range []struct{ name, script, want string }{
		{"syntax", "x = = 1", `1: unexpected symbol near '='`},
		{"syntax, deep", "local x = 1\nif x then\n", `2: 'end' expected near '<eof>'`},
		{"goto", "goto nowhere", `1: no visible label 'nowhere' for <goto>`},

		{"global", "conect('demo://')", "1: there is no global conect; did you mean connect?"},
		{"global, nothing near", "print(qwertz)", "1: there is no global qwertz"},
		{"global, once", "\nprint(foo)\nprint(foo)", "2: there is no global foo"},
		{"global in a function", "local function f()\n  return pirnt('x')\nend\nf()", "2: there is no global pirnt; did you mean print?"},
		{"local out of its scope", "do local x = 1 end\nprint(x)", "2: there is no global x"},
		{"a local's own value", "local fact = function(n) return fact(n - 1) end\nfact(3)", "1: there is no global fact"},
		{"field", "print(string.fromat('x'))", "1: there is no string.fromat; did you mean format?"},
		{"field, nothing near", "print(math.qwertz)", "1: there is no math.qwertz"},

		{"method", "local t = connect('demo://')\nt:raed_until('x')", `2: a session has no field or method "raed_until"; did you mean read_until?`},
		{"field of a session", "local t = connect('demo://')\nprint(t.nmae)", `2: a session has no field or method "nmae"; did you mean name?`},
		{"method of connect itself", "connect('demo://'):wirte('x')", `1: a session has no field or method "wirte"; did you mean write?`},
		{"method of an argument", "local function f(t) t:writln('x') end f()", `1: there is no method "writln"; did you mean writeln?`},
		{"method in a hook", "on_option(function(s) s:clsoe() end)", `1: a session has no field or method "clsoe"; did you mean close?`},
		{"method in an action", "expect({ { 'x', function(m, s) s:wriet(m[0]) end } })", `1: a session has no field or method "wriet"; did you mean write?`},
		{"dot for colon", "local t = connect('demo://')\nt.writeln('x')", "2: writeln is called with a dot; write it with a colon: s:writeln(...)"},

		{"option", "connect('demo://', { tiemout = 3 })", `1: connect has no option "tiemout"; did you mean timeout?`},
		{"option, after a port", "connect('h', 23, {\n  naem = 'x',\n})", `2: connect has no option "naem"; did you mean name?`},
		{"option of spawn", "spawn('x', { cdw = '/' })", `1: spawn has no option "cdw"; did you mean cwd?`},
		{"option of spawn, beside the program", "spawn{ 'x', cdw = '/' }", `1: spawn has no option "cdw"; did you mean cwd?`},
		{"option of expect", "expect{ 'x', tiemout = 3 }", `1: expect has no option "tiemout"; did you mean timeout?`},
		{"option of run", "local t = connect('demo://')\nt:run('x', { tiemout = 3 })", `2: run has no option "tiemout"; did you mean timeout?`},
		{"a pager in a loop", "local t = connect('h')\nrepeat\n  local n = t:expect({ '--More--', '# $' })\n  if n == 1 then t:write(' ') end\nuntil n == 2", `3: the loop answers the pager "--More--" by hand; session:run(line) does that, and returns every page`},
		{"a pager, exact", "local t = connect('h')\nwhile true do\n  t:expect({ exact '-- More --', '# $' })\nend", `3: the loop answers the pager "-- More --" by hand; session:run(line) does that, and returns every page`},
		{"a bare prompt", "local t = connect('h')\nt:read_until('# ')\nt:writeln('x')\nt:read_until('# ')", `4: the text "# " may stand in output as well, and every later read is then a prompt behind; session:run(line) checks that, or write more of the prompt`},
		{"option of interact", "interact{ escpae = '^]' }", `1: interact has no option "escpae"; did you mean escape?`},
		{"pattern of expect_any", "local t = connect('h')\nexpect_any{ { t, 'ok', '(b' } }", `2: the pattern "(b" is wrong: missing closing ); a literal parenthesis is written \( or \), or use exact "..."`},
		{"action in expect_any", "local t = connect('h')\nexpect_any{ { t, { 'ok', function(m, s) s:clsoe() end } } }", `2: a session has no field or method "clsoe"; did you mean close?`},
		{"option in expect_any", "local t = connect('h')\nexpect_any{ { t, 'ok', timeout = 5 } }", `2: expect_any has no option "timeout" in the list of a session; its timeout is the second argument`},
		{"an empty expect_any", "expect_any{}", `1: expect_any: the list is empty; as in { {s1, "word"}, {s2, "word", EOF} }`},
		{"a task of a number", "task(5)", "1: task: f must be a function, not a number; task(f, a, b) calls f(a, b)"},
		{"a task of nothing", "task()", "1: task: f must be a function, not nil; task(f, a, b) calls f(a, b)"},
		{"parallel without a function", "parallel({ 1 })", "1: parallel: f must be a function, not nil"},
		{"parallel of a number", "parallel(5, print)", "1: parallel: list must be a list, not a number"},
		{"parallel of none at once", "parallel({ 1 }, print, {\n  limit = 0 })", "2: parallel: limit must be a whole number from 1 on, not 0"},
		{"parallel of halves", "parallel({ 1 }, print, { stop_at = 1.5 })", "1: parallel: stop_at must be a whole number from 1 on, not 1.5"},
		{"within of a string", "within(5, 'x')", "1: within: f must be a function, not a string"},
		{"within of a table", "within(5, {})", "1: within: f must be a function, not a table"},
		{"within of a boolean", "within(5, true)", "1: within: f must be a function, not a boolean"},
		{"option of window", "connect('h', { window = { cols = 80 } })", `1: window has no option "cols"`},
		{"option of tls", "connect('h', { tls = { insecrue = true } })", `1: tls has no option "insecrue"; did you mean insecure?`},
		{"option of another kind of line", "connect('tcp://h:1', { environ = { USER = 'x' } })", "1: environ does not go with tcp://, which does not speak telnet"},
		{"option of spawn that it lacks", "spawn('x', { tls = true })", "1: tls does not go with spawn:, which has no TLS"},
		{"address", "connect('tpc://h:1')", `1: the address "tpc://h:1" is wrong: the scheme "tpc" is not known`},
		{"address, port", "connect('tcp://h')", `1: the address "tcp://h" is wrong: tcp:// needs a port`},
		{"address, two ports", "connect('h:23', 24)", `1: the address "h:23" is wrong: the address has port 23 and another, 24, is given`},
		{"hop", "connect('h', { via = 'sock5://p' })", `1: via has the hop "sock5://p": no connection goes through that`},
		{"hop in a list", "connect('h', { via = { 'socks5://p',\n { 'ssh2://x', {} } } })", `2: via has the hop "ssh2://x": no connection goes through that`},
		{"password of a hop", "connect('h', { via = { 'socks5://p', { password = 'sesame' } } })", "1: a password is written in the script; use secret \"password\""},
		{"telnet option", "connect('h', { options = { EHCO = 'accept' } })", `1: there is no telnet option "EHCO"; did you mean ECHO?`},

		{"pattern", "expect({ 'ok', '(b' })", `1: the pattern "(b" is wrong: missing closing ); a literal parenthesis is written \( or \), or use exact "..."`},
		{"pattern, its line", "expect({\n  'ok',\n  '+b',\n})", `3: the pattern "+b" is wrong: missing argument to repetition operator: +; a literal + is written \+, or use exact "..."`},
		{"pattern alone", "expect('[', 5)", `1: the pattern "[" is wrong: missing closing ]; a literal [ is written \[, or use exact "..."`},
		{"pattern by name", "local prompt = '(b'\nexpect({ prompt })", `2: the pattern "(b" is wrong: missing closing ); a literal parenthesis is written \( or \), or use exact "..."`},
		{"regex", "local r = regex('a', 'x')\nprint(r)", `1: the pattern "a" with flags "x" is wrong: unknown flag x; the flags are i, s, m and U`},
		{"regex in a list", "expect({ regex '(b' })", `1: the pattern "(b" is wrong: missing closing ); a literal parenthesis is written \( or \), or use exact "..."`},
		{"pattern beside an unknown one", "local x = arg[1]\nexpect({ x, '(b' })", `2: the pattern "(b" is wrong: missing closing ); a literal parenthesis is written \( or \), or use exact "..."`},
		{"interact's patterns", "interact{ on_output = { { '(b', print } } }", `1: the pattern "(b" is wrong: missing closing ); a literal parenthesis is written \( or \), or use exact "..."`},
		{"empty", "expect({ 'x*', 'y' })", `1: the pattern "x*" matches the empty text, so it can match before anything has come|1: the pattern "y" never matches: pattern "x*" is listed before it and matches whenever it would`},
		{"impossible", "expect({ 'login', 'a$ b' })", `1: the pattern "a$ b" matches no text; a literal $ or ^ is written \$ or \^`},
		{"hidden", "expect({ 'login', 'login: ' })", `1: the pattern "login: " never matches: pattern "login" is listed before it and matches whenever it would`},
		{"holds", "expect({ '(?s).*foo', 'bar' })", `1: the pattern "(?s).*foo" takes in everything from the first byte on, so no other is taken before the peer pauses; leave out what it begins with`},

		{"literal", `read_until("\\$ $")`, `1: read_until waits for the very text "\\$ $", which looks like a regular expression; use expect([[\$ $]])`},
		{"literal of a session", `local t = connect("h") t:read_until("login.*")`, `1: read_until waits for the very text "login.*", which looks like a regular expression; use expect("login.*")`},
		{"literal with digits", `read_until([[port \d+]])`, `1: read_until waits for the very text "port \\d+", which looks like a regular expression; use expect([[port \d+]])`},
		{"literal with a class", `read_until("[$#] ")`, `1: read_until waits for the very text "[$#] ", which looks like a regular expression; use expect("[$#] ")`},
		{"literal with a set", `read_until("[$#>]")`, `1: read_until waits for the very text "[$#>]", which looks like a regular expression; use expect("[$#>]")`},

		{"password", "read_until('assword: ')\nwriteln('hunter2')", `2: a password is written in the script; use secret "password"`},
		{"password after expect", "local s = connect('h')\nlocal n = s:expect({ 'Password:', TIMEOUT })\ns:write('hunter2', '\\n')\nprint(n)", `3: a password is written in the script; use secret "password"`},
		{"password by name", "local enable_password = 'hunter2'\nwriteln(enable_password)", `1: a password is written in the script; use secret "enable_password"`},

		{"ignored", "expect({ 'x', TIMEOUT }, 5)", "1: the result is ignored, so nobody notices TIMEOUT; without it in the list the wait would raise an error"},
		{"ignored method", "local s = connect('h')\ns:expect{ 'x', TIMEOUT, EOF, timeout = 5 }", "2: the result is ignored, so nobody notices EOF or TIMEOUT; without it in the list the wait would raise an error"},
	} {
		t.Run(test.name, func(t *testing.T) {
			var got []string
			for _, p := range c.Source([]byte(test.script), "x.lua") {
				got = append(got, strings.TrimPrefix(p.String(), "x.lua:"))
			}
			if s := strings.Join(got, "|"); s != test.want {
				t.Errorf("%s\n got %s\nwant %s", test.script, s, test.want)
			}
		})
	}
}

// TestNoFalseAlarm: scripts that are as they should be.
func TestNoFalseAlarm(t *testing.T) {
	c := checker(t)
	for _, script := range []string{
		"#!/usr/bin/env moonwire\nprint(arg[0], '\\x41', 1e400)",
		"x = 1 print(x)",
		"function task(n) return n end task(5)",
		"local function within(a) return a end within(1)",
		"local function f(...) task(...) within(5, ...) parallel(f()) end f()",
		"parallel({ 1, 2 }, print, { limit = 3, stop_at = 1e2 })",
		"function f() return g() end function g() return f end",
		"local function f(n) return n > 0 and f(n - 1) end print(f(3))",
		"if jit then print(jit.version) end",
		"local unpack = table.unpack or unpack print(unpack)",
		"print(utf8 and utf8.char(1))",
		"if type(setfenv) == 'nil' then print('5.2') end",
		"_G.answer = 42 print(answer)",
		"string.trim = function(s) return s end print(string.trim('x'), ('x'):trim())",
		"require 'elsewhere' print(whatever_it_makes)",
		"dofile 'x.lua' print(whatever)",
		"local M = {} function M:send(x) self.last = x end M:send('x') print(M.last)",
		"local m = require('elsewhere').new() m:wirte('x')",
		"for line in io.lines() do print(line:sub(1, 2)) end",
		"local f = io.open('x') f:writeln('x') f:seek('set') f:close()",
		"local s = connect('h') s = setmetatable({}, {}) s:anything()",
		"local s = connect('h') pcall(s.read_until, s, 'x') s.read_until(s, 'x')",
		"local s = connect('h') local n = s:expect({ 'x', TIMEOUT }) print(n)",
		"local s = connect('h') s:expect{ TIMEOUT, timeout = 5 } s:expect({ EOF }, 5)",
		"local s = connect('h') s:expect({ 'x', { TIMEOUT, function() error('late') end } })",
		"local s = connect('h', { window = { columns = 80, rows = 24 }, tls = { insecure = true }, options = { ECHO = 'refuse' } }) s:close()",
		"read_until('[y/n]? ') read_until('(yes|no)? ') read_until('[root@host ~]$ ') read_until('C:\\\\data>') read_until('...') read_until('--More--') read_until('$ ') read_until('# ') read_until('[sudo] password for me: ')",
		"read_until('assword: ') writeln(secret 'password')",
		"read_until('login: ') writeln('brandon')",
		"local password = os.getenv('PASSWORD') local prompt = 'Password: ' read_until(prompt) writeln(password)",
		"local password_prompt = 'word: ' read_until(password_prompt)",
		"expect({ 'Login incorrect', [[[$#] $]] }, 10)",
		"print(expect({ exact 'a+', glob 'b*c', regex('(?i)c', 's'), PROMPT, ECHO_OFF, EOF }))",
		"expect({ 'yes', 'y.*no' })",
		"local EOF = 'x' print(EOF)",
		"local t = { 'x*' } expect(t)",
		"s = connect('h') function done() s:close() end done()",
		"goto done do print('x') end ::done::",
		"connect('tcp://h', 23) local p = 23 connect('tcp://h', p) connect('tcp://h', p, { tls = false }) connect(p) connect('spawn:x', { cwd = '/' })",
		"interact{ escape = '^]', on_input = { { 'x', print } } }",
		"local telnetlib = require 'telnetlib' local t = telnetlib.Telnet('h') t:expect({ '(', 'x' }, 5) t:read_until('\\\\d')",
	} {
		for _, p := range c.Source([]byte(script), "x.lua") {
			t.Errorf("%s\n%s", script, p)
		}
	}
	for _, dir := range []string{"../../examples", "../../stdlib", "../../tests"} {
		err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
			if err != nil || d.IsDir() || !strings.HasSuffix(path, ".lua") || strings.Contains(path, "meta") || strings.Contains(path, "bad") {
				return err
			}
			source, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			for _, p := range c.Source(source, path) {
				t.Error(p)
			}
			return nil
		})
		if err != nil {
			t.Error(err)
		}
	}
}

// TestModules: globals of the modules next to a script are known.
func TestModules(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{"lib.lua": "require 'more' function helper() end", "more.lua": "setting = 1"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	problems := checker(t).Source([]byte("require 'lib' helper() print(setting) print(settign)"), filepath.Join(dir, "main.lua"))
	if len(problems) != 1 || problems[0].Rule != "global" || !strings.HasPrefix(problems[0].Message, "there is no global settign") {
		t.Errorf("%v", problems)
	}
}

// TestVocabularies: what is there in tests is not there in other scripts.
func TestVocabularies(t *testing.T) {
	c, err := check.New()
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct{ name, source, want string }{
		{"x_test.lua", "it('x', function() assert.equal(1, 1) end)", ""},
		{"x.lua", "describe('x', print)", "x.lua:1: there is no global describe"},
		{"x_test.lua", "decribe('x', print)", "x_test.lua:1: there is no global decribe; did you mean describe?"},
		{"x_test.lua", "assert.equals(1, 1)", "x_test.lua:1: there is no assert.equals; did you mean equal?"},
	} {
		var got strings.Builder
		for _, p := range c.Source([]byte(test.source), test.name) {
			got.WriteString(p.String())
		}
		if got.String() != test.want {
			t.Errorf("%s gives %q, not %q", test.source, got.String(), test.want)
		}
	}
}
