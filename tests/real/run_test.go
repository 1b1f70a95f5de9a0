//go:build unix

package real

import (
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestRunOnPrograms runs commands on what people run on terminals: shells with prompts of
// their own, redrawn lines and marks at the ends of output, interpreters, databases.
func TestRunOnPrograms(t *testing.T) {
	socat := needs(t, "socat")
	shell := `
assert(s:run("echo hello") == "hello")
assert(s:run("cd /usr/lib") == "")
assert(s:run("pwd") == "/usr/lib")
local out = s:run{"seq 1 3", "printf 'a\\nb\\n'"}
assert(out[1] == "1\n2\n3" and out[2] == "a\nb", out[1] .. "," .. out[2])
local text = s:run("printf abc")
assert(text:sub(1, 3) == "abc" and #text <= 6, text) -- some shells mark the missing newline
assert(s:run("true") == "")
`
	for _, c := range []struct{ name, program, needs, code string }{
		{"bash", "bash --norc -i", "bash", shell},
		{"zsh", "zsh -f -i", "zsh", shell},
		{"fish", "fish --no-config -i", "fish", shell},
		{"busybox", "busybox sh -i", "busybox", shell},
		{"python", "python3 -i", "python3", `
assert(s:run("1+1") == "2")
assert(s:run("import os") == "")
assert(s:run("print('x', end='')") == "x")
local ok, err = pcall(s.run, s, "1/0", { errors = { "Error: " } })
assert(not ok and err.kind == "command" and err.line == "ZeroDivisionError: division by zero", err)
assert(s:run("'after'") == "'after'")`},
		{"sqlite", "sqlite3 -interactive", "sqlite3", `
assert(s:run("create table t(a);") == "")
assert(s:run("insert into t values(5), (6);") == "")
assert(s:run("select * from t;") == "5\n6")`},
	} {
		t.Run(c.name, func(t *testing.T) {
			needs(t, c.needs)
			port := freePort(t)
			home := t.TempDir()
			start(t, nil, socat, "TCP-LISTEN:"+port+",bind=127.0.0.1,reuseaddr,fork",
				"EXEC:env TERM=xterm HOME="+home+" "+c.program+",pty,setsid,ctty,stderr,sane")
			script(t, "tcp://"+listens(t, port), `
local s = connect(arg[1], { timeout = 20, newline = "\n", settle = 0.4 })
s:learn_prompt()`+c.code+`
s:close()`)
		})
	}
}

// TestRunBehindTelnetd runs commands on shells that were told the window, behind a login,
// with a change of the user in between.
func TestRunBehindTelnetd(t *testing.T) {
	name, password := account(t)
	address := telnetd(t)
	for _, shell := range []string{"bash --norc -i", "zsh -f -i", "fish --no-config -i"} {
		program, _, _ := strings.Cut(shell, " ")
		t.Run(program, func(t *testing.T) {
			needs(t, program)
			path := filepath.Join(t.TempDir(), "script.lua")
			code := `
local s = connect(arg[1], { timeout = 20, settle = 0.4, terminal = "xterm" })
s:read_until("login: ")
s:writeln(arg[2])
s:read_until("assword: ")
s:writeln(secret "password")
s:expect{ [[[$] $]] }
s:writeln(arg[3])
s:drain(1)
s:learn_prompt()
assert(s:run("echo hello") == "hello")
local long = ("x"):rep(600)
assert(s:run("echo " .. long) == long, s:run("echo again"))
assert(s:run("printf abc"):sub(1, 3) == "abc")
local text = s:run("seq 1 2000")
assert(#text == 8892 and text:sub(-4) == "2000", #text)
s:close()
print("ok")`
			if err := os.WriteFile(path, []byte(code), 0o600); err != nil {
				t.Fatal(err)
			}
			r := moonwire(t, []string{"MOONWIRE_SECRET_PASSWORD=" + password}, path, address, name, shell)
			if r.status != 0 || r.stdout != "ok\n" {
				t.Errorf("ended with %d\n%s%s", r.status, r.stdout, r.stderr)
			}
		})
	}
}

// TestRunOnFRR runs commands on a router's command line, with its pager and its modes.
func TestRunOnFRR(t *testing.T) {
	address := net.JoinHostPort("127.0.0.1", frr(t))
	script(t, address, `
local s = connect(arg[1], { timeout = 20, window = { columns = 80, rows = 24 } })
s:read_until("Password: ")
s:writeln("zebra")
s:expect{ "r1> $" }
s.errors = { "^%" }
local list = s:run("list") -- longer than the window: it pages
assert(list:find("show version", 1, true) and not list:find("--More--", 1, true), list)
assert(list == s:run("list"))
assert(s:run("enable", { answers = { { "assword: $", "en4ble\n" } } }):find("Password", 1, true))
s:run{ "configure terminal", "hostname r2", "exit", "terminal length 0" }
local ok, err = pcall(s.run, s, "nonsense")
assert(not ok and err.kind == "command" and err.line:find("^%%"), err)
assert(s:run("show version"):find("FRRouting", 1, true))
s:close()`)
}
