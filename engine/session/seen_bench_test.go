package session_test

import (
	"bytes"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/moonwire/moonwire/engine/session"
)

// BenchmarkSeen is a wait behind 10 MB of text, over a loopback socket: clean lines, and
// text that its host edits. The figures to compare are bytes in a second.
func BenchmarkSeen(b *testing.B) {
	const size = 10_000_000
	line := strings.Repeat("GigabitEthernet0/1 is up ", 3) + "\r\n"
	fill := func(unit string) string { return strings.Repeat(unit, size/len(unit)) }
	for _, c := range []struct{ name, wire string }{
		{"clean", fill(line)},
		{"redrawn", fill(strings.Repeat("\r"+line[:70], 10) + "\r\n")},
		{"bar", fill("\r\x1b[K 45% [#######        ] 997 kB/s\r\x1b[K 46% [########       ] 1003 kB/s")},
		{"spinner", "work " + fill("\b|\b/\b-\b\\")},
		{"drawn spinner", fill("\rwork |\rwork /\rwork -\rwork \\")},
		{"one line", fill("x")[:100_000] + fill("\x1b[3Dabcd\b\bef")},
		{"one line, erased", fill("x")[:100_000] + fill("\b\x1b[Kab")},
		{"one line that grows", fill("ab\bc")},
		{"short lines, each edited", fill("abcdef\bg\r\n")},
		{"movements", fill("\x1b[999999999C")},
		{"returns", fill("\r")},
		{"skips", fill("\r\x1b[4000Cx")},
		{"to the margin", fill("\ra\x1b[510Cx")},
		{"to the margin, changed", fill("\ra\x1b[510Cx\rb\x1b[510Cx")},
		{"saved and restored", fill("\x1b7a\x1b[500Cx\x1b8b\x1b[500Cx\x1b8")},
		{"up and down", fill("\x1b[A\x1b[Bx")},
	} {
		b.Run(c.name, func(b *testing.B) {
			wire := []byte(c.wire + "\r\ndone# ")
			b.SetBytes(int64(len(wire)))
			for b.Loop() {
				ours, theirs := pair(b)
				s, err := connect(ours, session.Config{})
				if err != nil {
					b.Fatal(err)
				}
				go func() { _, _ = bytes.NewReader(wire).WriteTo(theirs) }()
				if _, err := s.ReadUntil(b.Context(), "done# ", within(10*time.Minute)); err != nil {
					b.Fatal(err)
				}
				_ = s.Close()
				_ = theirs.Close()
			}
		})
	}
}

func pair(b *testing.B) (ours, theirs net.Conn) {
	b.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	defer l.Close()
	if ours, err = net.Dial("tcp", l.Addr().String()); err != nil {
		b.Fatal(err)
	}
	if theirs, err = l.Accept(); err != nil {
		b.Fatal(err)
	}
	return ours, theirs
}
