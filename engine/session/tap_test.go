package session_test

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/moonwire/moonwire/engine/session"
)

// texts is a tap that keeps what the peer's text was told to be.
type texts struct{ all strings.Builder }

func (x *texts) Observe(o *session.Observation) {
	if o.Kind == session.TextIn {
		x.all.Write(o.Bytes)
	}
}

// TestTextIsToldOnce: taps see the text once, whoever reads it: a wait, a terminal
// that is joined to the session, or a wait after the terminal.
func TestTextIsToldOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, p := talk(t, session.Config{})
		tap := &texts{}
		s.AddTap(tap)
		go p.say("\x1b[1mone\x1b[0m\r\ntwo")
		if _, err := s.ReadUntil(t.Context(), "one\n", within(time.Second)); err != nil {
			t.Fatal(err)
		}
		live, err := s.Live()
		if err != nil {
			t.Fatal(err)
		}
		p.say(" three\x1b[", "1m\r\nfour")
		synctest.Wait()
		if _, err := live.Output(t.Context()); err != nil {
			t.Fatal(err)
		}
		live.Consume(4)
		live.End()
		p.say(" five")
		if _, err := s.ReadUntil(t.Context(), "five", within(time.Second)); err != nil {
			t.Fatal(err)
		}
		if got := tap.all.String(); got != "one\ntwo three\nfour five" {
			t.Errorf("told %q", got)
		}
	})
}
