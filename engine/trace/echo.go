package trace

import (
	"bytes"
	"strings"
	"sync"

	"github.com/moonwire/moonwire/engine/mask"
	"github.com/moonwire/moonwire/engine/session"
)

// EchoGuard watches whether the peer of one session shows a secret that was written
// to it, and warns of it. One reason is a password written before its prompt: a host
// that has not turned its echo off yet shows it to everyone. Another is output that
// holds it, such as a configuration. Each is told once.
type EchoGuard struct {
	warn func(string)

	mu     sync.Mutex
	masker *mask.Masker
	text   standing
	left   int    // bytes of the peer's that are still looked at
	lines  int    // newlines since a secret was written
	line   []byte // the end of the line that is coming
	told   [2]bool
}

// echoLines is the number of newlines that may stand before an echo: the host ends the line that
// it was at, or says a little more before it gets to reading.
const echoLines = 2

// echoWindow is how much text after a secret was written may hold its echo, in
// bytes. What comes later shows it for another reason.
const echoWindow = 4 << 10

// shortest is the length of the shortest secret that is looked for: one of a byte or
// two is found everywhere.
const shortest = 3

// NewEchoGuard makes a guard that is to be added to a session's taps. warn is
// called under the session's lock.
func NewEchoGuard(warn func(string)) *EchoGuard {
	return &EchoGuard{warn: warn, masker: mask.New()}
}

// Wrote tells the guard that a secret is about to be written.
func (g *EchoGuard) Wrote(s mask.Secret) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if len(s.Value) >= shortest {
		g.masker.Add(s)
		g.left, g.lines = echoWindow, 0
	}
}

// Wants implements session.SelectiveTap.
func (g *EchoGuard) Wants(k session.ObservationKind) bool {
	return k == session.TextIn || k == session.Wrote || k == session.Closed
}

// Observe implements session.Tap.
func (g *EchoGuard) Observe(o *session.Observation) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.left <= 0 {
		return
	}
	var p []byte
	switch o.Kind {
	case session.TextIn:
		p, _ = g.text.add(o.Bytes, o.Edits)
	case session.Wrote, session.Closed:
		p, _ = g.text.pause()
	}
	p = p[:min(len(p), g.left)]
	g.left -= len(p)
	look := func(n int, shown []byte) {
		if shown != nil && len(shown) != n {
			g.found(o.Session.Name(), string(shown))
			return
		}
		g.lines += bytes.Count(shown, []byte("\n"))
		g.line = append(g.line, shown...)
		g.line = g.line[bytes.LastIndexByte(g.line, '\n')+1:]
		g.line = g.line[max(len(g.line)-echoLine, 0):]
	}
	g.masker.Spans(p, look)
	if g.left <= 0 {
		g.masker.FlushSpans(look)
	}
}

// echoLine is how much of a line before a secret is looked at, in bytes.
const echoLine = 256

// found warns of a secret that the peer showed.
func (g *EchoGuard) found(peer, secret string) {
	before := strings.TrimRight(string(g.line), " \t")
	echo := g.lines <= echoLines && (before == "" || strings.ContainsAny(before[len(before)-1:], ":>?$#%]"))
	which, why := 0, "; was it written before its prompt?"
	if !echo {
		which, why = 1, " among what it sends; secret_warning=false of connect does not tell of it"
	}
	if !g.told[which] {
		g.told[which] = true
		g.warn("the peer of " + peer + " showed " + secret + " in clear" + why)
	}
}
