package cli

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/moonwire/moonwire/engine/line/kinds"
	"github.com/moonwire/moonwire/engine/mask"
	"github.com/moonwire/moonwire/engine/record"
	"github.com/moonwire/moonwire/engine/session"
	"github.com/moonwire/moonwire/engine/terminal"
	"github.com/moonwire/moonwire/luabind"
)

// runRecord joins the operator's terminal to a host, and makes a recording and a
// script of what he does there.
func (app *App) runRecord(s *settings, rest []string) int {
	if len(rest) == 0 || len(rest) > 2 {
		return app.misused("record: it takes -l USER, -via HOP, -baud N, -secret NAME=FILE, -f, and ADDRESS [OUT.lua]")
	}
	a, err := kinds.Parse(rest[0], "")
	if err != nil {
		return app.finish(err)
	}
	script := fileStem(a.String()) + ".lua"
	if len(rest) > 1 {
		script = rest[1]
	}
	if name, isCast := strings.CutSuffix(script, ".cast"); isCast {
		app.say("record: %s would be the script", script)
		app.hint("name the script: %s.lua; its recording is then %s", name, script)
		return exitUsage
	}
	cast := strings.TrimSuffix(script, ".lua") + ".cast"
	for _, path := range []string{script, cast} {
		if _, err := os.Lstat(path); err == nil && !s.force {
			app.say("record: %s is there already", path)
			app.hint("name another OUT.lua, or -f to write it anew")
			return exitUsage
		}
		if err := canWrite(path); err != nil { // what is done by hand would be lost
			app.say("record: cannot write %s: %v", path, err)
			return exitUsage
		}
	}
	// A password is known as one only when its line has ended without an echo, so
	// nothing is written before.
	taken := &limited{most: cmp.Or(app.byHand, mostByHand), grown: make(chan struct{}, 1)}
	columns, rows, _ := app.term.Size()
	recorder := record.NewRecorder(taken, record.Options{
		Program: version(), Columns: columns, Rows: rows,
		Failed: func(err error) { app.say("record: %v", err) },
	})
	in, err := app.interpWith(&settings{secrets: s.secrets}, func(c *luabind.Config) {
		c.Opened = func(s *session.Session, _ string) error {
			recorder.Add(s)
			return nil
		}
		c.Interact = func(_ *session.Session, o *terminal.Options) { o.Back, o.Prompt = "", false }
	})
	if err != nil {
		return app.finish(err)
	}
	options := s.lineOptions(rest[0])
	stop := app.keepWritten(taken, options, script, cast)
	err = app.talk(in, []string{rest[0], ""}, s, "")
	if _, ended := errors.AsType[*endedError](err); ended {
		err = nil // what is recorded has its own status
	}
	stop()
	if closeErr := in.Close(); err == nil && closeErr != nil {
		err = closeErr
	}
	full := recorder.Close() // told when it happened
	if err != nil && taken.Len() == 0 {
		return app.finish(err)
	}
	if err := app.writeScript(bytes.NewReader(taken.Bytes()), options, script, cast); err != nil {
		app.say("record: %v", err)
		app.rescueScript(taken.Bytes(), options, script, cast)
		return exitError
	}
	app.say("wrote %s and %s", script, cast)
	app.hint("moonwire replay -chunks every %s %s runs it without the host", cast, script)
	if err == nil && full != nil {
		app.hint("both end where the recording was full")
		return exitError
	}
	return app.finish(err) // of the session, which may have broken off
}

// mostByHand is how large a recording is kept in memory, in bytes: far more than is
// done by hand, but a host can send without end.
const mostByHand = 64e6

// limited is a buffer that takes no more than a certain number of bytes: of a Write
// that would be too much it keeps the whole lines that fit, and fails. How many lines
// come in one Write depends on how busy the machine is.
type limited struct {
	mu sync.Mutex
	bytes.Buffer
	most  int
	grown chan struct{} // has one where something was written
}

func (l *limited) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	select {
	case l.grown <- struct{}{}:
	default:
	}
	if l.Len()+len(p) > l.most {
		fits := bytes.LastIndexByte(p[:max(l.most-l.Len(), 0)], '\n') + 1
		n, _ := l.Buffer.Write(p[:fits]) // it never fails
		return n, fmt.Errorf("the recording is full with %.3g MB; the session goes on, but what comes now is in neither file", float64(l.most)/1e6)
	}
	return l.Buffer.Write(p)
}

