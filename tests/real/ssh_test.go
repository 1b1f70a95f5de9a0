//go:build unix

package real

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// A sshd is a server with an account, and the files of a client that knows it.
type sshd struct {
	port, name, password string
	dir, known           string
}

// startSSHD starts OpenSSH's server with a host key of its own; config is added to its
// configuration.
func startSSHD(t *testing.T, config string) *sshd {
	t.Helper()
	return startSSHDAs(t, needs(t, "/usr/sbin/sshd"), config+"\nUsePAM no")
}

// startSSHDAs starts it by another name.
func startSSHDAs(t *testing.T, program, config string) *sshd {
	t.Helper()
	needsRoot(t)
	s := &sshd{port: freePort(t), dir: t.TempDir()}
	s.name, s.password = accountWith(t, "/bin/bash")
	if err := os.MkdirAll("/run/sshd", 0o755); err != nil { // where it gives up root
		t.Fatal(err)
	}
	key := s.keygen(t, "host", "-t", "ed25519", "-N", "")
	conf := filepath.Join(s.dir, "sshd_config")
	text := fmt.Sprintf("%s\nPort %s\nListenAddress 127.0.0.1\nHostKey %s\nStrictModes no\nPidFile none\nPrintMotd no\nPrintLastLog no\n", config, s.port, key)
	if err := os.WriteFile(conf, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	start(t, nil, program, "-D", "-e", "-f", conf)
	listens(t, s.port)
	public, err := os.ReadFile(key + ".pub")
	if err != nil {
		t.Fatal(err)
	}
	s.known = filepath.Join(s.dir, "known_hosts")
	if err := os.WriteFile(s.known, []byte("[127.0.0.1]:"+s.port+" "+string(public)), 0o600); err != nil {
		t.Fatal(err)
	}
	return s
}

// keygen makes a key and returns its file.
func (s *sshd) keygen(t *testing.T, name string, args ...string) (path string) {
	t.Helper()
	path = filepath.Join(s.dir, name)
	if out, err := exec.Command(needs(t, "ssh-keygen"), append([]string{"-q", "-f", path}, args...)...).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return path
}

// address is where the account logs in.
func (s *sshd) address() string { return "ssh://" + s.name + "@127.0.0.1:" + s.port }

// authorize lets the account in by a key.
func (s *sshd) authorize(t *testing.T, key, options string) {
	t.Helper()
	public, err := os.ReadFile(key + ".pub")
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join("/home", s.name, ".ssh")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	f, err := os.OpenFile(filepath.Join(dir, "authorized_keys"), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.WriteString(strings.TrimSpace(options+" "+string(public)) + "\n"); err != nil {
		t.Fatal(err)
	}
}

// script runs Lua code against the server: the function open connects with options for
// ssh. It wants the code to end well.
func (s *sshd) script(t *testing.T, environ []string, code string) run {
	t.Helper()
	r := s.run(t, environ, code)
	if r.status != 0 || !strings.HasSuffix(r.stdout, "ok\n") {
		t.Errorf("the script ended with %d\n%s%s", r.status, r.stdout, r.stderr)
	}
	return r
}

func (s *sshd) run(t *testing.T, environ []string, code string) run {
	t.Helper()
	path := filepath.Join(t.TempDir(), "script.lua")
	code = fmt.Sprintf(`
local address, known, dir = %q, %q, %q
local function open(options, more)
  options.known_hosts = options.known_hosts or known
  more = more or {}
  more.ssh, more.timeout = options, more.timeout or 20
  return connect(more.address or address, (function() more.address = nil return more end)())
end
local function password(more) return open({ password = secret "password" }, more) end
`, s.address(), s.known, s.dir) + code + "\nprint('ok')\n"
	if err := os.WriteFile(path, []byte(code), 0o600); err != nil {
		t.Fatal(err)
	}
	home := filepath.Join(s.dir, "home")
	if err := os.MkdirAll(home, 0o700); err != nil {
		t.Fatal(err)
	}
	return moonwire(t, append([]string{"HOME=" + home, "SSH_AUTH_SOCK=", "MOONWIRE_SECRET_PASSWORD=" + s.password}, environ...), path)
}

// TestSSHPassword: a login, commands, a window that changes, the end of the shell.
func TestSSHPassword(t *testing.T) {
	s := startSSHD(t, "AcceptEnv MOON_*")
	s.script(t, nil, `
local s = password{ window = { columns = 100, rows = 30 }, terminal = "xterm", env = { MOON_X = "full moon" } }
assert(s:run("stty size") == "30 100", s:run("stty size"))
assert(s:run("echo $TERM $MOON_X") == "xterm full moon")
s:resize(90, 20)
local size = s:run("stty size")
assert(size == "20 90", size)
assert(#s:run("seq 1 20000") == 108893)
s:writeln("exit")
s:read_all()
local ok, err = pcall(s.writeln, s, "x")
assert(not ok and err.kind == "eof", tostring(err))

-- Sessions share a connection: one login, and the eleventh session makes another.
local all = {}
for i = 1, 12 do all[i] = password() end
local pids = {}
for i, s in ipairs(all) do pids[s:run("cut -d' ' -f4 /proc/$PPID/stat")] = true end
local n = 0
for _ in pairs(pids) do n = n + 1 end
assert(n == 2, n)
for _, s in ipairs(all) do s:close() end`)
}

// TestSSHCommand: output of a command, with a terminal and without.
func TestSSHCommand(t *testing.T) {
	s := startSSHD(t, "")
	s.script(t, nil, `
local function out(command, pty)
  return open({ password = secret "password", command = command, pty = pty }):read_all()
end
assert(out("echo one; echo two") == "one\ntwo\n")
assert(out("echo one; echo two", false) == "one\ntwo\n")
local both = out("echo one; echo two >&2", false)
assert(both:find("one\n", 1, true) and both:find("two\n", 1, true) and #both == 8, both)
local s = open{ password = secret "password", command = "head -1", pty = false }
s:writeln("through and back")
assert(s:read_all() == "through and back\n")`)
}

// TestSSHKeys: a key, one with a passphrase, an agent, and what is said where none helps.
func TestSSHKeys(t *testing.T) {
	s := startSSHD(t, "PasswordAuthentication no\nKbdInteractiveAuthentication no")
	s.authorize(t, s.keygen(t, "plain", "-t", "ed25519", "-N", ""), "")
	s.authorize(t, s.keygen(t, "locked", "-t", "rsa", "-b", "2048", "-N", "open sesame"), `command="echo forced"`)
	s.keygen(t, "other", "-t", "ecdsa", "-N", "")
	socket := filepath.Join(s.dir, "agent")
	start(t, nil, needs(t, "ssh-agent"), "-D", "-a", socket)
	for _, try := range []string{"add"} { // the agent is there once ssh-add reaches it
		cmd := exec.Command("sh", "-c", "for i in 1 2 3 4 5 6 7 8 9; do ssh-add "+s.dir+"/plain && exit; sleep 0.3; done; exit 1")
		cmd.Env = append(os.Environ(), "SSH_AUTH_SOCK="+socket)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%s: %v: %s", try, err, out)
		}
	}
	s.script(t, []string{"SSH_AUTH_SOCK=" + socket, "MOONWIRE_SECRET_PHRASE=open sesame"}, `
assert(open({ key = dir .. "/plain" }):run("echo plain") == "plain")
assert(open({ agent = true }):run("echo agent") == "agent")
assert(open({}):run("echo found") == "found")
assert(open({ key = dir .. "/locked", passphrase = secret "phrase", command = "echo mine" }):read_all() == "forced\n")
local function refused(options, ...)
  local ok, err = pcall(open, options)
  assert(not ok and err.kind == "connect", tostring(err))
  for _, want in ipairs{...} do assert(err.message:find(want, 1, true), want .. " is not in\n" .. err.message) end
end
refused({ key = dir .. "/locked" }, "has a passphrase", "passphrase=secret")
refused({ key = dir .. "/locked", passphrase = "wrong" }, "the passphrase is not that of")
refused({ key = dir .. "/other" }, "permission denied: the host takes publickey; tried: the key " .. dir .. "/other")
refused({ key = dir .. "/nothing" }, "cannot be read: no such file or directory")
refused({ key = dir .. "/plain.pub" }, "is a public key", "without .pub")
refused({ agent = false, key = dir .. "/host.pub" }, "is a public key")`)
	s.script(t, []string{"SSH_AUTH_SOCK=" + socket + "-dead"}, `
local ok, err = pcall(open, { agent = true })
assert(not ok and err.message:find("the agent at .* does not answer: no such file"), tostring(err))`)
}

// TestSSHJump goes through the server to itself, by via and by ssh_config, and to another
// kind of line.
func TestSSHJump(t *testing.T) {
	s := startSSHD(t, "MaxAuthTries 3")
	config := filepath.Join(s.dir, "config")
	key := s.keygen(t, "key", "-t", "ed25519", "-N", "")
	s.authorize(t, key, "")
	text := fmt.Sprintf("Host *\n Port %s\n User %s\n HostName 127.0.0.1\n IdentityFile %s\n UserKnownHostsFile %s\nHost inner\n ProxyJump outer\n", s.port, s.name, key, s.known)
	text += "Host odd\n ProxyCommand nc %h %p\n"
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	s.script(t, nil, fmt.Sprintf(`
local login = { password = secret "password", known_hosts = known }
local s = password{ via = { address, login } }
assert(s:run("echo $SSH_CONNECTION"):find("127.0.0.1", 1, true))
s:close()
s = connect("tcp://127.0.0.1:%s", { timeout = 10, via = { { address, login }, { address, login } } })
assert(s:read_line():find("^SSH%%-2.0%%-OpenSSH"))
s:close()
s = open({ config = dir .. "/config", command = "echo through" }, { address = "ssh://inner" })
assert(s:read_all() == "through\n")
local ok, err = pcall(open, { config = dir .. "/config" }, { address = "ssh://odd" })
assert(not ok and err.message:find("ssh_config says ProxyCommand nc %%h %%p, which is not supported", 1, true), tostring(err))
ok, err = pcall(connect, "tcp://127.0.0.1:1", { via = { address, login } })
assert(not ok and err.message:find("via " .. address .. ": it does not connect to 127.0.0.1:1", 1, true), tostring(err))
ok, err = pcall(password, { via = { address, { password = secret "password", known_hosts = dir .. "/none" } } })
assert(not ok and err.message:find("via " .. address .. ": Host key verification failed", 1, true), tostring(err))

s = open{ password = secret "password", command = "exit 3" }
local how, code = s:wait()
assert(how == "exit" and code == 3, how)
s = open{ password = secret "password", command = "kill -TERM $$", pty = false }
how, code = s:wait()
assert(how == "signal" and code == "TERM", how)
s = password()
s:run("cd /")
s:writeln("sleep 20; echo slept")
s:command "BRK"
s:signal "INT"
s:write("\3")
s:learn_prompt()
s:close()`, s.port))
}

// TestSSHSystem drives the system's ssh.
func TestSSHSystem(t *testing.T) {
	s := startSSHD(t, "")
	needs(t, "ssh")
	s.script(t, nil, `
local s = open{ client = "openssh", config = false, host_key = "yes" }
s:read_until("assword: ")
s:writeln(secret "password")
s:read_until("$ ")
s:learn_prompt()
assert(s:run("echo $((6 * 7))") == "42")
s:writeln("exit 7")
local how, code = s:wait()
assert(how == "exit" and code == 7)
s = open{ client = "openssh", config = false, host_key = "yes", command = "echo hello; exit 3" }
s:read_until("assword: ")
s:writeln(secret "password")
local ok, err = pcall(s.read_all, s)
assert(not ok and err.kind == "command" and err.message:find('status 3, and said last "hello"', 1, true), err)
s = open{ client = "openssh", config = false, known_hosts = dir .. "/none", host_key = "yes", command = "echo hello" }
ok, err = pcall(s.read_all, s)
assert(not ok and err.message:find('status 255', 1, true) and err.message:find('said last "Host key verification failed."', 1, true), err)
assert(err.kind == "eof", err.kind) -- no command was refused: there was no connection
s = open{ client = "openssh", config = false, known_hosts = dir .. "/none", host_key = "yes" }
ok, err = pcall(s.signal, s, "INT")
assert(not ok and err.kind == "usage" and err.message:find("passes no signals on", 1, true), err)
s:close()`)
}
