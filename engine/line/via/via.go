// Package via goes to a host through others: proxies, commands, jump hosts.
//
// A [Hop] turns a way to it into a way through it; [Chain] puts several hops behind each
// other. What comes out is an ordinary connection, over which any line can speak.
// [Socks5], [Connect] and [Command] are hops; a package that can forward connections, as
// ssh does, offers another by the same interface.
//
// An error is a *dial.Error without an address, whose text begins with the hop that
// failed: "via socks5://gate:1080: the proxy refuses the user". Package dial adds where the
// connection was to go.
package via

import (
	"context"
	"errors"
	"net"
	"strconv"
	"strings"

	"github.com/moonwire/moonwire/engine/dial"
)

// Dial opens a connection, as the method DialContext of a net.Dialer does.
type Dial func(ctx context.Context, network, address string) (net.Conn, error)

// A Hop is a place that connections go through.
type Hop interface {
	// Through returns a Dial that goes through the hop. The hop itself is reached by under.
	Through(under Dial) Dial
	// String is the hop's address, which holds no secrets.
	String() string
}

// Chain returns a Dial that goes through the hops, the first of which is reached by base.
func Chain(base Dial, hops ...Hop) Dial {
	for _, h := range hops {
		base = h.Through(base)
	}
	return base
}

// Failed is the error of a hop.
func Failed(h Hop, what, hint string, err error) *dial.Error {
	return &dial.Error{What: "via " + h.String() + ": " + what, Hint: hint, Err: err}
}

// Reach connects to a hop that listens at the address at, and explains what goes wrong.
func Reach(ctx context.Context, h Hop, under Dial, at dial.Address) (net.Conn, error) {
	conn, err := under(ctx, "tcp", net.JoinHostPort(at.Host, at.Port))
	if err == nil {
		return conn, nil
	}
	return nil, explained(h, at, err)
}

// explained returns err as the hop's, unless it is an earlier hop's.
func explained(h Hop, at dial.Address, err error) *dial.Error {
	if e, ok := errors.AsType[*dial.Error](err); ok {
		return e
	}
	e := dial.Explain(at, err)
	return Failed(h, e.What, e.Hint, err)
}

// A proxy is a hop that listens for connections.
type proxy struct {
	at             dial.Address
	user, password string // of whom it lets through, "" if there are none
	shown          string // the user as the address has it
}

// String implements Hop.
func (p *proxy) String() string {
	return p.at.Scheme() + "://" + p.shown + net.JoinHostPort(p.at.Host, p.at.Port)
}

// Login sets the user, unless it is "", and the password that the proxy is told.
func (p *proxy) Login(user, password string) {
	if user != "" {
		p.user = user
	}
	p.password = password
}

// parse reads [user@]host[:port] after the scheme.
func parse(form *dial.Form, rest string) (p proxy, err error) {
	if at := strings.LastIndexByte(rest, '@'); at >= 0 {
		p.user, p.shown, rest = rest[:at], rest[:at+1], rest[at+1:]
		if strings.Contains(p.user, ":") {
			return p, &dial.Error{What: "a password does not belong into an address", Hint: `write {"` + form.Prefix() + rest + `", {user=NAME, password=secret "NAME"}}`}
		}
	}
	p.at, err = dial.Forms{form}.Parse(form.Prefix()+rest, "")
	if e, ok := errors.AsType[*dial.Error](err); ok {
		e.Address = ""
	}
	return p, err
}

// open goes to the proxy, and talks to it by talk until ctx is done.
func (p *proxy) open(ctx context.Context, h Hop, under Dial, talk func(conn net.Conn) error) (net.Conn, error) {
	conn, err := Reach(ctx, h, under, p.at)
	if err != nil {
		return nil, err
	}
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() }) // wakes talk
	err = talk(conn)
	if !stop() {
		err = context.Cause(ctx)
	}
	if err == nil {
		return conn, nil
	}
	_ = conn.Close() // its error is the one to tell
	if errors.Is(err, context.DeadlineExceeded) {
		return nil, Failed(h, "no answer", "the proxy takes connections but does not speak; is the port right?", err)
	}
	return nil, explained(h, p.at, err)
}

// target splits the address that a hop is to connect to. A service's name becomes a
// number, as the hop may know no names.
func target(h Hop, network, address string) (host, port string, err error) {
	host, port, err = net.SplitHostPort(address)
	if err != nil || !strings.HasPrefix(network, "tcp") {
		return "", "", Failed(h, "it goes to hosts by TCP, not to "+address, "", err)
	}
	if _, err := strconv.ParseUint(port, 10, 16); err != nil {
		n, err := net.LookupPort("tcp", port)
		if err != nil {
			return "", "", Failed(h, "the service "+port+" is not known", "give the port as a number", err)
		}
		port = strconv.Itoa(n)
	}
	return host, port, nil
}
