package baselib

// The state and what belongs to it: configuration, creation, context, output.

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"weak"

	lua "github.com/yuin/gopher-lua"
)

// Config says what a state is connected to. The zero value is a state with
// no input, no environment, no modules, and output that goes nowhere.
type Config struct {
	// Context ends whatever the state does when it is done; nil means that
	// nothing does. Each [Call] may bring another one.
	Context context.Context

	// Stdin is what io.read reads; nil reads as empty. If it is a
	// [ContextReader] a read ends with the context at once.
	Stdin io.Reader
	// Stdout takes what print and io.write produce, buffered; see [Flush].
	// nil discards it.
	Stdout io.Writer
	// Stderr takes what io.stderr:write produces, unbuffered. nil discards it.
	Stderr io.Writer
	// LineBuffered writes Stdout out at the end of every line, as for a terminal.
	LineBuffered bool

	// LookupEnv looks a variable up in the environment, for os.getenv and
	// LUA_PATH. nil means an empty environment.
	LookupEnv func(name string) (value string, ok bool)
	// Environ is what programs run by os.execute and io.popen get; nil gives
	// them this process's own.
	Environ []string

	// WholeStack lays the call stack of the script out at once, in 160 KB, in place of
	// piece by piece, and buffers more of its output: it is for a state that has the
	// process to itself.
	WholeStack bool

	// Path is the beginning of package.path, before LUA_PATH: templates
	// divided by semicolons, such as "/home/me/scripts/?.lua".
	Path string
	// Searcher finds a module that is no file: its source and the name that
	// messages give it. ok is false where there is none. Errors that Go functions
	// raise below such a module name the line of the script that called into it.
	Searcher func(name string) (source []byte, chunkname string, ok bool)

	// Block runs f, which blocks and touches nothing of the state; others may use the
	// state meanwhile. nil runs it as it is.
	Block func(f func())

	// Fields completes the table that a Go error becomes when it is raised;
	// message and traceback are there already. What takes long it leaves to the
	// function late that it returns: that is called, once at most, when the
	// error's text is asked for, or a field that is not there. It may be nil, and
	// return nil.
	Fields func(L *lua.LState, err error, t *lua.LTable) (late func())
}

// ContextReader is an input whose reads end when a context does.
type ContextReader interface {
	// ReadContext is io.Reader's Read, and returns the context's error, and
	// no data, once the context is done.
	ReadContext(ctx context.Context, p []byte) (int, error)
}

// shared is what a state and all its threads share beyond lua.Global. All of
// it belongs to the goroutine that runs the state.
type shared struct {
	config Config
	idle   []*guard                 // threads that wait for a protected call
	guards map[*lua.LState]*guard   // by thread, idle or not
	depth  int                      // protected calls and resumes that are nested now
	exit   *Exit                    // set once the script asked to end
	tasks  map[*lua.LState]struct{} // the threads of tasks that are not over

	// verbatim is set while a script's own error is raised, whose text is
	// passed on as it is.
	verbatim bool
	// risen is an error value that Go handed on, risenFrom the traceback of
	// the place where it was raised first.
	risen     lua.LValue
	risenFrom string

	exitValue *lua.LUserData
	errString *lua.LFunction // __tostring of a raised Go error
	errConcat *lua.LFunction // __concat of the same
	errIndex  *lua.LFunction // __index of one that is not complete
	tostring  *lua.LFunction // the library's
	coResume  lua.LGFunction // gopher-lua's own
	coCreate  lua.LGFunction
	yielding  *lua.LFunction  // coroutine.yield
	room      []lua.LFunction // for functions of the library
	makeBody  *lua.LFunction  // makes bodies of coroutines; nil until there is one
	worded    lua.LValue      // the last error that was put in words in a coroutine, until it is seen outside

	out      *bufio.Writer
	in       *contextInput
	packages *lua.LTable
	loading  map[string]bool   // modules that require is loading now
	library  map[string]bool   // chunks that Config.Searcher gave, by name
	environ  map[string]string // what os.setenv set
	random   *rand.Rand        // nil until a script asks for a number

	files         *lua.LTable                           // the metatable of files
	opened        map[*file]weak.Pointer[lua.LUserData] // what the script knows each by
	releaseAt     int                                   // how many may be open before those that are forgotten are looked for
	stdin, stdout *lua.LUserData
	input, output *lua.LUserData // those that io.read and io.write use
}

