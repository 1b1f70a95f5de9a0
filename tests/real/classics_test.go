//go:build unix

package real

import (
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// example is the path of an example.
func example(t *testing.T, name string) string {
	t.Helper()
	path, err := filepath.Abs(filepath.Join("../../examples", name))
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// inetd starts a program for each connection, with the socket as its standard input and
// output.
func inetd(t *testing.T, program string) (address string) {
	t.Helper()
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var served sync.WaitGroup
	t.Cleanup(func() {
		_ = l.Close()
		served.Wait()
	})
	served.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			f, err := conn.(*net.TCPConn).File()
			_ = conn.Close() // f is a copy
			if err != nil {
				t.Error(err)
				return
			}
			cmd := exec.CommandContext(t.Context(), program)
			cmd.Stdin, cmd.Stdout = f, f
			served.Go(func() {
				_ = cmd.Run() // what it comes to, the client tells
				_ = f.Close()
			})
		}
	})
	return l.Addr().String()
}

// TestPasswdAndFTP runs the examples of what Expect became known for, on an account of the
// test's own: passwd changes its password, and ftp logs in with it.
func TestPasswdAndFTP(t *testing.T) {
	ftpd := needs(t, "/usr/sbin/ftpd")
	needs(t, "ftp")
	needs(t, "su")
	name, password := accountWith(t, "/bin/bash")
	passwd := example(t, "passwd.lua")

	r := moonwire(t, []string{"MOONWIRE_SECRET_NEW=Sun-5wire!"}, passwd, "passwd", name)
	if r.status != 0 || r.stdout != "changed\n" || r.stderr != "" {
		t.Fatalf("passwd by root: %d\n%s%s", r.status, r.stdout, r.stderr)
	}
	// Whoever changes his own is asked for the old one, and may be refused.
	r = moonwire(t, []string{"MOONWIRE_SECRET_PASSWORD=" + password, "MOONWIRE_SECRET_NEW=Mars6wire!!"}, passwd, "su", name, "-c", "passwd")
	if r.status != 1 || !strings.Contains(r.stderr, "the password is not changed: passwd: password unchanged\n") {
		t.Errorf("the wrong old password: %d\n%s%s", r.status, r.stdout, r.stderr)
	}
	r = moonwire(t, []string{"MOONWIRE_SECRET_PASSWORD=Sun-5wire!", "MOONWIRE_SECRET_NEW=Mars6wire!!"}, passwd, "su", name, "-c", "passwd")
	if r.status != 0 || r.stdout != "changed\n" {
		t.Errorf("passwd: %d\n%s%s", r.status, r.stdout, r.stderr)
	}

	address := inetd(t, ftpd)
	if err := os.WriteFile(filepath.Join("/home", name, "there.txt"), []byte("fetched\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	dir, script := t.TempDir(), example(t, "ftp.lua")
	fetch := func(environ, file string) run {
		t.Helper()
		cmd := exec.Command("moonwire", script, address, name, file)
		cmd.Dir = dir
		cmd.Env = append(os.Environ(), environ)
		out, err := cmd.CombinedOutput()
		if cmd.ProcessState == nil {
			t.Fatal(err)
		}
		return run{stdout: string(out), status: cmd.ProcessState.ExitCode()}
	}
	if r := fetch("MOONWIRE_SECRET_PASSWORD=Mars6wire!!", "there.txt"); r.status != 0 || r.stdout != "fetched there.txt\n" {
		t.Errorf("ftp: %d\n%s", r.status, r.stdout)
	}
	if text, err := os.ReadFile(filepath.Join(dir, "there.txt")); err != nil || string(text) != "fetched\n" {
		t.Errorf("fetched %q, %v", text, err)
	}
	if r := fetch("MOONWIRE_SECRET_PASSWORD=Mars6wire!!", "missing.txt"); r.status != 1 || !strings.Contains(r.stdout, "missing.txt: No such file") {
		t.Errorf("a file that is not there: %d\n%s", r.status, r.stdout)
	}
	if r := fetch("MOONWIRE_SECRET_PASSWORD=wrong", "there.txt"); r.status != 1 || !strings.Contains(r.stdout, "530 Login incorrect.") {
		t.Errorf("a wrong password: %d\n%s", r.status, r.stdout)
	}
}
