package mask

import (
	"slices"
	"strings"
	"sync"
	"sync/atomic"
)

// Secrets is what is known of secrets so far, shared by a script, which learns of
// them as it goes, and all who hide them. Its zero value is ready. Its methods may
// be called from any goroutine.
type Secrets struct {
	count    atomic.Int64
	mu       sync.Mutex
	list     []Secret
	auto     *automaton // of the first compiled of the list
	compiled int
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

// Len is the number of secrets that are known so far.
func (s *Secrets) Len() int {
	if s == nil {
		return 0
	}
	return int(s.count.Load())
}

// Longest is the length of the longest secret known so far, in bytes.
func (s *Secrets) Longest() int {
	longest := 0
	if s.Len() > 0 {
		for _, secret := range s.All() {
			longest = max(longest, len(secret.Value))
		}
	}
	return longest
}

func (s *Secrets) since(n int64) []Secret {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.list[n:])
}

// masker makes a Masker that knows the secrets of the list and learns no others. They share
// what is costly to build.
func (s *Secrets) masker() *Masker {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.compiled != len(s.list) {
		s.auto, s.compiled = compile(s.list), len(s.list)
	}
	return &Masker{secrets: s.list[:s.compiled:s.compiled], auto: s.auto}
}

// Mask hides the secrets known so far in a text that is complete.
func (s *Secrets) Mask(text string) string {
	if s == nil || s.count.Load() == 0 {
		return text
	}
	s.mu.Lock()
	found := slices.ContainsFunc(s.list, func(secret Secret) bool { return strings.Contains(text, secret.Value) })
	s.mu.Unlock()
	if !found { // as in most texts, and the machine that hides them is costly to build
		return text
	}
	m := s.masker()
	return string(m.Flush(m.Append(nil, []byte(text))))
}

// MaskForms is Mask for a text that may hold the secrets in other forms as well: quoted,
// say. forms are those of [Secrets.Masker].
func (s *Secrets) MaskForms(text string, forms ...func(value string) []string) string {
	if s.Len() == 0 || text == "" {
		return text
	}
	m := s.Masker(forms...)
	return string(m.Flush(m.Append(nil, []byte(text))))
}

// Masker makes a Masker for one stream that knows the secrets of the list and
// those that are added later. A nil list has none. forms, if there are any, give
// the other ways in which a value may be written in the stream: in another encoding,
// say.
func (s *Secrets) Masker(forms ...func(value string) []string) *Masker {
	return &Masker{follows: s, forms: forms}
}

// follow learns what was added to the list that the Masker follows.
func (m *Masker) follow() {
	if m.follows == nil {
		return
	}
	if n := m.follows.count.Load(); n > m.known {
		fresh := m.follows.since(m.known)
		m.known += int64(len(fresh))
		var values []Secret
		for _, secret := range fresh {
			values = append(values, secret)
			for _, form := range m.forms {
				for _, value := range form(secret.Value) {
					values = append(values, Secret{secret.Name, value})
				}
			}
		}
		m.Add(values...) // at once: each time it compiles all that it knows
	}
}

// cutShown is the number of bytes of a secret that may be shown where a text ends in the
// midst of it: they say little, and to hide them would hide the end of many a
// prompt.
const cutShown = 2

// MaskWithin hides the secrets known so far in a text that is part of a stream:
// before and after are what lies on either side of it, as far as that is known. A
// secret that only begins or ends in the text is hidden too. Where the stream ends
// in what could be the beginning of one, "..." stands for it.
func (s *Secrets) MaskWithin(before, text, after []byte) string {
	if s.Len() == 0 {
		return string(text)
	}
	m := s.masker()
	var out []byte
	at, from, to := 0, len(before), len(before)+len(text)
	var hidden []byte // the placeholder that stands for the bytes at this place
	show := func(n int, p []byte) {
		switch {
		case p == nil: // goes on behind its placeholder
		case n == len(p):
			hidden = nil
			if i, j := max(at, from), min(at+n, to); i < j {
				out = append(out, p[i-at:j-at]...)
			}
		default:
			hidden = append([]byte(nil), p...)
		}
		if hidden != nil && at+n > from && at < to {
			out = append(out, hidden...)
			hidden = hidden[:0]
		}
		at += n
	}
	for _, p := range [...][]byte{before, text, after} {
		m.Spans(p, show)
	}
	if cut := m.Held(); cut > cutShown && at < to && !m.holdsFound() {
		return string(append(out, "..."...))
	}
	m.FlushSpans(show)
	return string(out)
}

// holdsFound reports whether a whole secret lies in what is held back.
func (m *Masker) holdsFound() bool {
	return slices.ContainsFunc(m.held.found[m.held.head:], func(f occurrence) bool { return f.length > 0 })
}
