package cli

import "github.com/moonwire/moonwire/engine/record"

func (app *App) serveReplay(r *replay, recording *record.Recording) int {
	return app.misused("replay: -listen is not there yet")
}
