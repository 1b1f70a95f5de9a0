// Package luabind runs Lua scripts on sessions: it owns the Lua state, puts the
// engine's functions into it, and carries values and errors across the border.
//
// An [Interp] belongs to one goroutine. Waits block in Go; nothing else ever
// touches the Lua state. Errors of the engine become Lua tables with a kind and a
// message, and keep their identity for Go code above (errors.Is, errors.As).
package luabind

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"sync/atomic"
	"time"
	"weak"

	lua "github.com/yuin/gopher-lua"

	"github.com/moonwire/moonwire/engine/dial"
	"github.com/moonwire/moonwire/engine/fleet"
	"github.com/moonwire/moonwire/engine/line/kinds"
	"github.com/moonwire/moonwire/engine/line/ssh"
	"github.com/moonwire/moonwire/engine/mask"
	"github.com/moonwire/moonwire/engine/patterns"
	"github.com/moonwire/moonwire/engine/record"
	"github.com/moonwire/moonwire/engine/session"
	"github.com/moonwire/moonwire/engine/terminal"
	"github.com/moonwire/moonwire/luabind/baselib"
	"github.com/moonwire/moonwire/stdlib"
	"github.com/moonwire/moonwire/stdlib/reference"
)

// Config says what scripts are connected to. Every field may be empty.
type Config struct {
	Stdin          io.Reader // see baselib.Config
	Stdout, Stderr io.Writer
	LineBuffered   bool // write Stdout out at the end of every line
	WholeStack     bool // see baselib.Config; for an interpreter that has the process to itself
	// LookupEnv looks a variable up in the environment; nil means an empty one.
	LookupEnv  func(name string) (value string, ok bool)
	Environ    []string      // of the programs that scripts run; nil is the process's own
	ModulePath string        // package.path's beginning, as "dir/?.lua"
	Timeout    time.Duration // of waits that name none; 0: session.DefaultTimeout
	Clock      session.Clock // the time of all sessions; nil: the machine's

	// Terminal is where interact finds the operator; nil where there is none.
	Terminal *terminal.Terminal
	// Interact changes the defaults of interact on a session; nil leaves them.
	Interact func(*session.Session, *terminal.Options)

	// Joining is told before a script's interact joins a session to the operator's
	// terminal, and of the key that gives it back; nil tells nobody.
	Joining func(s *session.Session, escape string)

	// Rescue decides what becomes of a wait that has failed; nil lets it fail.
	Rescue func(ctx context.Context, r *Rescue) (Decision, error)

	// Dial opens a connection in place of the network; nil uses the network.
	Dial   func(ctx context.Context, a dial.Address, o dial.Options) (dial.Conn, error)
	replay *record.Replay // whose sessions connect reaches, see Offline
	// Patterns keeps compiled lists; interpreters may share one. nil: one of its own.
	Patterns *patterns.Cache
	// Secret finds the value of a secret.
	Secret func(ctx context.Context, name string) (string, error)
	// MaySend reports why a secret must not go to an address; nil: every secret may go
	// everywhere.
	MaySend func(secret, address string) error
	// Prompt asks the operator what a login has to ask; nil where there is none. The error
	// may be terminal.ErrNoTerminal.
	Prompt func(ctx context.Context, prompt string, echo bool) (string, error)
	// Secrets learns the values that scripts have asked for, so that they can be
	// hidden; nil makes a list that Interp.Secrets returns.
	Secrets *mask.Secrets
	// Record begins to record a session to a file; the empty path ends it.
	Record func(s *session.Session, path string) error
	// Opened is told of every session right after it was made, and of the file that
	// its log= names.
	Opened func(s *session.Session, log string) error
	// HelpStyle is the style of what help prints; nil is plain.
	HelpStyle func() reference.Style
	// Page, if set, shows what help says on the operator's terminal, a page at a time. It
	// reports whether it did; else the text is printed.
	Page func(text string) bool
	// Steps keeps which steps are done; nil keeps nothing.
	Steps fleet.StepLog
	// Warn takes lines that an operator should see, without "moonwire: ".
	Warn func(line string)
}

