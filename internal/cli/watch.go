package cli

import (
	"path/filepath"

	"github.com/moonwire/moonwire/engine/mask"
	"github.com/moonwire/moonwire/engine/session"
	"github.com/moonwire/moonwire/engine/trace"
)

// watchers are the trace and the logs that a run asks for.
type watchers struct {
	app     *App
	s       *settings
	secrets *mask.Secrets
	tracer  *trace.Tracer         // nil without -x and -d
	logs    map[string]*trace.Log // by clean path; sessions that name the same file share it
}

func (app *App) newWatchers(s *settings, secrets *mask.Secrets) *watchers {
	w := &watchers{app: app, s: s, secrets: secrets, logs: make(map[string]*trace.Log)}
	if s.dialogue || s.trace > 0 {
		terminal := isTerminal(app.Stderr)
		w.tracer = trace.New(trace.Config{
			Out: app.Stderr, Level: trace.Level(s.trace), Secrets: secrets, Return: terminal,
			Color: terminal && app.Getenv("NO_COLOR") == "" && app.Getenv("TERM") != "dumb",
		})
	}
	app.cleanup = append(app.cleanup, w.close)
	return w
}

// opened is told of every session; log is the file that its options name.
func (w *watchers) opened(s *session.Session, log, _ string) error {
	if w.tracer != nil {
		s.AddTap(w.tracer.Tap(s))
	}
	if w.s.log != "" {
		s.AddTap(w.log(w.s.log, true).Tap(s))
	}
	if log != "" && (w.s.log == "" || filepath.Clean(log) != filepath.Clean(w.s.log)) {
		s.AddTap(w.log(log, false).Tap(s))
	}
	return nil
}

// log opens a file, once.
func (w *watchers) log(path string, headings bool) *trace.Log {
	path = filepath.Clean(path)
	if w.logs[path] == nil {
		w.logs[path] = trace.NewLog(trace.LogConfig{
			Path: path, Headings: headings, Secrets: w.secrets,
			Warn: func(line string) { w.app.say("%s", line) },
		})
	}
	return w.logs[path]
}

// close completes the logs. It may be called again.
func (w *watchers) close() {
	for path, log := range w.logs {
		if err := log.Close(); err != nil {
			w.app.say("cannot write the log %s: %v", path, err)
		}
	}
	clear(w.logs)
}
