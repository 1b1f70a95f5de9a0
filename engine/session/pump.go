package session

import (
	"bytes"
	"context"
	"errors"
	"time"

	"github.com/moonwire/moonwire/engine/buffer"
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
	s.reading.in = buffer.NewReadBuffer()
	s.mu.Unlock()
	for s.mayRead() {
		n, err := s.line.Read(s.reading.in.In)
		s.received(n, err)
		s.mu.Lock()
		s.restLocked()
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
		s.receiveLocked(s.holdLocked(s.reading.in.In[:n]))
	default: // what the line has to tell stands before an end
		s.itemsLocked(nil)
		s.feedLocked()
	}
	if err != nil {
		s.endLocked(err)
		return
	}
	if s.lastArrival.After(before) { // else the peer's pause goes on: half a command does not end it
		s.reading.from = s.nowLocked()
	}
	s.stepAsideLocked()
	s.reading.in.Filled(n, s.buf.Len())
}

// restLocked blocks while the buffer is full and no wait is there to empty it, so that
// TCP holds the peer back and nothing is lost.
func (s *Session) restLocked() {
	for s.mustRestLocked() && !s.eof && !s.closed {
		s.reading.on(full)
		if s.watching {
			s.ringLocked()
		}
		s.pumpWait()
	}
	if s.reading.on(room) {
		s.reading.from = s.clock.Now()
	}
}

// mustRestLocked reports whether nothing more may be read now.
func (s *Session) mustRestLocked() bool {
	return s.fullLocked() && (s.wait == nil || s.wait.done) || s.live != nil && len(s.live.data) >= maxLive
}

// listeningLocked reports whether the peer would be heard if it spoke. While the pump has
// read something that it has not laid into the buffer yet, does not read, or catches
// up, the time that goes by is no pause of the peer's.
func (s *Session) listeningLocked() bool {
	return s.asking == 0 && len(s.fetched) == 0 && s.reading.listens()
}

// fullLocked reports whether the buffer holds all that it may.
func (s *Session) fullLocked() bool { return s.buf.Weight() >= s.maxBuffer }

// receiveLocked works on bytes from the connection.
func (s *Session) receiveLocked(in []byte) {
	if len(in) == 0 { // taken by ReadWire
		return
	}
	s.dry = false
	s.facts.received += int64(len(in))
	if s.tapped() {
		s.observeLocked(Observation{Kind: WireIn, Bytes: in})
	}
	if s.receiver != nil {
		s.askLocked(&hookCall{session: s, wire: bytes.Clone(in)})
	}
	s.itemsLocked(in)
	s.line.Flush()
	s.feedLocked()
}

// itemsLocked works on what the line makes of in.
func (s *Session) itemsLocked(in []byte) {
	for {
		it, n := s.line.Next(in)
		in = in[n:]
		switch it.Kind {
		case line.None:
			return
		case line.Data:
			s.dataLocked(it.Data)
		default:
			s.itemLocked(&it)
		}
	}
}

// nowLocked is when what is looked at came.
func (s *Session) nowLocked() time.Time {
	if s.reading.state == pumpCatchesUp {
		return s.reading.since
	}
	return s.clock.Now()
}

// A gap is a pause of the peer's that is over if what has come changes the text.
type gap struct {
	place buffer.Note
	pause time.Duration // 0 if it is too short to be noted
}

// gapLocked looks at how long the text has not changed, and brings it up to what is seen
// where that is a pause.
func (s *Session) gapLocked() gap {
	since := s.reading.silentSince(s.lastArrival)
	least := s.buf.ShortestPause()
	if s.wait != nil && s.wait.settle > 0 && s.wait.settle < least {
		least = s.wait.settle
	}
	pause := s.nowLocked().Sub(since)
	if pause < least {
		return gap{}
	}
	s.flushViewLocked()
	if s.buf.Empty() {
		return gap{}
	}
	return gap{s.buf.Here(), pause}
}

// arriveLocked ends the pause g: something has come that changes the text.
func (s *Session) arriveLocked(g gap) {
	if g.pause > 0 {
		s.buf.AddPause(g.place, g.pause)
	}
	s.lastArrival = s.nowLocked()
}

// dataLocked lays bytes of the peer's into the buffer.
func (s *Session) dataLocked(p []byte) {
	if s.tapped() {
		s.observeLocked(Observation{Kind: DataIn, Bytes: p})
	}
	if s.live != nil {
		s.lastArrival = s.nowLocked()
		s.live.data = append(s.live.data, p...)
		if s.tapped() {
			s.live.tellLocked(p)
		}
		s.ringLocked()
		return
	}
	g := s.gapLocked()
	if s.layLocked(p, true) {
		s.arriveLocked(g)
	}
}

