package session

import (
	"bytes"
	"context"
	"io"
	"time"

	"github.com/moonwire/moonwire/engine/match"
	"github.com/moonwire/moonwire/engine/telnet"
	"github.com/moonwire/moonwire/engine/text"
)

// The pump: the goroutine that reads the connection, but when it has stepped aside
// for the waiting one. It holds the lock while it works on what it read and lets it
// go to read and to ask a hook.

func (s *Session) pump(ctx context.Context) {
	s.mu.Lock()
	s.pumpContext = ctx
	s.read = newReadBuffer()
	s.mu.Unlock()
	for s.mayRead() {
		n, err := s.reader.Read(s.read.in)
		s.received(n, err)
		s.mu.Lock()
		s.rest()
		s.mu.Unlock()
	}
}

// received works on what a Read returned.
func (s *Session) received(n int, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	before := s.lastArrival
	s.urgent = n > 0 && !s.plain && !s.manual && s.reader == io.Reader(s.wire) && s.wire.urgentAhead()
	if s.urgent {
		s.codec.Urgent()
	}
	if n > 0 {
		s.receive(s.hold(s.read.in[:n]))
	}
	if err != nil {
		s.end(err)
		return
	}
	if s.lastArrival.After(before) { // else the peer's pause goes on: half a command does not end it
		s.readingSince = s.now()
	}
	s.stepAside()
	s.read.filled(n, s.buf.len())
}

// rest blocks while the buffer is full and no wait is there to empty it, so that
// TCP holds the peer back and nothing is lost.
func (s *Session) rest() {
	for s.mustRest() && !s.eof && !s.closed {
		s.resting = true
		if s.watching {
			s.ring()
		}
		s.pumpWait()
	}
	if s.resting {
		s.resting = false
		s.readingSince = s.clock.Now()
	}
}

// mustRest tells whether nothing more may be read now.
func (s *Session) mustRest() bool {
	return s.full() && (s.wait == nil || s.wait.done) || s.live != nil && len(s.live.data) >= maxLive
}

// listening tells whether the peer would be heard if it spoke. While the pump has
// read something that it has not laid into the buffer yet, does not read, or catches
// up, the time that goes by is no pause of the peer's.
func (s *Session) listening() bool {
	return s.asking == 0 && !s.resting && len(s.fetched) == 0 && s.cameAfter.IsZero()
}

// full tells whether the buffer holds all that it may.
func (s *Session) full() bool { return s.buf.len() >= s.maxBuffer }

// receive works on bytes from the connection.
func (s *Session) receive(in []byte) {
	if len(in) == 0 { // taken by ReadWire
		return
	}
	s.dry = false
	s.facts.received += int64(len(in))
	if s.tapped() {
		s.observe(Observation{Kind: WireIn, Bytes: in})
	}
	if s.receiver != nil {
		s.ask(&hookCall{session: s, wire: bytes.Clone(in)})
	}
	if s.plain {
		s.arrive()
		s.data(in)
	} else {
		s.decode(in)
	}
	if s.codec.HasOutput() {
		s.flush()
	}
	s.feed()
}

func (s *Session) decode(in []byte) {
	arrived := false
	for {
		ev, n := s.codec.Next(in)
		in = in[n:]
		switch ev.Kind {
		case telnet.None:
			return
		case telnet.Data:
			if !arrived {
				arrived = true
				s.arrive()
			}
			s.data(ev.Data)
		case telnet.Compress:
			s.inflate(ev, in)
			return
		case telnet.Secure:
			s.secure(ev, in)
			return
		default:
			if s.event(ev) && !arrived {
				arrived = true
			}
		}
	}
}

// now is when what is looked at came.
func (s *Session) now() time.Time {
	if s.cameAfter.IsZero() {
		return s.clock.Now()
	}
	return s.cameAfter
}

// arrive notes how long the peer had been silent.
func (s *Session) arrive() {
	now := s.now()
	since := s.lastArrival
	if s.readingSince.After(since) {
		since = s.readingSince
	}
	least := s.buf.minPause
	if s.wait != nil && s.wait.settle > 0 && s.wait.settle < least {
		least = s.wait.settle
	}
	if gap := now.Sub(since); gap >= least && s.buf.len() > 0 {
		s.buf.notePause(gap)
	}
	s.lastArrival = now
}

// data lays bytes of the peer's into the buffer.
func (s *Session) data(p []byte) {
	if s.refusesClear() {
		return
	}
	if s.tapped() {
		s.observe(Observation{Kind: DataIn, Bytes: p})
	}
	if s.live != nil {
		s.live.data = append(s.live.data, p...)
		if s.tapped() {
			s.live.tell(p)
		}
		s.ring()
		return
	}
	s.lay(p, true)
}

// lay puts data through the text view into the buffer. It is told to the taps
// unless they have seen it already.
func (s *Session) lay(p []byte, tell bool) {
	if over := len(p) - tailSize; over > 0 { // so much is not kept as it came
		s.tail.skip(over)
		s.layText(p[:over], tell)
		p = p[over:]
	}
	s.tail.add(p, s.buf.end())
	s.layText(p, tell)
}

func (s *Session) layText(p []byte, tell bool) {
	need := len(p)
	if s.view != nil {
		need += viewSlack
		if s.encoder != nil {
			need += 2 * len(p) // one byte may become three in UTF-8
		}
	}
	if s.buf.awaited = 0; s.wait != nil {
		s.buf.awaited = s.wait.pos - s.buf.start
	}
	c := s.buf.room(need)
	before := len(c.data)
	switch {
	case s.view == nil && s.remove != "":
		c.data = appendKept(c.data, p, s.remove)
	case s.view == nil:
		c.data = append(c.data, p...)
	default:
		c.data = s.view.Append(c.data, p)
	}
	if tell && s.tapped() && len(c.data) > before {
		s.observe(Observation{Kind: TextIn, Bytes: c.data[before:]})
	}
}

