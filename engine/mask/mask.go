// Package mask hides secrets in a stream of bytes: each place where a secret's
// value occurs is replaced by a placeholder with its name, "<secret password>",
// wherever the stream is cut.
//
// A [Masker] is fed the stream piece by piece. It holds back the bytes at the end
// that could be the beginning of a secret, and releases them as soon as they can
// not be one any more, or at [Masker.Flush]. All occurrences are hidden, those
// that overlap too: no byte that is part of an occurrence gets out. Time is linear
// in the stream, whatever the secrets are.
//
// A Masker belongs to one stream and one goroutine at a time.
package mask

import "bytes"

// Secret is a value to be hidden and the name to show in its place.
type Secret struct{ Name, Value string }

// Placeholder is what is shown in the secret's place.
func (s Secret) Placeholder() string { return "<secret " + s.Name + ">" }

// Masker hides secrets in one stream. The zero Masker knows none and passes
// everything through.
type Masker struct {
	secrets []Secret
	auto    *automaton // nil while there are no secrets
	follows *Secrets   // where more come from, or nil
	forms   []func(value string) []string
	known   int64 // how many of those have been taken

	// state is where the automaton is after the last byte: its depth is how
	// many bytes at the end are the beginning of some secret.
	state int32
	held  window
	// The bytes of the window before covered stand behind a placeholder that is
	// out already. reach is up to where occurrences that begin at or before the
	// window's first byte go on, and reached is the secret of the farthest.
	covered, reach int
	reached        int32
}

// window is the bytes that are held back, each with the occurrence that begins
// there, if any.
type window struct {
	bytes []byte
	found []occurrence
	head  int
}

type occurrence struct {
	length int   // 0: none
	secret int32 // which
}

// New makes a Masker. Secrets without a value are ignored; of several with the
// same value the first gives the name.
func New(secrets ...Secret) *Masker {
	m := &Masker{}
	m.Add(secrets...)
	return m
}

// Mask hides the secrets in a text that is complete.
func Mask(text string, secrets ...Secret) string {
	m := New(secrets...)
	if m.auto == nil {
		return text
	}
	return string(m.Flush(m.Append(nil, []byte(text))))
}

// Add makes more secrets known. They are hidden from the bytes held back on; what
// has been released is beyond reach.
func (m *Masker) Add(secrets ...Secret) {
	grown := false
	for _, s := range secrets {
		if s.Value != "" && !m.knows(s.Value) {
			m.secrets = append(m.secrets, s)
			grown = true
		}
	}
	if !grown {
		return
	}
	m.auto = compile(m.secrets)
	// The bytes that are held are looked at again. None of them was the
	// beginning of less than the new automaton makes of it.
	w := &m.held
	again := append([]byte(nil), w.bytes[w.head:]...)
	m.state = 0
	for i, b := range again {
		m.state = m.auto.step(m.state, b)
		m.note(i + 1)
	}
}

func (m *Masker) knows(value string) bool {
	for _, s := range m.secrets {
		if s.Value == value {
			return true
		}
	}
	return false
}

// Append takes the next piece of the stream and appends to dst what can be shown.
func (m *Masker) Append(dst, src []byte) []byte {
	m.follow()
	if m.auto == nil {
		return append(dst, src...)
	}
	m.feed(src, func(p []byte, _ int, secret int32) {
		if secret < 0 {
			dst = append(dst, p...)
		} else if p != nil {
			dst = append(dst, m.secrets[secret].Placeholder()...)
		}
	})
	return dst
}

// Flush appends to dst what was held back: the stream has ended, or what follows
// is not joined to it.
func (m *Masker) Flush(dst []byte) []byte {
	m.flush(func(p []byte, _ int, secret int32) {
		if secret < 0 {
			dst = append(dst, p...)
		} else if p != nil {
			dst = append(dst, m.secrets[secret].Placeholder()...)
		}
	})
	return dst
}

// Held is the number of bytes that are held back.
func (m *Masker) Held() int { return len(m.held.bytes) - m.held.head }

// Spans is Append for a caller that keeps the stream's pieces apart: show is called
// for every run of bytes that is decided, in order. n is how many bytes of the
// stream it is; text is what to show for them, the bytes themselves or a
// placeholder, or nothing where they are the rest of an overlapping occurrence. It
// is valid until show returns.
func (m *Masker) Spans(src []byte, show func(n int, text []byte)) {
	m.follow()
	if m.auto == nil {
		if len(src) > 0 {
			show(len(src), src)
		}
		return
	}
	m.feed(src, m.spans(show))
}

// FlushSpans is Flush in the way of Spans.
func (m *Masker) FlushSpans(show func(n int, text []byte)) { m.flush(m.spans(show)) }

