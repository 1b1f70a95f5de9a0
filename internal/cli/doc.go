package cli

import (
	"errors"
	"strings"

	"github.com/moonwire/moonwire/luabind"
	"github.com/moonwire/moonwire/stdlib/reference"
)

// runDoc prints what the reference says about a name, or what there is.
func (app *App) runDoc(args []string) int {
	r, err := reference.Load()
	if err != nil {
		return app.finish(err)
	}
	text, err := luabind.Explain(r, strings.Join(args, " "))
	if wrong, ok := errors.AsType[*luabind.UsageError](err); ok {
		app.say("doc: %s", wrong.Message)
		for _, hint := range wrong.Hints() {
			app.hint("%s", hint)
		}
		return exitUsage
	}
	if err != nil {
		return app.finish(err)
	}
	return app.print(text)
}

// runTypes prints the stubs for editors.
func (app *App) runTypes(args []string) int {
	if len(args) > 0 {
		return app.misused("types takes no arguments")
	}
	r, err := reference.Load()
	if err != nil {
		return app.finish(err)
	}
	return app.print(r.Types())
}
