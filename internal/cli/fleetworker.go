package cli

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/moonwire/moonwire/engine/fleet"
	"github.com/moonwire/moonwire/engine/fleet/workers"
	"github.com/moonwire/moonwire/engine/mask"
	"github.com/moonwire/moonwire/engine/patterns"
	"github.com/moonwire/moonwire/luabind"
)

// runFleetWorker does jobs of fleets that run elsewhere, until it is told to end.
func (app *App) runFleetWorker(s *settings, rest []string) int {
	switch {
	case len(rest) > 0:
		return app.misused("fleet worker: there is an argument too many: %s", rest[0])
	case s.nats.server.URL == "":
		return app.misused("fleet worker: which server? -nats URL names it")
	}
	secrets, err := readWorkerSecrets(s.nats.secrets)
	if err == nil {
		err = roomForHosts(s.nats.at, true)
	}
	server, wrongServer := app.connection(s)
	if err == nil {
		err = wrongServer
	}
	if err != nil {
		if _, ok := errors.AsType[*usageError](err); !ok {
			err = wrong("fleet worker: %v", err)
		}
		return app.finish(err)
	}
	name := s.nats.name
	if name == "" {
		name, _ = os.Hostname() // a worker without a name is one, too
	}
	w, err := workers.OpenWorker(app.ctx, workers.WorkerConfig{
		Server: server, Name: name, Site: s.nats.site, At: s.nats.at, Program: version(),
		Trust: s.nats.trust, Key: s.nats.key, Device: deviceOf,
		Prepare: func(b *workers.Bundle) (workers.Doer, error) { return app.prepareBundle(s, b, secrets) },
		Tell:    func(line string) { app.say("worker: %s", line) },
	})
	if err != nil {
		return app.finish(err)
	}
	if s.nats.trust == nil {
		app.say("worker: -trust is not given: every run is done, of whoever reaches the server on this machine")
	}
	app.say("worker: %s waits for work at %s, %d hosts at once", name, server.URL, s.nats.at)
	ctx, cancel := context.WithCancelCause(context.WithoutCancel(app.ctx))
	defer cancel(nil)
	stop := app.drainOnSignal(w, cancel)
	defer stop()
	if err := w.Do(ctx); err != nil {
		return app.finish(err) // no test: the connection must break just then
	}
	app.say("worker: ended")
	if cause, ok := errors.AsType[*signalError](context.Cause(ctx)); ok {
		return cause.status
	}
	return exitOK
}

// drainOnSignal gives signals their meaning: the first of ^C and TERM lets the jobs in
// hand end, the second cuts them off.
func (app *App) drainOnSignal(w *workers.Worker, cancel context.CancelCauseFunc) (stop func()) {
	var mu sync.Mutex
	presses := 0
	press := func() {
		mu.Lock()
		defer mu.Unlock()
		if presses++; presses == 1 {
			app.say("worker: takes no more jobs; those in hand go on. Once more cuts them off, and gives them back")
			w.Drain()
			return
		}
		cancel(signals[os.Interrupt])
	}
	app.interrupt.Store(&press)
	app.terminate.Store(&press)
	return func() {
		app.interrupt.Store(nil)
		app.terminate.Store(nil)
	}
}

// prepareBundle compiles what a run has sent.
func (app *App) prepareBundle(s *settings, b *workers.Bundle, secrets *workerSecrets) (workers.Doer, error) {
	own := *s
	own.timeout = b.Wait
	d := &bundleDoer{app: app, secrets: secrets, records: b.Records, host: hostScript{
		app: app, s: &own, name: b.Script, args: b.Args, modules: make(map[string]*luabind.Script),
		patterns: new(patterns.Cache), maySend: secrets.may, environ: app.environ(),
	}}
	var err error
	if d.host.script, err = luabind.CompileScript(b.Source, b.Script); err != nil {
		return nil, err
	}
	dir := filepath.Dir(b.Script)
	for name, source := range b.Modules {
		file := filepath.Join(dir, strings.ReplaceAll(name, ".", string(filepath.Separator))+".lua")
		if d.host.modules[name], err = luabind.CompileScript(source, file); err != nil {
			return nil, err
		}
	}
	return d, nil
}