func (m *Masker) spans(show func(n int, text []byte)) emit {
	return func(p []byte, n int, secret int32) {
		switch {
		case secret < 0:
			show(n, p)
		case p != nil:
			show(n, []byte(m.secrets[secret].Placeholder()))
		default:
			show(n, nil)
		}
	}
}

// An emit takes n decided bytes: p itself if secret is -1; a secret that begins
// here if p is not nil, else bytes that stand behind the placeholder before them.
type emit func(p []byte, n int, secret int32)

func (m *Masker) feed(src []byte, out emit) {
	f := finder{src: src}
	for at := 0; at < len(src); {
		if m.Held() == 0 {
			at = m.skim(&f, at, out)
			continue
		}
		w := &m.held
		w.bytes = append(w.bytes, src[at])
		w.found = append(w.found, occurrence{})
		m.state = m.auto.step(m.state, src[at])
		m.note(m.Held())
		m.release(int(m.auto.depth[m.state]), out)
		at++
	}
}

// skim passes what is in f from index at on through up to the end of the first
// occurrence, or to its end, and puts what may belong to a secret into the window.
// Nothing is held when it is called. It returns how far it came.
func (m *Masker) skim(f *finder, at int, out emit) int {
	a := m.auto
	from, to := at, len(f.src)
	if len(a.values) <= len(f.next) {
		// The automaton's state does not depend on more than the longest secret.
		to = f.firstEnd(a.values, at)
		from = max(at, to-a.longest)
	}
	state, i := int32(0), from
	for i < to {
		if state == 0 {
			for i < to && !a.begins[f.src[i]] {
				i++
			}
			if i == to {
				break
			}
		}
		state = a.step(state, f.src[i])
		i++
		if a.ends[state] >= 0 {
			break
		}
	}
	depth := int(a.depth[state])
	if clear := f.src[at : i-depth]; len(clear) > 0 {
		out(clear, len(clear), -1)
	}
	m.state, m.covered, m.reach = state, 0, 0
	m.held.hold(f.src[i-depth : i])
	if depth > 0 {
		m.note(depth)
	}
	return i
}

// A finder knows where in a piece of the stream each of a few secrets occurs next.
// Each is looked for on its own, many bytes at a time, and never twice in the same
// place.
type finder struct {
	src  []byte
	next [4]int // of each secret, from 1; beyond src if there is none
}

// firstEnd is where the first occurrence from index at on ends, or the end of src.
func (f *finder) firstEnd(secrets [][]byte, at int) int {
	first := len(f.src)
	for i, value := range secrets {
		if f.next[i]-1 < at {
			f.next[i] = len(f.src) + 1
			if n := bytes.Index(f.src[at:], value); n >= 0 {
				f.next[i] = at + n + 1
			}
		}
		first = min(first, f.next[i]-1+len(value))
	}
	return first
}

func (w *window) hold(p []byte) {
	w.head = 0
	w.bytes = append(w.bytes[:0], p...)
	w.found = w.found[:0]
	for range p {
		w.found = append(w.found, occurrence{})
	}
}

// note keeps the longest occurrence that ends where the automaton is, at byte end
// of the window. The shorter ones lie within it.
func (m *Masker) note(end int) {
	which := m.auto.ends[m.state]
	if which < 0 {
		return
	}
	length := len(m.secrets[which].Value)
	if f := &m.held.found[m.held.head+end-length]; length > f.length {
		*f = occurrence{length, which}
	}
}

// release lets the first bytes of the window go until keep are left. No occurrence
// that begins in those is still to be found.
func (m *Masker) release(keep int, out emit) {
	w := &m.held
	for w.head < len(w.bytes)-keep {
		at := w.head
		if f := w.found[at]; f.length > m.reach {
			m.reach, m.reached = f.length, f.secret
		}
		switch {
		case m.covered > 0:
			out(nil, 1, m.reached)
		case m.reach > 0:
			out(w.bytes[at:at+1], 1, m.reached)
			m.covered = m.reach
		default:
			out(w.bytes[at:at+1], 1, -1)
		}
		m.covered, m.reach = max(m.covered-1, 0), max(m.reach-1, 0)
		w.head++
	}
	if w.head == len(w.bytes) || w.head > len(w.bytes)/2 && w.head > 64 {
		w.bytes = w.bytes[:copy(w.bytes, w.bytes[w.head:])]
		w.found = w.found[:copy(w.found, w.found[w.head:])]
		w.head = 0
	}
}

func (m *Masker) flush(out emit) {
	m.release(0, out)
	m.state, m.covered, m.reach = 0, 0, 0
}
