package match

// Idle reports whether no match has been found and none is under way: whatever
// comes, nothing that was fed will be part of a match.
func (m *Matcher) Idle() bool {
	c := m.threads()
	return !m.found && c.old == 0 && c.pend.n == 0
}
