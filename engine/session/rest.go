package session

// When nothing is read: the buffer is full and nobody empties it.

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

// maxLive is how much output may wait for a terminal before the peer is held back.
const maxLive = 256 << 10 // bytes
