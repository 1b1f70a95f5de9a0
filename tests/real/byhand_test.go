//go:build unix

package real

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
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
	return byHandWith(t, nil, nil, secrets, address, dialogue)
}

// byHandWith is byHand with flags, and with variables that hold for every command.
func byHandWith(t *testing.T, environ, flags, secrets []string, address string, dialogue [][2]string) (script string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "hand.lua")
	cast := strings.TrimSuffix(path, "lua") + "cast"
	cmd := exec.Command("moonwire", append(append([]string{"record"}, flags...), address, path)...)
	cmd.Env = append(append(os.Environ(), "TERM=xterm", "LUA_INIT="), environ...)
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
	for _, args := range [][]string{{"check", path}, {"replay", "-chunks", "bytes", cast, path}, {"replay", "-chunks", every(), cast, path}, {path}} {
		if r := moonwire(t, append(environ, secrets...), args...); r.status != 0 {
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

// TestSSHByHand goes to a shell by way of a jump host.
func TestSSHByHand(t *testing.T) {
	s := startSSHD(t, "")
	key := s.keygen(t, "key", "-t", "ed25519", "-N", "")
	s.authorize(t, key, "")
	home := filepath.Join(s.dir, "home")
	if err := os.MkdirAll(filepath.Join(home, ".ssh"), 0o700); err != nil {
		t.Fatal(err)
	}
	config := "Host *\n User " + s.name + "\n IdentityFile " + key + "\n UserKnownHostsFile " + s.known + "\n"
	if err := os.WriteFile(filepath.Join(home, ".ssh", "config"), []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	through := "ssh://127.0.0.1:" + s.port
	script := byHandWith(t, []string{"HOME=" + home, "SSH_AUTH_SOCK="}, []string{"-l", s.name, "-via", through}, []string{"MOONWIRE_SECRET_TOKEN=hush"}, through, [][2]string{
		{":~$ ", "echo $SSH_CONNECTION | cut -c 1-9\r"},
		{"127.0.0.1\r\n", ""},
		{":~$ ", "read -s -p 'Token: ' x\r"},
		{" x\r\n", ""},
		{"Token: ", "hush\r"},
		{":~$ ", "exit 3\r"},
	})
	if !strings.Contains(script, `ssh = { user = "`+s.name+`" }, via = "`+through+`"`) || strings.Contains(script, "hush") {
		t.Errorf("the script is\n%s", script)
	}
}

// TestSerialByHand sits at a serial port, and at one behind a console server.
func TestSerialByHand(t *testing.T) {
	socat := needs(t, "socat")
	device := filepath.Join(t.TempDir(), "tty")
	start(t, nil, socat, "PTY,link="+device+",rawer,echo=0", "EXEC:/bin/sh -i,pty,setsid,ctty,stderr")
	exists(t, device)
	takePrompt(t, device)
	address := ser2net(t, "telnet(rfc2217)", "serialdev,"+device+",9600n81,local")
	for _, address := range []string{"serial:" + device, "rfc2217://" + address} {
		script := byHandWith(t, nil, []string{"-baud", "115200", "-parity", "even"}, nil, address, [][2]string{
			{"connected to ", "\r"},
			{"# ", "echo moon$((40+2))\r"},
			{"moon42", ""},
			{"# ", "\x1dq"},
		})
		if !strings.Contains(script, `baud = 115200, parity = "even"`) {
			t.Errorf("the script is\n%s", script)
		}
	}
}

// takePrompt reads the prompt that a shell behind a port begins with. It would be in the
// recording now and then, as if it came each time.
func takePrompt(t *testing.T, device string) {
	t.Helper()
	f, err := os.OpenFile(device, os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := f.SetReadDeadline(time.Now().Add(20 * time.Second)); err != nil {
		t.Fatal(err)
	}
	var said []byte
	for p := make([]byte, 100); !strings.HasSuffix(string(said), "# "); {
		n, err := f.Read(p)
		if said = append(said, p[:n]...); err != nil {
			t.Fatalf("the shell said %q: %v", said, err)
		}
	}
}
