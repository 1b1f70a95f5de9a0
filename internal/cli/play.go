package cli

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"io"
	"io/fs"
	"time"

	"github.com/moonwire/moonwire/engine/record"
)

// runPlay shows a recording.
func (app *App) runPlay(args []string) int {
	set := flag.NewFlagSet("play", flag.ContinueOnError)
	set.SetOutput(io.Discard)
	speed := set.Float64("speed", 1, "")
	idle := set.Float64("idle", 0, "")
	asText := set.Bool("text", false, "")
	asJSON := set.Bool("json", false, "")
	rest, err := parseMixed(set, args)
	switch {
	case err != nil:
		return app.misused("play: %v", err)
	case len(rest) != 1:
		return app.misused("play: it takes -speed N, -idle SECONDS, -text or -json, and FILE")
	case *speed <= 0 || *idle < 0:
		return app.misused("play: -speed and -idle must be above 0")
	case *asText && *asJSON:
		return app.misused("play: -text and -json exclude each other")
	}
	recording, ok := app.openRecording(rest[0])
	if !ok {
		return exitUsage
	}
	out := bufio.NewWriterSize(app.Stdout, 64<<10)
	switch {
	case *asText:
		err = recording.WriteText(out)
	case *asJSON:
		err = recording.WriteJSON(out)
	default:
		err = recording.Play(app.ctx, app.Stdout, record.PlayOptions{Speed: *speed, Idle: time.Duration(*idle * float64(time.Second))})
	}
	if err == nil {
		err = out.Flush()
	}
	if err != nil {
		if context.Cause(app.ctx) == nil {
			app.say("cannot write to standard output: %v", err)
			return exitError
		}
		return app.finish(err)
	}
	return exitOK
}

// openRecording reads a file and tells what is wrong with it.
func (app *App) openRecording(path string) (*record.Recording, bool) {
	recording, err := record.Open(path)
	if err != nil {
		if e, ok := errors.AsType[*fs.PathError](err); ok {
			app.say("cannot read %s: %v", path, e.Err)
		} else {
			app.say("%v", err)
		}
		if e, ok := errors.AsType[*record.FormatError](err); ok && e.Hint != "" {
			app.hint("%s", e.Hint)
		}
		return nil, false
	}
	if recording.Cut {
		app.say("%s: the last line is cut off and left out", path)
	}
	return recording, true
}

// parseMixed parses flags that stand before and after the first argument.
func parseMixed(set *flag.FlagSet, args []string) (rest []string, err error) {
	if err := set.Parse(args); err != nil {
		return nil, err
	}
	rest = set.Args()
	if len(rest) > 1 && len(rest[1]) > 1 && rest[1][0] == '-' {
		first := rest[0]
		if err := set.Parse(rest[1:]); err != nil {
			return nil, err
		}
		rest = append([]string{first}, set.Args()...)
	}
	return rest, nil
}
