package kinds

import (
	"context"
	"net"
	"strings"

	"github.com/moonwire/moonwire/engine/dial"
	"github.com/moonwire/moonwire/engine/line/ssh"
	"github.com/moonwire/moonwire/engine/line/via"
)

// HopOptions say how a hop is used. Those that do not apply to it are errors.
type HopOptions struct {
	User, Password string     // of a proxy
	Env            []string   // of a command
	SSH            ssh.Config // of a jump host
}

// A HopKind is a row of the table of what connections can go through.
type HopKind struct {
	Prefix  string // what its address begins with
	Form    string // how its address is written
	About   string // what it is
	Options []string
	first   bool // it has its own way: no hop can come before it

	open func(rest string, o HopOptions) (via.Hop, error)
}

var hops = [...]HopKind{
	{"socks5://", "socks5://[user@]proxy[:1080]", "a SOCKS 5 proxy", []string{"user", "password"}, false, func(rest string, o HopOptions) (via.Hop, error) {
		h, err := via.NewSocks5(rest)
		return withLogin(h, o, err)
	}},
	{"http://", "http://[user@]proxy[:80]", "an HTTP proxy that opens connections (CONNECT)", []string{"user", "password"}, false, func(rest string, o HopOptions) (via.Hop, error) {
		h, err := via.NewConnect(rest)
		return withLogin(h, o, err)
	}},
	{"ssh://", "ssh://[user@]host[:22]", "a host that opens connections (a jump host)", sshKeys[:], false, func(rest string, o HopOptions) (via.Hop, error) {
		return ssh.NewHop(rest, o.SSH)
	}},
	{"command:", "command:nc %h %p", "a program's standard input and output; no shell", nil, true, func(rest string, o HopOptions) (via.Hop, error) {
		h, err := via.NewCommand(rest)
		if err != nil {
			return nil, err
		}
		h.Env = o.Env
		return h, nil
	}},
}

// withLogin gives a proxy its login.
func withLogin(h interface {
	via.Hop
	Login(user, password string)
}, o HopOptions, err error,
) (via.Hop, error) {
	if err == nil && (o.User != "" || o.Password != "") {
		h.Login(o.User, o.Password)
	}
	return h, err
}

// LogsIn reports whether the hop is a host that is logged in on by ssh. Its options are
// those of ssh.
func (k HopKind) LogsIn() bool { return k.Prefix == "ssh://" }

// HopOf returns the kind of a hop by its address.
func HopOf(address string) (HopKind, error) {
	address = strings.TrimSpace(address)
	var forms []string
	for _, k := range hops {
		if len(address) >= len(k.Prefix) && strings.EqualFold(address[:len(k.Prefix)], k.Prefix) {
			return k, nil
		}
		forms = append(forms, k.Form)
	}
	return HopKind{}, &dial.Error{What: "no connection goes through that", Hint: "there are " + strings.Join(forms[:len(forms)-1], ", ") + " and " + forms[len(forms)-1]}
}

// Hop reads the address of a hop. Errors are of type *dial.Error.
func Hop(address string, o HopOptions) (via.Hop, error) {
	k, err := HopOf(address)
	if err != nil {
		return nil, err
	}
	return k.open(strings.TrimSpace(address)[len(k.Prefix):], o)
}

// First reports whether a hop has its own way, so that none can come before it.
func First(h via.Hop) bool {
	k, err := HopOf(h.String())
	return err == nil && k.first
}

// through returns a dialler that goes through the hops, nil if there are none.
func through(list []via.Hop) func(ctx context.Context, network, address string) (net.Conn, error) {
	if len(list) == 0 {
		return nil
	}
	return via.Chain((&net.Dialer{}).DialContext, list...)
}
