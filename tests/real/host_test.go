//go:build unix

// Package real holds the command to hosts that others have written: telnet
// daemons, a router's command line, a console server, a chat room. Each test
// starts its host as a child on a free port and is skipped where the host is not
// installed; where MOONWIRE_REAL is 1 that is a failure instead.
package real

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/moonwire/moonwire/internal/cli"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"moonwire": func() { os.Exit(cli.Main()) },
	})
}

// patience is how long a host may take to start and a script to run; only a test
// that fails takes that long.
const patience = time.Minute

// lacking skips a test that the machine has not what it takes for, or fails it
// where everything is promised.
func lacking(t *testing.T, what string) {
	t.Helper()
	if os.Getenv("MOONWIRE_REAL") == "1" {
		t.Fatalf("there is no %s here, and MOONWIRE_REAL is set", what)
	}
	t.Skipf("there is no %s here", what)
}

// needs finds a program by name or path.
func needs(t *testing.T, program string) string {
	t.Helper()
	path, err := exec.LookPath(program)
	if err != nil {
		lacking(t, program)
	}
	return path
}

// needsRoot is for hosts that change their user or make accounts.
func needsRoot(t *testing.T) {
	t.Helper()
	if os.Geteuid() != 0 {
		lacking(t, "root")
	}
}

func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, port, err := net.SplitHostPort(l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	return port
}

// start runs a host in the foreground until the test ends. What it prints goes to
// told, if that is not nil.
func start(t *testing.T, told io.Writer, program string, args ...string) {
	t.Helper()
	cmd := exec.Command(program, args...)
	var said bytes.Buffer
	if told == nil {
		cmd.Stdout = &said
	} else {
		cmd.Stdout = told
	}
	cmd.Stderr = &said
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) // it may be gone already
		_ = cmd.Wait()
		if t.Failed() {
			t.Logf("%s said: %s", filepath.Base(program), said.String())
		}
	})
}

// listens waits until something accepts connections on the port.
func listens(t *testing.T, port string) (address string) {
	t.Helper()
	address = net.JoinHostPort("127.0.0.1", port)
	again := time.NewTicker(20 * time.Millisecond)
	defer again.Stop()
	late := time.After(patience)
	for {
		conn, err := net.Dial("tcp", address)
		if err == nil {
			_ = conn.Close()
			return address
		}
		select {
		case <-again.C:
		case <-late:
			t.Fatalf("nothing listens on %s: %v", address, err)
		}
	}
}

// A run is how a script went.
type run struct {
	stdout, stderr string
	status         int
}

// moonwire runs the command; environ are variables beside the test's own.
func moonwire(t *testing.T, environ []string, args ...string) run {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, "moonwire", args...)
	cmd.Env = append(os.Environ(), environ...)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	if _, exited := errors.AsType[*exec.ExitError](err); err != nil && !exited {
		t.Fatal(err)
	}
	return run{stdout.String(), stderr.String(), cmd.ProcessState.ExitCode()}
}

// script runs Lua code whose arg[1] is the address and wants it to end well, with
// a last line "ok" from the test's own assertions.
func script(t *testing.T, address, code string) run {
	t.Helper()
	path := filepath.Join(t.TempDir(), "script.lua")
	if err := os.WriteFile(path, []byte(code+"\nprint('ok')\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	r := moonwire(t, nil, path, address)
	if r.status != 0 || !strings.HasSuffix(r.stdout, "ok\n") {
		t.Errorf("the script ended with %d\n%s%s", r.status, r.stdout, r.stderr)
	}
	return r
}
