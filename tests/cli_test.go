package tests

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/rogpeppe/go-internal/testscript"

	"github.com/moonwire/moonwire/internal/cli"
)

func TestMain(m *testing.M) {
	testscript.Main(caught{m}, map[string]func(){
		"moonwire": func() { os.Exit(cli.Main()) },
	})
}

// caught runs the tests with signals caught that are ignored under nohup and in the
// background: the programs that the tests start would inherit that.
type caught struct{ *testing.M }

func (c caught) Run() int {
	for _, s := range []os.Signal{os.Interrupt, syscall.SIGHUP} {
		if signal.Ignored(s) {
			signal.Notify(make(chan os.Signal, 1), s)
		}
	}
	return c.M.Run()
}

// TestCommand runs the command as a user does: each file of testdata/cli is a
// dialogue with the shell.
func TestCommand(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata/cli",
		Setup: func(env *testscript.Env) error {
			root, err := os.Getwd()
			if err != nil {
				return err
			}
			env.Setenv("EXAMPLES", strings.TrimSuffix(root, "tests")+"examples")
			env.Setenv("EVERY", every())
			return nil
		},
		Condition: func(cond string) (bool, error) {
			if cond == "race" {
				return underRace, nil
			}
			return false, fmt.Errorf("there is no condition %q", cond)
		},
		Cmds: map[string]func(ts *testscript.TestScript, neg bool, args []string){
			"peer":   startPeer,
			"queue":  startQueue,
			"status": checkStatus,
		},
	})
}

// startQueue is the command `queue [none|password]`: a server with JetStream, or without
// it, or one that wants a password, whose address is then in $NATS.
func startQueue(ts *testscript.TestScript, _ bool, args []string) {
	o := &server.Options{Host: "127.0.0.1", Port: -1, JetStream: true, StoreDir: ts.MkAbs("store" + strings.Join(args, "")), NoLog: true, NoSigs: true}
	if len(args) > 0 && args[0] == "none" {
		o.JetStream = false
	}
	if len(args) > 0 && args[0] == "password" {
		o.Username, o.Password = "brandon", "mypass"
	}
	s, err := server.NewServer(o)
	ts.Check(err)
	s.Start()
	ts.Defer(s.Shutdown)
	if !s.ReadyForConnections(10 * time.Second) {
		ts.Fatalf("the server does not start")
	}
	ts.Setenv("NATS", s.ClientURL())
}

// every is how replays of long recordings cut the bytes: everywhere, but for the race
// detector, under which a few places have to do.
func every() string {
	if underRace {
		return "random:3"
	}
	return "every"
}

// startPeer is the command `peer KIND [TEXT]`: a host in the test process whose
// address is then in $PEER. KIND is silent (says nothing), close (says TEXT and
// closes), say (says TEXT and stays), echo (says back what it hears), offer (offers to
// echo and stays).
func startPeer(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) == 0 {
		ts.Fatalf("usage: peer KIND [TEXT]")
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	ts.Check(err)
	ts.Defer(func() { _ = l.Close() })
	text := ""
	if len(args) > 1 {
		text = strings.NewReplacer(`\n`, "\r\n", `\e`, "\x1b").Replace(args[1])
	}
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			ts.Defer(func() { _ = conn.Close() })
			go serve(conn, args[0], text)
		}
	}()
	ts.Setenv("PEER", l.Addr().String())
}

func serve(conn net.Conn, kind, text string) {
	_, _ = io.WriteString(conn, text)
	switch kind {
	case "close":
		_ = conn.Close()
	case "echo":
		_, _ = io.Copy(conn, conn)
	case "offer":
		_, _ = io.WriteString(conn, "\xff\xfb\x01")
		_, _ = io.Copy(io.Discard, conn)
	default:
		_, _ = io.Copy(io.Discard, conn)
	}
}

// checkStatus is the command `status N COMMAND...`: it runs the command, and wants
// that exit status.
func checkStatus(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) < 2 {
		ts.Fatalf("usage: status N COMMAND...")
	}
	err := ts.Exec(args[1], args[2:]...)
	got := "0"
	if err != nil {
		got = strings.TrimPrefix(err.Error(), "exit status ")
	}
	if got != args[0] {
		ts.Fatalf("%s ended with %s, not %s", strings.Join(args[1:], " "), got, args[0])
	}
	for _, stream := range []string{"stdout", "stderr"} {
		if strings.Contains(ts.ReadFile(stream), "goroutine ") {
			ts.Fatalf("a stack of goroutines on %s", stream)
		}
	}
}

// TestLua runs the tests that are written in Lua.
func TestLua(t *testing.T) {
	var out bytes.Buffer
	app := &cli.App{Stdin: strings.NewReader(""), Stdout: &out, Stderr: &out, Getenv: func(string) string { return "" }}
	if status := app.Run([]string{"test", "lua"}); status != 0 {
		t.Errorf("ended with %d\n%s", status, out.String())
	}
}
