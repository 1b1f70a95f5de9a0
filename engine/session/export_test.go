package session

// Aside reports whether the pump has stepped aside for the waiting goroutine.
func (s *Session) Aside() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.reading.aside()
}

var (
	readStates = [...]string{"pumpReads", "pumpRests", "nobodyReads", "waiterReads", "waiterHandsOver", "pumpCatchesUp"}
	readEvents = [...]string{"stepsAside", "full", "room", "takesOver", "hasRead", "recalled", "caughtUp"}
)

// WatchReading has f told of each change of who reads, as "state -> state". It is called
// under the session's lock.
func (s *Session) WatchReading(f func(change string)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.reading.changed = func(from, to readState) { f(readStates[from] + " -> " + readStates[to]) }
}

// ReadTransitions lists the transitions that the code makes, as "state | event | next".
func ReadTransitions() []string {
	var list []string
	for s := range readStates {
		for e := range readEvents {
			if next, ok := readState(s).next(readEvent(e)); ok {
				list = append(list, readStates[s]+" | "+readEvents[e]+" | "+readStates[next])
			}
		}
	}
	return list
}
