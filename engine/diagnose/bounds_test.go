package diagnose

import (
	"bytes"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"
)

// hostile are texts and patterns made to cost much.
func hostile() (texts []string, patterns []Pattern) {
	mib := func(s string) string { return strings.Repeat(s, MaxText/len(s)+1)[:MaxText] }
	texts = []string{
		mib("a"), mib("a\n"), mib("\x1b[0m\x00\r\n"), mib("\xff"), mib("é"), mib(" "), mib("\b"), mib("Password"), mib("# $ > "),
		mib("Feb 29 12:00:00 host daemon[42]: something happened to someone\n"), mib("\x1b]"), mib("ab\u00a0"),
	}
	for _, s := range []string{
		"(a+)+$", "(a|a)*b", ".*.*.*x", "(a?){500}b", "^(([a-z])+.)+[A-Z]([a-z])+$", "(?:(?:a{1,30}){1,30})b", strings.Repeat("a", 4000) + "b",
		strings.Repeat("(", 199) + "a" + strings.Repeat(")", 199) + "b", strings.Repeat("a|", 1500) + "b", `(\w+\s*)+:$`, "[^x]*[^y]*[^z]*x{1000}",
		strings.Repeat("x", 5000), "(", "%d+%d+%d+%d+$", `\\\\\\\\`, "$$$$^^^^", strings.Repeat("$ ", 500), `a\r\n b c d e f $`,
	} {
		patterns = append(patterns, Pattern{Kind: Regex, Source: s}, Pattern{Kind: Exact, Source: s}, Pattern{Kind: Glob, Source: s})
	}
	return texts, patterns
}

// However hostile, the work is counted, and the count ends.
func TestHostileWaitsAreBounded(t *testing.T) {
	texts, patterns := hostile()
	const chunk = 6
	for i, text := range texts {
		from := i * chunk % (len(patterns) - chunk)
		f := Facts{Pending: []byte(text), Consumed: []byte(text), Wire: []byte(text), Raw: i%2 == 0, Patterns: patterns[from : from+chunk]}
		const allowed = workLimit / 8 // as good a bound, and the race detector is slow
		w := &work{allowed}
		r := diagnose(f, w)
		if w.left < -2*len(f.Patterns) {
			t.Errorf("%q: %d steps taken, %d allowed", text[:8], allowed-w.left, allowed)
		}
		checkReport(t, f, r)
	}
}

// checkReport checks what holds for every report.
func checkReport(t *testing.T, f Facts, r Report) {
	t.Helper()
	if len(r.Hints) > 2 {
		t.Errorf("%d hints", len(r.Hints))
	}
	if len(r.Misses) != len(f.Patterns) {
		t.Errorf("%d misses of %d patterns", len(r.Misses), len(f.Patterns))
	}
	for _, m := range r.Misses {
		if m.Start > m.End || m.End > f.Omitted+int64(len(f.Pending)) {
			t.Errorf("a miss from %d to %d in %d bytes", m.Start, m.End, len(f.Pending))
		}
	}
	for _, line := range r.Lines() {
		if !utf8.ValidString(line) || strings.ContainsFunc(line, func(c rune) bool { return !unicode.IsPrint(c) }) {
			t.Errorf("the line %q cannot be shown as it is", line)
		}
		if len(line) > 4000 {
			t.Errorf("a line of %d bytes", len(line))
		}
	}
}

func FuzzDiagnose(f *testing.F) {
	for _, c := range failedWaits() {
		var p Pattern // a fence has none
		if len(c.Facts.Patterns) > 0 {
			p = c.Facts.Patterns[0]
		}
		f.Add(p.Source, byte(p.Kind), p.Flags, c.Facts.Pending, c.Facts.Consumed, c.Facts.Wire, c.Facts.LastWrite, uint16(len(c.Facts.Pending)))
	}
	f.Fuzz(func(t *testing.T, source string, kind byte, flags string, pending, consumed, wire []byte, write string, bits uint16) {
		if kind%4 == byte(Event) {
			source = "PROMPT"
		}
		facts := Facts{
			Patterns: []Pattern{{Kind: Kind(kind % 4), Source: source, Flags: flags}, {Source: source}},
			Pending:  pending, Consumed: consumed, Wire: wire, LastWrite: write,
			Reason: Reason(bits & 3), Raw: bits&4 != 0, PeerClosed: bits&8 != 0, LastWriteEchoed: bits&16 != 0, PeerEchoes: bits&32 != 0,
			WroteSinceMatch: bits&64 != 0, Received: int64(len(pending)), InWait: int64(bits & 128), SinceLastByte: time.Duration(bits),
			Waited: time.Second,
		}
		if bits&256 != 0 {
			facts.Call, facts.Omitted, facts.Dropped = "read_until", 7, 9
		}
		w := &work{workLimit}
		r := diagnose(facts, w)
		if w.left < -4 {
			t.Errorf("%d steps taken, %d allowed", workLimit-w.left, workLimit)
		}
		checkReport(t, facts, r)
	})
}

// A hint is also found far above, if it cannot be chance, and the end counts even
// if there is much before it.
func TestMuchText(t *testing.T) {
	lines := strings.Repeat("Feb 29 12:00:00 host daemon[42]: something happened to someone\n", MaxText/63-100)
	for _, c := range []struct{ text, pattern, fix string }{
		{"INSTALLATION COMPLETE.\n" + lines, "installation complete", `regex("installation complete", "i")`},
		{lines + "Username: ", "username: $", `regex("username: $", "i")`},
	} {
		r := Diagnose(Facts{Pending: []byte(c.text), Patterns: []Pattern{{Source: c.pattern}}, Omitted: 5})
		if len(r.Hints) == 0 || r.Hints[0].Fix != c.fix {
			t.Errorf("no hint %s:\n%s", c.fix, r)
		}
	}
}

func BenchmarkDiagnose(b *testing.B) {
	texts, patterns := hostile()
	b.Run("one line", func(b *testing.B) {
		f := Facts{Pending: []byte("Password: "), Patterns: []Pattern{{Kind: Exact, Source: "password: "}}}
		for b.Loop() {
			Diagnose(f)
		}
	})
	b.Run("1 MiB of log", func(b *testing.B) {
		f := Facts{Pending: []byte(texts[9]), Patterns: []Pattern{{Source: `login: $`}, {Source: `\$ $`}}}
		for b.Loop() {
			Diagnose(f)
		}
	})
	b.Run("hostile", func(b *testing.B) {
		f := Facts{Pending: []byte(texts[0]), Consumed: bytes.Clone([]byte(texts[0])), Patterns: patterns[:12]}
		for b.Loop() {
			Diagnose(f)
		}
	})
}
