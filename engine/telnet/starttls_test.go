package telnet

import "testing"

// TestSecuring follows the moments in which nothing may be sent in the clear, and
// what START-TLS leaves behind.
func TestSecuring(t *testing.T) {
	c := New(Config{TLS: true, Policies: map[Option]Policy{MCCP2: Accept}})
	if c.Securing() {
		t.Error("from the start")
	}
	run(c, "\xff\xfd\x2e")
	if !c.Securing() {
		t.Error("not after our FOLLOWS")
	}
	in := []byte("\xff\xfa\x2e\x01\xff\xf0\x16\x03\x01")
	event, n := c.Next(in)
	if event.Kind != Secure || string(in[n:]) != "\x16\x03\x01" || c.Securing() {
		t.Errorf("%v, %q is left", event, in[n:])
	}
	if _, out := run(c, "\xff\xfd\x2e\xff\xfb\x56"); out != "\xff\xfc\x2e\xff\xfe\x56" {
		t.Errorf("START-TLS and MCCP2 inside of TLS: %q", out)
	}
}
