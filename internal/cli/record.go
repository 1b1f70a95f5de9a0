package cli

import (
	"context"
	"path/filepath"
	"time"

	"github.com/moonwire/moonwire/engine/mask"
	"github.com/moonwire/moonwire/engine/record"
	"github.com/moonwire/moonwire/engine/session"
	"github.com/moonwire/moonwire/engine/terminal"
)

// recordings are the files that sessions are recorded to. Sessions that name the
// same file share it.
type recordings struct {
	app     *App
	secrets *mask.Secrets
	files   map[string]*record.Recorder // by clean path
	of      map[*session.Session]string
}

func (app *App) newRecordings(secrets *mask.Secrets) *recordings {
	r := &recordings{app: app, secrets: secrets, files: make(map[string]*record.Recorder), of: make(map[*session.Session]string)}
	app.cleanup = append(app.cleanup, r.closeAll)
	return r
}

// record begins to record a session, in place of a recording that it has; the
// empty path ends that.
func (r *recordings) record(s *session.Session, path string) error {
	if path != "" {
		path = filepath.Clean(path)
	}
	old := r.of[s]
	if old == path {
		return nil
	}
	if old != "" {
		r.files[old].Remove(s)
		delete(r.of, s)
		r.closeUnused(old)
	}
	if path == "" {
		return nil
	}
	to := r.files[path]
	if to == nil {
		columns, rows, _ := r.app.term.Size()
		var err error
		to, err = record.Create(path, record.Options{
			Secrets: r.secrets, Program: version(), Columns: columns, Rows: rows,
			Failed: func(err error) { r.app.say("recording stopped, the script goes on: %v", err) },
		})
		if err != nil {
			return err
		}
		r.files[path] = to
	}
	to.Add(s)
	r.of[s] = path
	return nil
}

func (r *recordings) closeUnused(path string) {
	for _, used := range r.of {
		if used == path {
			return
		}
	}
	_ = r.files[path].Close() // a failure has been told when it happened
	delete(r.files, path)
}

// menu adds an entry to the escape's menu: it starts or stops a recording, to a
// file that is named by the session and the time.
func (r *recordings) menu(s *session.Session, o *terminal.Options) {
	o.Menu = append(o.Menu, terminal.MenuItem{
		Key: 'r', Text: "start or stop the recording",
		Run: func(context.Context) (string, any, bool, error) { return r.toggle(s), nil, false, nil },
	})
}

func (r *recordings) toggle(s *session.Session) string {
	if path := r.of[s]; path != "" {
		if err := r.record(s, ""); err != nil {
			return "the recording does not end: " + err.Error()
		}
		return "recorded to " + path
	}
	path := fileStem(s.Name()) + time.Now().Format("-20060102-150405") + ".cast"
	if err := r.record(s, path); err != nil {
		return "cannot record: " + err.Error()
	}
	return "recording to " + path + ", what is typed too; the same key stops it"
}

// closeAll completes the files. It may be called again.
func (r *recordings) closeAll() {
	for path, to := range r.files {
		_ = to.Close() // a failure has been told when it happened
		delete(r.files, path)
	}
	clear(r.of)
}
