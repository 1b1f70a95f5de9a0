//go:build unix

package real

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// telnetd listens as inetd does and gives each connection to an inetutils telnetd.
func telnetd(t *testing.T, args ...string) (address string) {
	t.Helper()
	path := needs(t, "/usr/sbin/telnetd")
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	over := make(chan struct{})
	go func() {
		defer close(over)
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			f, err := conn.(*net.TCPConn).File()
			_ = conn.Close()
			if err != nil {
				continue
			}
			cmd := exec.Command(path, args...)
			cmd.Stdin, cmd.Stdout, cmd.Stderr = f, f, f
			if cmd.Start() == nil {
				t.Cleanup(func() {
					_ = cmd.Process.Kill() // it may have ended by itself
					_ = cmd.Wait()
				})
			}
			_ = f.Close()
		}
	}()
	t.Cleanup(func() {
		_ = l.Close()
		<-over
	})
	return l.Addr().String()
}

// account makes a user that exists for the test. It changes the machine, and so
// is done only where that is expected.
func account(t *testing.T) (name, password string) {
	t.Helper()
	return accountWith(t, "")
}

// accountWith makes an account with a shell; "" is one that outlives bash.
func accountWith(t *testing.T, shell string) (name, password string) {
	t.Helper()
	if os.Getenv("MOONWIRE_REAL") != "1" {
		t.Skip("accounts are made only where MOONWIRE_REAL is 1")
	}
	needsRoot(t)
	name, password = fmt.Sprintf("moonwire%d", os.Getpid()), "Moon-4wire!"
	do := func(stdin string, args ...string) {
		t.Helper()
		cmd := exec.Command(needs(t, args[0]), args[1:]...)
		cmd.Stdin = strings.NewReader(stdin)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v: %v: %s", args, err, out)
		}
	}
	// The shell of the account outlives what runs in it: telnetd ends with its child,
	// and on a busy machine it has not read all from the terminal by then.
	home := filepath.Join("/home", name)
	if shell != "" {
		do("", "useradd", "-m", "-d", home, "-s", shell, name)
		t.Cleanup(func() { do("", "userdel", "-f", "-r", name) })
		do(name+":"+password, "chpasswd")
		return name, password
	}
	shell = filepath.Join(home, "shell")
	do("", "useradd", "-m", "-d", home, "-s", shell, name)
	t.Cleanup(func() { do("", "userdel", "-f", "-r", name) })
	if err := os.WriteFile(shell, []byte("#!/bin/sh\n/bin/bash -l\nsleep 1\n"), 0o755); err != nil { // the account runs it
		t.Fatal(err)
	}
	do(name+":"+password, "chpasswd")
	return name, password
}

// TestInetutilsLogin runs the examples as a user does: telnetd prints no banner
// until its options are answered, login flushes what is typed before it asks, and
// the terminal's name arrives in $TERM.
func TestInetutilsLogin(t *testing.T) {
	name, password := account(t)
	address := telnetd(t)
	examples, err := filepath.Abs("../../examples")
	if err != nil {
		t.Fatal(err)
	}
	environ := []string{"MOONWIRE_SECRET_PASSWORD=" + password}
	for _, c := range []struct{ example, want string }{
		{"telnet_login.lua", "load average: "},
		{"telnet_codes.lua", "mypython"},
		{"telnetlib_login.lua", "load average: "},
		{"telnetlib_codes.lua", "mypython"},
	} {
		t.Run(c.example, func(t *testing.T) {
			args := []string{filepath.Join(examples, c.example), address, name}
			if strings.HasPrefix(c.example, "telnetlib") {
				host, port, _ := net.SplitHostPort(address)
				args = []string{args[0], host, port, name}
			}
			r := moonwire(t, environ, args...)
			if r.status != 0 || !strings.Contains(r.stdout, c.want) {
				t.Errorf("ended with %d\n%s%s", r.status, r.stdout, r.stderr)
			}
			if strings.Contains(r.stdout+r.stderr, password) {
				t.Errorf("the password is shown:\n%s%s", r.stdout, r.stderr)
			}
		})
	}
	t.Run("a wrong password", func(t *testing.T) {
		r := moonwire(t, []string{"MOONWIRE_SECRET_PASSWORD=wrong"}, filepath.Join(examples, "telnet_login.lua"), address, name)
		if r.status != 1 || r.stderr != "user name or password is wrong, giving up\n" {
			t.Errorf("ended with %d\n%s%s", r.status, r.stdout, r.stderr)
		}
	})
}

