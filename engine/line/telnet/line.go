// Package telnet is the line that speaks telnet: the codec of package engine/telnet over
// any connection, with the layers that a host may put over it in mid-stream, MCCP2 and
// START-TLS.
package telnet

import (
	"bytes"
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"time"

	"github.com/moonwire/moonwire/engine/line"
	"github.com/moonwire/moonwire/engine/telnet"
	"github.com/moonwire/moonwire/engine/text"
)

// handshakeTime bounds the TLS handshake of START-TLS.
const handshakeTime = 10 * time.Second

// Config says how a telnet line behaves.
type Config struct {
	Telnet     telnet.Config // the options' policies and values
	StartTLS   *tls.Config   // for a host that offers START-TLS; nil refuses it
	RequireTLS bool          // nothing is written, and no text is taken, before TLS is in force
	Encoding   string        // of the host's text, for CHARSET; "utf-8"
	Raw        bool          // no text is made of the data: CHARSET is refused
}

// Line is a telnet line. It implements line.Line and what is optional beside, but for
// line.Program.
type Line struct {
	*line.Carrier
	codec      *telnet.Codec
	manual     bool
	startTLS   *tls.Config
	requireTLS bool
	followed   bool     // the FOLLOWS of both sides were sent
	terminal   []string // the names that the codec answers TTYPE with

	inflater *telnet.Inflater // set once the host has compressed
	layer    telnet.Kind      // what is laid over the connection before Next goes on
	asked    telnet.Kind      // of the item that Next returned last and that asks
	urgent   bool             // the DM of a SYNCH lies behind all that is being decoded
	synch    bool             // the codec's output ends with a DM that is to be urgent
	told     bool             // text in clear was dropped, and was told of
	fences   int              // timing marks that have come back
	fence    int              // of them, how many the fence in progress waits for; 0 if there is none
}

var (
	_ line.Line       = (*Line)(nil)
	_ line.Stopper    = (*Line)(nil)
	_ line.Windowed   = (*Line)(nil)
	_ line.KeepAliver = (*Line)(nil)
	_ line.Securer    = (*Line)(nil)
	_ line.Fencer     = (*Line)(nil)
	_ line.Negotiator = (*Line)(nil)
)

// New makes a telnet line of a connection.
func New(conn net.Conn, cfg Config) *Line {
	cfg.charsets()
	l := &Line{
		Carrier: line.NewCarrier(conn), codec: telnet.New(cfg.Telnet), manual: cfg.Telnet.Manual,
		startTLS: cfg.StartTLS, requireTLS: cfg.RequireTLS, terminal: cfg.Telnet.Terminal,
	}
	l.Refill = l.refill
	return l
}

// charsets fills in what CHARSET needs (RFC 2066).
func (cfg *Config) charsets() {
	if cfg.Raw {
		return
	}
	if cfg.Telnet.Charsets == nil {
		cfg.Telnet.Charsets = text.Known
	}
	if cfg.Telnet.CharsetOffer == nil {
		// A peer that asks by DO CHARSET is told what we take its text for.
		cfg.Telnet.CharsetOffer = []string{strings.ToUpper(cmp.Or(cfg.Encoding, "utf-8"))}
	}
}

// CanTry implements line.Stopper. Where START-TLS may come reads block.
func (l *Line) CanTry() bool { return l.startTLS == nil && l.Carrier.CanTry() }

// Arrived implements line.Line: it looks for a SYNCH that is under way.
func (l *Line) Arrived(n int) {
	l.urgent = n > 0 && !l.manual && l.UrgentAhead()
	if l.urgent {
		l.codec.Urgent()
	}
}

