//go:build !linux

package serial

import (
	"errors"
	"io"
	"net"
	"os"
	"time"

	serial "go.bug.st/serial"

	"github.com/moonwire/moonwire/engine/line"
)

// Port is an open port. It is the connection to what hangs on it.
type Port struct {
	port     serial.Port
	path     string
	dtr, rts bool
	flow     Flow // there is none
}

var (
	parities = map[Parity]serial.Parity{
		0: serial.NoParity, NoParity: serial.NoParity, Odd: serial.OddParity, Even: serial.EvenParity,
		Mark: serial.MarkParity, Space: serial.SpaceParity,
	}
	stops = map[Stop]serial.StopBits{
		0: serial.OneStopBit, One: serial.OneStopBit, Two: serial.TwoStopBits, OneAndHalf: serial.OnePointFiveStopBits,
	}
)

// Open opens a port. An *OpenError says what may help.
func Open(path string, cfg Config) (*Port, error) {
	if cfg.Flow > NoFlow {
		return nil, &OpenError{What: "flow control is not supported on this system"}
	}
	if cfg.Baud == 0 {
		cfg.Baud = defaultBaud
	}
	if cfg.Bits == 0 {
		cfg.Bits = 8
	}
	port, err := serial.Open(path, &serial.Mode{
		BaudRate: cfg.Baud, DataBits: cfg.Bits, Parity: parities[cfg.Parity], StopBits: stops[cfg.Stop],
	})
	if err != nil {
		e := &OpenError{What: err.Error(), Err: err}
		if pe, ok := errors.AsType[*serial.PortError](err); ok {
			switch pe.Code() {
			case serial.PortNotFound:
				e.What, e.Hint = "there is no such port", "is it plugged in?"
			case serial.PortBusy:
				e.What = "the port is in use"
			case serial.PermissionDenied:
				e.What = "permission denied, or the port is in use"
			}
		}
		return nil, e
	}
	return &Port{port: port, path: path, dtr: true, rts: true}, nil
}

// Read implements net.Conn.
func (p *Port) Read(b []byte) (int, error) {
	n, err := p.port.Read(b)
	if err != nil || n == 0 {
		err = io.EOF // the port is closed, or gone
	}
	return n, err
}

// Write implements net.Conn.
func (p *Port) Write(b []byte) (int, error) {
	n, err := p.port.Write(b)
	return n, gone(err)
}

// Close implements net.Conn.
func (p *Port) Close() error { return p.port.Close() }

// LocalAddr implements net.Conn.
func (p *Port) LocalAddr() net.Addr { return address{p.path} }

// RemoteAddr implements net.Conn.
func (p *Port) RemoteAddr() net.Addr { return address{p.path} }

// SetDeadline implements net.Conn: there are no deadlines.
func (*Port) SetDeadline(time.Time) error { return os.ErrNoDeadline }

// SetReadDeadline implements net.Conn: likewise.
func (*Port) SetReadDeadline(time.Time) error { return os.ErrNoDeadline }

// SetWriteDeadline implements net.Conn: likewise.
func (*Port) SetWriteDeadline(time.Time) error { return os.ErrNoDeadline }

func (p *Port) modem() (m line.Modem, err error) {
	bits, err := p.port.GetModemStatusBits()
	if err != nil {
		return m, err
	}
	return line.Modem{DTR: p.dtr, RTS: p.rts, CTS: bits.CTS, DSR: bits.DSR, DCD: bits.DCD, Ring: bits.RI}, nil
}

func (p *Port) setModem(dtr, rts *bool) error {
	if dtr != nil {
		if err := p.port.SetDTR(*dtr); err != nil {
			return err
		}
		p.dtr = *dtr
	}
	if rts != nil {
		if err := p.port.SetRTS(*rts); err != nil {
			return err
		}
		p.rts = *rts
	}
	return nil
}

func (p *Port) purge(in, out bool) error {
	var err error
	if in {
		err = p.port.ResetInputBuffer()
	}
	if out {
		err = errors.Join(err, p.port.ResetOutputBuffer())
	}
	return err
}

// setBreak sends a whole break: the library has no other.
func (p *Port) setBreak(on bool) error {
	if !on {
		return nil
	}
	return p.port.Break(250 * time.Millisecond)
}

type address struct{ path string }

// Network implements net.Addr.
func (address) Network() string { return "serial" }

// String implements net.Addr.
func (a address) String() string { return a.path }
