package cli

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/moonwire/moonwire/luabind"
	"github.com/moonwire/moonwire/luabind/spec"
)

func TestProgress(t *testing.T) {
	var told []string
	begun := time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC)
	p := progress{what: "replay", all: 100, begun: begun, say: func(format string, args ...any) { told = append(told, fmt.Sprintf(format, args...)) }}
	for i := range 60 {
		p.ran(i != 20, begun.Add(time.Duration(i+1)*time.Second))
	}
	p.end()
	want := []string{
		"replay: 10 of 100 cuts so far, none makes a difference; about 1m30s more",
		"replay: 20 of 100 cuts so far, none makes a difference; about 1m20s more",
		"replay: 40 of 100 cuts so far, one makes a difference; about 1m0s more",
		"replay: stopped after 60 of 100 cuts, one makes a difference",
	}
	if !slices.Equal(told, want) {
		t.Errorf("told %q, want %q", told, want)
	}
}

// TestTestsTellOfCuts: a replay at every cut in a test reports each run.
func TestTestsTellOfCuts(t *testing.T) {
	in := luabind.New(luabind.Config{})
	defer in.Close()
	file := spec.Open(in, "../../tests/lua/x_test.lua", func(error) int { return 0 })
	var done []int
	file.Progress = func(n, all int, _ time.Time) {
		if all < 100 {
			t.Errorf("%d runs", all)
		}
		done = append(done, n)
	}
	const source = `it("reads", function()
  replay("../../examples/telnet_login.cast", { chunks = "every" }, function() connect("h"):read_until("login: ") end)
end)`
	if err := in.Run(t.Context(), []byte(source), "x_test.lua"); err != nil {
		t.Fatal(err)
	}
	if err := file.Run(t.Context(), func(r spec.Result) {
		if r.Err != nil {
			t.Error(r.Err)
		}
	}); err != nil {
		t.Fatal(err)
	}
	if len(done) < 100 || done[0] != 1 || done[len(done)-1] != len(done) {
		t.Errorf("told %d times", len(done))
	}
}
