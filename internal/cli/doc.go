package cli

import (
	"errors"
	"strings"

	"github.com/moonwire/moonwire/engine/words"
	"github.com/moonwire/moonwire/luabind"
	"github.com/moonwire/moonwire/luabind/args"
	"github.com/moonwire/moonwire/stdlib/reference"
)

// runDoc prints what the reference says about a name, or what there is.
func (app *App) runDoc(s *settings, rest []string) int {
	if s.html != "" || s.man != "" {
		if len(rest) > 0 {
			return app.misused("doc: -html and -man write all of it and take no NAME")
		}
		return app.writeManual(s.html, s.man)
	}
	return app.explain(strings.Join(rest, " "), nil)
}

// explain prints what the reference says about a name. Commands are the names of which
// one may be meant beside those of the reference.
func (app *App) explain(name string, commands []string) int {
	r, err := reference.Load()
	if err != nil {
		return app.finish(err)
	}
	text, err := luabind.Explain(r, name, app.helpStyle())
	if wrong, ok := errors.AsType[*args.UsageError](err); ok {
		app.say("doc: %s", wrong.Message)
		if near := words.Nearest(name, commands); near != "" {
			app.hint("did you mean %s?", near)
			return exitUsage
		}
		for _, hint := range wrong.Hints() {
			app.hint("%s", hint)
		}
		return exitUsage
	}
	if err != nil {
		return app.finish(err)
	}
	return app.page(text)
}

// runTypes prints the stubs for editors.
func (app *App) runTypes(_ *settings, rest []string) int {
	if len(rest) > 0 {
		return app.misused("types takes no arguments")
	}
	r, err := reference.Load()
	if err != nil {
		return app.finish(err)
	}
	return app.print(r.Types())
}
