package cli

import (
	"context"
	"errors"
	"flag"
	"io"
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
func (app *App) runReplay(args []string) int {
	r, err := parseReplay(args)
	switch {
	case err != nil:
		return app.misused("replay: %v", err)
	case r.file == "" || (r.listen == "") == (len(r.script) == 0):
		return app.misused("replay: " + replayTakes)
	}
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

func parseReplay(args []string) (*replay, error) {
	r := &replay{options: record.ReplayOptions{Faults: record.NoFaults}, speed: 1}
	set := flag.NewFlagSet("replay", flag.ContinueOnError)
	set.SetOutput(io.Discard)
	set.StringVar(&r.listen, "listen", "", "")
	set.BoolVar(&r.options.Lenient, "lenient", false, "")
	set.Func("speed", "", func(v string) error {
		n, err := strconv.ParseFloat(v, 64)
		if err != nil || n <= 0 {
			return errors.New("must be a number above 0")
		}
		r.speed = n
		return nil
	})
	set.Func("chunks", "", func(v string) (err error) {
		r.options.Cuts, err = record.ParseCuts(v)
		return err
	})
	set.Func("jitter", "", func(v string) error {
		n, err := strconv.ParseFloat(v, 64)
		if err != nil || n < 0 || n > 1e6 {
			return errors.New("must be a number of seconds")
		}
		r.options.Faults.Jitter = time.Duration(n * float64(time.Second))
		return nil
	})
	for name, to := range map[string]*int64{"drop-at": &r.options.Faults.DropAt, "stall-at": &r.options.Faults.StallAt} {
		set.Func(name, "", func(v string) error {
			n, err := strconv.ParseInt(v, 10, 64)
			if err != nil || n < 0 {
				return errors.New("must be a number of bytes")
			}
			*to = n
			return nil
		})
	}
	for _, d := range flagDefs {
		switch d.name {
		case "x", "d", "dd":
			set.BoolFunc(d.name, "", func(string) error { return d.set(&r.settings, "") })
		case "log", "record", "t", "secret":
			set.Func(d.name, "", func(v string) error { return d.set(&r.settings, v) })
		}
	}
	if err := set.Parse(args); err != nil || set.NArg() == 0 {
		return r, err
	}
	r.file = set.Arg(0)
	if err := set.Parse(set.Args()[1:]); err != nil { // flags may stand behind the file
		return r, err
	}
	r.script = set.Args()
	return r, nil
}

// offline makes a script's sessions those of a replay; nobody is asked for a
// secret.
func (app *App) offline(c *luabind.Config, s *settings, run *record.Replay) {
	c.Secret = func(_ context.Context, name string) (string, error) { return app.storedSecret(s, name) }
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
