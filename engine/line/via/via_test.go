package via

import (
	"context"
	"errors"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/moonwire/moonwire/engine/dial"
	"github.com/moonwire/moonwire/engine/line/via/proxytest"
)

func base(ctx context.Context, network, address string) (net.Conn, error) {
	return (&net.Dialer{}).DialContext(ctx, network, address)
}

func must[H Hop](t *testing.T) func(h H, err error) H {
	return func(h H, err error) H {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return h
	}
}

// converse checks that a connection goes to the greeter.
func converse(t *testing.T, conn net.Conn) {
	t.Helper()
	defer conn.Close()
	if _, err := io.WriteString(conn, "x"); err != nil {
		t.Fatal(err)
	}
	buf := make([]byte, len("hello\r\n\r\nx"))
	if _, err := io.ReadFull(conn, buf); err != nil || string(buf) != "hello\r\n\r\nx" {
		t.Fatalf("read %q, %v", buf, err)
	}
}

// TestChains goes through each kind of hop, alone and behind others.
func TestChains(t *testing.T) {
	names := map[string]string{"router1:23": proxytest.Greeter(t)}
	s := must[*Socks5](t)(NewSocks5(proxytest.Socks(t, "", "", names)))
	s2 := must[*Socks5](t)(NewSocks5("joe@" + proxytest.Socks(t, "joe", "sesame", names)))
	s2.Login("", "sesame")
	c := must[*Connect](t)(NewConnect(proxytest.Web(t, "", "", names)))
	c2 := must[*Connect](t)(NewConnect(proxytest.Web(t, "joe", "sesame", names)))
	c2.Login("joe", "sesame")
	for _, hops := range [][]Hop{{s}, {s2}, {c}, {c2}, {s, c}, {c2, s2}, {s, s2, c, c2}} {
		conn, err := Chain(base, hops...)(t.Context(), "tcp", "router1:23")
		if err != nil {
			t.Errorf("%v: %v", hops, err)
			continue
		}
		converse(t, conn)
	}
	for _, address := range []string{names["router1:23"], "router1:telnet"} {
		conn, err := s.Through(base)(t.Context(), "tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		converse(t, conn)
	}
}

// TestRefusals: each error names the hop that failed.
func TestRefusals(t *testing.T) {
	closed := closedPort(t)
	names := map[string]string{"router1:23": closed}
	silent := func(text string) string { return quitter(t, text) }
	answers := func(texts ...string) string {
		return proxytest.Listen(t, func(conn net.Conn) {
			buf := make([]byte, 1000)
			for _, text := range texts {
				if _, err := conn.Read(buf); err != nil {
					return
				}
				_, _ = io.WriteString(conn, text)
			}
			_, _ = conn.Read(buf)
		})
	}
	newSocks := func(address, password string) Hop {
		s := must[*Socks5](t)(NewSocks5(address))
		s.Login("", password)
		return s
	}
	newWeb := func(address, password string) Hop {
		c := must[*Connect](t)(NewConnect(address))
		c.Login("", password)
		return c
	}
	good := newSocks(proxytest.Socks(t, "", "", names), "")
	long := strings.Repeat("x", 300)
	for _, c := range []struct {
		hops       []Hop
		what, hint string
	}{
		{[]Hop{newSocks(closed, "")}, "connection refused", "nothing listens"},
		{[]Hop{good}, "the proxy cannot reach router1:23: connection refused", ""},
		{[]Hop{good, newSocks(closed, "")}, "the proxy cannot reach " + closed + ": connection refused", ""},
		{[]Hop{newSocks(proxytest.Socks(t, "joe", "x", names), "")}, "the proxy wants a user and a password", "secret"},
		{[]Hop{newSocks("joe@"+proxytest.Socks(t, "joe", "x", names), "sesame")}, "the proxy refuses the user and the password", ""},
		{[]Hop{newSocks("joe@"+answers("\x05\xff"), "y")}, "the proxy takes no password", ""},
		{[]Hop{newSocks(answers("\x05\x01"), "")}, "the proxy wants a login that was not offered, method 1", ""},
		{[]Hop{newSocks(answers("HTTP/1.1 400 Bad"), "")}, `it does not speak SOCKS 5: it answers "HT"`, "http://"},
		{[]Hop{newSocks(silent(""), "")}, "the proxy closed the connection", ""},
		{[]Hop{newSocks(answers("\x05\x00", "\x05\x63"), "")}, "the proxy cannot reach router1:23: error 99", ""},
		{[]Hop{newSocks(answers("\x05\x00", "\x05\x00\x00\x09"), "")}, "the proxy answers with an address of the unknown kind 9", ""},
		{[]Hop{newSocks(long+"@"+answers("\x05\x02", ""), "y")}, "user and password may have 255 bytes each at most", ""},
		{[]Hop{newWeb(closed, "")}, "connection refused", "nothing listens"},
		{[]Hop{newWeb(proxytest.Web(t, "", "", names), "")}, "the proxy cannot reach router1:23: 502 Bad Gateway", ""},
		{[]Hop{newWeb(proxytest.Web(t, "joe", "x", names), "")}, "the proxy wants a user and a password", "secret"},
		{[]Hop{newWeb("joe@"+proxytest.Web(t, "joe", "x", names), "sesame")}, "the proxy refuses the user and the password", ""},
		{[]Hop{newWeb(answers("HTTP/1.1 405 Method Not Allowed\r\n\r\n"), "")}, "the proxy does not open connections (CONNECT): 405 Method Not Allowed", ""},
		{[]Hop{newWeb(answers("SSH-2.0-x\r\n"), "")}, `it does not speak HTTP: it answers "SSH-2"`, "ssh://"},
		{[]Hop{newWeb(answers("\x05\x00\x00\x00\x00"), "")}, `it does not speak HTTP: it answers "\x05\x00\x00\x00\x00"`, "socks5://"},
		{[]Hop{newWeb(answers("\x15\x03\x01\x00\x02\x02\x0a"), "")}, `it does not speak HTTP: it answers "\x15\x03\x01\x00\x02"`, "TLS"},
		{[]Hop{newWeb(answers("HTTP/1.1 403 Forbidden\r\n\r\n"), "")}, "the proxy refuses to connect to router1:23: 403 Forbidden", "port 443"},
		{[]Hop{newWeb("joe@"+answers("HTTP/1.1 407 No\r\nProxy-Authenticate: NTLM\r\nproxy-authenticate:Negotiate x\r\n\r\n"), "y")}, `the proxy wants a login by "NTLM, Negotiate", and moonwire knows Basic alone`, "helper"},
		{[]Hop{newWeb("joe@"+answers("HTTP/1.1 407 No\r\nProxy-Authenticate: NTLM\r\nProxy-Authenticate: basic realm=x\r\n\r\n"), "y")}, "the proxy refuses the user and the password", ""},
		{[]Hop{newWeb(answers("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 504 Late\r\n\r\n"), "")}, "the proxy cannot reach router1:23: 504 Late", ""},
		{[]Hop{newWeb(silent(""), "")}, "the proxy closed the connection", ""},
		{[]Hop{newWeb(answers("HTTP/1.1 200 OK\r\n"+strings.Repeat("x", mostOfAHeader)), "")}, "the proxy's answer does not end", ""},
	} {
		conn, err := Chain(base, c.hops...)(t.Context(), "tcp", "router1:23")
		e, ok := errors.AsType[*dial.Error](err)
		if !ok || conn != nil {
			t.Errorf("%v: %v, %v; want %s", c.hops, conn, err, c.what)
			continue
		}
		want := "via " + c.hops[0].String() + ": " + c.what
		if e.Error() != want || !strings.Contains(e.Hint, c.hint) {
			t.Errorf("got  %s (%s)\nwant %s (%s)", e, e.Hint, want, c.hint)
		}
		if strings.Contains(e.Error()+e.Hint, "sesame") {
			t.Errorf("%s shows the password", e)
		}
	}
	for _, c := range []struct{ network, address, what string }{
		{"tcp", long + ":23", "the name " + long + " is too long for SOCKS"},
		{"tcp", "router1:nosuchservice", "the service nosuchservice is not known"},
		{"unix", "/run/x", "it goes to hosts by TCP, not to /run/x"},
	} {
		if _, err := good.Through(base)(t.Context(), c.network, c.address); err == nil || !strings.HasSuffix(err.Error(), c.what) {
			t.Errorf("%s: %v", c.address, err)
		}
	}
}

// quitter is a proxy that ends its side after text.
func quitter(t *testing.T, text string) string {
	return proxytest.Listen(t, func(conn net.Conn) {
		_, _ = io.WriteString(conn, text)
		_ = conn.(*net.TCPConn).CloseWrite()
		_, _ = io.Copy(io.Discard, conn)
	})
}

// TestCutShort: a proxy may end the conversation anywhere.
func TestCutShort(t *testing.T) {
	for whole, hop := range map[string]func(address string) Hop{
		"\x05\x02\x01\x00\x05\x00\x00\x03\x02me\x01\x02": func(address string) Hop {
			s := must[*Socks5](t)(NewSocks5("joe@" + address))
			s.Login("", "sesame")
			return s
		},
		"HTTP/1.1 200 OK\r\nVia: me\r\n\r\n": func(address string) Hop { return must[*Connect](t)(NewConnect(address)) },
	} {
		for i := range len(whole) {
			h := hop(quitter(t, whole[:i]))
			if _, err := h.Through(base)(t.Context(), "tcp", "router1:23"); err == nil || err.Error() != "via "+h.String()+": the proxy closed the connection" {
				t.Errorf("after %q: %v", whole[:i], err)
			}
		}
		conn, err := hop(quitter(t, whole+"hello")).Through(base)(t.Context(), "tcp", "router1:23")
		if err != nil {
			t.Fatal(err)
		}
		if got, err := io.ReadAll(conn); string(got) != "hello" || err != nil {
			t.Errorf("behind %q came %q, %v", whole, got, err)
		}
		_ = conn.Close()
	}
}

func closedPort(t *testing.T) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	// Our end of a connection has a port that nobody else gets, and nobody listens there.
	c, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c.LocalAddr().String()
}

