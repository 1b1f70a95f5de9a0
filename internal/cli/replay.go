package cli

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/moonwire/moonwire/engine/record"
	"github.com/moonwire/moonwire/luabind"
)

// A replay is what the arguments of moonwire replay say.
type replay struct {
	settings settings
	options  record.ReplayOptions
	listen   string
	speed    float64
	file     string
	script   []string // with its arguments
}

const replayTakes = "it takes FILE and -listen ADDR, or FILE and SCRIPT [ARG...]"

// runReplay plays a recording as a host, to the network or to a script.
func (app *App) runReplay(s *settings, rest []string) int {
	if len(rest) == 0 || (s.listen == "") == (len(rest) == 1) {
		return app.misused("replay: " + replayTakes)
	}
	r := &replay{settings: *s, options: s.replay, listen: s.listen, speed: s.speed, file: rest[0], script: rest[1:]}
	recording, ok := app.openRecording(r.file)
	if !ok {
		return exitUsage
	}
	if r.listen != "" {
		return app.serveReplay(r, recording)
	}
	source, err := os.ReadFile(r.script[0])
	if err != nil {
		app.say("cannot read %s: %v", r.script[0], errors.Unwrap(err))
		return exitUsage
	}
	if r.options.Cuts.Mode == record.Every {
		return app.replayEvery(r, recording, source)
	}
	return app.replayScript(r, recording, source)
}

// offline makes a script's sessions those of a replay; nobody is asked for a
// secret.
func (app *App) offline(c *luabind.Config, s *settings, run *record.Replay) {
	c.Secret = func(ctx context.Context, name string) (string, error) { return app.storedSecret(ctx, s, name) }
	luabind.Offline(c, run)
}

// replayScript runs a script on a recording, once.
func (app *App) replayScript(r *replay, recording *record.Recording, source []byte) int {
	run := recording.Replay(r.options)
	in, err := app.interpWith(&r.settings, func(c *luabind.Config) { app.offline(c, &r.settings, run) })
	if err != nil {
		return app.finish(err)
	}
	in.SetArgs(r.script[0], r.script[1:])
	in.AddModulePath(filepath.Dir(r.script[0]))
	err = in.Run(app.ctx, source, r.script[0], r.script[1:]...)
	unheard := run.Unheard()
	if closeErr := in.Close(); err == nil && closeErr != nil {
		err = closeErr
	}
	differences := run.Differences()
	for _, d := range differences {
		app.say("replay: at %s: %v", stamp(d.Time), d)
	}
	status := app.finish(err)
	if err != nil && len(differences) == 0 {
		for _, line := range unheard {
			if line != "" {
				app.hint("the recording waits for the script to send %q", line)
			}
		}
	}
	if status == exitOK && len(differences) > 0 && !r.options.Lenient {
		status = exitError
	}
	return status
}

// stamp is a time in a recording.
func stamp(d time.Duration) string { return strconv.FormatFloat(d.Seconds(), 'f', 3, 64) + " s" }
