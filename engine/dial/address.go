// Package dial turns what an operator writes as an address into an open
// connection: telnet, TLS, plain TCP and Unix sockets.
//
// [Parse] reads an address, [Dial] opens it. Errors are of type [*Error] and say
// in plain English what was tried and what may help. The package knows nothing
// of the telnet protocol: whether the bytes of a connection are telnet is said by
// [Address.Telnet] and acted on by the session.
package dial

import (
	"net"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Scheme says how an address is reached.
type Scheme string

// The schemes that an address may have. An address without one is Telnet.
const (
	Telnet  Scheme = "telnet"  // telnet over TCP, port 23
	Telnets Scheme = "telnets" // telnet over TLS, port 992
	TCP     Scheme = "tcp"     // plain bytes over TCP: no telnet commands
	Unix    Scheme = "unix"    // telnet over a Unix socket
	Demo    Scheme = "demo"    // the embedded host, on a loopback socket
	Spawn   Scheme = "spawn"   // a program on a terminal of its own: no telnet commands
)

// schemes lists what Parse takes, in the order that errors name them.
var schemes = [...]Scheme{Telnet, Telnets, TCP, Unix, Demo, Spawn}

// Schemes lists what Parse takes.
func Schemes() []Scheme { return schemes[:] }

// Prefix is what an address of the scheme begins with.
func (s Scheme) Prefix() string {
	if s == Spawn {
		return "spawn:"
	}
	return string(s) + "://"
}

// Address is where a session goes to.
type Address struct {
	Scheme Scheme
	Host   string // a name or an IP address, without brackets; "" for Unix and Demo
	Port   string // a number or a service's name; "" for Unix and Demo
	Path   string // the socket's path, for Unix; the command, for Spawn
}

// Parse reads an address: host, host:port, [v6]:port, a bare IPv6 address, or a
// URL (telnet://, telnets://, tcp://, unix:///path, demo://), or spawn:command. port, if not empty,
// is a port given separately; it must not contradict one in the address.
func Parse(address, port string) (Address, error) {
	text := strings.TrimSpace(address)
	if text == "" {
		return Address{}, &Error{Address: address, What: "the address is empty", Hint: `give a host, as in "router1" or "router1:2323"`}
	}
	if command, found := command(text); found {
		switch {
		case command == "":
			return Address{}, &Error{Address: address, What: "the command is missing", Hint: `write it as "spawn:bash"`}
		case port != "":
			return Address{}, &Error{Address: address, What: "a program has no port"}
		}
		return Address{Scheme: Spawn, Path: command}, nil
	}
	if shown, found := withoutUser(text); found {
		return Address{}, &Error{Address: shown, What: "an address holds no user and no password", Hint: `names and passwords are written by the script: s:writeln(secret "password")`}
	}
	a := Address{Scheme: Telnet}
	rest := text
	if scheme, after, found := strings.Cut(text, "://"); found {
		a.Scheme, rest = Scheme(strings.ToLower(scheme)), after
		if !known(a.Scheme) {
			return Address{}, &Error{Address: address, What: "the scheme " + strconv.Quote(scheme) + " is not known", Hint: "known are " + listSchemes()}
		}
	}
	switch a.Scheme {
	case Demo:
		if strings.Trim(rest, "/") != "" || port != "" {
			return Address{}, &Error{Address: address, What: "demo:// takes no host and no port"}
		}
		return a, nil
	case Unix:
		if rest == "" {
			return Address{}, &Error{Address: address, What: "the socket's path is missing", Hint: `write it as "unix:///run/console.sock"`}
		}
		if port != "" {
			return Address{}, &Error{Address: address, What: "a Unix socket has no port"}
		}
		a.Path = rest
		return a, nil
	}
	rest = strings.TrimSuffix(rest, "/")
	if strings.ContainsAny(rest, "/?#@ \t\r\n") {
		return Address{}, &Error{Address: address, What: "an address is a host and a port, nothing more", Hint: `as in "telnet://router1:23"; names and passwords are written by the script`}
	}
	host, inner, err := splitHostPort(rest)
	if err != "" {
		return Address{}, &Error{Address: address, What: err, Hint: `as in "router1:23" or "[2001:db8::1]:23"`}
	}
	if host == "" {
		return Address{}, &Error{Address: address, What: "the host is missing", Hint: `as in "router1:23"`}
	}
	switch {
	case inner == "":
		inner = port
	case port != "" && port != inner:
		return Address{}, &Error{Address: address, What: "the address has port " + inner + " and another, " + port + ", is given", Hint: "give the port once"}
	}
	if inner == "" {
		inner = a.Scheme.defaultPort()
	}
	if inner == "" {
		return Address{}, &Error{Address: address, What: "tcp:// needs a port", Hint: `as in "tcp://router1:2001"`}
	}
	if why := checkPort(inner); why != "" {
		return Address{}, &Error{Address: address, What: why}
	}
	a.Host, a.Port = host, inner
	return a, nil
}

// command returns the command of an address of the scheme Spawn.
func command(address string) (command string, found bool) {
	n := len("spawn:")
	if len(address) < n || !strings.EqualFold(address[:n], "spawn:") {
		return "", false
	}
	return strings.TrimSpace(address[n:]), true
}

// TLS tells whether the connection is encrypted from its first byte.
func (a Address) TLS() bool { return a.Scheme == Telnets }

// String gives the address in the form that Parse takes, the default port left out.
func (a Address) String() string {
	switch a.Scheme {
	case Demo:
		return "demo://"
	case Unix, Spawn:
		return a.Scheme.Prefix() + a.Path
	}
	hostport := a.Host
	if a.Port != a.Scheme.defaultPort() {
		hostport = net.JoinHostPort(a.Host, a.Port)
	} else if strings.Contains(a.Host, ":") {
		hostport = "[" + a.Host + "]"
	}
	if a.Scheme == Telnet {
		return hostport
	}
	return string(a.Scheme) + "://" + hostport
}

func (s Scheme) defaultPort() string {
	switch s {
	case Telnet:
		return "23"
	case Telnets:
		return "992"
	}
	return ""
}

func known(s Scheme) bool {
	for _, k := range schemes {
		if s == k {
			return true
		}
	}
	return false
}

func listSchemes() string {
	names := make([]string, len(schemes))
	for i, s := range schemes {
		names[i] = s.Prefix()
	}
	return strings.Join(names[:len(names)-1], ", ") + " and " + names[len(names)-1]
}

// splitHostPort is net.SplitHostPort with the port optional and a bare IPv6
// address allowed. The last result says what is wrong, "" if nothing.
func splitHostPort(s string) (host, port, wrong string) {
	if after, found := strings.CutPrefix(s, "["); found {
		host, rest, closed := strings.Cut(after, "]")
		if !closed {
			return "", "", "the bracket of the IPv6 address is not closed"
		}
		if rest == "" {
			return host, "", ""
		}
		port, found := strings.CutPrefix(rest, ":")
		if !found || port == "" {
			return "", "", "after the bracket a colon and a port are expected"
		}
		return host, port, ""
	}
	switch strings.Count(s, ":") {
	case 0:
		return s, "", ""
	case 1:
		host, port, _ := strings.Cut(s, ":")
		if port == "" {
			return "", "", "the port is missing after the colon"
		}
		return host, port, ""
	}
	if ip, _, _ := strings.Cut(s, "%"); net.ParseIP(ip) != nil {
		return s, "", ""
	}
	return "", "", "there are too many colons"
}

func checkPort(port string) string {
	n, err := strconv.Atoi(port)
	if err != nil {
		if strings.IndexFunc(port, func(r rune) bool {
			return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '-'
		}) >= 0 {
			return "the port " + strconv.Quote(port) + " is neither a number nor a service's name"
		}
		return "" // a service's name: the resolver knows it or not
	}
	if n < 1 || n > 65535 {
		return "the port " + port + " is not between 1 and 65535"
	}
	return ""
}

// withoutUser finds a user, who may have a password behind a colon, before the host
// of an address, and returns the address as it can be shown.
func withoutUser(address string) (shown string, found bool) {
	scheme, rest, isURL := strings.Cut(address, "://")
	if !isURL {
		scheme, rest = "", address
	}
	_, isCommand := command(address)
	if isCommand || strings.EqualFold(scheme, string(Unix)) { // a path may hold anything
		return address, false
	}
	at := strings.LastIndexByte(rest, '@') // a password may hold an @ or a slash of its own
	if at < 0 {
		return address, false
	}
	if isURL {
		scheme += "://"
	}
	return scheme + "..." + rest[at:], true
}

// Shown is an address, of any form and right or wrong, as it can be shown before it
// is parsed: without a user and a password.
func Shown(address string) string {
	shown, _ := withoutUser(strings.TrimSpace(address))
	return shown
}

// printable is a text that may come from a peer as one line that can be shown: what
// a terminal would act on becomes an escape.
func printable(s string) string {
	clean := func(r rune) bool { return r != utf8.RuneError && strconv.IsPrint(r) }
	if strings.IndexFunc(s, func(r rune) bool { return !clean(r) }) < 0 {
		return s
	}
	var b strings.Builder
	for _, r := range s {
		if clean(r) {
			b.WriteRune(r)
		} else {
			quoted := strconv.QuoteRuneToASCII(r)
			b.WriteString(quoted[1 : len(quoted)-1])
		}
	}
	return b.String()
}
