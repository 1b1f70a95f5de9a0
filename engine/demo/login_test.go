package demo_test

import (
	"strings"
	"testing"

	"github.com/moonwire/moonwire/engine/demo"
	"github.com/moonwire/moonwire/engine/telnet"
)

func TestLoginAndExec(t *testing.T) {
	c := dial(t, new(demo.Server), telnet.Config{})
	c.login()
	c.raw("exec uptime\r\n")
	want := "exec uptime\r\n 10:24:43 up 5 days, 12:13,  1 user,  load average: 0.91, 0.73, 0.44\r\n"
	if got := c.rest(); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestThreeTries(t *testing.T) {
	c := dial(t, new(demo.Server), telnet.Config{})
	for i, try := range [][2]string{{"brandon", "guess"}, {"root", "mypass"}, {"brandon", ""}} {
		c.until("login: ")
		c.raw(try[0] + "\r\n")
		c.until(try[0] + "\r\nPassword: ")
		c.raw(try[1] + "\r\n")
		if got := c.until("incorrect\r\n"); got != "\r\nLogin incorrect\r\n" {
			t.Errorf("try %d: got %q", i+1, got)
		}
	}
	if got := c.rest(); got != "" {
		t.Errorf("after three tries: got %q", got)
	}
}

func TestLoginKeys(t *testing.T) {
	for _, keys := range []struct{ name, typed string }{
		{"CR LF", "brandon\r\nmypass\r\n"},
		{"CR NUL", "brandon\r\x00mypass\r\x00"},
		{"CR", "brandon\rmypass\r"},
		{"LF", "brandon\nmypass\n"},
		{"an empty name", "\r\n\r\nbrandon\r\nmypass\r\n"},
		{"second thoughts", "root\r\n\x03brandon\r\nm\x03brandon\r\nmypass\r\n"},
		{"a password corrected", "brandon\r\nmypast\x7f\bss\r\n"},
		{"a password begun again", "brandon\r\nguess\x15mypass\r\n"},
		{"wrong first", "brandon\r\nx\r\nbrandon\r\nmypass\r\n"},
	} {
		t.Run(keys.name, func(t *testing.T) {
			c := dial(t, new(demo.Server), telnet.Config{})
			c.raw(keys.typed)
			if got := c.until(prompt); strings.Contains(got, "mypas") {
				t.Errorf("the password is echoed: %q", got)
			}
		})
	}
}

func TestEndOfInputAtLogin(t *testing.T) {
	for _, at := range []string{"", "brandon\r\n"} {
		c := dial(t, new(demo.Server), telnet.Config{})
		c.raw(at + "\x04")
		c.rest()
	}
}
