package dial

import (
	"net"
	"strconv"
	"strings"
	"unicode"
)

// The ways to read what follows an address's scheme, see Form.Read.

// ReadHostPort reads host, host:port, [v6]:port or a bare IPv6 address.
func ReadHostPort(a *Address, rest, port string) *Error {
	rest = strings.TrimSuffix(rest, "/")
	if strings.ContainsAny(rest, "/?#@ \t\r\n") {
		return &Error{What: "an address is a host and a port, nothing more", Hint: `as in "telnet://router1:23"; names and passwords are written by the script`}
	}
	host, inner, err := splitHostPort(rest)
	if err != "" {
		return &Error{What: err, Hint: `as in "router1:23" or "[2001:db8::1]:23"`}
	}
	if host == "" {
		return &Error{What: "the host is missing", Hint: `as in "router1:23"`}
	}
	switch {
	case inner == "":
		inner = port
	case port != "" && port != inner:
		return &Error{What: "the address has port " + inner + " and another, " + port + ", is given", Hint: "give the port once"}
	}
	if inner == "" {
		inner = a.form.Port
	}
	if inner == "" && !a.form.User {
		return &Error{What: a.form.Prefix() + " needs a port", Hint: `as in "` + a.form.Prefix() + `router1:2001"`}
	}
	if why := checkPort(inner); why != "" {
		return &Error{What: why}
	}
	a.Host, a.Port = host, inner
	return nil
}

// ReadUserHost reads a host that a user and an @ may stand before, and whose port may be
// missing.
func ReadUserHost(a *Address, rest, port string) *Error {
	if at := strings.LastIndexByte(rest, '@'); at >= 0 {
		a.User, rest = rest[:at], rest[at+1:]
		if a.User == "" || a.User[0] == '-' || strings.ContainsFunc(a.User, unicode.IsControl) {
			return &Error{What: "the user " + strconv.Quote(a.User) + " cannot be one", Hint: `as in "` + a.form.Prefix() + `admin@router1"`}
		}
	}
	if strings.HasPrefix(rest, "-") { // it would be an option of a program
		return &Error{What: "a host's name does not begin with -"}
	}
	return ReadHostPort(a, rest, port)
}

// ReadSocket reads a Unix socket's path.
func ReadSocket(a *Address, rest, port string) *Error {
	if rest == "" {
		return &Error{What: "the socket's path is missing", Hint: `write it as "` + a.form.Prefix() + `/run/console.sock"`}
	}
	if port != "" {
		return &Error{What: "a Unix socket has no port"}
	}
	a.Path = rest
	return nil
}

// ReadCommand reads a command.
func ReadCommand(a *Address, rest, port string) *Error {
	switch a.Path = strings.TrimSpace(rest); {
	case a.Path == "":
		return &Error{What: "the command is missing", Hint: `write it as "` + a.form.Prefix() + `bash"`}
	case port != "":
		return &Error{What: "a program has no port"}
	}
	return nil
}

// ReadNothing reads an address that is its scheme alone.
func ReadNothing(a *Address, rest, port string) *Error {
	if strings.Trim(rest, "/") != "" || port != "" {
		return &Error{What: a.form.Prefix() + " takes no host and no port"}
	}
	return nil
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
