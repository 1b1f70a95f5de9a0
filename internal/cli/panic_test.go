package cli

import (
	"strings"
	"testing"
)

// TestPanic: a fault of the program is told as one, and ends it in an orderly way.
func TestPanic(t *testing.T) {
	var out, errs strings.Builder
	app := &App{Stdin: strings.NewReader(""), Stdout: &out, Stderr: &errs, Getenv: func(string) string { panic("the environment is gone") }}
	if status := app.Run([]string{"-e", "x = 1"}); status != exitError {
		t.Errorf("status %d", status)
	}
	if !strings.HasPrefix(errs.String(), "moonwire: internal error: the environment is gone\nhint: this is a mistake in moonwire; please report it with what follows\n") {
		t.Errorf("told %q", errs.String())
	}
}
