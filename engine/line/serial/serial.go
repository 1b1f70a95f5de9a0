// Package serial is the line to a serial port of this machine.
//
// On Linux the port is a descriptor that never blocks: it takes no thread, and reads and
// writes can be called back. Elsewhere go.bug.st/serial opens it.
package serial

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"syscall"

	"github.com/moonwire/moonwire/engine/line"
)

// Config says how a port is set. The zero value of each field leaves it as it is on a
// console server, and is the default on a port of this machine: 9600 baud, 8 bits, no
// parity, 1 stop bit, no flow control.
type Config struct {
	Baud   int
	Bits   int // 5 to 8
	Parity Parity
	Stop   Stop
	Flow   Flow
}

// Parity is the kind of parity. The values are those of RFC 2217.
type Parity byte

// The kinds of parity.
const (
	NoParity Parity = iota + 1
	Odd
	Even
	Mark
	Space
)

// Stop is the number of stop bits. The values are those of RFC 2217.
type Stop byte

// The numbers of stop bits.
const (
	One Stop = iota + 1
	Two
	OneAndHalf
)

// Flow is the kind of flow control. The values are those of RFC 2217.
type Flow byte

// The kinds of flow control.
const (
	NoFlow   Flow = iota + 1
	Software      // XON and XOFF
	Hardware      // RTS and CTS
)

// defaultBaud is the speed of most consoles that were never set.
const defaultBaud = 9600

// The words for the values, in their order.
var (
	Parities = [...]string{"none", "odd", "even", "mark", "space"}
	Stops    = [...]string{"1", "2", "1.5"}
	Flows    = [...]string{"none", "software", "hardware"}
)

// Line is the line to a port. It implements line.Line, line.Stopper, line.Modemer and
// line.Breakable.
type Line struct {
	line.Bytes
	port    *Port      // nil over another connection, such as a recording's
	state   line.Modem // as it was last seen
	blind   bool       // the port has no control lines
	pending line.Item
}

var (
	_ line.Line      = (*Line)(nil)
	_ line.Stopper   = (*Line)(nil)
	_ line.Modemer   = (*Line)(nil)
	_ line.Breakable = (*Line)(nil)
	_ line.Stoppable = (*Line)(nil)
)

// New makes a line of a connection, which is a *Port or stands for one.
func New(conn net.Conn) *Line {
	l := &Line{Bytes: line.NewBytes(conn)}
	l.port, _ = conn.(*Port)
	if l.port != nil {
		var err error
		l.state, err = l.port.modem()
		l.blind = err != nil
	}
	return l
}

// Arrived implements line.Line. It looks at the control lines: nothing else tells of them
// but a thread that waits for it.
func (l *Line) Arrived(int) {
	if l.port == nil || l.blind {
		return
	}
	state, err := l.port.modem()
	if err != nil {
		return // the port is gone: the next read says so
	}
	if told := state.Changes(l.state); told != "" {
		l.pending = line.Item{Kind: line.Remark, Text: told}
	}
	l.state = state
}

// Next implements line.Line: a change stands behind what was read before it was seen.
func (l *Line) Next(in []byte) (line.Item, int) {
	if len(in) > 0 {
		return l.Bytes.Next(in)
	}
	it := l.pending
	l.pending = line.Item{}
	return it, 0
}

// errGone is why a line ends whose port has vanished.
var errGone = fmt.Errorf("the serial port %w; was it unplugged?", line.ErrGone)

// End implements line.Line. A port has no end but that it vanishes.
func (l *Line) End(err error) (last line.Item, cause error) {
	_, cause = l.Bytes.End(err)
	if l.port == nil {
		return last, cause
	}
	if errors.Is(err, io.EOF) || gone(err) != err {
		cause = errGone
	}
	return last, cause
}

// gone makes an error that a port gives which has vanished say so.
func gone(err error) error {
	if errors.Is(err, syscall.EIO) || errors.Is(err, syscall.ENXIO) || errors.Is(err, syscall.ENODEV) || errors.Is(err, fs.ErrNotExist) {
		return errGone
	}
	return err
}

// Newline implements line.Line: it is what the key Enter sends.
func (*Line) Newline() string { return "\r" }

// SameNewline implements line.Line.
func (*Line) SameNewline() bool { return false }

// Echoes implements line.Line: what hangs on a console's port does.
func (*Line) Echoes() bool { return true }

// EditsLines implements line.Line.
func (*Line) EditsLines() bool { return false }

var errNoPort = errors.New("a recording has no control lines")

// Modem implements line.Modemer.
func (l *Line) Modem() (line.Modem, error) {
	if l.port == nil {
		return line.Modem{}, errNoPort
	}
	state, err := l.port.modem()
	return state, gone(err)
}

// SetModem implements line.Modemer.
func (l *Line) SetModem(dtr, rts *bool) error {
	if l.port == nil {
		return nil
	}
	if err := l.port.setModem(dtr, rts); err != nil {
		return gone(err)
	}
	if state, err := l.port.modem(); err == nil {
		l.state.DTR, l.state.RTS = state.DTR, state.RTS // no news
	}
	return nil
}

// Purge implements line.Modemer.
func (l *Line) Purge(in, out bool) error {
	if l.port == nil {
		return nil
	}
	return gone(l.port.purge(in, out))
}

// Stopped implements line.Stoppable. A port does not tell whether it may send.
func (l *Line) Stopped() (why, hint string) {
	if l.port == nil || l.port.flow <= NoFlow {
		return "", ""
	}
	flow := Flows[l.port.flow-1]
	return "the port sends nothing (flow=" + flow + ")", `what hangs on the port takes nothing: is it on, and does its cable do flow="` + flow + `"?`
}

// SetBreak implements line.Breakable.
func (l *Line) SetBreak(on bool) error {
	if l.port == nil {
		return nil
	}
	return gone(l.port.setBreak(on))
}
