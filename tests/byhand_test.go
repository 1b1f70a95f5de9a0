//go:build unix

package tests

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// TestRecordByHand logs in by hand, with a mistake that is erased, and wants the
// script that comes out to do the same: on the recording, cut at every byte, and on
// the host.
func TestRecordByHand(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	script, cast := filepath.Join(dir, "demo.lua"), filepath.Join(dir, "demo.cast")
	p := sits(t, nil, nil, "record", "demo://", script)
	p.sees("login: ")
	p.says("brandon", "Password: ")
	p.says("mypass", "$ ")
	p.says("echo $TERN\x7fM", "xterm\r\n")
	p.sees("$ ")
	p.types("uptime\r")
	p.sees("load average")
	p.sees("$ ")
	p.types("router\r")
	p.sees("r1> ")
	p.types("enable\r")
	p.sees("Password: ")
	p.types("mypass\r")
	p.sees("r1# ")
	p.types("show running-config\r")
	for range 4 {
		p.sees("--More--")
		p.types(" ")
	}
	p.sees("r1# ")
	p.types("reload\r")
	p.sees("[confirm]")
	p.types("\r")
	p.sees("r1> ")
	p.types("exit\r")
	p.sees("$ ")
	p.types("exit\r")
	p.sees("wrote " + script)
	p.leaves(0)

	text, err := os.ReadFile(script)
	if err != nil {
		t.Fatal(err)
	}
	_, body, _ := strings.Cut(string(text), "\n\n")
	const want = `local t = connect(arg[1] or "demo://", { window = { columns = 80, rows = 24 } })

t:read_until("login: ")
t:writeln("brandon")
t:read_until("Password: ")
t:writeln(secret "password")
t:expect{ [[(?m:^)\S*\$ $]] } -- guessed from "brandon@demo:~$ "
print(t:run("echo $TERM"))
print(t:run("uptime"))
t:writeln("router")
t:expect{ [[(?m:^)\S*> $]] } -- guessed from "r1> "
t:learn_prompt()
t:run("enable", { answers = { { [[Password: $]], secret "password" } } })
print(t:run("show running-config"))
print(t:run("reload", { answers = { { [[Proceed with reload\? \[confirm\]$]], "\n" } } }))
t:writeln("exit")
t:expect{ [[(?m:^)\S*\$ $]] }
t:writeln("exit")
t:read_all()
`
	if body != want {
		t.Errorf("the script is\n%s\nwant\n%s", body, want)
	}
	recording, err := os.ReadFile(cast)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(recording), "mypass") || !strings.Contains(string(recording), "<secret password>") {
		t.Errorf("the password, or no placeholder, is in the recording\n%s", recording)
	}
	for _, args := range [][]string{
		{"check", script},
		{"replay", "-chunks", every(), cast, script},
		{"replay", "-chunks", "bytes", cast, script},
		{script},
	} {
		cmd := exec.Command("moonwire", args...)
		cmd.Env = append(os.Environ(), "MOONWIRE_SECRET_PASSWORD=mypass")
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("moonwire %s: %v\n%s\n%s", strings.Join(args, " "), err, out, recording)
		}
	}
	p = sits(t, nil, nil, "record", "demo://", script)
	p.sees("demo.lua is there already")
	p.leaves(2)
}

// TestRecordByHandBreaksOff: what was done before the command is stopped is not lost.
func TestRecordByHandBreaksOff(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	script := filepath.Join(dir, "demo.lua")
	p := sits(t, nil, nil, "record", "demo://", script)
	p.sees("login: ")
	p.says("brandon", "Password: ")
	p.says("mypass", "$ ")
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	p.sees("wrote " + script)
	p.leaves(143)
	text, err := os.ReadFile(script)
	if err != nil || !strings.HasSuffix(string(text), "t:expect{ [[(?m:^)\\S*\\$ $]] } -- guessed from \"brandon@demo:~$ \"\nt:close()\n") {
		t.Errorf("%v\n%s", err, text)
	}
	cmd := exec.Command("moonwire", "replay", "-chunks", every(), filepath.Join(dir, "demo.cast"), script)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v: %s", err, out)
	}

	p = sits(t, nil, nil, "record", "demo://", filepath.Join(dir, "none", "x.lua"))
	p.sees("cannot write " + filepath.Join(dir, "none", "x.lua") + ": no such file or directory")
	p.leaves(2)
	p = sits(t, nil, nil, "record", "127.0.0.1:1", filepath.Join(dir, "x.lua"))
	p.sees("connection refused")
	p.leaves(4)
	if left, err := filepath.Glob(filepath.Join(dir, "x.*")); err != nil || len(left) > 0 {
		t.Errorf("files %v are left, %v", left, err)
	}
}
