package session_test

import (
	"testing"

	"github.com/moonwire/moonwire/engine/session"
)

// briefly is a tap that has heard enough after two writes.
type briefly struct{ writes int }

func (b *briefly) Observe(o *session.Observation) {
	if o.Kind == session.Wrote {
		b.writes++
	}
}

func (b *briefly) Over() bool { return b.writes == 2 }

// TestBriefTap: a tap that has heard enough is told no more, the others are.
func TestBriefTap(t *testing.T) {
	s, _ := overTCP(t, session.Config{})
	defer s.Close()
	brief, other := &briefly{}, &briefly{writes: 10}
	s.AddTap(brief)
	s.AddTap(other)
	for range 4 {
		if err := s.Write(t.Context(), "x\n", session.WriteOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	if brief.writes != 2 || other.writes != 14 {
		t.Errorf("%d and %d writes", brief.writes, other.writes)
	}
	s.RemoveTap(other)
	if s.Observed() {
		t.Error("somebody still watches")
	}
}
