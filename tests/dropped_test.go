//go:build unix

package tests

import (
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// TestDroppedSessions: a script that forgets to close sessions which the host has closed
// does not run out of descriptors; one that keeps such a session can go on using it.
func TestDroppedSessions(t *testing.T) {
	address := hostileHost(t, false, func(conn net.Conn) {
		_, _ = io.WriteString(conn, "hello\r\n")
		_ = conn.Close()
	})
	path := filepath.Join(t.TempDir(), "drop.lua")
	if err := os.WriteFile(path, []byte(`
local kept = connect(arg[1], {name = "kept"})
assert(kept:read_all() == "hello\n")
for i = 1, 2000 do
  assert(connect(arg[1]):read_all() == "hello\n")
end
assert(kept.closed and kept:read_some() == nil)
local ok, e
for _ = 1, 100000 do
  ok, e = pcall(kept.write, kept, "x")
  if not ok then break end
end
assert(not ok and e.kind == "eof" and e.session == kept, tostring(e))
`), 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.CommandContext(t.Context(), "sh", "-c", `ulimit -n 400; exec moonwire "$0" "$1"`, path, address).CombinedOutput()
	if err != nil || len(out) > 0 {
		t.Errorf("%v: %s", err, out)
	}
}
