package session

// What is done with what a Read returned, by whichever goroutine read.

import "bytes"

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

// receiveLocked works on bytes from the connection.
func (s *Session) receiveLocked(in []byte) {
	if len(in) == 0 { // taken by ReadWire
		return
	}
	s.dry = false
	s.facts.received += int64(len(in))
	if s.wants(WireIn) {
		s.observeLocked(Observation{Kind: WireIn, Bytes: in})
	}
	if s.receiver != nil {
		s.askLocked(&hookCall{session: s, wire: bytes.Clone(in)})
	}
	s.itemsLocked(in)
	s.line.Flush()
	s.feedLocked()
}

// holdLocked keeps what the pump has read until a wait wants it, and returns what is
// left of it then: ReadWire may have taken some.
func (s *Session) holdLocked(in []byte) []byte {
	if !s.manual {
		return in
	}
	s.fetched = in
	came := s.clock.Now()
	for len(s.fetched) > 0 && s.waiting == 0 && s.live == nil && !s.closed {
		if s.watching {
			s.watching = false
			s.ringLocked()
		}
		s.pumpWait()
	}
	in, s.fetched = s.fetched, nil
	s.reading.from = s.reading.from.Add(s.clock.Now().Sub(came)) // that was no pause of the peer's
	return in
}
