package mask

import (
	"slices"
	"sync"
	"sync/atomic"
)

// Secrets is what is known of secrets so far, shared by a script, which learns of
// them as it goes, and all who hide them. Its zero value is ready. Its methods may
// be called from any goroutine.
type Secrets struct {
	count atomic.Int64
	mu    sync.Mutex
	list  []Secret
}

// Add makes a secret known to every Masker that follows the list, from the bytes
// on that it holds back or is fed next. A value that is known stays under the name
// that it was first given.
func (s *Secrets) Add(secret Secret) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if secret.Value == "" || slices.ContainsFunc(s.list, func(have Secret) bool { return have.Value == secret.Value }) {
		return
	}
	s.list = append(s.list, secret)
	s.count.Store(int64(len(s.list)))
}

// All returns the secrets known so far.
func (s *Secrets) All() []Secret { return s.since(0) }

func (s *Secrets) since(n int64) []Secret {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.list[n:])
}

// Mask hides the secrets known so far in a text that is complete.
func (s *Secrets) Mask(text string) string {
	if s == nil || s.count.Load() == 0 {
		return text
	}
	return Mask(text, s.All()...)
}

// Masker makes a Masker for one stream that knows the secrets of the list and
// those that are added later. A nil list has none.
func (s *Secrets) Masker() *Masker { return &Masker{follows: s} }

// follow learns what was added to the list that the Masker follows.
func (m *Masker) follow() {
	if m.follows == nil {
		return
	}
	if n := m.follows.count.Load(); n > m.known {
		fresh := m.follows.since(m.known)
		m.known += int64(len(fresh))
		m.Add(fresh...)
	}
}
