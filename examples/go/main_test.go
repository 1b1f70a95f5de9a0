package main

import "testing"

// TestRun runs the example on the demo host.
func TestRun(t *testing.T) {
	if err := run(t.Context(), "demo://"); err != nil {
		t.Error(err)
	}
}
