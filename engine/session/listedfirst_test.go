package session_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/moonwire/moonwire/engine/patterns"
	"github.com/moonwire/moonwire/engine/session"
)

func listed(t *testing.T, list ...string) *patterns.List {
	t.Helper()
	var ps []patterns.Pattern
	for _, p := range list {
		ps = append(ps, patterns.Pattern{Source: p})
	}
	compiled, err := patterns.CompileListed(ps)
	if err != nil {
		t.Fatal(err)
	}
	return compiled
}

// TestListed: the pattern listed first wins, wherever it matches in what has come
// up to a pause, however that was cut.
func TestListed(t *testing.T) {
	for _, test := range []struct {
		wire string
		list []string
		want string
	}{
		{"ab", []string{"b", "a"}, `0 "ab" decided`},
		{"ab", []string{"x", "b", "a"}, `1 "ab" settled`},
		{"aab b", []string{"x", "a+", "b"}, `1 "aa" settled`},
		{"port 42", []string{`\d+`}, `0 "port 42" settled`},
		{"x " + strings.Repeat("-", 5000) + "y", []string{"y", "x"}, `1 "x" decided`},
		{"x " + strings.Repeat("-", 4000) + "y", []string{"y", "x"}, `0 "x ` + strings.Repeat("-", 4000) + `y" decided`},
	} {
		cuts := []int{0, 1, len(test.wire) / 2, len(test.wire) - 1}
		for _, cut := range cuts {
			synctest.Test(t, func(t *testing.T) {
				s, p := talk(t, session.Config{})
				said := make(chan struct{})
				go func() {
					p.say(test.wire[:cut], test.wire[cut:])
					close(said)
				}()
				r, err := s.Expect(t.Context(), listed(t, test.list...), within(5*time.Second))
				<-said
				if got := fmt.Sprintf("%d %q %s", r.Index, r.Text, r.Rule); err != nil || got != test.want {
					t.Errorf("%.20q %v cut at %d: %.60s, %v; want %.60s", test.wire, test.list, cut, got, err, test.want)
				}
			})
		}
	}
}

// TestListedAcrossPauses: a pause ends the search, even if a pattern listed before
// would match later.
func TestListedAcrossPauses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, p := talk(t, session.Config{})
		go func() {
			p.say("first ")
			time.Sleep(50 * time.Millisecond) // of virtual time: no pause
			p.say("second ")
			time.Sleep(150 * time.Millisecond)
			p.say("third")
		}()
		r, err := s.Expect(t.Context(), listed(t, "third", "second", "first"), within(5*time.Second))
		if err != nil || r.Index != 1 || r.Text != "first second" {
			t.Errorf("%d %q, %v", r.Index, r.Text, err)
		}
		if text, err := s.ReadUntil(t.Context(), "third", within(5*time.Second)); err != nil {
			t.Errorf("%q, %v", text, err)
		}
	})
}
