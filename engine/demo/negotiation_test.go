package demo_test

import (
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/moonwire/moonwire/engine/demo"
	"github.com/moonwire/moonwire/engine/telnet"
)

// plainClient is a client that knows no telnet: what comes is kept as it is.
func plainClient(t *testing.T, server *demo.Server) *client {
	c := dial(t, server, telnet.Config{})
	c.plain = true
	return c
}

const offers = "\xff\xfb\x01\xff\xfb\x03\xff\xfd\x18\xff\xfd\x1f" // WILL ECHO, WILL SGA, DO TTYPE, DO NAWS

func TestSilentClient(t *testing.T) {
	c := plainClient(t, new(demo.Server))
	if got, want := c.until("login: "), offers+"moonwire demo host\r\n\r\nlogin: "; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	// It has not agreed to ECHO, so nothing is echoed.
	c.raw("brandon\r\n")
	if got := c.until("Password: "); got != "Password: " {
		t.Errorf("got %q", got)
	}
	c.raw("mypass\r\nexec echo $TERM\r\n")
	if got := c.rest(); got != "\r\n"+prompt+"dumb\r\n" {
		t.Errorf("got %q", got)
	}
}

// A client that refuses everything, as Python's telnetlib: it echoes by itself,
// and has not agreed to do without GA.
func TestRefusingClient(t *testing.T) {
	c := plainClient(t, new(demo.Server))
	c.until("login: ")
	c.raw("\xff\xfe\x01\xff\xfe\x03\xff\xfc\x18\xff\xfc\x1f")
	c.raw("brandon\r\n")
	c.until("Password: \xff\xf9")
	c.raw("mypass\r\n")
	c.until(prompt + "\xff\xf9")
	c.raw("stty size\r\n")
	if got := c.until(prompt + "\xff\xf9"); got != "0 0\r\n"+prompt+"\xff\xf9" {
		t.Errorf("got %q", got)
	}
}

func TestTerminalType(t *testing.T) {
	for answer, want := range map[string]string{
		"MyPython": "mypython", "xterm-256color": "xterm-256color",
		"": "dumb", "a b": "dumb", "$(x)": "dumb", "x\x1b[m": "dumb", strings.Repeat("x", 41): "dumb",
	} {
		c := plainClient(t, new(demo.Server))
		c.until("login: ")
		c.raw("\xff\xfb\x18")
		c.until("\xff\xfa\x18\x01\xff\xf0")
		c.raw("\xff\xfa\x18\x00" + answer + "\xff\xf0brandon\r\nmypass\r\nexec echo $TERM\r\n")
		if got := c.rest(); !strings.HasSuffix(got, prompt+want+"\r\n") {
			t.Errorf("%q: got %q", answer, got)
		}
	}
}

func TestWindowChanges(t *testing.T) {
	c := dial(t, new(demo.Server), telnet.Config{Columns: 511})
	c.login()
	if got := c.run("stty size"); got != "0 511\n" {
		t.Errorf("got %q", got)
	}
	c.codec.Resize(255, 65535) // both need IAC doubled
	c.take(nil)
	if got := c.run("stty size"); got != "65535 255\n" {
		t.Errorf("got %q", got)
	}
	c.raw("\xff\xfa\x1f\x00\x50\x00\xff\xf0") // three bytes are no size
	if got := c.run("stty size"); got != "65535 255\n" {
		t.Errorf("got %q", got)
	}
}

// Prompts, and nothing else, end in EOR for a client that asked for it.
func TestEndOfRecord(t *testing.T) {
	c := plainClient(t, new(demo.Server))
	c.raw("\xff\xfd\x19")
	c.until("\xff\xfb\x19")
	c.raw("brandon\r\nmypass\r\nmore 1\r\nexit\r\n")
	got := c.rest()
	if n := strings.Count(got, "\xff\xef"); n != 3 {
		t.Errorf("%d times EOR in %q", n, got)
	}
	for _, part := range strings.SplitAfter(got, "\xff\xef")[:strings.Count(got, "\xff\xef")] {
		if part = strings.TrimSuffix(part, "\xff\xef"); !slices.ContainsFunc([]string{"login: ", "Password: ", prompt},
			func(s string) bool { return strings.HasSuffix(part, s) }) {
			t.Errorf("EOR after %q", part)
		}
	}
}