// A bundleDoer runs the script of a bundle.
type bundleDoer struct {
	app     *App
	secrets *workerSecrets
	records bool
	host    hostScript
}

// Do implements workers.Doer.
func (d *bundleDoer) Do(ctx context.Context, job *fleet.Job) workers.Done {
	said := &saidOutput{}
	around := hostRun{
		stdout: said.of(false), stderr: said.of(true),
		warn: func(line string) { said.add(true, line+"\n") },
		secret: func(ctx context.Context, name string) (string, error) {
			v, err := d.secrets.value(ctx, d.app, name)
			if err == nil {
				d.app.secrets.Add(mask.Secret{Name: name, Value: v})
			}
			return v, err
		},
	}
	done := workers.Done{}
	dir := ""
	if d.records {
		var err error
		if dir, err = os.MkdirTemp("", "moonwire-worker-"); err == nil {
			defer os.RemoveAll(dir)
			around.cast, around.log = filepath.Join(dir, castFile), filepath.Join(dir, logFile)
		} else {
			around.warn("there is no recording: " + err.Error()) // no test: the system's temporary folder must be unwritable
		}
	}
	done.Outcome = d.host.run(ctx, job, around)
	done.Said = said.list
	for _, kind := range []string{castFile, logFile} {
		if dir == "" {
			break
		}
		data, err := readMost(filepath.Join(dir, kind), longestFile+1)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if done.Files == nil {
			done.Files = make(map[string][]byte)
		}
		done.Files[kind] = cutFile(data)
	}
	return done
}

// longestFile is how much of a recording or a log is sent.
const longestFile = 16 << 20

// readMost reads at most so many bytes of a file: what a host says may be of any length.
func readMost(path string, most int64) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, most))
}

// cutFile leaves out what is too much, by whole lines.
func cutFile(data []byte) []byte {
	if len(data) <= longestFile {
		return data
	}
	return data[:bytes.LastIndexByte(data[:longestFile], '\n')+1]
}

// saidOutput keeps what a script writes, to be sent with its result.
type saidOutput struct {
	mu   sync.Mutex
	list []workers.Said
	size int
}

// mostSaid is how much of what a script writes is sent.
const mostSaid = 256 << 10

func (o *saidOutput) add(isError bool, text string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.size > mostSaid {
		return
	}
	if o.size += len(text); o.size > mostSaid {
		text = text[:max(0, len(text)-(o.size-mostSaid))] + "\n(the rest is left out: a worker sends 256 KB)\n"
	}
	if n := len(o.list); n > 0 && o.list[n-1].Error == isError {
		o.list[n-1].Text += text
		return
	}
	o.list = append(o.list, workers.Said{Error: isError, Text: text})
}

type saidStream struct {
	o       *saidOutput
	isError bool
}

func (o *saidOutput) of(isError bool) *saidStream { return &saidStream{o, isError} }

// Write implements io.Writer.
func (s *saidStream) Write(p []byte) (int, error) {
	s.o.add(s.isError, string(p))
	return len(p), nil
}

// runFleetKeygen makes a key.
func (app *App) runFleetKeygen(_ *settings, rest []string) int {
	if len(rest) != 1 {
		return app.misused("fleet keygen: which file?")
	}
	key := workers.NewKey()
	for _, f := range []struct {
		path, text string
		mode       os.FileMode
	}{{rest[0], key.Private(), 0o600}, {rest[0] + ".pub", key.Public(), 0o644}} {
		file, err := os.OpenFile(f.path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, f.mode)
		if err == nil {
			_, err = file.WriteString(f.text + "\n")
			if closed := file.Close(); err == nil {
				err = closed
			}
			if err != nil { // half a key would stand in the way of the next try
				_ = os.Remove(f.path)
			}
		}
		if err != nil {
			return app.finish(wrong("fleet keygen: cannot write %s: %v", f.path, reason(err)))
		}
	}
	return app.print(key.Public() + "\n")
}
