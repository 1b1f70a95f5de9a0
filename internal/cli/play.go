package cli

import (
	"bufio"
	"context"
	"errors"
	"io/fs"

	"github.com/moonwire/moonwire/engine/record"
)

// runPlay shows a recording.
func (app *App) runPlay(s *settings, rest []string) int {
	switch {
	case len(rest) != 1:
		return app.misused("play: it takes -speed N, -idle SECONDS, -text or -json, and FILE")
	case s.text && s.json:
		return app.misused("play: -text and -json exclude each other")
	}
	recording, ok := app.openRecording(rest[0])
	if !ok {
		return exitUsage
	}
	var err error
	out := bufio.NewWriterSize(app.Stdout, 64<<10)
	switch {
	case s.text:
		err = recording.WriteText(out)
	case s.json:
		err = recording.WriteJSON(out)
	default:
		err = recording.Play(app.ctx, app.Stdout, record.PlayOptions{Speed: s.speed, Idle: seconds(s.idle)})
	}
	if err == nil {
		err = out.Flush()
	}
	if isClosedPipe(err) {
		return exitOK
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
