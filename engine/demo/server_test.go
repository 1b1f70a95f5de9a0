package demo_test

import (
	"context"
	"errors"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/moonwire/moonwire/engine/demo"
	"github.com/moonwire/moonwire/engine/telnet"
)

func TestStart(t *testing.T) {
	address, stop, err := demo.Start()
	if err != nil {
		t.Fatal(err)
	}
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	c := &client{t: t, conn: conn, codec: telnet.New(telnet.Config{})}
	c.login()
	stop() // hangs up, too
	if n, err := conn.Read(make([]byte, 1)); err == nil {
		t.Errorf("%d bytes came after the end", n)
	}
	if late, err := net.Dial("tcp", address); err == nil {
		late.Close()
		t.Error("it still listens")
	}
}

func TestTooManySessions(t *testing.T) {
	var mu sync.Mutex
	var log []string
	server := &demo.Server{MaxSessions: 1, Log: func(line string) {
		mu.Lock()
		defer mu.Unlock()
		log = append(log, line)
	}}
	c := dial(t, server, telnet.Config{})
	c.login()
	second, err := net.Dial("tcp", c.conn.RemoteAddr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer second.Close()
	if got, _ := io.ReadAll(second); string(got) != "Too many sessions.\r\n" {
		t.Errorf("got %q", got)
	}
	c.raw("exit\r\n")
	c.rest()
	c.conn.Close()
	if err := server.Shutdown(context.Background()); err != nil {
		t.Errorf("Shutdown: %v", err)
	}
	who := c.conn.LocalAddr().String()
	want := "connection from " + who + "\nbrandon logged in from " + who + "\nconnection from " + who + " ended"
	if got := strings.Join(log, "\n"); got != want {
		t.Errorf("logged %q", got)
	}
}

func TestShutdownWaitsNoLongerThanItMay(t *testing.T) {
	server := new(demo.Server)
	c := dial(t, server, telnet.Config{})
	c.login()
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := server.Shutdown(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("Shutdown: %v", err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if err := server.Serve(l); !errors.Is(err, demo.ErrClosed) {
		t.Errorf("Serve after Shutdown: %v", err)
	}
}

// Close gets through to a session that is stuck in writing to a client that
// never reads, and floods us meanwhile.
func TestCloseOfAStuckSession(t *testing.T) {
	server := new(demo.Server)
	c := dial(t, server, telnet.Config{})
	c.login()
	c.raw("log 1G\r\n")
	c.until("request 000000001")
	flooded := make(chan struct{})
	go func() {
		defer close(flooded)
		for {
			if _, err := io.WriteString(c.conn, strings.Repeat("x\xff\xf6\xff\xfd\x06", 4096)); err != nil {
				return
			}
		}
	}()
	server.Close()
	<-flooded
}

// A listener that fails for good is given up.
func TestServeReturnsTheListenersError(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		broken := errors.New("the network is gone")
		if err := new(demo.Server).Serve(&failing{err: broken}); !errors.Is(err, broken) {
			t.Errorf("got %v", err)
		}
		if err := new(demo.Server).Serve(&failing{err: net.ErrClosed}); !errors.Is(err, net.ErrClosed) {
			t.Errorf("got %v", err)
		}
	})
}

type failing struct{ err error }

func (f *failing) Accept() (net.Conn, error) { return nil, f.err }
func (f *failing) Close() error              { return nil }
func (f *failing) Addr() net.Addr            { return &net.TCPAddr{} }

func TestSlowTakesItsTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		near, far := net.Pipe()
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			new(demo.Server).ServeConn(far)
		}()
		c := &client{t: t, conn: near, codec: telnet.New(telnet.Config{})}
		c.login()
		c.raw("slow 'a mö'\r\n")
		c.until("'\r\n")
		for i, r := range "a mö" {
			began := time.Now()
			if got := c.until(string(r)); got != string(r) {
				t.Errorf("got %q, want %q", got, string(r))
			}
			if i > 0 && time.Since(began) != 50*time.Millisecond {
				t.Errorf("%q came after %v", r, time.Since(began))
			}
		}
		c.until("\r\n" + prompt)
		c.raw("slow abcdef\r\n")
		c.until("f\r\nab")
		c.raw("\x03")
		if got := c.until(prompt); got != "^C\r\n"+prompt {
			t.Errorf("after ^C: got %q", got)
		}
		// What is typed meanwhile is for the shell, and a hang-up ends it.
		c.raw("slow x\r\necho y\r\n")
		c.until("x\r\n" + prompt + "echo y\r\ny\r\n" + prompt)
		c.raw("slow abcdef\r\n")
		c.until("f\r\nab")
		near.Close()
		<-ended
	})
}

// The clock can be the test's own.
func TestSlowByAnotherClock(t *testing.T) {
	var asked []time.Duration
	server := &demo.Server{After: func(d time.Duration) <-chan time.Time {
		asked = append(asked, d)
		now := make(chan time.Time, 1)
		now <- time.Time{}
		return now
	}}
	c := dial(t, server, telnet.Config{})
	c.login()
	if got := c.run("slow abc"); got != "abc\n" || len(asked) != 3 || asked[0] != 50*time.Millisecond {
		t.Errorf("got %q and waits of %v", got, asked)
	}
}