// Interp is a Lua state with sessions.
type Interp struct {
	L         *lua.LState
	config    Config
	attendant *session.Attendant
	ctx       context.Context        // of the call in progress
	at        *lua.LState            // the Lua thread that is in a binding now
	handles   handles                // of open sessions
	over      []weak.Pointer[handle] // those that are over, but not closed, see letGo
	letGoAt   int                    // so many handles make letGo look for more of them
	names     map[string]int         // how many open sessions have each name
	numbered  map[string]int         // the next number to try for a name, by address
	current   *handle
	run       *scriptRun // in progress
	tasks     *tasks     // nil until the script starts one
	inner     innerTasks
	failed    func(*baselib.Error) // told of a task that failed and that nobody waits for; nil tells nobody
	opened    int
	onOption  lua.LValue // the hook for sessions to come
	patterns  *patterns.Cache
	metas     metas
	demo      kinds.DemoHost
	ssh       ssh.Pool
	ref       *reference.Reference // nil until it is asked for
	steps     map[string]bool      // that were begun
	inStep    []string             // the steps that run, or that an error came out of
	touched   atomic.Bool          // something was written to a session
}

// New makes an interpreter.
func New(config Config) *Interp {
	in := &Interp{config: config, attendant: session.NewAttendant(), ctx: context.Background(), onOption: lua.LNil}
	if in.patterns = config.Patterns; in.patterns == nil {
		in.patterns = new(patterns.Cache)
	}
	if in.config.Clock == nil {
		in.config.Clock = session.RealClock{}
	}
	if in.config.Secrets == nil {
		in.config.Secrets = &mask.Secrets{}
	}
	if in.config.LookupEnv == nil {
		in.config.LookupEnv = func(string) (string, bool) { return "", false }
	}
	in.L = baselib.New(baselib.Config{
		Stdin: config.Stdin, Stdout: config.Stdout, Stderr: config.Stderr, LineBuffered: config.LineBuffered,
		WholeStack: config.WholeStack,
		LookupEnv:  in.config.LookupEnv, Environ: in.config.Environ, Path: config.ModulePath,
		Block: in.Block, Searcher: searchStdlib, Fields: in.errorFields,
	})
	in.names, in.numbered = make(map[string]int), make(map[string]int)
	in.at = in.L
	in.register()
	return in
}

// searchStdlib finds a module among those in the binary.
func searchStdlib(name string) (source []byte, chunkname string, ok bool) {
	source, err := stdlib.Modules.ReadFile(name + ".lua")
	return source, "stdlib/" + name + ".lua", err == nil
}

// SetArgs sets the global arg: name is arg[0], args are arg[1] and on, and arg[-1] is
// the interpreter.
func (in *Interp) SetArgs(name string, args []string) {
	t := in.L.CreateTable(len(args), 1)
	t.RawSetInt(-1, lua.LString("moonwire"))
	t.RawSetInt(0, lua.LString(name))
	for i, a := range args {
		t.RawSetInt(i+1, lua.LString(a))
	}
	in.L.SetGlobal("arg", t)
}

// RunFile runs a script; its directory is searched by require.
func (in *Interp) RunFile(ctx context.Context, path string, args ...string) error {
	source, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	in.AddModulePath(filepath.Dir(path))
	return in.Run(ctx, source, path, args...)
}

// AddModulePath makes require look for modules in a directory, first of all.
func (in *Interp) AddModulePath(dir string) {
	pkg, ok := in.L.GetGlobal("package").(*lua.LTable)
	if !ok {
		return
	}
	path := filepath.Join(dir, "?.lua")
	if old, ok := pkg.RawGetString("path").(lua.LString); ok && old != "" {
		path += ";" + string(old)
	}
	pkg.RawSetString("path", lua.LString(path))
}

