package session

import (
	"bytes"
	"context"
	"fmt"
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
func (s *Session) full() bool { return s.buf.weight() >= s.maxBuffer }

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
	for {
		ev, n := s.codec.Next(in)
		in = in[n:]
		switch ev.Kind {
		case telnet.None:
			return
		case telnet.Data:
			s.data(ev.Data)
		case telnet.Compress:
			s.inflate(ev, in)
			return
		case telnet.Secure:
			s.secure(ev, in)
			return
		default:
			s.event(ev)
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

// A gap is a pause of the peer's that is over if what has come changes the text.
type gap struct {
	place note
	pause time.Duration // 0 if it is too short to be noted
}

// gap looks at how long the text has not changed, and brings it up to what is seen
// where that is a pause.
func (s *Session) gap() gap {
	since := s.lastArrival
	if s.readingSince.After(since) {
		since = s.readingSince
	}
	least := s.buf.minPause
	if s.wait != nil && s.wait.settle > 0 && s.wait.settle < least {
		least = s.wait.settle
	}
	pause := s.now().Sub(since)
	if pause < least {
		return gap{}
	}
	s.flushView()
	if s.buf.len() == 0 && s.buf.edits.count == 0 {
		return gap{}
	}
	return gap{s.buf.here(), pause}
}

// arrive ends the pause g: something has come that changes the text.
func (s *Session) arrive(g gap) {
	if g.pause > 0 {
		s.buf.notePause(g.place, g.pause)
	}
	s.lastArrival = s.now()
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
		s.lastArrival = s.now()
		s.live.data = append(s.live.data, p...)
		if s.tapped() {
			s.live.tell(p)
		}
		s.ring()
		return
	}
	g := s.gap()
	if s.lay(p, true) {
		s.arrive(g)
	}
}

// lay puts data through the text view into the buffer, and reports whether that changes
// the text. It is told to the taps unless they have seen it already.
func (s *Session) lay(p []byte, tell bool) (changed bool) {
	if over := len(p) - tailSize; over > 0 { // so much is not kept as it came
		s.tail.skip(over)
		changed = s.layText(p[:over], tell)
		p = p[over:]
	}
	s.tail.add(p, s.buf.end())
	return s.layText(p, tell) || changed
}

func (s *Session) layText(p []byte, tell bool) bool {
	need := len(p)
	if s.view != nil {
		need += viewSlack
		if s.encoder != nil {
			need += 2 * len(p) // one byte may become three in UTF-8
		}
	}
	if s.buf.awaited = 0; s.wait != nil {
		s.buf.awaited = s.wait.replay.at - s.buf.start
	}
	if s.view != nil {
		held := s.view.Held()
		changed := s.told(func(dst []byte) []byte { return s.view.Append(dst, p) }, need, tell)
		s.answer(s.view.Questions())
		return changed || !held && s.view.Held()
	}
	return s.told(func(dst []byte) []byte {
		if s.remove != "" {
			return appendKept(dst, p, s.remove)
		}
		return append(dst, p...)
	}, need, tell)
}

// told lays into the buffer what f appends, which is about need bytes, with the edits
// that the view tells of it. It reports whether there is anything.
func (s *Session) told(f func(dst []byte) []byte, need int, tell bool) bool {
	begin := s.buf.end()
	c := s.buf.room(need)
	before := len(c.data)
	out := f(c.data)
	added := out[before:]
	if cap(out) == cap(c.data) {
		c.data = out
	} else if len(added) > 0 { // it was more, and lies elsewhere: a chunk never moves
		c = s.buf.room(len(added))
		c.data = append(c.data, added...)
	}
	var edits []text.Edit
	if s.view != nil {
		edits = s.view.Edits()
	}
	for _, e := range edits {
		s.buf.edits.add(begin+int64(e.At), int64(e.Back))
	}
	if len(added) == 0 && len(edits) == 0 {
		return false
	}
	if tell && s.tapped() {
		s.observe(Observation{Kind: TextIn, Bytes: added, Edits: edits})
	}
	return true
}

// viewSlack is what the text view may hold back from earlier bytes and add later.
const viewSlack = 64

// mark puts an event between the bytes.
func (s *Session) mark(e match.Event) {
	s.arrive(s.gap()) // a pause before the event counts as one before text
	s.flushView()
	s.buf.noteEvent(e)
}

// flushView brings the buffer up to what is seen, half a character included.
func (s *Session) flushView() {
	if s.held() {
		s.told(s.view.Flush, viewSlack, true)
	}
}

// syncView brings the buffer up to what is seen, but for half a character.
func (s *Session) syncView() {
	if s.held() {
		s.told(s.view.Sync, viewSlack, true)
	}
}

// held reports whether the text view has something to tell.
func (s *Session) held() bool { return s.view != nil && s.view.Held() }

// maxAnswers bounds the answers to a terminal's questions until the script reads or
// writes again.
const maxAnswers = 16

// answer answers what the peer asked the terminal.
func (s *Session) answer(questions []text.Question) {
	if s.silent || s.commands.running || s.released || s.leaving || s.out.err != nil {
		return
	}
	for _, q := range questions {
		if s.answers++; s.answers > maxAnswers {
			return
		}
		p := q.Answer()
		before := len(s.out.pending)
		s.holdBack()
		if s.plain {
			s.out.pending = append(s.out.pending, p...)
		} else {
			s.out.pending = s.codec.AppendData(s.out.pending, p)
		}
		s.queued(before)
		s.flush()
	}
}

// event acts on what the codec tells beside data.
func (s *Session) event(ev telnet.Event) {
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
			return
		}
		if ev.Command == telnet.DM && s.urgent {
			// The DM of an earlier SYNCH: the one that is under way ends behind it.
			s.codec.Urgent()
		}
	case telnet.Changed:
		s.changed(ev)
		return
	case telnet.CharsetChanged:
		s.switchCharset(string(ev.Data))
	case telnet.Fenced:
		if s.fences++; s.fences < s.fence {
			_ = s.codec.Fence() // fails in manual mode only, where there are no fences
		}
		s.ring()
	}
	s.negotiated(ev)
}

// changed acts on an option that is on or off from here.
func (s *Session) changed(ev telnet.Event) {
	s.negotiated(ev)
	switch {
	case ev.Option == telnet.Logout && ev.On:
		s.loggedOut(ev.Side)
	case ev.Option == telnet.NAWS && ev.Side == telnet.Us && ev.On && s.view != nil:
		s.view.SetWindow(s.codec.Size())
	case ev.Option == telnet.Echo && ev.Side == telnet.Him && ev.On:
		s.mark(match.EchoOff)
	case ev.Option == telnet.Echo && ev.Side == telnet.Him:
		s.mark(match.EchoOn)
	}
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
	lost := s.codec.Lost()
	if ev := s.codec.Close(); ev.Kind == telnet.Fault {
		s.negotiated(ev)
	}
	s.eof = true
	if !s.closed {
		s.eofCause = s.endMissing(endCause(err, s.writer != io.Writer(s.wire), s.wire.ended.Load()))
		if s.eofCause == nil && lost > 0 {
			s.eofCause = newLayerError("SYNCH", fmt.Errorf("the host sent urgent data, and the DM that ends it never came: %d bytes of text were discarded", lost))
		}
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
		if w.done || !w.armed && (w.matcher.CanBest() || s.held()) {
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
