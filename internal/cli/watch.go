package cli

import (
	"context"
	"path/filepath"
	"strings"

	"github.com/moonwire/moonwire/engine/mask"
	"github.com/moonwire/moonwire/engine/session"
	"github.com/moonwire/moonwire/engine/terminal"
	"github.com/moonwire/moonwire/engine/trace"
)

// watchers are the trace and the logs that a run asks for.
type watchers struct {
	app     *App
	s       *settings
	secrets *mask.Secrets
	tracer  *trace.Tracer         // nil without -x and -d
	logs    map[string]*trace.Log // by clean path; sessions that name the same file share it
	kept    map[*session.Session]*keptLog
}

// keptLog is the log of a session that the operator can stop and start.
type keptLog struct {
	path string
	tap  session.Tap // nil while it is stopped
}

func (app *App) newWatchers(s *settings, secrets *mask.Secrets) *watchers {
	w := app.makeWatchers(s, secrets, "")
	app.cleanup = append(app.cleanup, w.close)
	return w
}

// makeWatchers is newWatchers for who closes them. The lines of a trace name the host of a
// fleet that they are of, if there is one.
func (app *App) makeWatchers(s *settings, secrets *mask.Secrets, host string) *watchers {
	w := &watchers{app: app, s: s, secrets: secrets, logs: make(map[string]*trace.Log), kept: make(map[*session.Session]*keptLog)}
	if s.dialogue || s.trace > 0 {
		terminal := isTerminal(app.Stderr)
		w.tracer = trace.New(trace.Config{
			Out: app.Stderr, Level: trace.Level(s.trace), Secrets: secrets, Return: terminal, Host: host,
			Color: terminal && app.Getenv("NO_COLOR") == "" && app.Getenv("TERM") != "dumb",
		})
	}
	return w
}

// opened is told of every session; log is the file that its options name.
func (w *watchers) opened(s *session.Session, log string) error {
	if w.tracer != nil {
		s.AddTap(w.tracer.Tap(s))
	}
	if w.s.log != "" {
		if err := w.keep(s, w.s.log, true); err != nil {
			return err
		}
	}
	if log != "" && (w.s.log == "" || filepath.Clean(log) != filepath.Clean(w.s.log)) {
		return w.keep(s, log, false)
	}
	return nil
}

// keep logs a session to a file.
func (w *watchers) keep(s *session.Session, path string, headings bool) error {
	log, err := w.log(path, headings)
	if err != nil {
		return err
	}
	k := &keptLog{path, log.Tap(s)}
	w.kept[s] = k
	s.AddTap(k.tap)
	return nil
}

// toggle stops a session's log, starts it again, or begins one, and says which.
func (w *watchers) toggle(s *session.Session) string {
	k := w.kept[s]
	switch {
	case k == nil:
		if err := w.keep(s, logName(s.Name()), false); err != nil {
			return err.Error()
		}
		return "logging to " + logName(s.Name())
	case k.tap == nil:
		log, err := w.log(k.path, k.path == w.s.log)
		if err != nil {
			return err.Error() // no test: the log was there before it was stopped
		}
		k.tap = log.Tap(s)
		s.AddTap(k.tap)
		return "logging to " + k.path + " again"
	}
	s.RemoveTap(k.tap)
	k.tap = nil
	return "logging to " + k.path + " stopped"
}

// logName is the file for the log of a session that nobody named one for.
func logName(session string) string { return fileStem(session) + ".log" }

// fileStem makes the beginning of a file's name of a session's name or address.
func fileStem(session string) string {
	_, name, found := strings.Cut(session, "://")
	if !found || name == "" {
		name = strings.TrimSuffix(session, "://")
	}
	return strings.Map(func(r rune) rune {
		if r == '.' || r == '-' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' {
			return r
		}
		return '_'
	}, name)
}

// menu adds to the escape's menu what concerns logs.
func (w *watchers) menu(s *session.Session, o *terminal.Options) {
	o.Menu = append(o.Menu, terminal.MenuItem{
		Key: 'l', Text: "start or stop the log",
		Run: func(context.Context) (string, any, bool, error) { return w.toggle(s), nil, false, nil },
	})
}

// log opens a file, once.
func (w *watchers) log(path string, headings bool) (*trace.Log, error) {
	path = filepath.Clean(path)
	if w.logs[path] == nil {
		log, err := trace.NewLog(trace.LogConfig{
			Path: path, Headings: headings, Secrets: w.secrets,
			Warn: func(line string) { w.app.say("%s", line) },
		})
		if err != nil {
			return nil, err
		}
		w.logs[path] = log
	}
	return w.logs[path], nil
}

// close completes the logs. It may be called again.
func (w *watchers) close() {
	for path, log := range w.logs {
		if err := log.Close(); err != nil {
			// no test: a network file system would have to fail late
			w.app.say("cannot write the log %s: %v", path, err)
		}
	}
	clear(w.logs)
}
