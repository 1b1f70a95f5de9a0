package demo_test

// Real clients: inetutils' telnet on a terminal, and Python's telnetlib.

import (
	"bytes"
	"context"
	"net"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/creack/pty"

	"github.com/moonwire/moonwire/engine/demo"
)

// lacking skips a test for which the machine has no client, or fails it where
// all clients are to be there.
func lacking(t *testing.T, what string) {
	t.Helper()
	if os.Getenv("MOONWIRE_REAL") == "1" {
		t.Fatalf("there is no %s here, and MOONWIRE_REAL is set", what)
	}
	t.Skipf("there is no %s here", what)
}

func hostAndPort(t *testing.T) (host, port string) {
	t.Helper()
	address, stop, err := demo.Start()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(stop)
	host, port, err = net.SplitHostPort(address)
	if err != nil {
		t.Fatal(err)
	}
	return host, port
}

func TestInetutilsTelnet(t *testing.T) {
	path, err := exec.LookPath("telnet")
	if err != nil {
		lacking(t, "telnet")
	}
	host, port := hostAndPort(t)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute) // in place of a hang
	defer cancel()
	telnet := exec.CommandContext(ctx, path, host, port)
	telnet.Env = append(os.Environ(), "TERM=vt220")
	terminal, err := pty.StartWithSize(telnet, &pty.Winsize{Rows: 6, Cols: 70})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		cancel()
		_ = telnet.Wait()
		_ = terminal.Close()
	}()

	var screen []byte
	until := func(s string) string {
		t.Helper()
		buffer := make([]byte, 4096)
		for {
			if i := bytes.Index(screen, []byte(s)); i >= 0 {
				got := string(screen[:i+len(s)])
				screen = screen[i+len(s):]
				return got
			}
			n, err := terminal.Read(buffer)
			if err != nil {
				t.Fatalf("%v before %q came: got %q", err, s, screen)
			}
			screen = append(screen, buffer[:n]...)
		}
	}
	for _, turn := range []struct{ typed, seen string }{
		{"", "login: "},
		{"brandoo\x7fn\r", "brandoo\b \bn\r\nPassword: "},
		{"mypass\r", "\r\n" + prompt}, // at once: nothing of the password is to be seen
		{"echo $TERM\r", "echo $TERM\r\nvt220\r\n" + prompt},
		{"stty size\r", "stty size\r\n6 70\r\n" + prompt},
		{"more 7\r", "more 7\r\nline 1 of 7\r\nline 2 of 7\r\nline 3 of 7\r\nline 4 of 7\r\nline 5 of 7\r\n --More-- "},
		{" ", "\r          \rline 6 of 7\r\nline 7 of 7\r\n" + prompt},
		{"log 16G\r", "request 000001000 "},
		{"\x03", "^C\r\n" + prompt},
		{"exec uptime\r", "load average: 0.91, 0.73, 0.44\r\n"},
		{"", "Connection closed by foreign host."},
	} {
		if _, err := terminal.WriteString(turn.typed); err != nil {
			t.Fatal(err)
		}
		got := until(turn.seen)
		switch turn.typed {
		case "", "log 16G\r", "\x03", "exec uptime\r": // with more before it
		default:
			if got != turn.seen {
				t.Errorf("typed %q: saw %q, want %q", turn.typed, got, turn.seen)
			}
		}
	}
}

const telnetlibScript = `
import sys, telnetlib
t = telnetlib.Telnet(sys.argv[1], int(sys.argv[2]))
t.read_until(b'login: ', 10)
t.write(b'brandon\n')
t.read_until(b'assword: ', 10)
t.write(b'mypass\n')
n, match, text = t.expect([b'Login incorrect', rb'\$ $'], 10)
print(n, repr(text))
t.write(b'log 100000\n')
text = t.read_until(b'$ ', 10)
print(len(text.replace(b'\r\n', b'\n')) - len(b'brandon@demo:~$ '))
t.write(b'exec uptime\n')
print(t.read_all())
`

func TestPythonTelnetlib(t *testing.T) {
	python := ""
	for _, name := range []string{"/usr/bin/python3", "python3", "python3.12", "python3.11"} {
		if exec.Command(name, "-W", "ignore", "-c", "import telnetlib").Run() == nil {
			python = name
			break
		}
	}
	if python == "" {
		lacking(t, "Python with telnetlib")
	}
	host, port := hostAndPort(t)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	out, err := exec.CommandContext(ctx, python, "-W", "ignore", "-c", telnetlibScript, host, port).CombinedOutput()
	want := strings.Join([]string{
		`1 b'\r\nbrandon@demo:~$ '`,
		`100000`,
		`b' 10:24:43 up 5 days, 12:13,  1 user,  load average: 0.91, 0.73, 0.44\r\n'`,
		``,
	}, "\n")
	if err != nil || string(out) != want {
		t.Errorf("%v; got %q, want %q", err, out, want)
	}
}
