package kinds

import (
	"strings"
	"testing"
)

func TestParse(t *testing.T) {
	for _, c := range []struct {
		address, port             string
		scheme, host, inner, path string
		shown                     string
	}{
		{"router1", "", "telnet", "router1", "23", "", "router1"},
		{"router1", "2323", "telnet", "router1", "2323", "", "router1:2323"},
		{"router1:2323", "", "telnet", "router1", "2323", "", "router1:2323"},
		{"router1:2323", "2323", "telnet", "router1", "2323", "", "router1:2323"},
		{" router1:telnet ", "", "telnet", "router1", "telnet", "", "router1:telnet"},
		{"[2001:db8::1]", "", "telnet", "2001:db8::1", "23", "", "[2001:db8::1]"},
		{"[2001:db8::1]:24", "", "telnet", "2001:db8::1", "24", "", "[2001:db8::1]:24"},
		{"2001:db8::1", "", "telnet", "2001:db8::1", "23", "", "[2001:db8::1]"},
		{"fe80::1%eth0", "", "telnet", "fe80::1%eth0", "23", "", "[fe80::1%eth0]"},
		{"telnet://router1", "", "telnet", "router1", "23", "", "router1"},
		{"TELNET://router1:24/", "", "telnet", "router1", "24", "", "router1:24"},
		{"telnets://router1", "", "telnets", "router1", "992", "", "telnets://router1"},
		{"tcp://router1:2001", "", "tcp", "router1", "2001", "", "tcp://router1:2001"},
		{"unix:///run/console.sock", "", "unix", "", "", "/run/console.sock", "unix:///run/console.sock"},
		{"demo://", "", "demo", "", "", "", "demo://"},
		{"ssh://router1", "", "ssh", "router1", "", "", "ssh://router1"},
		{"SSH://admin@router1/", "2222", "ssh", "router1", "2222", "", "ssh://admin@router1:2222"},
		{"ssh://a@b@[2001:db8::1]", "", "ssh", "2001:db8::1", "", "", "ssh://a@b@[2001:db8::1]"},
	} {
		got, err := Parse(c.address, c.port)
		if err != nil || got.Scheme() != c.scheme || got.Host != c.host || got.Port != c.inner || got.Path != c.path {
			t.Errorf("Parse(%q, %q) = %+v, %v", c.address, c.port, got, err)
			continue
		}
		if got.String() != c.shown {
			t.Errorf("%q is shown as %q, not %q", c.address, got, c.shown)
		}
		if again, err := Parse(got.String(), ""); err != nil || again != got {
			t.Errorf("%q does not read back: %+v, %v", got, again, err)
		}
	}
}

func TestParseMistakes(t *testing.T) {
	for _, c := range []struct{ address, port, want string }{
		{"", "", "the address is empty"},
		{"gopher://x", "", `the scheme "gopher" is not known`},
		{"telnet://user@router1", "", "no user and no password"},
		{"ssh://user:word@router1", "", "an address holds no password"},
		{"ssh://@router1", "", "cannot be one"},
		{"ssh://-oProxyCommand=x@router1", "", "cannot be one"},
		{"ssh://-oProxyCommand=x", "", "does not begin with -"},
		{"ssh://router1:x_y", "", "neither a number nor a service's name"},
		{"router1:", "", "the port is missing after the colon"},
		{"telnet:router1", "", "two slashes are missing"},
		{"SSH:", "", "two slashes are missing"},
		{":23", "", "the host is missing"},
		{"router1:23", "24", "the address has port 23 and another, 24, is given"},
		{"router1:0", "", "not between 1 and 65535"},
		{"router1:70000", "", "not between 1 and 65535"},
		{"router1:2 3", "", "nothing more"},
		{"router1:a_b", "", "neither a number nor a service's name"},
		{"user@router1", "", "no user and no password"},
		{"telnet://router1/path", "", "nothing more"},
		{"a:b:c", "", "too many colons"},
		{"[::1", "", "is not closed"},
		{"[::1]x", "", "a colon and a port are expected"},
		{"tcp://router1", "", "tcp:// needs a port"},
		{"unix://", "", "the socket's path is missing"},
		{"unix:///x", "23", "a Unix socket has no port"},
		{"demo://x", "", "takes no host"},
		{"spawn:", "", "the command is missing"},
		{"spawn:bash", "23", "a program has no port"},
	} {
		_, err := Parse(c.address, c.port)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("Parse(%q, %q): %v, want %q", c.address, c.port, err, c.want)
		}
	}
}
