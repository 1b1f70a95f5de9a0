package session

// What the session's line tells it. The line is used under the session's lock.

// owner is the session as its line's Owner.
type owner Session

// Lock implements line.Owner.
func (o *owner) Lock() { o.mu.Lock() }

// Unlock implements line.Owner.
func (o *owner) Unlock() { o.mu.Unlock() }

// Moved implements line.Owner.
func (o *owner) Moved() {
	s := (*Session)(o)
	s.ringLocked()
	s.releaseLocked()
	s.wakePump() // for a layer that waits to be put on
}

// Sending implements line.Owner.
func (o *owner) Sending() { o.lastSent = o.clock.Now() }

// Queued implements line.Owner.
func (o *owner) Queued(p []byte) {
	(*Session)(o).observeLocked(Observation{Kind: WireOut, Bytes: p})
}

// Observed implements line.Owner.
func (o *owner) Observed() bool { return (*Session)(o).wants(WireOut) }

// Dry implements line.Owner.
func (o *owner) Dry(question int) {
	s := (*Session)(o)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.dry = s.dry || s.line.Stands(question)
	s.ringLocked()
}

// Wait implements line.Owner. Only the reader's calls of the line wait.
func (o *owner) Wait() { (*Session)(o).pumpWait() }
