//go:build unix

package real

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// frr starts a router's staticd and gives its vty's port.
func frr(t *testing.T) (port string) {
	t.Helper()
	staticd := needs(t, "/usr/lib/frr/staticd")
	needsRoot(t)
	// The daemon gives up root, so it cannot live in a directory of the test's own.
	dir, err := os.MkdirTemp("", "frr")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	conf := filepath.Join(dir, "staticd.conf")
	text := "hostname r1\npassword zebra\nenable password en4ble\nline vty\n exec-timeout 0 0\n"
	if err := os.WriteFile(conf, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("chown", "-R", "frr:frr", dir).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	port = freePort(t)
	start(t, nil, staticd, "-u", "frr", "-g", "frr", "-A", "127.0.0.1", "-P", port, "-f", conf,
		"-i", filepath.Join(dir, "pid"), "-z", filepath.Join(dir, "zserv.api"), "--vty_socket", dir)
	listens(t, port)
	return port
}

// TestFRR logs in to a router's vty. By default it does not page, since the window
// has no height; with a height it does.
func TestFRR(t *testing.T) {
	address := "127.0.0.1:" + frr(t)
	script(t, address, `
local t = connect(arg[1], {timeout = 10})
t:read_until("Password: ")
t:writeln("zebra")
t:read_until("r1> ")
t:writeln("enable")
t:read_until("Password: ")
t:writeln("en4ble")
t:read_until("r1# ")
t:writeln("list")
local text = t:read_until("r1# ")
assert(not text:find("--More--", 1, true), text)
local _, lines = text:gsub("\n", "\n")
assert(lines > 40, lines)
t:writeln("show version")
assert(t:read_until("r1# "):find("FRRouting"))
local ok, err = pcall(t.fence, t, 0.3) -- its vty knows of no TIMING-MARK, and says nothing
assert(not ok and tostring(err):find("has not answered DO TIMING-MARK", 1, true), err)
t:writeln("exit")
t:read_all()`)
	script(t, address, `
local t = connect(arg[1], {timeout = 10, window = {columns = 80, rows = 24}})
t:read_until("Password: ")
t:writeln("zebra")
t:read_until("r1> ")
t:writeln("enable")
t:read_until("Password: ")
t:writeln("en4ble")
t:read_until("r1# ")
t:writeln("list")
local pages = 0
local n = t:expect{
  { exact " --More-- ", function(_, s) pages = pages + 1 s:write(" ") return AGAIN end },
  "r1# $",
}
assert(n == 2 and pages >= 1, pages)
t:close()`)
	script(t, address, `
-- refused, it cannot know the height
local t = connect(arg[1], {timeout = 10, window = {columns = 80, rows = 24}, options = {NAWS = "refuse"}})
t:read_until("Password: ")
t:writeln("zebra")
t:read_until("r1> ")
t:writeln("list")
assert(not t:read_until("r1> "):find("--More--", 1, true))`)
}
