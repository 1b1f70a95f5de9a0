package cli

import (
	"encoding/json"
	"io"
	"os"

	"github.com/moonwire/moonwire/luabind/check"
)

// runCheck looks scripts over without running them. What it finds is printed to
// standard output, one problem a line, with -json one object a line.
func (app *App) runCheck(s *settings, paths []string) int {
	if len(paths) == 0 {
		return app.misused("check: which script?")
	}
	checker, err := check.New()
	if err != nil {
		return app.finish(err)
	}
	status := exitOK
	for _, path := range paths {
		source, err := app.readScript(path)
		if err != nil {
			app.say("cannot read %s: %v", path, reason(err))
			return exitUsage
		}
		if err := refuseBinary(path, source); err != nil {
			app.say("%v", err)
			return exitUsage
		}
		for _, p := range checker.Source(source, path) {
			status = exitError
			line := app.shown(p.String()) + "\n"
			if s.json {
				encoded, err := json.Marshal(p)
				if err != nil {
					return app.finish(err)
				}
				line = string(encoded) + "\n"
			}
			if printed := app.print(line); printed != exitOK {
				return printed
			}
		}
	}
	return status
}

// readScript reads a file, or standard input for "-".
func (app *App) readScript(path string) ([]byte, error) {
	if path == "-" {
		return io.ReadAll(app.Stdin)
	}
	return os.ReadFile(path)
}

// reason is an error's cause without the path, which has been told.
func reason(err error) error {
	if pe, ok := err.(*os.PathError); ok { // as os returns it
		return pe.Err
	}
	return err
}