// shellHost is a telnetd that runs a shell in the place of login.
func shellHost(t *testing.T) string {
	t.Helper()
	wrapper := filepath.Join(t.TempDir(), "shell")
	text := "#!/bin/sh\nPS1='$ ' HISTFILE= exec /bin/bash --norc --noprofile -i\n"
	if err := os.WriteFile(wrapper, []byte(text), 0o700); err != nil { // telnetd runs it
		t.Fatal(err)
	}
	return telnetd(t, "-h", "--accept-env=MOON", "--accept-env=DISPLAY", "-E", wrapper)
}

// TestInetutilsWindow: by default the host sees a window so wide that its shell
// wraps no line that is typed; what a script sets and changes arrives there.
func TestInetutilsWindow(t *testing.T) {
	address := shellHost(t)
	script(t, address, `
local t = connect(arg[1], {timeout = 10})
t:expect{ [[\$ $]] }
local long = "echo " .. ("0123456789"):rep(30)
t:writeln(long)
local line = t:read_line()
assert(line == long, "the echo is broken: " .. line)
t:read_until(long:sub(6) .. "\n")
t:expect{ [[\$ $]] }
t:writeln("stty size; echo $TERM.$MOON.")
t:expect{ [[\b0 511\nvt100\.\.\n]] }
t:resize(100, 40)
t:fence()
t:expect{ [[\$ $]] }
t:writeln("stty size")
t:expect{ [[\b40 100\n]] }
assert(t.echo and t:options().NAWS.us == true and t:options().ECHO.him == true)
t:close()`)
	script(t, address, `
local t = connect(arg[1], {
  timeout = 10,
  terminal = {"no-such-terminal", "vt220"},
  window = {columns = 60, rows = 20},
  environ = {MOON = "moon base", DISPLAY = ":7", SHELL = "/bin/false"},
})
t:expect{ [[\$ $]] }
t:writeln("stty size; echo $TERM.$MOON.$DISPLAY.$SHELL.")
t:expect{ [[\b20 60\nvt220\.moon base\.:7\.(/bin/bash)?\.\n]] }`)
}

// TestInetutilsControls: commands reach the host's terminal as what they mean.
func TestInetutilsControls(t *testing.T) {
	script(t, shellHost(t), `
local t = connect(arg[1], {timeout = 10})
t:expect{ [[\$ $]] }
t:command "AYT"
t:expect{ exact "[Yes]" }
for _, command in ipairs{"IP", "SYNCH"} do
  t:writeln("sh -c 'echo slee\"\"ping; exec sleep 1000'")
  t:expect{ exact "sleeping" }
  t:command(command)
  local _, _, text = t:expect{ [[\$ $]] }
  assert(not text:find("\242"), "half of an IAC DM is in the text")
end
t:write("echo onexx")
t:expect{ exact "onexx" }
t:command "EC"
t:command "EC"
t:writeln("!")
t:expect{ [[\s*one!\n]] }
t:writeln("exit")
t:read_all()
assert(t.closed)`)
}

// TestInetutilsFlood: megabytes come whole, also while their reading is put off.
func TestInetutilsFlood(t *testing.T) {
	script(t, shellHost(t), `
local t = connect(arg[1], {timeout = 30})
t:expect{ [[\$ $]] }
t:writeln("seq 1000000; echo the end")
t:read_line()
sleep(0.2)
-- Where a newline straddles the end of telnetd's buffer it sends CR NUL LF.
local text = t:read_until("the end\n")
assert(not text:find("\r\n"), "half a newline")
local last = 0
for n in text:gmatch("(%d+)\n") do
  assert(tonumber(n) == last + 1, n)
  last = last + 1
end
assert(last == 1000000)`)
}
