package engine_test

import (
	"runtime"
	"strings"
	"testing"

	"github.com/moonwire/moonwire/engine"
	"github.com/moonwire/moonwire/engine/patterns"
	"github.com/moonwire/moonwire/engine/session"
)

// TestOpenMistakes: what is wrong with an address or an option is told.
func TestOpenMistakes(t *testing.T) {
	for _, c := range []struct {
		address string
		options engine.Options
		want    string
	}{
		{"gopher://x", engine.Options{}, "is not known"},
		{"tcp://127.0.0.1:1", engine.Options{}, "connection refused"},
		{"demo://", engine.Options{Session: session.Config{Encoding: "no-such"}}, "no-such"},
	} {
		if s, err := engine.Open(t.Context(), c.address, c.options); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, %v", c.address, s, err)
		}
	}
}

// TestOpenProgram opens a session to a program, and reads a match by its groups.
func TestOpenProgram(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("programs are spawned on Linux")
	}
	s, err := engine.Open(t.Context(), "spawn:echo version 15.2", engine.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	p, err := patterns.Compile([]patterns.Pattern{{Source: `(\d+)\.(\d+)( beta)?`}})
	if err != nil {
		t.Fatal(err)
	}
	r, err := s.Expect(t.Context(), p, session.WaitOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if r.Group(0) != "15.2" || r.Group(1) != "15" || r.Group(2) != "2" || r.Group(3) != "" || r.Group(9) != "" || r.Before() != "version " {
		t.Errorf("%+v", r)
	}
}
