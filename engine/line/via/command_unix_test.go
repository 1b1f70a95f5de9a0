//go:build unix

package via

import (
	"io"
	"net"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/moonwire/moonwire/engine/line"
	"github.com/moonwire/moonwire/engine/line/linetest"
	"github.com/moonwire/moonwire/engine/line/via/proxytest"
)

// asProgram is the variable that makes the test binary a program like nc.
const asProgram = "MOONWIRE_TEST_NC"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) == "" {
		os.Exit(m.Run())
	}
	conn, err := net.Dial("tcp", net.JoinHostPort(os.Args[1], os.Args[2]))
	if err != nil {
		os.Exit(1)
	}
	go func() {
		_, _ = io.Copy(conn, os.Stdin)
		_ = conn.(*net.TCPConn).CloseWrite()
	}()
	_, _ = io.Copy(os.Stdout, conn)
	os.Exit(0)
}

// TestCommand talks to a program, which gets host and port as words of its own.
func TestCommand(t *testing.T) {
	c := must[*Command](t)(NewCommand(`sh -c 'echo "$1|$2|$3"; cat' sh "%h" %p 'a %% b'`))
	c.Env = os.Environ()
	conn, err := c.Through(base)(t.Context(), "tcp", "router1;x:telnet")
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := io.WriteString(conn, "typed"); err != nil {
		t.Fatal(err)
	}
	if err := conn.(interface{ CloseWrite() error }).CloseWrite(); err != nil {
		t.Fatal(err)
	}
	got, err := io.ReadAll(conn)
	if string(got) != "router1;x|23|a % b\ntyped" || err != nil {
		t.Errorf("read %q, %v", got, err)
	}
}

// TestCommandFails: its end says why, with what it said on its standard error.
func TestCommandFails(t *testing.T) {
	for text, want := range map[string]string{
		"no-such-program-here":                    "cannot start no-such-program-here: executable file not found in $PATH",
		"/etc/passwd %h":                          "cannot start /etc/passwd: permission denied",
		`sh -c 'echo "no route" >&2; exit 3'`:     "exit status 3: no route",
		`sh -c 'echo hi; kill -9 $$'`:             "signal: killed",
		`sh -c 'yes 0123456789 >&2 & exit 1'`:     "",
		`sh -c 'yes x | head -c 9000 >&2; false'`: "exit status 1: " + strings.TrimSpace(strings.Repeat("x ", mostComplaints/2)),
	} {
		c := must[*Command](t)(NewCommand(text))
		conn, err := c.Through(base)(t.Context(), "tcp", "router1:23")
		if err == nil {
			_, err = io.ReadAll(conn)
			_ = conn.Close()
		}
		if want == "" {
			if err != nil {
				t.Errorf("%s: %v", text, err)
			}
			continue
		}
		if err == nil || err.Error() != "via "+c.String()+": "+want {
			t.Errorf("%s: %v; want %s", text, err, want)
		}
	}
	c := must[*Command](t)(NewCommand("nc %h %p"))
	if _, err := c.Through(base)(t.Context(), "tcp", "-oProxyCommand=x:23"); err == nil || !strings.Contains(err.Error(), "the host -oProxyCommand=x would be taken for an option") {
		t.Error(err)
	}
}

// TestCommandFailsUnread: a command that ends without reading what it was sent says why, too.
func TestCommandFailsUnread(t *testing.T) {
	c := must[*Command](t)(NewCommand(`sh -c 'read -r first; echo "no route" >&2; exit 3'`))
	want := "via " + c.String() + ": exit status 3: no route"
	for name, use := range map[string]func(conn net.Conn) error{
		"read": func(conn net.Conn) error {
			_, err := conn.Read(make([]byte, 1))
			return err
		},
		"write": func(conn net.Conn) error {
			for {
				if _, err := io.WriteString(conn, "more\n"); err != nil {
					return err
				}
			}
		},
	} {
		conn, err := c.Through(base)(t.Context(), "tcp", "router1:23")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(conn, "first\n"+strings.Repeat("x", 1000)); err != nil {
			t.Fatal(err)
		}
		if err := use(conn); err == nil || err.Error() != want {
			t.Errorf("%s: %v; want %s", name, err, want)
		}
		_ = conn.Close()
	}
}

// TestCommandIsEnded: closing the connection ends the program, even one that ignores it.
func TestCommandIsEnded(t *testing.T) {
	for _, text := range []string{"cat", "sleep 1000", `sh -c "trap '' TERM HUP; echo ready; while :; do sleep 1000; done"`} {
		c := must[*Command](t)(NewCommand(text))
		conn, err := c.Through(base)(t.Context(), "tcp", "router1:23")
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(text, "ready") {
			if _, err := conn.Read(make([]byte, 10)); err != nil {
				t.Fatal(err)
			}
		}
		if err := conn.Close(); err != nil {
			t.Error(err)
		}
		_ = conn.Close()
		select {
		case <-conn.(*running).ended:
		case <-time.After(10 * time.Second):
			t.Errorf("%s goes on", text)
		}
	}
}

// TestCommandLine: a line over a command does what every line does.
func TestCommandLine(t *testing.T) {
	linetest.Test(t, func(t *testing.T) linetest.Pair {
		near, far := net.Pipe()
		at := proxytest.Listen(t, func(conn net.Conn) { proxytest.Join(conn, far) })
		host, port, _ := net.SplitHostPort(at)
		c := must[*Command](t)(NewCommand("'" + os.Args[0] + "' %h %p"))
		c.Env = append(os.Environ(), asProgram+"=1")
		conn, err := c.Through(base)(t.Context(), "tcp", net.JoinHostPort(host, port))
		if err != nil {
			t.Fatal(err)
		}
		return linetest.Pair{Line: line.NewBytes(conn), Host: near}
	})
}
