package telnet

import (
	"github.com/moonwire/moonwire/engine/line"
	"github.com/moonwire/moonwire/engine/telnet"
)

// What goes out: text, commands, and what the codec has to say.

// holdBack keeps what is written from here on until TLS is up, if START-TLS has been
// agreed on: in the clear it would be lost on the host, and open to others.
func (l *Line) holdBack() {
	if l.Held() || !l.codec.Securing() {
		return
	}
	l.takeOutput() // it ends with our FOLLOWS
	l.Hold()
}

// takeOutput queues what the codec has to say.
func (l *Line) takeOutput() {
	l.Append(l.codec.AppendOutput)
	if l.synch {
		l.synch = false
		l.MarkUrgent()
	}
}

func (l *Line) refill() {
	l.holdBack()
	if l.synch || l.codec.HasOutput() && l.HasRoom() {
		l.takeOutput()
	}
}

// WriteText implements line.Line.
func (l *Line) WriteText(text []byte, newline string) {
	l.holdBack()
	l.Append(func(dst []byte) []byte { return l.codec.AppendText(dst, text, newline) })
}

// WriteData implements line.Line: 0xFF is doubled.
func (l *Line) WriteData(data []byte) {
	l.holdBack()
	l.Append(func(dst []byte) []byte { return l.codec.AppendData(dst, data) })
}

// Newline implements line.Line. Under BINARY (RFC 856) it is what the key Enter sends,
// CR, as it was before a network virtual terminal came in between.
func (l *Line) Newline() string {
	if l.codec.Enabled(telnet.Us, telnet.Binary) {
		return "\r"
	}
	return "\r\n"
}

// Options implements line.Negotiator.
func (l *Line) Options() []telnet.OptionState { return l.codec.States() }

// Negotiate implements line.Negotiator.
func (l *Line) Negotiate(side telnet.Side, o telnet.Option, on bool) error {
	l.holdBack()
	return l.codec.Ask(side, o, on)
}

// Subnegotiate implements line.Negotiator.
func (l *Line) Subnegotiate(o telnet.Option, payload []byte) {
	l.holdBack()
	l.codec.Subnegotiate(o, payload)
}

// Send implements line.Negotiator.
func (l *Line) Send(cmd telnet.Command) {
	l.holdBack()
	l.codec.Send(cmd)
}

// Synch implements line.Negotiator.
func (l *Line) Synch() {
	l.holdBack()
	l.codec.Synch()
	l.synch = true
}

// Break implements line.Breaker.
func (l *Line) Break() error {
	l.Send(telnet.BRK)
	return nil
}

// KeepAlive implements line.KeepAliver.
func (l *Line) KeepAlive() {
	if !l.Writing() { // a host that reads nothing is not to be sent more
		l.codec.Send(telnet.NOP)
	}
}

// Size implements line.Windowed.
func (l *Line) Size() (columns, rows int) { return l.codec.Size() }

// Resize implements line.Windowed.
func (l *Line) Resize(columns, rows int) (known bool) {
	l.holdBack()
	l.codec.Resize(columns, rows)
	return l.codec.Enabled(telnet.Us, telnet.NAWS)
}

// Fence implements line.Fencer by a timing mark (RFC 860).
func (l *Line) Fence() (goal int, err error) {
	l.holdBack()
	goal = l.fences + l.codec.Unfenced() + 1
	if err = l.codec.Fence(); err == nil {
		l.fence = goal
	}
	return goal, err
}

// Fences implements line.Fencer.
func (l *Line) Fences() int { return l.fences }

// EndFence implements line.Fencer.
func (l *Line) EndFence() { l.fence = 0 }

var _ line.Breaker = (*Line)(nil)
