package cli

import (
	"path/filepath"

	"github.com/moonwire/moonwire/engine/mask"
	"github.com/moonwire/moonwire/engine/record"
	"github.com/moonwire/moonwire/engine/session"
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

// closeAll completes the files. It may be called again.
func (r *recordings) closeAll() {
	for path, to := range r.files {
		_ = to.Close() // a failure has been told when it happened
		delete(r.files, path)
	}
	clear(r.of)
}
