package session

import (
	"bytes"
	"context"
	"time"

	"github.com/moonwire/moonwire/engine/line"
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
		n, err := s.line.Read(s.read.in)
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
	s.line.Arrived(n)
	switch {
	case n > 0:
		s.receive(s.hold(s.read.in[:n]))
	default: // what the line has to tell stands before an end
		s.items(nil)
		s.feed()
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
	s.items(in)
	s.line.Flush()
	s.feed()
}

// items works on what the line makes of in.
func (s *Session) items(in []byte) {
	for {
		it, n := s.line.Next(in)
		in = in[n:]
		switch it.Kind {
		case line.None:
			return
		case line.Data:
			s.data(it.Data)
		default:
			s.item(&it)
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

// viewPiece is how much goes through the text view at a time, in bytes: what a host's
// movements make of it can be many times as long.
const viewPiece = 64 << 10

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
		held, changed := s.view.Held(), false
		for {
			piece := p[:min(len(p), viewPiece)]
			p = p[len(piece):]
			changed = s.told(func(dst []byte) []byte { return s.view.Append(dst, piece) }, min(need, 3*viewPiece), tell) || changed
			changed = changed || s.view.Redrawn()
			s.answer(s.view.Questions())
			if len(p) == 0 {
				return changed || !held && s.view.Held()
			}
			if w := s.wait; w != nil && !w.done && s.buf.weight() > 2*s.maxBuffer {
				s.advance(w) // it drops what is too much
			}
		}
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
	if s.silent || s.commands.running || s.released || s.leaving || s.outErr() != nil {
		return
	}
	for _, q := range questions {
		if s.answers++; s.answers > maxAnswers {
			return
		}
		s.line.WriteData(q.Answer())
		s.line.Flush()
	}
}

// item acts on what the line tells beside data.
func (s *Session) item(it *line.Item) {
	if it.Asks && s.hook != nil {
		q := it.Question
		q.Data = bytes.Clone(q.Data)
		s.line.Answer(s.askHook(q))
	}
	switch it.Kind {
	case line.Prompt:
		if s.tapped() {
			s.observe(Observation{Kind: Negotiated, Event: it.Event})
		}
		s.mark(match.Prompt)
		return
	case line.Charset:
		s.switchCharset(it.Text)
	case line.Fenced:
		s.ring()
	}
	s.negotiated(it.Event)
	if note := it.Note(); note != "" && it.Event.Kind == telnet.None && s.tapped() {
		s.observe(Observation{Kind: Noted, Text: note})
	}
	switch it.Kind {
	case line.LoggedOut:
		s.loggedOut()
		s.leaving = true
		_ = s.line.CloseWrite() // the peer may have closed already
	case line.Leaves:
		s.loggedOut()
	case line.Window:
		if w, ok := s.line.(line.Windowed); ok && s.view != nil {
			s.view.SetWindow(w.Size())
		}
	case line.EchoOff:
		s.mark(match.EchoOff)
	case line.EchoOn:
		s.mark(match.EchoOn)
	case line.Exited:
		e := it.Exit
		s.exit = &e
		s.mark(match.Exit)
		s.ring()
	case line.Secured:
		s.secured()
	case line.Remark:
		s.observe(Observation{Kind: Remark, Text: it.Text})
	case line.Broken:
		s.end(it.Err)
	}
}

// loggedOut tells of LOGOUT (RFC 727): if it is we who are asked to go, and that was
// granted, our end closes after the answer; if it is the peer who goes it will close.
func (s *Session) loggedOut() {
	s.observe(Observation{Kind: Remark, Text: "the peer ends the session (LOGOUT)"})
}

// secured goes on now that TLS is in force.
func (s *Session) secured() {
	s.tellTLS()
	if s.watching {
		s.watching = false
		s.ring()
	}
	s.line.Flush()
}

// switchCharset changes the peer's encoding from this byte on. The line agrees only to
// encodings that package text knows.
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

// negotiated tells of what the line's protocol says, if it says anything.
func (s *Session) negotiated(ev telnet.Event) {
	if ev.Kind == telnet.None {
		return
	}
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
	last, cause := s.line.End(err)
	s.item(&last)
	s.eof = true
	if !s.closed {
		s.eofCause = cause
		told := "closed by the peer"
		if s.eofCause != nil {
			told += ": " + s.eofCause.Error()
		}
		s.observe(Observation{Kind: Closed, Text: told})
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