// layLocked puts data through the text view into the buffer, and reports whether that changes
// the text. It is told to the taps unless they have seen it already.
func (s *Session) layLocked(p []byte, tell bool) (changed bool) {
	if over := len(p) - tailSize; over > 0 { // so much is not kept as it came
		s.tail.skip(over)
		changed = s.layTextLocked(p[:over], tell)
		p = p[over:]
	}
	s.tail.add(p, s.buf.End())
	return s.layTextLocked(p, tell) || changed
}

// viewPiece is how much goes through the text view at a time, in bytes: what a host's
// movements make of it can be many times as long.
const viewPiece = 64 << 10

func (s *Session) layTextLocked(p []byte, tell bool) bool {
	need := len(p)
	if s.view != nil {
		need += viewSlack
		if s.encoder != nil {
			need += 2 * len(p) // one byte may become three in UTF-8
		}
	}
	s.buf.Await(0)
	if s.wait != nil {
		s.buf.Await(s.wait.seen.At())
	}
	if s.view != nil {
		held, changed := s.view.Held(), false
		for {
			piece := p[:min(len(p), viewPiece)]
			p = p[len(piece):]
			changed = s.toldLocked(func(dst []byte) []byte { return s.view.Append(dst, piece) }, min(need, 3*viewPiece), tell) || changed
			changed = changed || s.view.Redrawn()
			s.answerLocked(s.view.Questions())
			if len(p) == 0 {
				return changed || !held && s.view.Held()
			}
			if w := s.wait; w != nil && !w.done && s.buf.Weight() > 2*s.maxBuffer {
				s.advanceLocked(w) // it drops what is too much
			}
		}
	}
	return s.toldLocked(func(dst []byte) []byte {
		if s.remove != "" {
			return appendKept(dst, p, s.remove)
		}
		return append(dst, p...)
	}, need, tell)
}

// toldLocked lays into the buffer what f appends, which is about need bytes, with the edits
// that the view tells of it. It reports whether there is anything.
func (s *Session) toldLocked(f func(dst []byte) []byte, need int, tell bool) bool {
	begin, added := s.buf.Append(need, f)
	var edits []text.Edit
	if s.view != nil {
		edits = s.view.Edits()
	}
	for _, e := range edits {
		s.buf.Edit(begin+int64(e.At), int64(e.Back), int64(e.Again)+1)
	}
	if len(added) == 0 && len(edits) == 0 {
		return false
	}
	if tell && s.tapped() {
		s.observeLocked(Observation{Kind: TextIn, Bytes: added, Edits: edits})
	}
	return true
}

// viewSlack is what the text view may hold back from earlier bytes and add later.
const viewSlack = 64

// markLocked puts an event between the bytes.
func (s *Session) markLocked(e match.Event) {
	s.arriveLocked(s.gapLocked()) // a pause before the event counts as one before text
	if s.heldLocked() {
		s.toldLocked(s.view.Mark, viewSlack, true)
	}
	s.buf.AddEvent(e)
}

// flushViewLocked brings the buffer up to what is seen, half a character included.
func (s *Session) flushViewLocked() {
	if s.heldLocked() {
		s.toldLocked(s.view.Flush, viewSlack, true)
	}
}

// syncViewLocked brings the buffer up to what is seen, but for half a character.
func (s *Session) syncViewLocked() {
	if s.heldLocked() {
		s.toldLocked(s.view.Sync, viewSlack, true)
	}
}

// heldLocked reports whether the text view has something to tell.
func (s *Session) heldLocked() bool { return s.view != nil && s.view.Held() }

// maxAnswers bounds the answers to a terminal's questions until the script reads or
// writes again.
const maxAnswers = 16

