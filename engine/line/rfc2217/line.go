// Package rfc2217 is the line to a serial port behind a telnet server (RFC 2217): telnet,
// on which the port is set, its control lines are seen and moved, and breaks are sent.
package rfc2217

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"strings"
	"time"

	"github.com/moonwire/moonwire/engine/diagnose"
	"github.com/moonwire/moonwire/engine/dial"
	"github.com/moonwire/moonwire/engine/line"
	"github.com/moonwire/moonwire/engine/line/serial"
	tline "github.com/moonwire/moonwire/engine/line/telnet"
	"github.com/moonwire/moonwire/engine/telnet"
)

// Line is the line to such a port. It implements what a telnet line does, line.Modemer and
// line.Breakable.
type Line struct {
	*tline.Line
	early    []line.Item // what came while the port was being set
	signed   int         // how often the server was told our signature
	asked    []setting   // what the port is asked to be set to, as long as it has not answered
	agreed   bool        // the server speaks RFC 2217
	state    line.Modem
	seen     bool // state is the server's word
	pending  []line.Item
	failed   error // why the port is not as it has to be
	stopping bool  // the server has asked us to send nothing
	off      bool  // the server has switched the option off
}

var (
	_ line.Line      = (*Line)(nil)
	_ line.Stopper   = (*Line)(nil)
	_ line.Modemer   = (*Line)(nil)
	_ line.Breakable = (*Line)(nil)
	_ line.Stoppable = (*Line)(nil)
)

// New makes a line of a connection on which the port is set already, such as a
// recording's. Open sets it.
func New(conn net.Conn, cfg tline.Config) *Line {
	cfg.Telnet.Policies = policies(cfg.Telnet.Policies)
	return &Line{Line: tline.New(conn, cfg)}
}

// policies accepts the option, and BINARY, by which bytes go as they are.
func policies(given map[telnet.Option]telnet.Policy) map[telnet.Option]telnet.Policy {
	all := map[telnet.Option]telnet.Policy{telnet.ComPort: telnet.Accept, telnet.Binary: telnet.Accept}
	maps.Copy(all, given)
	return all
}

// settings are what cfg asks for. With none the speed is asked for, to hear that the port
// answers.
func settings(cfg serial.Config) []setting {
	var list []setting
	for _, s := range [...]setting{
		{setBaud, uint32(cfg.Baud), "baud"},
		{setBits, uint32(cfg.Bits), "bits"},
		{setParity, uint32(cfg.Parity), "parity"},
		{setStop, uint32(cfg.Stop), "stop"},
		{setControl, uint32(cfg.Flow), "flow"},
	} {
		if s.value != 0 {
			list = append(list, s)
		}
	}
	if list == nil {
		list = append(list, setting{command: setBaud})
	}
	return list
}

// ErrSilent is why Open fails when the time is over.
var ErrSilent = errors.New("the server does not answer RFC 2217")

// ErrTalks is why Open fails if the server does not answer but says so much that it could
// not be kept.
var ErrTalks = errors.New("the server talks on and does not answer RFC 2217")

// ErrRefused is why Open fails if the server does not know the option.
var ErrRefused = errors.New("the server does not do RFC 2217 (COM-PORT): is it a plain telnet port?")

// Open makes a line of a connection and sets the port. An error has closed it.
func Open(ctx context.Context, conn net.Conn, cfg tline.Config, port serial.Config) (*Line, error) {
	l := New(conn, cfg)
	l.asked = settings(port)
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() }) // wakes the read
	err := l.set()
	if !stop() {
		err = ErrSilent
		if !errors.Is(ctx.Err(), context.DeadlineExceeded) {
			err = context.Cause(ctx)
		}
	}
	if err != nil {
		_ = conn.Close() // its error is the one to tell
		return nil, err
	}
	return l, nil
}

// set reads until the port has answered.
func (l *Line) set() error {
	o := newOpener()
	l.Attach(o)
	o.Lock()
	defer o.Unlock()
	defer func() {
		for l.Writing() { // the next owner has another lock
			o.Wait()
		}
	}()
	for _, option := range []telnet.Option{telnet.ComPort, telnet.Binary} {
		if err := l.Negotiate(telnet.Us, option, true); err != nil {
			return err
		}
	}
	if err := l.Negotiate(telnet.Him, telnet.Binary, true); err != nil {
		return err
	}
	l.Flush()
	buf := make([]byte, 4096)
	size := 0 // of what has come, in bytes
	for !l.agreed || len(l.asked) > 0 {
		o.Unlock()
		n, err := l.Line.Read(buf)
		o.Lock()
		l.Line.Arrived(n)
		for in := buf[:n]; ; {
			it, used := l.next(in)
			in = in[used:]
			if it.Kind == line.None {
				break
			}
			it.Data = append([]byte(nil), it.Data...)
			it.Event.Data = append([]byte(nil), it.Event.Data...)
			it.Asks = false
			l.early = append(l.early, it)
			size += len(it.Data) + len(it.Event.Data)
		}
		l.Flush()
		switch {
		case l.failed != nil:
			return l.failed
		case (!l.agreed || len(l.asked) > 0) && (len(l.early) > mostEarly || size > earlySize):
			return fmt.Errorf("%w%s", ErrTalks, said(l.early))
		case err != nil:
			return &closedError{said: l.early, err: err}
		}
	}
	return nil
}

