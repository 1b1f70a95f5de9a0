package cli

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/moonwire/moonwire/engine/words"
	"github.com/moonwire/moonwire/examples"
	"github.com/moonwire/moonwire/stdlib/reference"
)

// runExamples lists the examples, or prints one.
func (app *App) runExamples(_ *settings, rest []string) int {
	if len(rest) > 1 {
		return app.misused("examples: it takes one NAME")
	}
	scripts := exampleScripts()
	if len(rest) == 0 {
		var b strings.Builder
		for _, s := range scripts {
			b.WriteString(s.form + ": " + s.help + "\n")
		}
		b.WriteString("\nmoonwire examples NAME >NAME.lua makes a file of one; hosts.csv is what some of them read.\n")
		return app.page(b.String())
	}
	name := strings.TrimSuffix(filepath.Base(rest[0]), ".lua")
	for _, file := range []string{name + ".lua", name} { // "hosts.csv" is one by its whole name
		if source, err := fs.ReadFile(examples.Files, file); err == nil {
			return app.page(string(source))
		}
	}
	app.say("examples: there is no example %q", name)
	var names []string
	for _, s := range scripts {
		names = append(names, s.form)
	}
	if near := words.Nearest(name, names); near != "" {
		app.hint("did you mean %s?", near)
	} else {
		app.hint("moonwire examples lists them")
	}
	return exitUsage
}

// exampleScripts are the names of the examples, and what each is about.
func exampleScripts() []usageLine {
	var list []usageLine
	names, _ := fs.Glob(examples.Files, "*.lua") // the pattern is right
	for _, name := range names {
		source, _ := fs.ReadFile(examples.Files, name) // it is part of the program
		list = append(list, usageLine{strings.TrimSuffix(name, ".lua"), about(string(source))})
	}
	return list
}

// about is the first sentence of a script's comment.
func about(source string) string {
	var words []string
	for line := range strings.Lines(source) {
		text, comment := strings.CutPrefix(strings.TrimSpace(line), "--")
		if !comment && len(words) > 0 || comment && strings.TrimSpace(text) == "" {
			break
		}
		if comment {
			words = append(words, strings.Fields(text)...)
		}
	}
	first, _, _ := strings.Cut(strings.Join(words, " "), ". ")
	return strings.TrimSuffix(first, ".")
}

const (
	firstTest = `-- Run by moonwire test: the script on a recording, cut at every byte.

describe("login", function()
  it("says how long the host is up", function()
    replay("login.cast", { chunks = "every" }, function()
      local r = run("../login.lua")
      assert.equal(nil, r.error)
      assert.matches([[up \d+ days]], r.output)
    end)
  end)
end)
`
	luarc = `{
  "runtime.version": "Lua 5.1",
  "workspace.library": [".moonwire"]
}
`
)

// runNew makes a project: a script, a recording of it, a test, and what an editor needs.
func (app *App) runNew(_ *settings, rest []string) int {
	if len(rest) > 1 {
		return app.misused("init: it takes one DIR")
	}
	dir := "."
	if len(rest) == 1 {
		dir = rest[0]
	}
	script, err := fs.ReadFile(examples.Files, "telnet_login.lua")
	if err != nil {
		return app.finish(err) // no test: it is part of the program
	}
	recording, err := fs.ReadFile(examples.Files, "telnet_login.cast")
	if err != nil {
		return app.finish(err) // no test: it is part of the program
	}
	r, err := reference.Load()
	if err != nil {
		return app.finish(err) // no test: it is part of the program
	}
	files := []struct{ path, text string }{
		{"login.lua", strings.ReplaceAll(string(script), "examples/telnet_login.lua", "login.lua")},
		{"tests/login_test.lua", firstTest},
		{"tests/login.cast", string(recording)},
		{".luarc.json", luarc},
		{".moonwire/moonwire.lua", r.Types()},
	}
	for _, f := range files { // all or none
		if _, err := os.Lstat(filepath.Join(dir, f.path)); err == nil {
			app.say("init: %s is there already", filepath.Join(dir, f.path))
			app.hint("moonwire init DIR makes the project in another folder")
			return exitUsage
		}
	}
	for _, f := range files {
		path := filepath.Join(dir, filepath.FromSlash(f.path))
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(f.text), 0o644)); err != nil { // for others to read
			first, _, _ := strings.Cut(err.Error(), "\n")
			app.say("init: %s", first)
			return exitError
		}
		app.say("wrote %s", path)
	}
	app.hint("moonwire %s runs the script, moonwire test %s its test", filepath.Join(dir, "login.lua"), dir)
	return exitOK
}
