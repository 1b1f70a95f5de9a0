package session

// How the pump steps aside for the waiting goroutine, and is called back; see reading.

// mayStepAsideLocked reports whether the waiting goroutine could read for itself: on a bare
// connection, in the machine's time, with no hook, which runs in that goroutine, and
// nothing in the session that has a goroutine of its own.
func (s *Session) mayStepAsideLocked() bool {
	_, real := s.clock.(RealClock)
	return real && s.canTryLocked() && s.hook == nil && !s.manual && s.live == nil
}

// canTryLocked reports whether the line can be read without blocking now.
func (s *Session) canTryLocked() bool { return s.stopper != nil && s.stopper.CanTry() }

// stepAsideLocked makes the pump, which is at work, step aside if the wait in progress is
// over.
func (s *Session) stepAsideLocked() {
	if s.wait == nil || !s.wait.done || s.wait.settle < asideSettle || !s.mayStepAsideLocked() || s.closed {
		return
	}
	if s.reading.on(stepsAside) {
		s.reading.since = s.clock.Now()
		s.armReturnLocked()
	}
}

// recallLocked makes the pump read again.
func (s *Session) recallLocked() {
	if s.reading.on(recalled) && s.reading.byWaiter() {
		s.stopper.Interrupt() // who reads hands over
	}
}

// armReturnLocked sees to it that the pump reads again if nobody does.
func (s *Session) armReturnLocked() {
	if s.reading.aside() && !s.reading.armed {
		s.reading.armed = true
		s.clock.AfterFunc(asideTime, s.returnIfIdle)
	}
}

func (s *Session) returnIfIdle() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.reading.armed = false
	switch {
	case s.reading.state != nobodyReads || s.wait != nil: // the end of that arms it again
	case s.clock.Now().Sub(s.reading.since) < asideTime:
		s.armReturnLocked()
	default:
		s.recallLocked()
	}
}
