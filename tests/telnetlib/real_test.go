package telnetlib

import (
	"context"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/moonwire/moonwire/luabind"
)

// login stands in for login(1), so that the machine needs no user for the test. Like
// login it outlives the shell a little: telnetd ends at once when its child does, and
// what it has not read from the terminal by then is lost.
const login = `#!/bin/sh
(
printf 'login: '
read -r user
stty -echo
printf 'Password: '
read -r password
stty echo
echo
[ "$user $password" = "brandon mypass" ] || { echo 'Login incorrect'; exit 1; }
PS1='$ ' exec /bin/sh -i
)
sleep 1
`

// telnetd starts inetutils-telnetd for every connection to the port it returns.
func telnetd(t *testing.T) (port string) {
	path, err := exec.LookPath("telnetd")
	if err != nil {
		path = "/usr/sbin/telnetd"
	}
	if _, err := os.Stat(path); err != nil || os.Getuid() != 0 {
		if os.Getenv("MOONWIRE_REAL") == "1" {
			t.Fatal("there is no telnetd here that could be run, and MOONWIRE_REAL is set")
		}
		t.Skip("there is no telnetd here that could be run")
	}
	wrapper := filepath.Join(t.TempDir(), "login")
	if err := os.WriteFile(wrapper, []byte(login), 0o755); err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	served := make(chan struct{})
	t.Cleanup(func() {
		_ = l.Close()
		cancel()
		<-served
	})
	go func() {
		defer close(served)
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			socket, err := conn.(*net.TCPConn).File()
			if err == nil {
				daemon := exec.CommandContext(ctx, path, "-h", "-E", wrapper)
				daemon.Stdin, daemon.Stdout = socket, socket
				if err = daemon.Start(); err == nil {
					_ = conn.Close()
					_ = socket.Close()
					_ = daemon.Wait()
				}
			}
			if err != nil {
				t.Error(err)
			}
		}
	}()
	_, port, err = net.SplitHostPort(l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	return port
}

// TestExamplesOnTelnetd runs the examples against inetutils-telnetd, which says
// nothing before its requests are answered.
func TestExamplesOnTelnetd(t *testing.T) {
	port := telnetd(t)
	for _, example := range []struct{ name, password, printed string }{
		{"login", "mypass", "load average: "},
		{"login", "wrong", "Username and password failed - giving up\n"},
		{"codes", "mypass", "\nmypython\r\n"},
	} {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute) // in place of a hang
		var out strings.Builder
		in := luabind.New(luabind.Config{
			Stdout: &out,
			Secret: func(context.Context, string) (string, error) { return example.password, nil },
		})
		in.SetArgs("example.lua", []string{"127.0.0.1", port})
		err := in.RunFile(ctx, "../../examples/telnetlib_"+example.name+".lua")
		if closeErr := in.Close(); err == nil {
			err = closeErr
		}
		cancel()
		if err != nil || !strings.Contains(out.String(), example.printed) {
			t.Errorf("%s: %v\nprinted %q\nwant    %q in it", example.name, err, out.String(), example.printed)
		}
	}
}
