package diagnose

// Text that is there but not as the bytes that the pattern has: control
// characters between, characters that look alike, another encoding.

import (
	"bytes"
	"fmt"
	"regexp"
	"strings"
)

// controls tries the text without what a terminal would not show, and, if the
// pattern asks for such bytes, the wire.
func (m *mender) controls() {
	from := near(m.pending)
	if hasControls(from.text) && m.w.spend(4*len(from.text)) {
		if m.facts.Raw {
			const fix = "connect(address, {raw=false})"
			m.without(Newline, withoutReturns(from), "it would match with LF for CR LF", fix)
			m.without(Escape, withoutNULs(from), "it would match without the NULs", fix)
			m.without(Escape, withoutEscapes(from), "it would match without the escape sequences", fix)
			m.without(Escape, withoutControls(from), "it would match without the control characters", fix)
		} else {
			m.without(Escape, withoutControls(from), "it would match without the control characters", "")
		}
	}
	if !m.facts.Raw && asksForControls(m.f.src) && len(m.facts.Wire) > 0 {
		m.add(trial{
			cause: TextView, confidence: 0.9, src: m.f.src, flags: m.f.flags, text: asItIs(last(m.facts.Wire)),
			say: func(got string) (string, string) {
				return "it matches " + QuoteMiddle(got, shownText) + " as the bytes came, but scripts see the text without escape sequences, NULs and \\r",
					"connect(address, {raw=true})"
			},
		})
	}
}

// without tries a text that has lost something.
func (m *mender) without(cause Cause, v *variant, text, fix string) {
	m.add(trial{
		cause: cause, confidence: 0.9, src: m.f.src, flags: m.f.flags, text: v,
		need: func(got string) bool { return hasControls([]byte(got)) || unescapedEnd(m.f.src) },
		say:  func(got string) (string, string) { return text + " in " + QuoteMiddle(got, shownText), fix },
	})
}

// asksForControls says whether a pattern names ESC, NUL or CR.
func asksForControls(src string) bool {
	for _, s := range []string{"\x1b", "\x00", "\r", `\x1b`, `\x1B`, `\033`, `\x{1b}`, `\x00`, `\000`, `\r`} {
		if strings.Contains(src, s) {
			return true
		}
	}
	return false
}

func (m *mender) lookalikes() {
	from := near(m.pending)
	if !hasHigh(m.f.src) && !hasHigh(from.text) || !m.w.spend(2*len(from.text)) {
		return
	}
	src := string(folded(subject{text: []byte(m.f.src)}).text)
	v := folded(from)
	if src == m.f.src && bytes.Equal(v.text, from.text) {
		return
	}
	m.add(trial{
		cause: LookAlike, confidence: 0.93, src: src, flags: m.f.flags, text: v,
		say: func(got string) (string, string) {
			return lookalikeText(m.f.src, got), m.f.same(regexp.QuoteMeta(got))
		},
	})
}

// lookalikeText names the first character that only looks like the other.
func lookalikeText(src, got string) string {
	for _, r := range got {
		if _, ok := plain(r); ok && !strings.ContainsRune(src, r) {
			return fmt.Sprintf("the peer sent %s (U+%04X), which only looks like what the pattern has, in %s", Quote(string(r)), r, QuoteMiddle(got, shownText))
		}
	}
	for _, r := range src {
		if _, ok := plain(r); ok {
			return fmt.Sprintf("the pattern has %s (U+%04X), which only looks like what the peer sent, %s", Quote(string(r)), r, QuoteMiddle(got, shownText))
		}
	}
	return "some characters only look alike in " + QuoteMiddle(got, shownText)
}

// encodings tries the bytes of the wire in other encodings.
func (m *mender) encodings() {
	wire := m.facts.Wire
	if m.facts.Raw && len(wire) == 0 {
		wire = m.pending.text
	}
	wire = near(subject{text: wire}).text
	wide := bytes.Count(wire, []byte{0})*3 > len(wire)
	if !(hasHigh(m.f.src) && hasHigh(wire)) && !wide {
		return
	}
	current := strings.ToLower(m.facts.Encoding)
	if current == "" {
		current = "utf-8"
	}
	for _, e := range encodings {
		if e == current && !m.facts.Raw || strings.HasPrefix(e, "utf-16") != wide || !m.w.spend(len(wire)) {
			continue
		}
		m.add(trial{
			cause: Encoding, confidence: 0.92, src: m.f.src, flags: m.f.flags, text: asItIs(decode(wire, e)),
			say: func(got string) (string, string) {
				return "the peer seems to send " + e + ", where it matches " + QuoteMiddle(got, shownText), fmt.Sprintf("connect(address, {encoding=%q})", e)
			},
		})
	}
}