// canWrite tries whether a file can be written. It leaves none that was not there.
func canWrite(path string) error {
	_, err := os.Lstat(path)
	f, openErr := os.OpenFile(path, os.O_CREATE|os.O_WRONLY, 0o600)
	if openErr != nil {
		return errors.Unwrap(openErr)
	}
	if !errors.Is(err, fs.ErrNotExist) { // what is in it stays until something was done
		return f.Close()
	}
	_, full := f.Write(make([]byte, 64<<10)) // a full disk lets files be made
	if err := f.Close(); full == nil {
		full = err
	}
	if err := os.Remove(path); full == nil {
		full = err
	}
	if full != nil {
		return reason(full)
	}
	return nil
}

// rescueScript writes the two files elsewhere, after they could not be written where they
// should be. Their text is not printed: it may hold what has to stay secret.
func (app *App) rescueScript(taken []byte, options []string, script, cast string) {
	dir, err := os.MkdirTemp("", "moonwire-")
	if err == nil {
		s, c := filepath.Join(dir, filepath.Base(script)), filepath.Join(dir, filepath.Base(cast))
		if err = app.writeScript(bytes.NewReader(taken), options, s, c); err == nil {
			app.say("wrote %s and %s instead", s, c)
			return
		}
	}
	app.say("record: what was done is lost: %v", err)
}

// keepWritten writes the two files while the operator is at work, up to the last line that
// was typed, so that what was done is there even if the program is killed. stop ends that.
func (app *App) keepWritten(taken *limited, options []string, script, cast string) (stop func()) {
	ctx, cancel := context.WithCancel(app.ctx)
	var done sync.WaitGroup
	done.Go(func() {
		pause, told := keepEvery, false
		for {
			select {
			case <-ctx.Done():
				return
			case <-taken.grown:
			}
			select { // more may come at once
			case <-ctx.Done():
				return
			case <-time.After(pause):
			}
			begun := time.Now()
			taken.mu.Lock()
			p := bytes.Clone(taken.Bytes()) // the recorder does not wait for the rest
			taken.mu.Unlock()
			if made, err := readScript(bytes.NewReader(record.Finished(p)), options); err == nil { // else nothing was done yet
				err = made.replace(script, cast)
				if err != nil && !told {
					app.say("record: cannot write what was done so far: %v; it is kept in memory and written at the end", reason(err))
				}
				told = told || err != nil
			}
			pause = max(keepEvery, keepShare*time.Since(begun))
		}
	})
	return func() {
		cancel()
		done.Wait()
	}
}

// keepEvery is how often the files are written at most; a large recording is written less
// often, so that writing takes no more than one part in keepShare of the time.
const (
	keepEvery = time.Second
	keepShare = 4
)

// writeScript makes the two files of what was taken, and tells which secrets they need.
func (app *App) writeScript(taken io.Reader, options []string, script, cast string) error {
	made, err := readScript(taken, options)
	if err != nil {
		return err
	}
	if err := made.write(script, cast); err != nil {
		return err
	}
	for i, s := range made.secrets {
		if slices.ContainsFunc(made.secrets[:i], func(told mask.Secret) bool { return told.Name == s.Name }) {
			continue // the same, as it was typed
		}
		app.say("what was typed without an echo is secret %q now: -secret %s=FILE, %s, or it is asked for", s.Name, s.Name, variableOf(s.Name))
	}
	return nil
}

// A madeScript is the script that was made of a recording.
type madeScript struct {
	recording *record.Recording
	text      string
	secrets   []mask.Secret
}

func readScript(taken io.Reader, options []string) (*madeScript, error) {
	recording, err := record.Read(taken, "the recording")
	if err != nil {
		return nil, err
	}
	text, secrets, err := recording.Script(time.Now(), options...)
	return &madeScript{recording, text, secrets}, err
}

// write writes the script and the recording, with the secrets hidden.
func (m *madeScript) write(script, cast string) error {
	f, err := os.OpenFile(cast, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	if err := errors.Join(m.recording.Mask(f, version(), m.secrets), f.Close()); err != nil {
		return err
	}
	return os.WriteFile(script, []byte(m.text), 0o644) // a script is for others to read
}

// replace is write for files that are whole at any time.
func (m *madeScript) replace(script, cast string) error {
	err := m.write(script+".new", cast+".new")
	if err != nil {
		_ = errors.Join(os.Remove(script+".new"), os.Remove(cast+".new")) // they are not whole, or not there
		return err
	}
	if err := os.Rename(cast+".new", cast); err != nil {
		return err
	}
	return os.Rename(script+".new", script)
}
