package demo_test

import (
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
	for range 3 {
		c.until("login: ")
		c.raw("brandon\r\n")
		c.until("brandon\r\nPassword: ")
		c.raw("guess\r\n")
		if got := c.until("incorrect\r\n"); got != "\r\nLogin incorrect\r\n" {
			t.Errorf("got %q", got)
		}
	}
	if got := c.rest(); got != "" {
		t.Errorf("after three tries: got %q", got)
	}
}
