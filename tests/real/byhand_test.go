//go:build unix

package real

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/creack/pty"
)

// byHand has a person record a host, who types keys when the terminal shows what
// he waits for, and wants the script that comes out to do the same: on its
// recording, cut at every byte (with the race detector, which makes it twenty times as
// slow, cut at random), and on the host. It is returned.
func byHand(t *testing.T, secrets []string, address string, dialogue [][2]string) (script string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "hand.lua")
	cast := strings.TrimSuffix(path, "lua") + "cast"
	cmd := exec.Command("moonwire", "record", address, path)
	cmd.Env = append(os.Environ(), "TERM=xterm", "LUA_INIT=")
	terminal, err := pty.StartWithSize(cmd, &pty.Winsize{Cols: 80, Rows: 24})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill() // it may have ended by itself
		_ = terminal.Close()
	})
	shown := make(chan []byte, 1024)
	go func() {
		defer close(shown)
		for {
			piece := make([]byte, 4096)
			n, err := terminal.Read(piece)
			if n > 0 {
				shown <- piece[:n]
			}
			if err != nil {
				return
			}
		}
	}()
	late := time.After(patience)
	var seen, all []byte
	for _, d := range append(dialogue, [2]string{"wrote " + path, ""}) {
		for !bytes.Contains(seen, []byte(d[0])) {
			select {
			case piece, ok := <-shown:
				if !ok {
					t.Fatalf("the terminal closed and did not show %q but\n%s", d[0], all)
				}
				seen, all = append(seen, piece...), append(all, piece...)
			case <-late:
				t.Fatalf("the terminal does not show %q but\n%s", d[0], all)
			}
		}
		_, seen, _ = bytes.Cut(seen, []byte(d[0]))
		if _, err := terminal.WriteString(d[1]); err != nil {
			t.Fatal(err)
		}
	}
	if err := cmd.Wait(); err != nil {
		t.Fatalf("%v\n%s", err, all)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	cuts := "every"
	if underRace {
		cuts = "random:3"
	}
	for _, args := range [][]string{{"check", path}, {"replay", "-chunks", "bytes", cast, path}, {"replay", "-chunks", cuts, cast, path}, {path}} {
		if r := moonwire(t, secrets, args...); r.status != 0 {
			t.Errorf("%s ended with %d\n%s%s\nThe script is\n%s", args[0], r.status, r.stdout, r.stderr, text)
		}
	}
	return string(text)
}

// TestShellByHand: login(1) and bash, with a prompt that changes, one that asks in
// the line of the next, keys that act at once and a pager.
func TestShellByHand(t *testing.T) {
	name, password := account(t)
	script := byHand(t, []string{"MOONWIRE_SECRET_PASSWORD=" + password, "MOONWIRE_SECRET_TOKEN=hush"}, telnetd(t), [][2]string{
		{"login: ", name + "\r"},
		{"assword: ", password + "\r"},
		{":~$ ", "date; uptime\r"},
		{":~$ ", "cd /tmp\r"},
		{":/tmp$ ", "cat\r"},
		{"cat\r\n", "\x04"},
		{":/tmp$ ", "read -s -p 'Token: ' x\r"},
		{" x\r\n", ""},
		{"Token: ", "hush\r"},
		{":/tmp$ ", "more /etc/services\r"},
		{"--More--", "q"},
		{":/tmp$ ", "exit\r"},
	})
	if strings.Contains(script, password) || strings.Contains(script, "hush") {
		t.Errorf("a secret is in the script\n%s", script)
	}
}

// TestRouterByHand: FRR's vty, whose pager goes by the terminal's size.
func TestRouterByHand(t *testing.T) {
	script := byHand(t, []string{"MOONWIRE_SECRET_PASSWORD=zebra", "MOONWIRE_SECRET_ENABLE=en4ble"}, "127.0.0.1:"+frr(t), [][2]string{
		{"Password: ", "zebra\r"},
		{"r1> ", "enable\r"},
		{"Password: ", "en4ble\r"},
		{"r1# ", "list\r"},
		{"--More--", " "},
		{"--More--", "q"},
		{"r1# ", "exit\r"},
	})
	if !strings.Contains(script, `t:run("enable", { answers = { { [[Password: $]], secret "enable" } } })`) {
		t.Errorf("the script is\n%s", script)
	}
}
