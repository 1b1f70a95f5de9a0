package session_test

import (
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/moonwire/moonwire/engine/session"
)

// countedConn counts the reads.
type countedConn struct {
	*socket
	reads *atomic.Int64
}

func (c countedConn) Read(p []byte) (int, error) {
	c.reads.Add(1)
	return c.socket.Read(p)
}

// TestSilenceCostsNothing: while the peer is silent nobody looks again and again,
// neither a wait that reads for itself nor the pump behind a script that sleeps.
func TestSilenceCostsNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ours, theirs := socketPair()
		var reads atomic.Int64
		s, p := talkOver(t, countedConn{ours.(*socket), &reads}, theirs, session.Config{})
		go p.say("$ 1")
		if _, err := s.ReadUntil(t.Context(), "$ ", session.WaitOptions{}); err != nil {
			t.Fatal(err)
		}
		for _, list := range [][]string{{"never"}, {`\d`, "TIMEOUT"}, {`\d+x`}} {
			reads.Store(0)
			_, err := s.Expect(t.Context(), listOf(t, list...), within(24*time.Hour))
			if err != nil && !errors.Is(err, session.ErrTimeout) || reads.Load() > 4 {
				t.Errorf("%d reads for %q, %v", reads.Load(), list, err)
			}
		}
		reads.Store(0)
		time.Sleep(24 * time.Hour)
		if reads.Load() > 4 {
			t.Errorf("%d reads while the script slept", reads.Load())
		}
	})
}
