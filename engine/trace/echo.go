package trace

import (
	"sync"

	"github.com/moonwire/moonwire/engine/mask"
	"github.com/moonwire/moonwire/engine/session"
)

// EchoGuard watches whether the peer of one session shows a secret that was written
// to it, and warns of it once. The usual reason is a password written before its
// prompt: a host that has not turned its echo off yet shows it to everyone.
type EchoGuard struct {
	warn func(string)

	mu     sync.Mutex
	masker *mask.Masker
	text   standing
	left   int // bytes of the peer's that are still looked at
	warned bool
}

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
		g.left = echoWindow
	}
}

// Observe implements session.Tap.
func (g *EchoGuard) Observe(o *session.Observation) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.left <= 0 || g.warned {
		return
	}
	var p []byte
	switch o.Kind {
	case session.TextIn:
		p, _ = g.text.add(o.Bytes, o.Edits)
	case session.Wrote, session.WaitEnded, session.Closed:
		p, _ = g.text.pause()
	}
	p = p[:min(len(p), g.left)]
	g.left -= len(p)
	found := ""
	look := func(n int, shown []byte) {
		if shown != nil && len(shown) != n && found == "" {
			found = string(shown)
		}
	}
	g.masker.Spans(p, look)
	if g.left <= 0 {
		g.masker.FlushSpans(look)
	}
	if found != "" {
		g.warned = true
		g.warn("the peer of " + o.Session.Name() + " showed " + found + " in clear; was it written before its prompt?")
	}
}
