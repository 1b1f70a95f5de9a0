package cli

import (
	"context"
	"fmt"
	"path/filepath"
	"time"

	"github.com/moonwire/moonwire/engine/mask"
	"github.com/moonwire/moonwire/engine/record"
	"github.com/moonwire/moonwire/engine/session"
	"github.com/moonwire/moonwire/engine/terminal"
)

// recordings are the files that sessions are recorded to. Sessions that name the
// same file share it. A session may be recorded to two: to the one for all, and to
// one of its own.
type recordings struct {
	app     *App
	secrets *mask.Secrets
	all     string                      // the file for all sessions, or ""
	files   map[string]*record.Recorder // by clean path
	of      map[*session.Session]kept
}

// kept is where a session is recorded to now.
type kept struct {
	all bool   // to the file for all sessions
	own string // to this file
}

func (app *App) newRecordings(all string, secrets *mask.Secrets) *recordings {
	r := app.makeRecordings(all, secrets)
	app.cleanup = append(app.cleanup, r.closeAll)
	return r
}

// makeRecordings is newRecordings for who closes them.
func (app *App) makeRecordings(all string, secrets *mask.Secrets) *recordings {
	return &recordings{app: app, secrets: secrets, all: clean(all), files: make(map[string]*record.Recorder), of: make(map[*session.Session]kept)}
}

// clean is filepath.Clean that leaves the empty path alone.
func clean(path string) string {
	if path == "" {
		return ""
	}
	return filepath.Clean(path)
}

// opened is told of every session.
func (r *recordings) opened(s *session.Session) error {
	if r.all == "" {
		return nil
	}
	if err := r.record(s, r.all); err != nil {
		return fmt.Errorf("cannot record: %w", err)
	}
	return nil
}

// record begins to record a session to the file for all, or to a file of its own in
// place of one that it has; the empty path ends that.
func (r *recordings) record(s *session.Session, path string) error {
	path = clean(path)
	k := r.of[s]
	switch {
	case path != "" && path == r.all:
		if k.all {
			return nil
		}
		k.all = true
	case path == k.own:
		return nil
	default:
		if k.own != "" {
			old := k.own
			k.own = ""
			r.remove(s, old, k)
		}
		k.own = path
	}
	if path != "" {
		if err := r.add(s, path); err != nil {
			return err
		}
	}
	r.of[s] = k
	return nil
}

// add records a session to a file, which others may share.
func (r *recordings) add(s *session.Session, path string) error {
	to := r.files[path]
	if to == nil {
		columns, rows, _ := r.app.term.Size()
		var err error
		to, err = record.Create(path, record.Options{
			Secrets: r.secrets, Program: version(), Columns: columns, Rows: rows,
			Failed: func(err error) {
				r.app.warn(fmt.Sprintf("cannot write the recording %s: %v; going on without it", path, reason(err)))
			},
		})
		if err != nil {
			return err
		}
		r.files[path] = to
	}
	to.Add(s)
	return nil
}

// remove ends the recording of a session to a file; left is what it still has.
func (r *recordings) remove(s *session.Session, path string, left kept) {
	r.files[path].Remove(s)
	r.of[s] = left
	for _, k := range r.of {
		if k.own == path || k.all && path == r.all {
			return
		}
	}
	if path == r.all {
		return // sessions to come are recorded to it
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
	switch k := r.of[s]; {
	case k.own != "":
		r.remove(s, k.own, kept{all: k.all})
		return "recorded to " + k.own
	case k.all:
		r.remove(s, r.all, kept{})
		return "recorded to " + r.all
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
