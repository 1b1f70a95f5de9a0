package cli

import (
	"context"
	"errors"
	"io"
	"strings"
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
	modules  string // the folder that require searches
	patterns *patterns.Cache
	secrets  askedSecrets
	out, err *sharedOutput
}

func (f *fleetRun) worker(modules string) *fleetWorker {
	w := &fleetWorker{f: f, modules: modules, patterns: new(patterns.Cache)}
	w.secrets.f = f
	w.out, w.err = &sharedOutput{to: &onceCaught{f.app, f.app.Stdout}}, &sharedOutput{to: &onceCaught{f.app, f.app.Stderr}}
	return w
}

// Run implements fleet.Worker.
func (w *fleetWorker) Run(ctx context.Context, job *fleet.Job) fleet.Outcome {
	f, app := w.f, w.f.app
	secrets := &mask.Secrets{}
	warn := func(line string) { app.say("%s: %s", job.Host.Name, hide(secrets, line)) }
	s := *f.s
	cast := ""
	if !s.fleet.unrecorded {
		s.log = f.folder.NewLog(job.Host.Name)
		cast = f.folder.NewRecording(job.Host.Name)
	}
	recorded, watched := app.makeRecordings(cast, secrets), app.makeWatchers(&s, secrets, job.Host.Name)
	defer recorded.closeAll()
	defer watched.close()
	stdout, stderr := w.out.of(job.Host.Name), w.err.of(job.Host.Name)
	in := luabind.New(luabind.Config{
		Stdin: strings.NewReader(""), Stdout: stdout, Stderr: stderr,
		LookupEnv: app.scriptEnv, Environ: app.environ(),
		Timeout: s.timeout, Patterns: w.patterns, Secrets: secrets,
		Secret: w.secrets.value, Steps: job.Steps, Warn: warn,
		Opened: func(s *session.Session, log string) error {
			if err := recorded.opened(s); err != nil {
				return err
			}
			return watched.opened(s, log)
		},
		Record: recorded.record,
	})
	in.SetHost(job.Host)
	in.SetArgs(f.header.Script, f.header.Args)
	in.AddModulePath(w.modules)
	value, err := in.ValueOf(ctx, f.script, f.header.Args...)
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
	stdout.end()
	stderr.end()
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
	failed bool // nobody reads it, or it is full; it was told
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
		o.failed = err != nil
	}
}
