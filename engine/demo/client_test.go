package demo_test

import (
	"bytes"
	"errors"
	"io"
	"net"
	"strings"
	"testing"

	"github.com/moonwire/moonwire/engine/demo"
	"github.com/moonwire/moonwire/engine/telnet"
)

// client is the other end: a telnet client that reads until a text has come.
type client struct {
	t     *testing.T
	conn  net.Conn
	codec *telnet.Codec
	text  []byte // not yet waited for
	plain bool   // knows no telnet: what comes is kept as it is
}

// dial serves a connection and returns its client.
func dial(t *testing.T, server *demo.Server, config telnet.Config) *client {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- server.Serve(l) }()
	t.Cleanup(func() {
		server.Close()
		if err := <-done; !errors.Is(err, demo.ErrClosed) {
			t.Errorf("Serve returned %v", err)
		}
	})
	conn, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return &client{t: t, conn: conn, codec: telnet.New(config)}
}

// read takes what comes next, answers what asks for an answer, and reports
// whether there is more.
func (c *client) read() bool {
	buffer := make([]byte, 64<<10)
	n, err := c.conn.Read(buffer)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrClosedPipe) {
		c.t.Fatalf("%v; got %q", err, c.text)
	}
	if c.plain {
		c.text = append(c.text, buffer[:n]...)
	} else {
		c.take(buffer[:n])
	}
	return err == nil
}

func (c *client) take(in []byte) {
	for {
		event, used := c.codec.Next(in)
		in = in[used:]
		switch event.Kind {
		case telnet.None:
			if c.codec.HasOutput() {
				c.raw(string(c.codec.AppendOutput(nil)))
			}
			return
		case telnet.Data:
			c.text = append(c.text, event.Data...)
		}
	}
}

// until returns the text up to and including s.
func (c *client) until(s string) string {
	c.t.Helper()
	for seen := 0; ; {
		if i := bytes.Index(c.text[seen:], []byte(s)); i >= 0 {
			end := seen + i + len(s)
			got := string(c.text[:end])
			c.text = c.text[end:]
			return got
		}
		seen = max(0, len(c.text)-len(s)+1)
		if !c.read() {
			c.t.Fatalf("closed before %q came: got %q", s, c.text)
		}
	}
}

// rest returns the text up to the end.
func (c *client) rest() string {
	c.t.Helper()
	for c.read() {
	}
	return string(c.text)
}

// raw sends bytes as they are.
func (c *client) raw(s string) {
	if _, err := io.WriteString(c.conn, s); err != nil {
		c.t.Errorf("writing %.80q: %v", s, err)
	}
}

const prompt = "brandon@demo:~$ "

func (c *client) login() {
	c.t.Helper()
	c.until("login: ")
	c.raw("brandon\r\n")
	c.until("Password: ")
	c.raw("mypass\r\n")
	c.until(prompt)
}

// run types a command and returns what it prints.
func (c *client) run(command string) string {
	c.t.Helper()
	c.raw(command + "\r\n")
	c.until(command + "\r\n")
	return strings.ReplaceAll(strings.TrimSuffix(c.until(prompt), prompt), "\r\n", "\n")
}