// TestTimeout: the time for the connection covers the hops, and the error names the one
// that is silent.
func TestTimeout(t *testing.T) {
	dumb := proxytest.Listen(t, func(conn net.Conn) { _, _ = io.Copy(io.Discard, conn) })
	names := map[string]string{"router1:23": proxytest.Greeter(t)}
	first := must[*Connect](t)(NewConnect(proxytest.Web(t, "", "", names)))
	second := must[*Socks5](t)(NewSocks5(dumb))
	o := dial.Options{Timeout: 50 * time.Millisecond, Network: Chain(base, first, second)}
	a, err := dial.Forms{{Scheme: "telnet", Bare: true, Port: "23", Network: "tcp", Read: dial.ReadHostPort}}.Parse("router1", "")
	if err != nil {
		t.Fatal(err)
	}
	_, err = dial.Dial(t.Context(), a, o)
	if want := "cannot connect to router1: via " + second.String() + ": no answer within 50ms"; err == nil || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, h := range []Hop{second, must[*Command](t)(NewCommand("cat"))} {
		o := dial.Options{Network: Chain(base, h)}
		if _, err = dial.Dial(ctx, a, o); err == nil || err.Error() != "cannot connect to router1: interrupted" || !errors.Is(err, context.Canceled) {
			t.Errorf("%s: %v", h, err)
		}
	}
}

