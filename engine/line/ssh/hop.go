package ssh

import (
	"context"
	"errors"
	"net"

	"github.com/moonwire/moonwire/engine/dial"
	"github.com/moonwire/moonwire/engine/line/via"
)

// A Hop is a jump host: a host that is logged in on, and that opens connections to others.
// It implements via.Hop.
type Hop struct {
	at  dial.Address
	cfg Config
}

var _ via.Hop = (*Hop)(nil)

// NewHop makes a hop of an address, without its scheme, and of how to log in there.
func NewHop(rest string, cfg Config) (*Hop, error) {
	form := Form()
	at, err := dial.Forms{&form}.Parse(form.Prefix()+rest, "")
	if e, ok := errors.AsType[*dial.Error](err); ok {
		e.Address = ""
	}
	return &Hop{at, cfg}, err
}

// String implements via.Hop.
func (h *Hop) String() string { return h.at.String() }

// Through implements via.Hop. Each connection through the hop has a login there.
func (h *Hop) Through(under via.Dial) via.Dial {
	cfg := h.cfg
	cfg.Dial = under
	return func(ctx context.Context, _, address string) (net.Conn, error) {
		c, err := connected(ctx, h.at, &cfg)
		if err != nil {
			return nil, h.failed(err)
		}
		conn, err := c.dial(ctx, address)
		if err != nil {
			c.release()
			return nil, h.failed(err)
		}
		return conn, nil
	}
}

// failed makes err the hop's, unless it is an earlier hop's.
func (h *Hop) failed(err error) error {
	e, ok := errors.AsType[*dial.Error](err)
	switch {
	case !ok:
		return err
	case e.Address != h.String(): // it was told already
		return e
	}
	return via.Failed(h, e.What, e.Hint, e.Err)
}