// viewSlack is what the text view may hold back from earlier bytes and add later.
const viewSlack = 64

// mark puts an event between the bytes.
func (s *Session) mark(e match.Event) {
	s.arrive() // a pause before the event counts as one before text
	s.flushView()
	s.buf.noteEvent(e)
}

// flushView lays what the text view held back into the buffer.
func (s *Session) flushView() {
	if s.view == nil {
		return
	}
	c := s.buf.room(viewSlack)
	before := len(c.data)
	c.data = s.view.Flush(c.data)
	if s.tapped() && len(c.data) > before {
		s.observe(Observation{Kind: TextIn, Bytes: c.data[before:]})
	}
}

// event acts on what the codec tells beside data, and tells whether it put
// something into the text.
func (s *Session) event(ev telnet.Event) bool {
	if s.manual && s.hook != nil {
		s.report(ev)
	}
	switch ev.Kind {
	case telnet.Request:
		if s.hook != nil && !s.manual {
			switch s.askHook(HookRequest{Command: ev.Command, Option: ev.Option}).Decision {
			case Accept:
				s.codec.Decide(true, "hook")
			case Refuse:
				s.codec.Decide(false, "hook")
			}
		}
	case telnet.Subnegotiation:
		if s.hook != nil && !s.manual {
			answer := s.askHook(HookRequest{Command: telnet.SB, Option: ev.Option, Data: bytes.Clone(ev.Data)})
			if answer.Reply != nil {
				s.codec.Reply(answer.Reply)
			} else if answer.Decision == Refuse {
				s.codec.Suppress()
			}
		}
	case telnet.CommandEvent:
		if ev.Command == telnet.GA || ev.Command == telnet.EOR {
			if s.tapped() {
				s.observe(Observation{Kind: Negotiated, Event: ev})
			}
			s.mark(match.Prompt)
			return true
		}
		if ev.Command == telnet.DM && s.urgent {
			// The DM of an earlier SYNCH: the one that is under way ends behind it.
			s.codec.Urgent()
		}
	case telnet.Changed:
		return s.changed(ev)
	case telnet.CharsetChanged:
		s.switchCharset(string(ev.Data))
	case telnet.Fenced:
		if s.fences++; s.fences < s.fence {
			_ = s.codec.Fence() // fails in manual mode only, where there are no fences
		}
		s.ring()
	}
	s.negotiated(ev)
	return false
}

// changed acts on an option that is on or off from here.
func (s *Session) changed(ev telnet.Event) bool {
	s.negotiated(ev)
	if ev.Option == telnet.Logout && ev.On {
		s.loggedOut(ev.Side)
		return false
	}
	if ev.Side != telnet.Him {
		return false
	}
	switch ev.Option {
	case telnet.Echo:
		if ev.On {
			s.mark(match.EchoOff)
		} else {
			s.mark(match.EchoOn)
		}
		return true
	case telnet.Binary:
		if s.view != nil {
			s.flushView()
			s.view.SetBinary(ev.On)
		}
	}
	return false
}

// loggedOut acts on LOGOUT (RFC 727): if it is we who are asked to go, and that was
// granted, our end closes after the answer; if it is the peer who goes it will close.
func (s *Session) loggedOut(who telnet.Side) {
	s.observe(Observation{Kind: Remark, Text: "the peer ends the session (LOGOUT)"})
	if who == telnet.Us {
		s.leaving = true
		s.flush()
		_ = s.leave() // the peer may have closed already
	}
}

// switchCharset changes the peer's encoding from this byte on. The codec agrees
// only to encodings that Config.Telnet.Charsets knows.
func (s *Session) switchCharset(name string) {
	if s.view == nil {
		return
	}
	s.flushView()
	encoder, err := text.NewEncoder(name)
	if err == nil {
		err = s.view.SetEncoding(name)
	}
	if err != nil {
		s.observe(Observation{Kind: Remark, Text: "the charset " + name + " was agreed on but is not known: " + err.Error()})
		return
	}
	s.encoder, s.encoding = encoder, name
}

func (s *Session) negotiated(ev telnet.Event) {
	s.facts.negotiated(ev)
	if s.tapped() {
		s.observe(Observation{Kind: Negotiated, Event: ev})
	}
}

// end is the connection's end.
func (s *Session) end(err error) {
	if s.eof {
		return
	}
	s.flushView()
	if ev := s.codec.Close(); ev.Kind == telnet.Fault {
		s.negotiated(ev)
	}
	s.eof = true
	if !s.closed {
		s.eofCause = s.endMissing(endCause(err, s.writer != io.Writer(s.wire), s.wire.ended.Load()))
		told := "closed by the peer"
		if s.eofCause != nil {
			told += ": " + s.eofCause.Error()
		}
		s.observe(Observation{Kind: Closed, Text: told})
	}
	if s.out.held && s.out.err == nil { // it never goes out
		s.out.err = newLayerError("START-TLS", io.EOF)
	}
	s.dry = true
	s.forgetContext()
	s.release()
	s.feed()
	s.ring()
}

// feed gives a wait in progress what has come.
func (s *Session) feed() {
	if w := s.wait; w != nil && !w.done && !s.closed {
		s.advance(w)
		if w.done || !w.armed && w.matcher.CanBest() {
			s.ring()
		}
	}
	if s.watching {
		s.watching = false
		s.ring()
	}
}

// reportDry is called in the wire's Read when nothing is left that had arrived when
// the question was asked.
func (s *Session) reportDry(question int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.dry = s.dry || s.wire.stands(question)
	s.ring()
}