// Next implements line.Line.
func (l *Line) Next(in []byte) (line.Item, int) {
	switch l.layer {
	case telnet.Compress:
		l.layer = telnet.None
		return l.inflate(in), len(in)
	case telnet.Secure:
		l.layer = telnet.None
		return l.secure(in), len(in)
	}
	total := 0
	for {
		ev, n := l.codec.Next(in)
		in = in[n:]
		total += n
		switch ev.Kind {
		case telnet.None:
			return line.Item{}, total
		case telnet.Data:
			if missing := l.MissingTLS(); missing == nil {
				return line.Item{Kind: line.Data, Data: ev.Data}, total
			} else if !l.told {
				l.told = true
				return line.Item{Kind: line.Remark, Text: "text in clear is dropped: " + missing.Error()}, total
			}
		default:
			return l.event(ev), total
		}
	}
}

// event makes an item of what the codec tells beside data.
func (l *Line) event(ev telnet.Event) line.Item {
	it := line.Item{Kind: line.Noted, Event: ev}
	switch ev.Kind {
	case telnet.Request:
		it.Asks = true
		it.Question = line.Question{Command: ev.Command, Option: ev.Option}
	case telnet.Subnegotiation:
		it.Asks = true
		it.Question = line.Question{Command: telnet.SB, Option: ev.Option, Data: ev.Data}
	case telnet.CommandEvent:
		it.Asks = l.manual
		it.Question = line.Question{Command: ev.Command, Option: ev.Option}
		if ev.Command == telnet.GA || ev.Command == telnet.EOR {
			it.Kind = line.Prompt
		} else if ev.Command == telnet.DM && l.urgent {
			// The DM of an earlier SYNCH: the one that is under way ends behind it.
			l.codec.Urgent()
		}
	case telnet.Changed:
		it.Kind = changed(ev)
	case telnet.CharsetChanged:
		it.Kind, it.Text = line.Charset, string(ev.Data)
	case telnet.Fenced:
		it.Kind = line.Fenced
		if l.fences++; l.fences < l.fence {
			_ = l.codec.Fence() // fails in manual mode only, where there are no fences
		}
	case telnet.Compress, telnet.Secure:
		l.layer = ev.Kind
	}
	l.asked = telnet.None
	if it.Asks {
		l.asked = ev.Kind
	}
	return it
}

// Tells implements line.Line: a host negotiates all but a program's end.
func (*Line) Tells(k line.Kind) bool { return k != line.Exited }

// changed says what an option means that is on or off from here.
func changed(ev telnet.Event) line.Kind {
	switch {
	case ev.Option == telnet.Logout && ev.On && ev.Side == telnet.Us:
		return line.LoggedOut
	case ev.Option == telnet.Logout && ev.On:
		return line.Leaves
	case ev.Option == telnet.NAWS && ev.Side == telnet.Us && ev.On:
		return line.Window
	case ev.Option == telnet.Echo && ev.Side == telnet.Him && ev.On:
		return line.EchoOff
	case ev.Option == telnet.Echo && ev.Side == telnet.Him:
		return line.EchoOn
	}
	return line.Noted
}

// Answer implements line.Line. Where the script answers the options itself it has no
// meaning.
func (l *Line) Answer(a line.Answer) {
	if l.manual {
		return
	}
	switch l.asked {
	case telnet.Request:
		switch a.Decision {
		case line.Accept:
			l.codec.Decide(true, "hook")
		case line.Refuse:
			l.codec.Decide(false, "hook")
		}
	case telnet.Subnegotiation:
		if a.Reply != nil {
			l.codec.Reply(a.Reply)
		} else if a.Decision == line.Refuse {
			l.codec.Suppress()
		}
	}
	l.asked = telnet.None
}

// inflate puts decompression under the codec; rest is what was read beyond the
// announcement and is compressed already.
func (l *Line) inflate(rest []byte) line.Item {
	if l.inflater == nil {
		l.Layer(func(r io.Reader) io.Reader {
			l.inflater = telnet.NewInflater(r)
			return l.inflater
		})
	}
	if err := l.inflater.Start(bytes.Clone(rest)); err != nil {
		l.Cut()
		return line.Item{Kind: line.Broken, Err: err}
	}
	return line.Item{}
}

