package cli

import (
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
)

// TestLineLog: a log that nobody reads blocks nothing, and tells what is left out.
func TestLineLog(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, w := io.Pipe()
		log, flush := (&App{Stderr: w}).lineLog()
		for i := range 2 * logLines {
			log(fmt.Sprint("line ", i))
		}
		var text []byte
		go func() { text, _ = io.ReadAll(r) }()
		flush()
		_ = w.Close()
		synctest.Wait()
		if !strings.HasPrefix(string(text), "moonwire: line 0\n") || !strings.Contains(string(text), " lines of the log are left out, as nobody read it") {
			t.Errorf("it says %.100q", text)
		}
	})
	synctest.Test(t, func(t *testing.T) {
		r, w := io.Pipe()
		log, flush := (&App{Stderr: w}).lineLog()
		log("one")
		flush() // returns, though nobody reads
		_ = r.Close()
	})
}

// A stuck writer takes the first text, and no more until it is released: it is a pipe
// that is full.
type stuck struct {
	first   chan string
	release chan struct{}
}

func (s stuck) Write(p []byte) (int, error) {
	select {
	case s.first <- string(p):
	default:
	}
	<-s.release
	return len(p), nil
}

// TestListeningIsNotHeldUp: hosts serve, and end, though nobody reads what they say.
func TestListeningIsNotHeldUp(t *testing.T) {
	cast := filepath.Join(t.TempDir(), "a.cast")
	if err := os.WriteFile(cast, []byte(`{"version":2,"width":80,"height":24}`+"\n"+`[0.0,"o","hello"]`+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"demo", "-listen", "127.0.0.1:0"}, {"replay", cast, "-listen", "127.0.0.1:0"}} {
		errs := stuck{make(chan string, 1), make(chan struct{})}
		caught := make(chan struct{})
		close(caught)
		ctx, interrupt := context.WithCancelCause(t.Context())
		app := &App{Stdin: strings.NewReader(""), Stdout: io.Discard, Stderr: errs, ctx: ctx, caught: caught, Getenv: func(string) string { return "" }}
		app.openTerminal()
		status := make(chan int)
		go func() { status <- app.start(commandNamed(args[0]), args[1:]) }()
		conn, err := net.Dial("tcp", regexp.MustCompile(`127\.0\.0\.1:\d+`).FindString(<-errs.first))
		if err != nil {
			t.Fatal(err)
		}
		if n, err := conn.Read(make([]byte, 1)); n != 1 {
			t.Errorf("%q: %v", args, err)
		}
		_ = conn.Close()
		interrupt(signals[os.Interrupt])
		close(errs.release)
		if got := <-status; got != exitInterrupted {
			t.Errorf("%q ended with %d", args, got)
		}
		app.undo()
	}
}
