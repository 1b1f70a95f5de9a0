package cli

import (
	"fmt"

	"github.com/moonwire/moonwire/engine/demo"
	"github.com/moonwire/moonwire/engine/dial"
)

// runDemo serves the embedded host until it is interrupted.
func (app *App) runDemo(s *settings, rest []string) int {
	if len(rest) > 0 {
		return app.misused("demo: %q is too much: it takes -listen ADDR alone", rest[0])
	}
	l, err := demo.Listen(s.listen)
	if err != nil {
		app.say("demo: cannot listen on %s: %v", s.listen, err)
		return exitError
	}
	log, flush := app.lineLog()
	defer flush()
	log(fmt.Sprintf("demo host on %s, user brandon, password mypass; ^C ends it", l.Addr()))
	server := &demo.Server{Short: func() { log(dial.TellShort) }}
	stopped := make(chan error, 1)
	go func() { stopped <- server.Serve(l) }()
	select {
	case err := <-stopped:
		// no test: the listener would have to fail
		app.say("demo: %v", err)
		return exitError
	case <-app.ctx.Done():
		server.Close()
		<-stopped
		return app.finish(app.ctx.Err())
	}
}
