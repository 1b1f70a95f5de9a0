// Package dial turns what an operator writes as an address into an open connection over
// TCP, TLS or a Unix socket.
//
// [Forms.Parse] reads an address, [Dial] opens it. Errors are of type [*Error]: they say
// what was tried and what may help. The package does not know which kinds of lines there
// are: a table of forms is given to it.
package dial

import (
	"net"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Address is where a session goes to. [Forms.Parse] makes one.
type Address struct {
	Host string // a name or an IP address, without brackets
	Port string // a number or a service's name
	Path string // what stands in place of host and port: a socket's path, a command
	User string // who logs in, where the form allows one; "" if the address names nobody

	form *Form
}

// Scheme returns what the address begins with, as in "telnet".
func (a Address) Scheme() string { return a.form.Scheme }

// TLS reports whether the connection is encrypted from its first byte.
func (a Address) TLS() bool { return a.form.TLS }

// String returns the address in the form that Parse takes, without the default port.
func (a Address) String() string {
	if a.Host == "" {
		return a.form.Prefix() + a.Path
	}
	shown := a.Host
	if a.Port != a.form.Port {
		shown = net.JoinHostPort(a.Host, a.Port)
	} else if strings.Contains(a.Host, ":") {
		shown = "[" + a.Host + "]"
	}
	if a.form.Bare {
		return shown
	}
	if a.User != "" {
		shown = a.User + "@" + shown
	}
	return a.form.Prefix() + shown
}

// Failed returns the error of a connection to the address. The caller may add a hint.
func (a Address) Failed(what string, err error) *Error {
	e := &Error{Address: a.String(), What: what, Err: err, doing: a.form.Doing}
	if e.doing != "" {
		e.Address = a.Path
	}
	return e
}

// A Form says how the addresses of one scheme are written.
type Form struct {
	Scheme string // the first word, as in "telnet"
	Sign   string // what follows it; "" is "://"
	Bare   bool   // addresses without a scheme have this form
	Port   string // the one that need not be written; "" if a port has to be
	TLS    bool   // the connection is encrypted from its first byte
	Opaque bool   // anything may follow the sign: an @ does not end a user's name
	User   bool   // a user may stand before the host, and the port may be left to others
	Doing  string // what is done about such an address, as in "start"; "" is "connect to"
	// Network is the one that Dial opens; "" if it does not.
	Network string
	// Read fills in a from what follows the sign, and from a port that was given
	// separately, "" if none was. It returns what is wrong, nil if nothing.
	Read func(a *Address, rest, port string) *Error
}

// Prefix is what addresses of the form begin with.
func (f *Form) Prefix() string {
	if f.Sign != "" {
		return f.Scheme + f.Sign
	}
	return f.Scheme + "://"
}

// after returns what follows the form's prefix.
func (f *Form) after(address string) (rest string, found bool) {
	n := len(f.Prefix())
	if len(address) < n || !strings.EqualFold(address[:n], f.Prefix()) {
		return "", false
	}
	return address[n:], true
}

// Forms are the forms of addresses that there are, in the order in which errors name them.
type Forms []*Form

// find returns the form of an address, and what follows its prefix. It is nil if the
// address has a scheme that is not among the forms.
func (fs Forms) find(address string) (f *Form, rest string) {
	for _, f := range fs {
		if rest, found := f.after(address); found {
			return f, rest
		}
	}
	if !strings.Contains(address, "://") {
		for _, f := range fs {
			if f.Bare {
				return f, address
			}
		}
	}
	return nil, ""
}

// Parse reads an address: one of the forms, or, without a scheme, the bare one. port, if
// not empty, is a port given separately; it must not contradict one in the address.
// Errors are of type *Error.
func (fs Forms) Parse(address, port string) (Address, error) {
	text := strings.TrimSpace(address)
	if text == "" {
		return Address{}, &Error{Address: address, What: "the address is empty", Hint: `give a host, as in "router1" or "router1:2323"`}
	}
	if f := fs.slashless(text); f != nil {
		return Address{}, &Error{Address: f.Prefix()[:len(f.Prefix())-2] + "...", What: "two slashes are missing", Hint: "write " + f.Prefix() + "..."}
	}
	if shown, found := fs.withoutUser(text); found {
		e := &Error{Address: shown, What: "an address holds no user and no password", Hint: `names and passwords are written by the script: s:writeln(secret "password")`}
		if f, _ := fs.find(text); f != nil && f.User {
			e.What, e.Hint = "an address holds no password", `ssh={password=secret "NAME"} gives it`
		}
		return Address{}, e
	}
	f, rest := fs.find(text)
	if f == nil {
		scheme, _, _ := strings.Cut(text, "://")
		return Address{}, &Error{Address: address, What: "the scheme " + strconv.Quote(scheme) + " is not known", Hint: "known are " + fs.list()}
	}
	a := Address{form: f}
	if wrong := f.Read(&a, rest, port); wrong != nil {
		wrong.Address = address
		return Address{}, wrong
	}
	return a, nil
}

// slashless is the form whose scheme an address begins with, and a colon, but not the two
// slashes; nil if none. A host may have a scheme's name, and a port.
func (fs Forms) slashless(address string) *Form {
	scheme, rest, colon := strings.Cut(address, ":")
	if !colon || strings.HasPrefix(rest, "//") || rest != "" && strings.Trim(rest, "0123456789") == "" {
		return nil
	}
	for _, f := range fs {
		if strings.EqualFold(f.Prefix(), scheme+"://") {
			return f
		}
	}
	return nil
}

// list names the forms.
func (fs Forms) list() string {
	names := make([]string, len(fs))
	for i, f := range fs {
		names[i] = f.Prefix()
	}
	return strings.Join(names[:len(names)-1], ", ") + " and " + names[len(names)-1]
}

// withoutUser finds a user, who may have a password behind a colon, before the host
// of an address, and returns the address as it can be shown.
func (fs Forms) withoutUser(address string) (shown string, found bool) {
	if f, rest := fs.find(address); f != nil && (f.Opaque || f.User && !strings.Contains(rest[:max(0, strings.LastIndexByte(rest, '@'))], ":")) {
		return address, false // a path may hold anything, and a user alone is no secret
	}
	scheme, rest, isURL := strings.Cut(address, "://")
	if !isURL {
		scheme, rest = "", address
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

// Shown returns an address, right or wrong, as it can be shown before it is parsed:
// without a user and a password.
func (fs Forms) Shown(address string) string {
	shown, _ := fs.withoutUser(strings.TrimSpace(address))
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
