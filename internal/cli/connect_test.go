package cli

import (
	"io"
	"net"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/moonwire/moonwire/engine/line"
)

// TestConnectionThatIsLost: a host that resets the connection has not ended it, whoever
// was at the keyboard.
func TestConnectionThatIsLost(t *testing.T) {
	for name, c := range map[string]struct {
		reset bool
		want  int
		says  string
	}{
		"closed": {false, exitOK, " closed the connection\n"},
		"reset":  {true, exitPeer, " was lost: "},
	} {
		t.Run(name, func(t *testing.T) {
			l, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			defer l.Close()
			in, typed := io.Pipe()
			go func() {
				conn, err := l.Accept()
				if err != nil {
					return
				}
				_, _ = io.WriteString(conn, "hello\n")
				_, _ = conn.Read(make([]byte, 1)) // until it is shown
				if c.reset {
					_ = conn.(*net.TCPConn).SetLinger(0)
				}
				_ = conn.Close()
			}()
			var errs locked
			shown := writerFunc(func(p []byte) (int, error) {
				go func() { _, _ = io.WriteString(typed, "x") }()
				return len(p), nil
			})
			app := &App{Stdin: in, Stdout: shown, Stderr: &errs, Getenv: func(string) string { return "" }}
			status := app.Run([]string{"connect", "tcp://" + l.Addr().String()})
			if status != c.want || !strings.Contains(errs.String(), l.Addr().String()+c.says) {
				t.Errorf("status %d\n%s", status, errs.String())
			}
		})
	}
}

// TestConnectStatus: the command ends with the program's status, as ssh does.
func TestConnectStatus(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("there is no sh")
	}
	for code, want := range map[string]int{
		"true":                  exitOK,
		"exit 7":                7,
		"kill -TERM $$":         128 + 15,
		"kill -CHLD $$; exit 4": 4,
	} {
		var errs locked
		app := &App{Stdin: strings.NewReader(""), Stdout: io.Discard, Stderr: &errs, Getenv: func(string) string { return "" }}
		if status := app.Run([]string{"connect", "spawn:" + code}); status != want || !strings.Contains(errs.String(), "has ended: it ") {
			t.Errorf("%s: status %d, want %d\n%s", code, status, want, errs.String())
		}
	}
	app := &App{Stdin: strings.NewReader(""), Stdout: io.Discard, Stderr: io.Discard, Getenv: func(string) string { return "" }}
	if status := app.Run([]string{"record", "spawn:echo hello; exit 7", filepath.Join(t.TempDir(), "out.lua")}); status != exitOK {
		t.Errorf("record: status %d, though it has recorded", status)
	}
	for signal, want := range map[string]int{"HUP": 129, "INT": 130, "QUIT": 131, "ILL": 132, "ABRT": 134, "FPE": 136, "KILL": 137, "SEGV": 139, "PIPE": 141, "ALRM": 142, "USR1": 255} {
		if e := (&endedError{line.Exit{Signal: signal}}); e.status() != want || e.Error() != "it was ended by the signal "+signal {
			t.Errorf("%s: %d, want %d (%v)", signal, e.status(), want, e)
		}
	}
}

type writerFunc func(p []byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }

// TestLineOptions: what flags say of the line stands in the script that record makes.
func TestLineOptions(t *testing.T) {
	for _, c := range []struct {
		address, want string
		s             settings
	}{
		{"router1", "", settings{}},
		{"router1", `environ = { USER = "joe" }`, settings{user: "joe"}},
		{"SSH://router1", `ssh = { user = "joe" }`, settings{user: "joe"}},
		{"router1", `via = [[ssh://a"b]]`, settings{via: []string{`ssh://a"b`}}},
		{"router1", `via = { "ssh://gate", { "socks5://joe@proxy", { password = secret "via" } } }`, settings{via: []string{"ssh://gate", "socks5://joe@proxy"}}},
		{"router1", `via = { { "HTTP://joe@proxy/", { password = secret "via" } } }`, settings{via: []string{"HTTP://joe@proxy/"}}},
		{"serial:x", `baud = 115200 bits = "seven" parity = "even"`, settings{port: [...]string{"115200", "seven", "even", "", ""}}},
		{"serial:x", `baud = "inf" bits = "0x1p3" parity = "+1" stop = 1.5 flow = "1_0"`, settings{port: [...]string{"inf", "0x1p3", "+1", "1.5", "1_0"}}},
	} {
		if got := strings.Join(c.s.lineOptions(c.address), " "); got != c.want {
			t.Errorf("%s: %s, want %s", c.address, got, c.want)
		}
	}
}