func TestAreYouThere(t *testing.T) {
	c := dial(t, new(demo.Server), telnet.Config{})
	c.until("login: ")
	c.raw("\xff\xf6")
	c.until("[Yes]")
}

// A TIMING-MARK is answered when what came before it has been worked through:
// here after the output of the commands typed ahead of it.
func TestTimingMarkComesInItsTurn(t *testing.T) {
	c := plainClient(t, new(demo.Server))
	c.raw("brandon\r\nmypass\r\nslow one\r\n\xff\xfd\x06echo two\r\n\xff\xfd\x06\xff\xfd\x06")
	got := c.until("two\r\n" + prompt + "\xff\xfb\x06\xff\xfb\x06")
	if want := prompt + "one\r\n" + prompt + "\xff\xfb\x06two\r\n" + prompt + "\xff\xfb\x06\xff\xfb\x06"; !strings.HasSuffix(got, want) {
		t.Errorf("got %q, want %q at its end", got, want)
	}
}

// Half a connection is enough: what was typed is carried out.
func TestHalfClose(t *testing.T) {
	c := dial(t, new(demo.Server), telnet.Config{})
	c.login()
	c.raw("echo one\r\nlog 100000\r\necho two")
	if err := c.conn.(interface{ CloseWrite() error }).CloseWrite(); err != nil {
		t.Fatal(err)
	}
	got := c.rest()
	if !strings.HasPrefix(got, "echo one\r\none\r\n") || !strings.HasSuffix(got, prompt+"echo twotwo\r\n"+prompt+"logout\r\n") || len(got) < 100000 {
		t.Errorf("%d bytes: %.80q ... %q", len(got), got, got[max(0, len(got)-80):])
	}
}

// What a client sends too late for anyone to read does not cost it the output.
func TestOutputSurvivesLateInput(t *testing.T) {
	c := dial(t, new(demo.Server), telnet.Config{})
	c.login()
	c.raw("exec log 300000\r\n" + strings.Repeat("too late\r\n", 1000))
	got := strings.ReplaceAll(c.rest(), "\r\n", "\n")
	if want := len("exec log 300000\n") + 300000; len(got) != want {
		t.Errorf("%d bytes came, want %d", len(got), want)
	}
}

func TestBinary(t *testing.T) {
	c := plainClient(t, new(demo.Server))
	c.raw("\xff\xfd\x00\xff\xfb\x00") // both directions
	c.until("\xff\xfb\x00\xff\xfd\x00")
	c.raw("brandon\rmypass\rexec echo \xff\xff\r\n")
	if got := c.rest(); !strings.HasSuffix(got, prompt+"\xff\xff\r\n") {
		t.Errorf("got %q", got)
	}
}

func FuzzAnyInput(f *testing.F) {
	f.Add([]byte("brandon\r\nmypass\r\nmore 100\r\n q\xff\xfd\x06\xff\xfa\x1f\x00\x50\x00\x18\xff\xf0exit\r\n"))
	f.Add([]byte(offers + "\x1b[A\x03\x04"))
	f.Fuzz(func(t *testing.T, in []byte) {
		if strings.Contains(string(in), "log") || strings.Contains(string(in), "slow") || strings.Contains(string(in), "more") {
			return // they take their time
		}
		near, far := pipe()
		server := new(demo.Server)
		done := make(chan struct{})
		go func() {
			defer close(done)
			server.ServeConn(far)
		}()
		go func() {
			_, _ = near.Write(in)
			near.closeWrite()
		}()
		if _, err := io.Copy(io.Discard, near); err != nil {
			t.Errorf("reading: %v", err)
		}
		<-done
	})
}