// TestAddresses: what is wrong with an address is told without a password in it.
func TestAddresses(t *testing.T) {
	for rest, want := range map[string]string{
		"":                    "the host is missing",
		"joe@":                "the host is missing",
		"joe:sesame@proxy":    "a password does not belong into an address",
		"joe:ses@ame@proxy:1": "a password does not belong into an address",
		"proxy:0":             "the port 0 is not between 1 and 65535",
		"proxy/x":             "an address is a host and a port, nothing more",
		"::1:1:1:1:1:1:1:1:1": "there are too many colons",
	} {
		_, err := NewSocks5(rest)
		e, ok := errors.AsType[*dial.Error](err)
		if !ok || e.What != want || strings.Contains(e.Error()+e.Hint, "ses") {
			t.Errorf("%q: %v", rest, err)
		}
	}
	for rest, want := range map[string]string{
		"proxy": "http://proxy:80", "joe@proxy:8080/": "http://joe@proxy:8080", "[2001:db8::1]:3128": "http://[2001:db8::1]:3128",
	} {
		if h, err := NewConnect(rest); err != nil || h.String() != want {
			t.Errorf("%q: %v, %v", rest, h, err)
		}
	}
	for text, want := range map[string]string{
		"":           "the command is missing",
		`nc "%h %p`:  "a quote is not closed",
		"nc %h %q":   "%q has no meaning in a command",
		"nc %h %p %": "% has no meaning in a command",
	} {
		if _, err := NewCommand(text); err == nil || err.Error() != want {
			t.Errorf("%q: %v", text, err)
		}
	}
}
