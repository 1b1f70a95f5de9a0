package session

// Aside tells whether the pump has stepped aside for the waiting goroutine.
func (s *Session) Aside() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.aside
}
