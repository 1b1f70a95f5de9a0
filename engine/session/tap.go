package session

import "slices"

// AddTap adds a tap; what happened before is not told to it.
func (s *Session) AddTap(t Tap) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.setTapsLocked(append(s.taps[:len(s.taps):len(s.taps)], t))
}

// RemoveTap takes a tap away. After it returns, Observe is not called any more.
func (s *Session) RemoveTap(t Tap) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.setTapsLocked(slices.DeleteFunc(slices.Clone(s.taps), func(have Tap) bool { return have == t }))
}

// setTapsLocked makes taps the taps, a list that nobody changes: whoever goes through the
// one before has it whole.
func (s *Session) setTapsLocked(taps []Tap) {
	s.taps, s.wanted = taps, 0
	for _, t := range taps {
		selective, ok := t.(SelectiveTap)
		for k := range kinds {
			if !ok || selective.Wants(k) {
				s.wanted |= 1 << k
			}
		}
	}
}

// wants reports whether a tap is to be told of a kind. Callers on the byte path ask before
// they gather an Observation.
func (s *Session) wants(k ObservationKind) bool { return s.wanted&(1<<k) != 0 }

// observeLocked tells the taps.
func (s *Session) observeLocked(o Observation) {
	if !s.wants(o.Kind) {
		return
	}
	o.Session = s
	if o.Time.IsZero() {
		o.Time = s.clock.Now()
	}
	s.told = o
	over := false
	for _, t := range s.taps {
		if selective, ok := t.(SelectiveTap); ok && !selective.Wants(o.Kind) {
			continue
		}
		t.Observe(&s.told)
		if b, ok := t.(BriefTap); ok && b.Over() {
			over = true
		}
	}
	s.told = Observation{} // it holds nothing back
	if over {
		s.setTapsLocked(slices.DeleteFunc(slices.Clone(s.taps), func(t Tap) bool {
			b, ok := t.(BriefTap)
			return ok && b.Over()
		}))
	}
}

// Observed reports whether a tap is told of waits: else nobody wants to know from where a
// call comes.
func (s *Session) Observed() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.wants(WaitBegan)
}