// Run runs source, which errors call chunk, with args as its "...". The error is
// a *baselib.SyntaxError, *baselib.Exit or *baselib.Error.
func (in *Interp) Run(ctx context.Context, source []byte, chunk string, args ...string) error {
	script, err := baselib.Compile(source, chunk)
	if err != nil {
		return err
	}
	return in.RunCompiled(ctx, script, args...)
}

// RunCompiled is Run of what [baselib.Compile] made, which any number of
// interpreters may share.
func (in *Interp) RunCompiled(ctx context.Context, script *lua.FunctionProto, args ...string) error {
	values := make([]lua.LValue, len(args))
	for i, a := range args {
		values[i] = lua.LString(a)
	}
	_, err := in.Call(ctx, in.L.NewFunctionFromProto(script), values...)
	return err
}

// Call calls a Lua function in the state's main thread, and waits for the tasks that it
// starts.
func (in *Interp) Call(ctx context.Context, fn lua.LValue, args ...lua.LValue) ([]lua.LValue, error) {
	return in.callIn(ctx, (*tasks).finish, fn, args...)
}

// Statement is Call for a statement at a prompt: its tasks go on when it has ended.
func (in *Interp) Statement(ctx context.Context, fn lua.LValue, args ...lua.LValue) ([]lua.LValue, error) {
	return in.callIn(ctx, (*tasks).endStatement, fn, args...)
}

// callIn makes a call; end says what becomes of its tasks.
func (in *Interp) callIn(ctx context.Context, end func(*tasks, *scriptRun, error) error, fn lua.LValue, args ...lua.LValue) ([]lua.LValue, error) {
	r := &scriptRun{}
	if ctx.Done() != nil { // else the interpreter runs faster, see baselib.SetContext
		ctx, r.cancel = context.WithCancelCause(ctx)
		defer r.cancel(nil)
	}
	r.ctx = ctx
	before, beforeRun := in.ctx, in.run
	in.ctx, in.run = ctx, r
	defer func() { in.ctx, in.run = before, beforeRun }()
	results, err := baselib.Call(ctx, in.L, fn, args...)
	if r.begun {
		err = end(in.tasks, r, err)
		r.stop()
	}
	return results, err
}

// Flush writes out what the script has printed.
func (in *Interp) Flush() error { return baselib.Flush(in.L) }

// Sessions returns the sessions that are open, the oldest first.
func (in *Interp) Sessions() []*session.Session {
	open := make([]*session.Session, 0, in.handles.n)
	for h := range in.handles.all() {
		open = append(open, h.session)
	}
	return open
}

// Opened returns the number of sessions that were opened so far.
func (in *Interp) Opened() int { return in.opened }

// CloseSince closes the sessions that were opened after the first n.
func (in *Interp) CloseSince(n int) {
	for _, h := range slices.Backward(slices.Collect(in.handles.all())) {
		if h.number > n {
			in.forget(h)
			_ = h.session.Close() // the test is over
		}
	}
}

// Config returns the configuration in force, for an interpreter beside this one.
func (in *Interp) Config() Config { return in.config }

// Context returns the context of the call in progress.
func (in *Interp) Context() context.Context { return in.ctx }

// Secrets is the list of the secrets that scripts have asked for so far.
func (in *Interp) Secrets() *mask.Secrets { return in.config.Secrets }

// Current returns the current session, nil if there is none.
func (in *Interp) Current() *session.Session {
	if in.current == nil {
		return nil
	}
	return in.current.session
}

// SetRescue changes Config.Rescue.
func (in *Interp) SetRescue(offer func(ctx context.Context, r *Rescue) (Decision, error)) {
	in.config.Rescue = offer
}

// Close closes every session and every file, what was printed or written to them
// first.
func (in *Interp) Close() error {
	if in.tasks != nil {
		in.tasks.stopAll(nil, errOver)
	}
	err := baselib.Close(in.L)
	var open []*session.Session
	for _, h := range in.all() {
		open = append(open, h.session)
	}
	err = errors.Join(err, session.CloseAll(open))
	in.handles, in.over, in.current = handles{}, nil, nil
	in.demo.Stop()
	return err
}