// answerLocked answers what the peer asked the terminal.
func (s *Session) answerLocked(questions []text.Question) {
	if s.silent || s.commands.running || s.released || s.leaving || s.outErrLocked() != nil {
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

// itemLocked acts on what the line tells beside data.
func (s *Session) itemLocked(it *line.Item) {
	if it.Asks && s.hook != nil {
		q := it.Question
		q.Data = bytes.Clone(q.Data)
		s.line.Answer(s.askHookLocked(q))
	}
	switch it.Kind {
	case line.Prompt:
		if s.tapped() {
			s.observeLocked(Observation{Kind: Negotiated, Event: it.Event})
		}
		s.markLocked(match.Prompt)
		return
	case line.Charset:
		s.switchCharsetLocked(it.Text)
	case line.Fenced:
		s.ringLocked()
	}
	s.negotiatedLocked(it.Event)
	if note := it.Note(); note != "" && it.Event.Kind == telnet.None && s.tapped() {
		s.observeLocked(Observation{Kind: Noted, Text: note})
	}
	switch it.Kind {
	case line.LoggedOut:
		s.loggedOutLocked()
		s.leaving = true
		_ = s.line.CloseWrite() // the peer may have closed already
	case line.Leaves:
		s.loggedOutLocked()
	case line.Window:
		if w, ok := s.line.(line.Windowed); ok && s.view != nil {
			s.view.SetWindow(w.Size())
		}
	case line.EchoOff:
		s.markLocked(match.EchoOff)
	case line.EchoOn:
		s.markLocked(match.EchoOn)
	case line.Exited:
		e := it.Exit
		s.exit = &e
		s.markLocked(match.Exit)
		s.ringLocked()
	case line.Secured:
		s.securedLocked()
	case line.Remark:
		s.observeLocked(Observation{Kind: Remark, Text: it.Text})
	case line.Broken:
		s.endLocked(it.Err)
	}
}

// loggedOutLocked tells of LOGOUT (RFC 727): if it is we who are asked to go, and that was
// granted, our end closes after the answer; if it is the peer who goes it will close.
func (s *Session) loggedOutLocked() {
	s.observeLocked(Observation{Kind: Remark, Text: "the peer ends the session (LOGOUT)"})
}

// securedLocked goes on now that TLS is in force.
func (s *Session) securedLocked() {
	s.tellTLSLocked()
	if s.watching {
		s.watching = false
		s.ringLocked()
	}
	s.line.Flush()
}

// switchCharsetLocked changes the peer's encoding from this byte on. The line agrees only to
// encodings that package text knows.
func (s *Session) switchCharsetLocked(name string) {
	if s.view == nil {
		return
	}
	s.flushViewLocked()
	encoder, err := text.NewEncoder(name)
	if err == nil {
		err = s.view.SetEncoding(name)
	}
	if err != nil {
		s.observeLocked(Observation{Kind: Remark, Text: "the charset " + name + " was agreed on but is not known: " + err.Error()})
		return
	}
	s.encoder, s.encoding = encoder, name
}

// negotiatedLocked tells of what the line's protocol says, if it says anything.
func (s *Session) negotiatedLocked(ev telnet.Event) {
	if ev.Kind == telnet.None {
		return
	}
	s.facts.negotiated(ev)
	if s.tapped() {
		s.observeLocked(Observation{Kind: Negotiated, Event: ev})
	}
}

// endLocked is the connection's end.
func (s *Session) endLocked(err error) {
	if s.eof {
		return
	}
	s.flushViewLocked()
	last, cause := s.line.End(err)
	s.itemLocked(&last)
	s.eof = true
	if cause == nil && s.inStringLocked() {
		cause = errors.New("the connection ended in " + unendedString)
	}
	if !s.closed {
		s.eofCause = cause
		told := "closed by the peer"
		if s.eofCause != nil {
			told += ": " + s.eofCause.Error()
		}
		s.observeLocked(Observation{Kind: Closed, Text: told})
	}
	s.dry = true
	s.reading.forgetContext()
	s.recallLocked()
	s.releaseLocked()
	s.feedLocked()
	s.ringLocked()
}

// unendedString says what the text view stands in; what has come of it is no text.
const unendedString = "a control string without its end"

func (s *Session) inStringLocked() bool { return s.view != nil && s.view.InString() }

// unfinishedLocked describes what the last bytes are the beginning of, "" if nothing.
func (s *Session) unfinishedLocked() string {
	if what := s.line.Unfinished(); what != "" || !s.inStringLocked() {
		return what
	}
	return unendedString
}

// feedLocked gives a wait in progress what has come.
func (s *Session) feedLocked() {
	if w := s.wait; w != nil && !w.done && !s.closed {
		s.advanceLocked(w)
		if w.done || !w.armed && (w.matcher.CanBest() || s.heldLocked()) {
			s.ringLocked()
		}
	}
	if s.watching {
		s.watching = false
		s.ringLocked()
	}
}
