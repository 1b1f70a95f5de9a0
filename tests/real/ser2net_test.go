//go:build unix

package real

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// ser2net starts a console server whose one line is the connector given.
func ser2net(t *testing.T, accepter, connector string) (address string) {
	t.Helper()
	path := needs(t, "ser2net")
	port := freePort(t)
	config := filepath.Join(t.TempDir(), "ser2net.yaml")
	text := fmt.Sprintf("connection: &line\n  accepter: %s,tcp,127.0.0.1,%s\n  connector: %s\n", accepter, port, connector)
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	start(t, nil, path, "-n", "-u", "-c", config, "-P", filepath.Join(t.TempDir(), "pid"))
	return listens(t, port)
}

// TestSer2net talks to a shell on a serial line.
func TestSer2net(t *testing.T) {
	socat := needs(t, "socat")
	device := filepath.Join(t.TempDir(), "tty")
	start(t, nil, socat, "PTY,link="+device+",rawer,echo=0", "EXEC:/bin/sh -i,pty,setsid,ctty,stderr")
	exists(t, device)
	address := ser2net(t, "telnet(rfc2217)", "serialdev,"+device+",9600n81,local")
	script(t, address, `
local t = connect(arg[1], {timeout = 10, settle = 0.3})
t:writeln("")
t:expect{ [=[[$#] $]=] }
t:writeln("echo moon$((40+2))")
t:expect{ "\nmoon42" }
t:expect{ [=[[$#] $]=] }
t:write("printf '\\377\\376\\n'\n")   -- bytes that telnet has to double
t:expect{ [=[[$#] $]=] }
t:fence(10)
local o = t:options()
assert(o.SGA.him == true and o.ECHO.him == true)
t:command "BRK"
t:writeln("echo still here")
t:expect{ "\nstill here" }
t:close()`)
}

// TestSer2netRFC2217 sets the port behind ser2net, and opens it here.
func TestSer2netRFC2217(t *testing.T) {
	socat := needs(t, "socat")
	device := filepath.Join(t.TempDir(), "tty")
	start(t, nil, socat, "PTY,link="+device+",rawer,echo=0", "EXEC:/bin/sh -i,pty,setsid,ctty,stderr")
	exists(t, device)
	address := ser2net(t, "telnet(rfc2217)", "serialdev,"+device+",9600n81,local")
	const conversation = `
t:writeln("")
t:expect{ [=[[$#] $]=] }
t:writeln("echo moon$((40+2))")
t:expect{ "\nmoon42" }
t:expect{ [=[[$#] $]=] }
t:command "BRK"
t:writeln("echo still here")
t:expect{ "\nstill here" }
`
	script(t, address, `local t = connect("rfc2217://" .. arg[1], {baud = 115200, parity = "even", timeout = 10, settle = 0.3})
assert(t:modem{ dtr = true, purge = "in" }.dtr)`+conversation+`t:close()`)
	script(t, device, `local t = connect("serial:" .. arg[1], {baud = 115200, timeout = 10, settle = 0.3})`+conversation+`t:close()`)
}

// TestSer2netBeforeFRR: behind a console server stands a router that speaks telnet
// itself. Its commands come doubled, as data: they are bytes of the text, and none
// is acted on.
func TestSer2netBeforeFRR(t *testing.T) {
	vty := frr(t)
	address := ser2net(t, "telnet", "tcp,127.0.0.1,"+vty)
	script(t, address, `
local t = connect(arg[1], {timeout = 10})
local banner = t:read_until("Password: ")
assert(banner:find("\255\251", 1, true), "the inner WILL ECHO is no data")
t:writeln("zebra")
t:read_until("r1> ")
t:writeln("list")
assert(not t:read_until("r1> "):find("--More--", 1, true))
local o = t:options()
assert(not o.NAWS or o.NAWS.us ~= true, "the inner DO NAWS was acted on")
t:close()`)
}

// exists waits for a path to appear.
func exists(t *testing.T, path string) {
	t.Helper()
	again := time.NewTicker(20 * time.Millisecond)
	defer again.Stop()
	late := time.After(patience)
	for {
		_, err := os.Stat(path)
		if err == nil {
			return
		}
		select {
		case <-again.C:
		case <-late:
			t.Fatal(err)
		}
	}
}
