package cli

import (
	"github.com/moonwire/moonwire/engine/demo"
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
	app.say("demo host on %s, user brandon, password mypass; ^C ends it", l.Addr())
	server := &demo.Server{}
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
