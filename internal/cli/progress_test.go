package cli

import (
	"bytes"
	"strings"
	"testing"
	"time"
)

// TestFigures: what the figures say, in many columns and in few.
func TestFigures(t *testing.T) {
	begun := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	f := &figures{all: 1000, running: 50}
	if got := f.text(begun, 80); got != "0 of 1000 done, 50 running" {
		t.Error(got)
	}
	f.done, f.failed = 100, 7
	for columns, want := range map[int]string{
		80: "100 of 1000 done, 7 failed, 50 running, 10/s, 1 min 30 s left",
		50: "100 of 1000 done, 7 failed, 50 running, 10/s",
		20: "100 of 1000 done", 8: "100 of 1", 0: "", -1: "",
	} {
		if got := f.text(begun.Add(10*time.Second), columns); got != want {
			t.Errorf("in %d columns: %q, want %q", columns, got, want)
		}
	}
	// The rate is that of the last half minute.
	for s := 11; s <= 60; s++ {
		f.text(begun.Add(time.Duration(s)*time.Second), 80)
	}
	f.done++
	if got := f.text(begun.Add(61*time.Second), 80); got != "101 of 1000 done, 7 failed, 50 running, 2.0/min, 7 h 29 min left" && !strings.Contains(got, "/min, ") {
		t.Error(got)
	}
	if len(f.samples) != mostSamples {
		t.Errorf("%d samples", len(f.samples))
	}
	if got := roughly(59 * time.Second); got != "59 s" {
		t.Error(got)
	}
}

// TestHeldText: what is told while a question stands comes behind it, and nothing is lost.
func TestHeldText(t *testing.T) {
	var out, later bytes.Buffer
	h := &heldText{to: &out}
	for _, text := range []string{"a\n", strings.Repeat("x", mostHeld), "b\n"} {
		if n, err := h.Write([]byte(text)); n != len(text) || err != nil {
			t.Error(n, err)
		}
	}
	h.release(&later)
	_, _ = h.Write([]byte("c\n"))
	if out.Len() != mostHeld || later.String() != "a\nb\nc\n" {
		t.Errorf("%d, %q", out.Len(), later.String())
	}
}