// A closedError tells that the server closed the connection before the port was set.
type closedError struct {
	said []line.Item
	err  error
}

// Error says so, and what the server has said: it may be something else.
func (e *closedError) Error() string {
	s := "the server closed the connection before the port was set"
	if e.err != io.EOF { // as net gives it
		s += ": " + dial.Cause(e.err)
	}
	return s + said(e.said)
}

// said quotes the beginning of what a server has said.
func said(items []line.Item) string {
	var text []byte
	for _, it := range items {
		text = append(text, it.Data[:min(len(it.Data), 60-len(text))]...)
	}
	if len(text) == 0 {
		return ""
	}
	return "; it said " + diagnose.Quote(text)
}

// Unwrap gives the cause.
func (e *closedError) Unwrap() error { return e.err }

// mostEarly items and earlySize bytes are kept while the port is being set: a server that
// talks on and on does not answer.
const (
	mostEarly = 1000
	earlySize = 1 << 20
)

// mostSigned bounds how often the server is told our signature: one that asks and does not
// read would have the answers pile up.
const mostSigned = 16

// Read implements line.Line. What came early is there at once.
func (l *Line) Read(p []byte) (int, error) {
	if len(l.early) > 0 {
		return 0, nil
	}
	return l.Line.Read(p)
}

// ReadArrived implements line.Stopper.
func (l *Line) ReadArrived(p []byte) (n int, err error, ok bool) {
	if len(l.early) > 0 {
		return 0, nil, true
	}
	return l.Line.ReadArrived(p)
}

// ReadUntil implements line.Stopper.
func (l *Line) ReadUntil(until time.Time, p []byte) (int, error) {
	if len(l.early) > 0 {
		return 0, nil
	}
	return l.Line.ReadUntil(until, p)
}

// Next implements line.Line.
func (l *Line) Next(in []byte) (line.Item, int) {
	if len(l.early) > 0 {
		it := l.early[0]
		l.early = l.early[1:]
		return it, 0
	}
	return l.next(in)
}

// next acts on what the server says of the port.
func (l *Line) next(in []byte) (line.Item, int) {
	if len(l.pending) > 0 {
		it := l.pending[0]
		l.pending = l.pending[1:]
		return it, 0
	}
	it, used := l.Line.Next(in)
	switch ev := it.Event; {
	case ev.Option != telnet.ComPort:
	case ev.Kind == telnet.Changed && ev.Side == telnet.Us && ev.On:
		l.off = false
		if !l.agreed { // else a server that changes its mind again and again has us say it all again
			l.begin()
		}
	case ev.Kind == telnet.Changed && ev.Side == telnet.Us, ev.Kind == telnet.Request && ev.Command == telnet.DONT:
		l.failed = ErrRefused
		l.switchedOff()
	case ev.Kind == telnet.Subnegotiation:
		l.hear(ev.Data)
	}
	return it, used
}

// switchedOff notes that the server takes no more commands, so that none can let us send
// again either.
func (l *Line) switchedOff() {
	l.off = true
	l.release()
}

// release lets what is held go out.
func (l *Line) release() {
	if l.stopping {
		l.stopping = false
		l.Unhold()
		l.Flush()
	}
}

// begin sets the port, once the server has agreed.
func (l *Line) begin() {
	l.agreed = true
	for _, s := range l.asked {
		l.Subnegotiate(telnet.ComPort, s.payload())
	}
	l.Subnegotiate(telnet.ComPort, []byte{setControl, askDTR})
	l.Subnegotiate(telnet.ComPort, []byte{setControl, askRTS})
	l.Subnegotiate(telnet.ComPort, []byte{lineStateMask, troubleMask})
	l.Subnegotiate(telnet.ComPort, []byte{modemMask, 0xff})
}

// hear takes what the server says.
func (l *Line) hear(data []byte) {
	if len(data) == 0 {
		return
	}
	command, rest := data[0], data[1:]
	switch command {
	case signature, fromServer + signature: // it asks for ours, if it does not tell its own
		if len(rest) == 0 && l.signed < mostSigned {
			l.signed++
			l.Subnegotiate(telnet.ComPort, append([]byte{signature}, "moonwire"...))
		}
	case fromServer + lineState:
		if len(rest) > 0 {
			l.trouble(rest[0])
		}
	case fromServer + modemState:
		if len(rest) > 0 {
			l.modem(rest[0])
		}
	case fromServer + suspend:
		l.stopping = true
		l.Hold()
		l.tell("the port asks to send nothing more")
	case fromServer + resume:
		l.release()
		l.tell("the port can be sent to again")
	case fromServer + setControl:
		if len(rest) > 0 && !isFlow(rest[0]) {
			l.own(rest[0])
			return
		}
		l.answered(setControl, rest)
	case fromServer + setBaud, fromServer + setBits, fromServer + setParity, fromServer + setStop:
		l.answered(command-fromServer, rest)
	}
}

