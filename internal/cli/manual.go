package cli

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/moonwire/moonwire/stdlib/reference"
)

// writeManual writes the manual as HTML to one folder and as pages for man to another,
// "" for none.
func (app *App) writeManual(htmlDir, manDir string) int {
	r, err := reference.Load()
	if err != nil {
		return app.finish(err) // no test: the reference is part of the program
	}
	files := make(map[string]string)
	pages := 0
	if htmlDir != "" {
		files[filepath.Join(htmlDir, "index.html")] = r.HTML([]reference.Chapter{{Title: "Command line", Text: commandLine()}})
	}
	if manDir != "" {
		man := r.Man()
		man["moonwire.1"] = reference.ManPage("moonwire", "1", "run Lua scripts that log in to hosts",
			reference.Chapter{Title: "COMMANDS", Text: commandLine()})
		for name, text := range man {
			files[filepath.Join(manDir, name)] = text
		}
		pages = len(man)
	}
	for _, path := range slices.Sorted(maps.Keys(files)) {
		err := os.MkdirAll(filepath.Dir(path), 0o755)
		if err == nil {
			err = os.WriteFile(path, []byte(files[path]), 0o644) // for others to read
		}
		if err != nil {
			app.say("doc: %v", err)
			return exitError
		}
	}
	if htmlDir != "" {
		app.say("wrote %s", filepath.Join(htmlDir, "index.html"))
	}
	if manDir != "" {
		app.say("wrote %d pages to %s", pages, manDir)
	}
	return exitOK
}

// commandLine explains every command and flag, as Markdown.
func commandLine() string {
	var b strings.Builder
	for _, c := range append([]*command{scripts()}, commands()...) {
		b.WriteString("## " + strings.TrimSpace("moonwire "+c.name) + "\n\n")
		table(&b, "usage", c.usage())
		table(&b, "flag", flagLines(c.flags))
		b.WriteString("```\n" + c.example + "\n```\n\n")
	}
	return b.String()
}

func table(b *strings.Builder, head string, lines []usageLine) {
	b.WriteString("| " + head + " | meaning |\n|---|---|\n")
	for _, l := range lines {
		b.WriteString("| `" + strings.ReplaceAll(l.form, "|", `\|`) + "` | " + strings.ReplaceAll(l.help, "|", `\|`) + " |\n")
	}
	b.WriteString("\n")
}
