package cli

import (
	"fmt"
	"slices"
	"testing"
	"time"
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
