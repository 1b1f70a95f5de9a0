package cli

import (
	"context"
	"errors"
	"io"
	"sync"

	"github.com/moonwire/moonwire/engine/fleet"
	"github.com/moonwire/moonwire/engine/mask"
	"github.com/moonwire/moonwire/engine/patterns"
	"github.com/moonwire/moonwire/engine/session"
	"github.com/moonwire/moonwire/luabind"
	"github.com/moonwire/moonwire/luabind/baselib"
)

// A fleetWorker runs the script for a host, in this process.
type fleetWorker struct {
	f        *fleetRun
	host     hostScript
	secrets  askedSecrets
	out, err *sharedOutput
}

func (f *fleetRun) worker(modules string) *fleetWorker {
	w := &fleetWorker{f: f}
	w.secrets.f = f
	w.host = hostScript{
		app: f.app, s: f.s, script: f.script, name: f.header.Script, args: f.header.Args,
		folder: modules, patterns: new(patterns.Cache), environ: f.app.environ(),
	}
	w.out, w.err = f.app.sharedOutputs()
	return w
}

// sharedOutputs are the standard streams, for many hosts.
func (app *App) sharedOutputs() (out, err *sharedOutput) {
	lost := func(err error) {
		app.say("cannot write to standard output: %v; the hosts go on without it", err)
	}
	return &sharedOutput{to: &onceCaught{app, app.Stdout}, lost: lost}, &sharedOutput{to: &onceCaught{app, app.Stderr}}
}

// Run implements fleet.Worker.
func (w *fleetWorker) Run(ctx context.Context, job *fleet.Job) fleet.Outcome {
	around := hostRun{secret: w.secrets.value, warn: func(line string) { w.f.app.say("%s: %s", job.Host.Name, line) }}
	if !w.f.s.fleet.unrecorded {
		around.log = w.f.folder.NewLog(job.Host.Name)
		around.cast = w.f.folder.NewRecording(job.Host.Name)
	}
	stdout, stderr := w.out.of(job.Host.Name), w.err.of(job.Host.Name)
	around.stdout, around.stderr = stdout, stderr
	o := w.host.run(ctx, job, around)
	stdout.end()
	stderr.end()
	return o
}

// A hostScript is a script that runs for hosts.
type hostScript struct {
	app      *App
	s        *settings
	script   *luabind.Script
	name     string
	args     []string
	folder   string                     // that require searches
	modules  map[string]*luabind.Script // if not nil, all that require finds
	patterns *patterns.Cache
	maySend  func(secret, address string) error
	environ  []string // see App.environ
}

// A hostRun is what is around one run of it.
type hostRun struct {
	secret         func(ctx context.Context, name string) (string, error)
	warn           func(line string)
	log, cast      string // "" for none
	stdout, stderr io.Writer
}

// run runs the script for a host.
func (h *hostScript) run(ctx context.Context, job *fleet.Job, around hostRun) fleet.Outcome {
	app, secrets := h.app, &mask.Secrets{}
	warn := func(line string) { around.warn(hide(secrets, line)) }
	s := *h.s
	s.log = around.log
	recorded, watched := app.makeRecordings(around.cast, secrets), app.makeWatchers(&s, secrets, job.Host.Name)
	defer recorded.closeAll()
	defer watched.close()
	in := luabind.New(luabind.Config{
		Stdout: around.stdout, Stderr: around.stderr,
		LookupEnv: app.scriptEnv, Environ: h.environ,
		Timeout: s.timeout, Patterns: h.patterns, Secrets: secrets,
		Secret: around.secret, MaySend: h.maySend, Steps: job.Steps, Warn: warn,
		Opened: func(s *session.Session, log string) error {
			if err := recorded.opened(s); err != nil {
				return err
			}
			return watched.opened(s, log)
		},
		Record: recorded.record,
	})
	in.SetHost(job.Host)
	in.SetArgs(h.name, h.args)
	if h.modules != nil {
		in.OnlyModules(h.modules)
	} else {
		in.AddModulePath(h.folder)
	}
	value, err := in.ValueOf(ctx, h.script, h.args...)
	o := fleet.Outcome{Value: value}
	if exit, ok := errors.AsType[*baselib.Exit](err); ok {
		if err = nil; exit.Code != 0 {
			err = exit
		}
	}
	if cause := context.Cause(ctx); err != nil && cause != nil {
		if over, ok := errors.AsType[*fleet.HostTimeout](cause); ok {
			err = over
		}
	}
	if err != nil {
		o = fleet.Outcome{Error: in.Failure(err), Untouched: !in.Touched()}
	}
	if err := in.Close(); err != nil && o.Error == nil {
		warn(err.Error())
	}
	return o
}

// askedSecrets are the values of secrets, each of which is asked for once.
type askedSecrets struct {
	f      *fleetRun
	mu     sync.Mutex
	values map[string]string
}

func (a *askedSecrets) value(ctx context.Context, name string) (string, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if v, ok := a.values[name]; ok {
		return v, nil
	}
	var v string
	var err error
	get := func() { v, err = a.f.app.secret(ctx, a.f.s, name) }
	if a.f.bar != nil {
		a.f.bar.ask(get) // it may have to be asked for
	} else {
		get()
	}
	if err != nil {
		return "", err
	}
	if a.values == nil {
		a.values = make(map[string]string)
	}
	a.values[name] = v
	a.f.app.secrets.Add(mask.Secret{Name: name, Value: v})
	return v, nil
}

// A sharedOutput is an output of many scripts, whose lines it keeps apart.
type sharedOutput struct {
	mu     sync.Mutex
	to     io.Writer
	failed bool            // nobody reads it, or it is full
	lost   func(err error) // is told of the latter; nil tells nobody
}

// hostOutput is the output of one host: each line begins with the host's name.
type hostOutput struct {
	shared *sharedOutput
	prefix string
	line   []byte // what has no end yet
}

func (o *sharedOutput) of(name string) *hostOutput {
	return &hostOutput{shared: o, prefix: name + ": "}
}

// longestOutput is how much of a line waits for its end.
const longestOutput = 64 << 10

// Write implements io.Writer. A script whose output nobody reads goes on: it has a host
// to see to.
func (o *hostOutput) Write(p []byte) (int, error) {
	var whole []byte
	for _, c := range p {
		if o.line == nil {
			o.line = append(o.line, o.prefix...)
		}
		o.line = append(o.line, c)
		if c == '\n' || len(o.line) > longestOutput {
			if c != '\n' {
				o.line = append(o.line, '\n')
			}
			whole = append(whole, o.line...)
			o.line = nil
		}
	}
	o.shared.write(whole)
	return len(p), nil
}

// end writes a last line that has no end.
func (o *hostOutput) end() {
	if len(o.line) > 0 {
		o.shared.write(append(o.line, '\n'))
		o.line = nil
	}
}

func (o *sharedOutput) write(lines []byte) {
	if len(lines) == 0 {
		return
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if !o.failed {
		_, err := o.to.Write(lines)
		if o.failed = err != nil; o.failed && o.lost != nil && !isClosedPipe(err) {
			o.lost(err)
		}
	}
}
