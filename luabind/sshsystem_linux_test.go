package luabind_test

import (
	"os"
	"path/filepath"
	"testing"
)

// TestSystemSSH: what the system's ssh says of itself is not what a command says.
func TestSystemSSH(t *testing.T) {
	dir := t.TempDir()
	ssh := `#!/bin/sh
case $* in
*connects*) echo hello; exit 3 ;;
*fails*) echo 'Host key verification failed.'; exit 255 ;;
esac
exec cat
`
	if err := os.WriteFile(filepath.Join(dir, "ssh"), []byte(ssh), 0o755); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", dir+":"+os.Getenv("PATH"))
	if err := runWithSecret(t, `
local function open(command)
  return connect("ssh://joe@host", { timeout = 5, ssh = { client = "openssh", config = false, command = command } })
end
local function fails(kind, want, f, ...)
  local ok, err = pcall(f, ...)
  assert(not ok and err.kind == kind and err.message:find(want, 1, true), tostring(err))
end
local s = open "connects"
fails("command", 'it exited with status 3, and said last "hello"', s.read_all, s)
s = open "fails"
fails("eof", 'the connection failed: ssh exited with status 255, and said last "Host key verification failed."', s.read_all, s)
s = open()
fails("usage", "the system's ssh passes no signals on\nhint: s:write(\"\\3\") types ^C", s.signal, s, "INT")
s:close()`, ""); err != nil {
		t.Error(err)
	}
}
