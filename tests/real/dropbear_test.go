//go:build unix

package real

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// startDropbear starts dropbear with a host key of its own.
func startDropbear(t *testing.T, args ...string) *sshd {
	t.Helper()
	program := needs(t, "dropbear")
	needsRoot(t)
	s := &sshd{port: freePort(t), dir: t.TempDir()}
	s.name, s.password = accountWith(t, "/bin/bash")
	key := filepath.Join(s.dir, "host")
	out, err := exec.Command(needs(t, "dropbearkey"), "-t", "ed25519", "-f", key).CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	for line := range strings.Lines(string(out)) {
		if public, ok := strings.CutPrefix(line, "ssh-ed25519 "); ok {
			s.known = filepath.Join(s.dir, "known_hosts")
			if err := os.WriteFile(s.known, []byte("[127.0.0.1]:"+s.port+" ssh-ed25519 "+public), 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	start(t, nil, program, append([]string{"-F", "-E", "-p", "127.0.0.1:" + s.port, "-r", key, "-P", filepath.Join(s.dir, "pid")}, args...)...)
	listens(t, s.port)
	return s
}

// TestDropbear: the server of small devices, which is not OpenSSH's.
func TestDropbear(t *testing.T) {
	s := startDropbear(t)
	s.authorize(t, s.keygen(t, "plain", "-t", "ed25519", "-N", ""), "")
	s.authorize(t, s.keygen(t, "forced", "-t", "rsa", "-b", "2048", "-N", ""), `command="echo forced"`)
	s.script(t, nil, `
local s = password{ window = { columns = 100, rows = 30 }, terminal = "xterm", keepalive = 1 }
assert(s:run("stty size") == "30 100", s:run("stty size"))
s:resize(90, 20)
assert(s:run("stty size") == "20 90")
assert(#s:run("seq 1 20000") == 108893)
s:writeln("echo go; cat") -- once cat answers, it is what ^C goes to
s:read_until("\ngo\n")
s:writeln("hello")
s:read_until("hello\nhello\n")
s:write("\3")
s:expect{ s.prompt }
s:writeln("exit 7")
s:read_all()
local how, code = s:wait()
assert(how == "exit" and code == 7, how)

-- keys, and commands
assert(open{ key = dir .. "/plain", command = "echo one; echo two", pty = false }:read_all() == "one\ntwo\n")
assert(open{ key = dir .. "/forced", command = "echo mine" }:read_all() == "forced\n")
local s = open{ key = dir .. "/plain", command = "echo whole; exit 3", pty = false }
local ok, err = pcall(s.read_all, s)
assert(not ok and err.kind == "command" and err.output == "whole\n", tostring(err))
s = open{ key = dir .. "/plain", command = "cat", pty = false }
s:writeln(("x"):rep(200000))
assert(#s:read_line() == 200000)
s:close()

-- Sessions share a connection, and it is a way to others.
local all = {}
for i = 1, 5 do all[i] = password() end
for i, s in ipairs(all) do assert(s:run("echo " .. i) == tostring(i)) s:close() end
s = password{ via = { address, { password = secret "password", known_hosts = known } } }
assert(s:run("echo through") == "through")
s:close()

-- Refusals.
ok, err = pcall(open, { password = "wrong" })
assert(not ok and err.message:find("permission denied: the host takes publickey, password; tried: password", 1, true), tostring(err))
ok, err = pcall(open, { password = secret "password", known_hosts = dir .. "/none" })
assert(not ok and err.message:find("Host key verification failed: the host's ED25519 key", 1, true), tostring(err))`)
	r := s.run(t, nil, `
local s = password()
s:run("echo up")
os.execute("kill -9 " .. s:run("echo $PPID"))
s:read_all()`)
	if r.status != 4 || !strings.Contains(r.stderr, "the connection ended, and the host had not closed the session") {
		t.Errorf("a server that dies: %d\n%s%s", r.status, r.stdout, r.stderr)
	}
}

// TestDropbearNoForwarding: a host that opens no connections to others.
func TestDropbearNoForwarding(t *testing.T) {
	s := startDropbear(t, "-j", "-k")
	s.script(t, nil, `
local ok, err = pcall(password, { via = { address, { password = secret "password", known_hosts = known } } })
assert(not ok and err.kind == "connect" and err.message:find("via " .. address .. ": it refuses to connect to", 1, true), tostring(err))
assert(err.message:find("hint: its sshd_config says", 1, true), tostring(err))`)
}
