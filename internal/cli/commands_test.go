package cli

import (
	"strings"
	"testing"

	"github.com/moonwire/moonwire/stdlib/reference"
)

// TestCommandsPage: the reference's page on commands has them all.
func TestCommandsPage(t *testing.T) {
	r, err := reference.Load()
	if err != nil {
		t.Fatal(err)
	}
	page := r.Lookup("commands")[0].Text
	for _, c := range commands() {
		if !strings.Contains(page, "| `"+c.name) {
			t.Errorf("there is nothing about %s on it", c.name)
		}
	}
}