// sharedKey is where the registry of a state holds what it shares with its threads.
const sharedKey = "moonwire.shared"

// The sizes that gopher-lua needs to be cheap and safe: a registry that starts
// small and grows, and a depth of calls at which recursion is an error before
// tracebacks and Go's stack become expensive.
const (
	registrySize = 128
	registryMax  = 1 << 20
	registryStep = 4096
	callDepth    = 2048
	mainDepth    = 64 // of the main thread: scripts run on others, see guard
)

// New returns a state with the whole library opened.
//
// The state belongs to one goroutine at a time. [Close] it when the script has
// ended, so that nothing that it wrote is lost.
func New(config Config) *lua.LState {
	L := lua.NewState(lua.Options{
		RegistrySize:        registrySize,
		RegistryMaxSize:     registryMax,
		RegistryGrowStep:    registryStep,
		CallStackSize:       mainDepth,
		MinimizeStackMemory: true,
		SkipOpenLibs:        true,
	})
	L.Options.CallStackSize = callDepth // of its threads
	unorder(L.G.Global)
	unorder(L.G.Registry)
	L.G.MainThread = L
	L.G.CurrentThread = L
	m := &shared{
		config: config,
		guards: make(map[*lua.LState]*guard),
		opened: make(map[*file]weak.Pointer[lua.LUserData]),
		out:    newOutput(config.Stdout, config.WholeStack),

		releaseAt: fewFiles,
		in:        newInput(config.Stdin, config.Block),
	}
	Define(L.G.Registry, sharedKey, &lua.LUserData{Value: m, Metatable: lua.LNil})
	m.open(L)
	SetContext(L, config.Context)
	return L
}

// Close writes out and closes what the script left open, and ends commands
// that it left running. The state runs no more Lua afterwards.
func Close(L *lua.LState) error {
	m := sharedOf(L)
	err := Flush(L)
	for f := range m.opened {
		if f.command != nil {
			f.stop()
			_, _ = f.finish() // ended by us, it can only tell of that
		} else if e := f.close(m); e != nil {
			err = errors.Join(err, fmt.Errorf("%s: %s", f.name, reason(e)))
		}
	}
	clear(m.opened)
	return err
}

// sharedOf returns what New attached to the state.
func sharedOf(L *lua.LState) *shared {
	if ud, ok := L.G.Registry.RawGetString(sharedKey).(*lua.LUserData); ok {
		if m, ok := ud.Value.(*shared); ok {
			return m
		}
	}
	panic("baselib: the state was not made by baselib.New")
}

// SetContext makes ctx the context of this thread from now on; nil removes it.
// Lua runs faster without one, and then nothing can stop a loop.
func SetContext(L *lua.LState, ctx context.Context) {
	switch c := ctx.(type) {
	case nil:
		L.RemoveContext()
	case *runContext:
		setContext(L, c)
	default:
		done := ctx.Done()
		if done == nil { // can never end: context.Background
			L.RemoveContext()
			return
		}
		setContext(L, &runContext{Context: ctx, done: done})
	}
}

// contextOf returns the context of the thread, nil if it has none. Whoever asks may wait
// for it: the next call or turn of a loop looks at it.
func contextOf(L *lua.LState) context.Context {
	ctx := L.Context()
	if c, ok := ctx.(*runContext); ok {
		c.rest = 0
		return c.Context
	}
	return ctx
}

// Context returns the context of the thread, never nil.
func Context(L *lua.LState) context.Context {
	if ctx := contextOf(L); ctx != nil {
		return ctx
	}
	return context.Background()
}

// inherit gives a thread the context of the one that it runs for.
func inherit(th, L *lua.LState) {
	if ctx := L.Context(); ctx == nil {
		th.RemoveContext()
	} else {
		setContext(th, ctx)
	}
}

// newThread makes a thread without a context of its own. LState.NewThread
// derives one for each, which the parent would hold until it ends.
func newThread(L *lua.LState) *lua.LState {
	ctx := L.RemoveContext()
	th, _ := L.NewThread()
	if ctx != nil {
		setContext(L, ctx)
	}
	inherit(th, L)
	return th
}
