package cli

import (
	"fmt"

	"github.com/moonwire/moonwire/engine/record"
)

// serveReplay is moonwire replay FILE -listen ADDR.
func (app *App) serveReplay(r *replay, recording *record.Recording) int {
	if r.options.Cuts.Mode == record.Every {
		return app.misused("replay: -chunks every needs a SCRIPT to run")
	}
	l, err := record.Listen(r.listen)
	if err != nil {
		app.say("replay: cannot listen on %s: %v", r.listen, err)
		return exitError
	}
	log, flush := app.lineLog()
	defer flush()
	log(fmt.Sprintf("%s is played on %s; ^C ends it", r.file, l.Addr()))
	host := &record.Host{
		Recording: recording, Options: r.options, Speed: r.speed,
		Log: log,
	}
	return app.finish(host.Serve(app.ctx, l))
}
