package session

// AddTap adds a tap; what happened before is not told to it.
func (s *Session) AddTap(t Tap) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.taps = append(s.taps, t)
}

// RemoveTap takes a tap away. After it returns, Observe is not called any more.
func (s *Session) RemoveTap(t Tap) {
	s.mu.Lock()
	defer s.mu.Unlock()
	kept := s.taps[:0:0]
	for _, have := range s.taps {
		if have != t {
			kept = append(kept, have)
		}
	}
	s.taps = kept
}

// observeLocked tells the taps. Callers on the byte path ask s.tapped() first, so that an
// Observation is only built where one is wanted.
func (s *Session) observeLocked(o Observation) {
	if len(s.taps) == 0 {
		return
	}
	o.Session = s
	if o.Time.IsZero() {
		o.Time = s.clock.Now()
	}
	over := false
	for _, t := range s.taps {
		t.Observe(&o)
		if b, ok := t.(BriefTap); ok && b.Over() {
			over = true
		}
	}
	if over { // a new list: whoever goes through the old one has it whole
		kept := s.taps[:0:0]
		for _, t := range s.taps {
			if b, ok := t.(BriefTap); !ok || !b.Over() {
				kept = append(kept, t)
			}
		}
		s.taps = kept
	}
}

// Observed reports whether the session has taps: else nobody wants to know from where a
// call comes.
func (s *Session) Observed() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.tapped()
}

func (s *Session) tapped() bool { return len(s.taps) > 0 }
