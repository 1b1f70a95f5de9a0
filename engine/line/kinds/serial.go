package kinds

import (
	"context"
	"errors"
	"net"
	"strings"

	"github.com/moonwire/moonwire/engine/dial"
	"github.com/moonwire/moonwire/engine/line"
	"github.com/moonwire/moonwire/engine/line/rfc2217"
	"github.com/moonwire/moonwire/engine/line/serial"
)

// readDevice reads a serial port's name.
func readDevice(a *dial.Address, rest, port string) *dial.Error {
	switch a.Path = strings.TrimSpace(rest); {
	case a.Path == "":
		return &dial.Error{What: "the serial port is missing", Hint: `write it as "serial:/dev/ttyUSB0"`}
	case port != "":
		return &dial.Error{What: "a serial port has no port number", Hint: "baud= is its speed"}
	}
	return nil
}

// plugged opens a serial port.
func plugged(_ context.Context, a dial.Address, o *Options) (dial.Conn, error) {
	p, err := serial.Open(a.Path, o.Serial)
	if err == nil {
		return p, nil
	}
	e := a.Failed(err.Error(), err)
	if why, ok := errors.AsType[*serial.OpenError](err); ok {
		e.Hint = why.Hint
	}
	return nil, e
}

func overSerial(conn dial.Conn, _ dial.Address, _ *Options) (line.Line, error) {
	return serial.New(conn), nil
}

// A setPort is a connection on which a serial port was set, with the line over it.
type setPort struct {
	net.Conn
	line *rfc2217.Line
}

// set connects to a server and sets its serial port. The time for the connection covers both.
func set(ctx context.Context, a dial.Address, o *Options) (dial.Conn, error) {
	within := ctx
	if o.Dial.Timeout > 0 {
		var cancel context.CancelFunc
		within, cancel = context.WithTimeout(ctx, o.Dial.Timeout)
		defer cancel()
	}
	conn, err := dial.Dial(ctx, a, o.Dial)
	if err != nil {
		return nil, err
	}
	l, err := rfc2217.Open(within, conn, o.telnet(a), o.Serial)
	switch {
	case err == nil:
		return setPort{conn, l}, nil
	case ctx.Err() != nil:
		return nil, a.Failed("interrupted", err)
	}
	e := a.Failed(err.Error(), err)
	switch {
	case errors.Is(err, rfc2217.ErrSilent), errors.Is(err, rfc2217.ErrTalks):
		if errors.Is(err, rfc2217.ErrSilent) {
			e.What += " within " + o.Dial.Timeout.String()
		}
		e.Hint = "is it a console server's port? telnet:// and tcp:// reach others"
	case errors.Is(err, rfc2217.ErrRefused):
		e.Hint = "telnet:// reaches it as it is set there; ser2net wants telnet(rfc2217)"
	}
	return nil, e
}

func overRFC2217(conn dial.Conn, a dial.Address, o *Options) (line.Line, error) {
	if p, ok := conn.(setPort); ok {
		return p.line, nil
	}
	return rfc2217.New(conn, o.telnet(a)), nil
}