// secure puts TLS on the connection. What has to go out in clear, up to our FOLLOWS, is
// in the codec or in the queue already; what is written meanwhile goes out behind it once
// the handshake is over.
func (l *Line) secure(rest []byte) line.Item {
	l.followed = true
	l.holdBack()
	if !l.Held() {
		l.takeOutput()
		l.Hold()
	}
	err := l.Secure(rest, func(conn net.Conn) (*tls.Conn, error) {
		secured := tls.Client(conn, l.startTLS)
		ctx, cancel := context.WithTimeout(context.Background(), handshakeTime)
		defer cancel()
		return secured, secured.HandshakeContext(ctx)
	})
	if err != nil {
		return line.Item{Kind: line.Broken, Err: err}
	}
	return line.Item{Kind: line.Secured}
}

var (
	errNoFollows   = errors.New("START-TLS was agreed on, but the peer has not sent FOLLOWS")
	errNoHandshake = errors.New("TLS was begun by START-TLS, but its handshake is not over")
	errNoTLS       = errors.New("TLS is required, but the peer has not started it by START-TLS")
)

// MissingTLS implements line.Securer.
func (l *Line) MissingTLS() error {
	switch {
	case l.manual || !l.requireTLS && !l.codec.Securing() || l.TLS() != nil:
		return nil
	case l.codec.Securing():
		return errNoFollows
	case l.followed:
		return errNoHandshake
	}
	return errNoTLS
}

// RequiresTLS implements line.Securer.
func (l *Line) RequiresTLS() bool { return l.requireTLS }

// Unfinished implements line.Line.
func (l *Line) Unfinished() string {
	what, _ := l.codec.Unfinished()
	return what
}

// End implements line.Line.
func (l *Line) End(err error) (last line.Item, cause error) {
	lost, within := l.codec.Lost(), l.endsWithin()
	if ev := l.codec.Close(); ev.Kind == telnet.Fault {
		last = line.Item{Kind: line.Noted, Event: ev}
	}
	_, corrupt := errors.AsType[*telnet.InflateError](err)
	if corrupt || errors.Is(err, telnet.ErrNested) {
		err = line.NewError("compression", err)
	}
	_, cause = l.Carrier.End(err)
	if _, broken := errors.AsType[*line.Error](cause); broken {
		return last, cause
	}
	if missing := l.MissingTLS(); missing != nil {
		cause = line.NewError("START-TLS", missing)
	}
	if cause == nil && lost > 0 {
		cause = line.NewError("SYNCH", fmt.Errorf("the host sent urgent data, and the DM that ends it never came: %d bytes of text were discarded", lost))
	}
	if cause == nil {
		cause = within
	}
	return last, cause
}

// endsWithin returns why an end here is none in order: within a command. What has come of
// a subnegotiation may have been meant as text.
func (l *Line) endsWithin() error {
	what, unfinished := l.codec.Unfinished()
	switch {
	case !unfinished:
		return nil
	case l.codec.Subnegotiating():
		return line.NewError("telnet", errors.New("the connection ended in "+what+", so the text may be cut short"))
	}
	return errors.New("the connection ended in " + what)
}

// Echoes implements line.Line.
func (l *Line) Echoes() bool { return l.codec.Enabled(telnet.Him, telnet.Echo) }

// EditsLines implements line.Line: the host takes whole lines if it neither echoes nor
// has agreed to work character by character (SGA, RFC 858).
func (l *Line) EditsLines() bool { return !l.Echoes() && !l.codec.Enabled(telnet.Him, telnet.SGA) }

// SameNewline implements line.Line.
func (l *Line) SameNewline() bool { return false }

// SetTerminal implements line.Negotiator. A host that has asked already does not learn of
// it (RFC 1091).
func (l *Line) SetTerminal(names ...string) (before []string) {
	before, l.terminal = l.terminal, slices.Clone(names)
	l.codec.SetTerminal(names...)
	return before
}
