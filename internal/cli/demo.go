package cli

import (
	"flag"
	"io"

	"github.com/moonwire/moonwire/engine/demo"
)

// runDemo serves the embedded host until it is interrupted.
func (app *App) runDemo(args []string) int {
	set := flag.NewFlagSet("demo", flag.ContinueOnError)
	set.SetOutput(io.Discard)
	listen := set.String("listen", "127.0.0.1:2323", "")
	if err := set.Parse(args); err != nil {
		return app.misused("demo: %v", err)
	}
	if set.NArg() > 0 {
		return app.misused("demo: %q is too much: it takes -listen ADDR alone", set.Arg(0))
	}
	l, err := demo.Listen(*listen)
	if err != nil {
		app.say("demo: cannot listen on %s: %v", *listen, err)
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