func (l *Line) tell(text string) {
	l.pending = append(l.pending, line.Item{Kind: line.Remark, Text: text})
}

// answered compares an answer to what was asked.
func (l *Line) answered(command byte, rest []byte) {
	got, ok := valueOf(command, rest)
	for i, s := range l.asked {
		if s.command != command {
			continue
		}
		switch {
		case !ok:
			l.failed = fmt.Errorf("the server's answer to the setting of %s makes no sense", s.shown())
		case s.value != 0 && got != s.value:
			l.failed = fmt.Errorf("the port cannot be set to %s: it stays at %s", s.shown(), setting{command, got, s.name}.shown())
		}
		l.asked = append(l.asked[:i], l.asked[i+1:]...)
		return
	}
}

// shown is a setting as an option is written.
func (s setting) shown() string {
	words := map[byte][]string{setParity: serial.Parities[:], setStop: serial.Stops[:], setControl: serial.Flows[:]}[s.command]
	if i := int(s.value) - 1; i >= 0 && i < len(words) {
		return s.name + "=" + words[i]
	}
	return fmt.Sprintf("%s=%d", s.name, s.value)
}

// trouble tells of what the port's line lost.
func (l *Line) trouble(bits byte) {
	var told []string
	for _, t := range troubles {
		if bits&t.bit != 0 {
			told = append(told, t.what)
		}
	}
	if told != nil {
		l.tell("serial port: " + strings.Join(told, ", "))
	}
}

// modem takes the state of the other side's control lines.
func (l *Line) modem(bits byte) {
	before := l.state
	l.state.CTS, l.state.DSR, l.state.DCD, l.state.Ring = bits&cts != 0, bits&dsr != 0, bits&dcd != 0, bits&ring != 0
	if told := l.state.Changes(before); told != "" && l.seen {
		l.tell(told)
	}
	l.seen = true
}

// own takes the state of our control lines, as the server has set them.
func (l *Line) own(value byte) {
	switch value {
	case dtrOn, dtrOff:
		l.state.DTR = value == dtrOn
	case rtsOn, rtsOff:
		l.state.RTS = value == rtsOn
	}
}

// Stopped implements line.Stoppable.
func (l *Line) Stopped() (why, hint string) {
	if !l.stopping {
		return "", ""
	}
	return "the port's server has asked to send nothing more (flow control)", "what hangs on the port takes nothing: is it on, and is flow= what it needs?"
}

// End implements line.Line.
func (l *Line) End(err error) (last line.Item, cause error) {
	if l.stopping {
		l.Unhold() // what waits never goes out
	}
	return l.Line.End(err)
}

// ErrOff is what the port's commands return once the server has switched RFC 2217 off.
var ErrOff = errors.New("the server has switched RFC 2217 (COM-PORT) off")

// command sends the port a command.
func (l *Line) command(payload ...byte) error {
	if l.off {
		return ErrOff
	}
	l.Subnegotiate(telnet.ComPort, payload)
	return nil
}

// Modem implements line.Modemer.
func (l *Line) Modem() (line.Modem, error) {
	if l.off {
		return line.Modem{}, ErrOff
	}
	return l.state, nil
}

// SetModem implements line.Modemer.
func (l *Line) SetModem(dtr, rts *bool) error {
	for _, m := range [...]struct {
		on      *bool
		state   *bool
		yes, no byte
	}{{dtr, &l.state.DTR, dtrOn, dtrOff}, {rts, &l.state.RTS, rtsOn, rtsOff}} {
		if m.on == nil {
			continue
		}
		value := m.no
		if *m.on {
			value = m.yes
		}
		if err := l.command(setControl, value); err != nil {
			return err
		}
		*m.state = *m.on
	}
	return nil
}

// Purge implements line.Modemer.
func (l *Line) Purge(in, out bool) error {
	what := byte(purgeBoth)
	switch {
	case !out:
		what = purgeIn
	case !in:
		what = purgeOut
	}
	return l.command(purge, what)
}

// SetBreak implements line.Breakable.
func (l *Line) SetBreak(on bool) error {
	value := byte(breakOff)
	if on {
		value = breakOn
	}
	return l.command(setControl, value)
}

// Newline implements line.Line: it is what the key Enter sends.
func (*Line) Newline() string { return "\r" }

// Echoes implements line.Line: what hangs on a console's port does.
func (*Line) Echoes() bool { return true }

// EditsLines implements line.Line.
func (*Line) EditsLines() bool { return false }
