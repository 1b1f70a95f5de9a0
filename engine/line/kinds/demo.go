package kinds

import (
	"context"
	"net"
	"sync"

	"github.com/moonwire/moonwire/engine/demo"
	"github.com/moonwire/moonwire/engine/dial"
	"github.com/moonwire/moonwire/engine/line"
)

// A DemoHost is a demo host that several connections share. It starts with the first.
//
// Its methods may be called from any goroutine.
type DemoHost struct {
	mu      sync.Mutex
	address string
	stop    func()
}

// Address returns where the host listens.
func (d *DemoHost) Address() (string, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.stop == nil {
		address, stop, err := demo.Start()
		if err != nil { // no test: the loopback would have to be gone
			return "", err
		}
		d.address, d.stop = address, stop
	}
	return d.address, nil
}

// Stop ends the host, if it has started.
func (d *DemoHost) Stop() {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.stop != nil {
		d.stop()
		d.stop = nil
	}
}

// loopback is how the demo host's address is written.
var loopback = dial.Form{Scheme: "tcp", Bare: true, Network: "tcp", Read: dial.ReadHostPort}

// demonstrated connects to the demo host.
func demonstrated(ctx context.Context, a dial.Address, o *Options) (dial.Conn, error) {
	host, stop, err := "", func() {}, error(nil)
	if o.Demo != nil {
		host, err = o.Demo.Address()
	} else if host, stop, err = demo.Start(); err == nil {
		o.Dial.Wrap = func(conn net.Conn) net.Conn {
			c := line.NewConn(conn)
			c.OnClose = stop
			return c
		}
	}
	if err != nil {
		// no test: the loopback would have to be gone
		return nil, a.Failed("the demo host does not start: "+err.Error(), err)
	}
	if a, err = (dial.Forms{&loopback}).Parse(host, ""); err == nil {
		var conn dial.Conn
		if conn, err = dial.Dial(ctx, a, o.Dial); err == nil {
			return conn, nil
		}
	}
	stop()
	return nil, err
}
