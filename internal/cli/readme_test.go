package cli

import (
	"flag"
	"os"
	"strings"
	"testing"

	"github.com/moonwire/moonwire/stdlib/reference"
)

//go:generate go test . -run TestReadme -update

var update = flag.Bool("update", false, "write the generated parts of README.md anew")

const readme = "../../README.md"

// TestReadme holds the tables in README.md, which stand between comments of the
// section's name, to the flags, the commands and the reference.
func TestReadme(t *testing.T) {
	r, err := reference.Load()
	if err != nil {
		t.Fatal(err)
	}
	source, err := os.ReadFile(readme)
	if err != nil {
		t.Fatal(err)
	}
	text := string(source)
	for section, table := range map[string]string{
		"commands":  usageTable(usageCommands()),
		"flags":     usageTable(usageFlags()),
		"reference": r.Tables(),
	} {
		opening, closing := "<!-- "+section+" -->\n", "<!-- /"+section+" -->"
		before, rest, found := strings.Cut(text, opening)
		_, after, ended := strings.Cut(rest, closing)
		if !found || !ended {
			t.Errorf("README.md lacks %q and %q", strings.TrimSpace(opening), closing)
			continue
		}
		text = before + opening + "\n" + table + "\n" + closing + after
	}
	if text == string(source) {
		return
	}
	if !*update {
		t.Fatal("the tables in README.md are not what the program has; go generate ./internal/cli writes them anew")
	}
	if err := os.WriteFile(readme, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func usageTable(lines []usageLine) string {
	var b strings.Builder
	b.WriteString("| | |\n|---|---|\n")
	for _, line := range lines {
		b.WriteString("| `" + strings.ReplaceAll(line.form, "|", `\|`) + "` | " + strings.ReplaceAll(line.help, "|", `\|`) + " |\n")
	}
	return b.String()
}

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
