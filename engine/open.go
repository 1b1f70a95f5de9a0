package engine

import (
	"context"
	"time"

	"github.com/moonwire/moonwire/engine/dial"
	"github.com/moonwire/moonwire/engine/line/kinds"
	"github.com/moonwire/moonwire/engine/line/pty"
	"github.com/moonwire/moonwire/engine/line/telnet"
	"github.com/moonwire/moonwire/engine/line/via"
	"github.com/moonwire/moonwire/engine/session"
)

// Options say how [Open] opens a session. The zero value of each field is its default.
type Options struct {
	Session session.Config // its Address is set by Open
	Telnet  telnet.Config  // of lines that speak telnet
	TLS     *dial.TLS      // how the host is verified; nil is the system's way
	Program pty.Config     // of programs; Args is made of the address
	Via     []via.Hop      // what a network connection goes through, see kinds.Hop
	// ConnectTimeout bounds the connection with all its handshakes; 0 is 10 seconds.
	ConnectTimeout time.Duration
}

// defaultConnectTimeout is that of Options.
const defaultConnectTimeout = 10 * time.Second

// Open opens a session to an address of any kind: "host", "host:port", "telnets://host",
// "tcp://host:port", "unix:///path", "demo://", "spawn:command".
func Open(ctx context.Context, address string, o Options) (*session.Session, error) {
	a, err := kinds.Parse(address, "")
	if err != nil {
		return nil, err
	}
	if o.ConnectTimeout == 0 {
		o.ConnectTimeout = defaultConnectTimeout
	}
	o.Session.Address = a.String()
	o.Session.Manual = o.Telnet.Telnet.Manual
	l, err := kinds.Open(ctx, a, kinds.Options{
		Dial: dial.Options{Timeout: o.ConnectTimeout, TLS: o.TLS}, Telnet: o.Telnet, Program: o.Program, Via: o.Via,
		Encoding: o.Session.Encoding, Raw: o.Session.Raw,
	})
	if err != nil {
		return nil, err
	}
	s, err := session.New(l, o.Session)
	if err != nil {
		l.Cut()
		return nil, err
	}
	return s, nil
}
