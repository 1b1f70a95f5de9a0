package cli

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"

	"github.com/moonwire/moonwire/engine/diagnose"
	"github.com/moonwire/moonwire/engine/terminal"
	"github.com/moonwire/moonwire/internal/repl"
	"github.com/moonwire/moonwire/luabind"
	"github.com/moonwire/moonwire/luabind/baselib"
)

// openTerminal takes the standard streams over as the operator's terminal.
func (app *App) openTerminal() {
	in, _ := app.Stdin.(*os.File)
	out, _ := app.Stdout.(*os.File)
	app.term = terminal.New(terminal.Config{In: in, Out: out, OnSignal: func(s os.Signal) bool {
		return s != os.Interrupt || app.interrupt.Load() == nil
	}})
	app.cleanup = append(app.cleanup, func() { _ = app.term.Close() })
	if in != nil {
		app.Stdin = app.term.Input().Stream()
	}
	if f, ok := app.Stderr.(*os.File); ok && app.term.Interactive() && isTerminal(f) {
		app.Stderr = &notices{file: f, term: app.term}
	}
}

// prompt reads and runs what the operator types, until he leaves.
func (app *App) prompt(in *luabind.Interp) error {
	<-app.caught
	history, err := repl.OpenHistory(app.historyFile())
	if err != nil {
		app.say("%v", err)
	}
	c := in.Console(app.Stdout)
	editor, err := repl.NewEditor(app.term, app.Getenv("TERM"), history, completing(in, repl.Complete(c)))
	if err != nil {
		return err
	}
	defer editor.Close()
	// Between statements ^C is a key. As a signal it comes when a statement has just
	// ended, and is too late to mean anything, or when one is about to begin.
	press := func() { app.pressed.Store(true) }
	defer app.interrupt.Store(app.interrupt.Swap(&press))
	if n, ok := app.Stderr.(*notices); ok {
		var w io.Writer = editor
		n.editor.Store(&w)
		defer n.editor.Store(nil)
	}
	config := repl.Config{
		Interpreter: statements{c, in}, Editor: editing{editor, in, &app.interrupt, &app.pressed, app.term.Input().TakeInterrupt}, Errors: teller{app},
		Interrupt: app.interruptible,
		Private:   func(statement string) bool { return hide(in.Secrets(), statement) != statement },
		Leave:     func(err error) bool { _, ok := errors.AsType[*baselib.Exit](err); return ok },
	}
	if app.term.InputIsTerminal() {
		config.Banner = version() + ". " + "^D leaves."
		if slices.Contains(c.Fields(nil, false), "help") {
			config.Banner = version() + ". " + "help() explains, ^D leaves."
		}
	}
	return repl.Run(app.ctx, config)
}

// statements runs what was typed, and gives what a statement read ahead of the
// input back to the prompt.
type statements struct {
	console
	in *luabind.Interp
}

// Open names the sessions that are open, as they can be shown.
func (s statements) Open() []string {
	names := s.console.Open()
	for i, name := range names {
		names[i] = diagnose.OneLine(hide(s.in.Secrets(), name))
	}
	return names
}

type console interface {
	Incomplete(statement string) bool
	Run(ctx context.Context, statement string) error
	Open() []string
}

func (s statements) Run(ctx context.Context, statement string) error {
	err := s.console.Run(ctx, statement)
	baselib.ReleaseInput(s.in.L)
	if err != nil && context.Cause(ctx) == luabind.ErrInterrupted {
		return luabind.ErrInterrupted
	}
	if err != nil {
		if _, exits := errors.AsType[*baselib.Exit](err); !exits {
			hints := hintLines(err)
			if e, ok := errors.AsType[*baselib.Error](err); ok {
				hints = hintLines(e.Err)
			}
			return errors.New(apart(message(err), hints))
		}
	}
	return err
}

// historyFile is where statements are kept, "" for nowhere.
func (app *App) historyFile() string {
	state := app.Getenv("XDG_STATE_HOME")
	if !filepath.IsAbs(state) {
		home := app.Getenv("HOME")
		if info, err := os.Stat(home); err != nil || !info.IsDir() {
			return "" // it is not for us to make a home
		}
		state = filepath.Join(home, ".local", "state")
	}
	return filepath.Join(state, "moonwire", "history")
}

// interruptible returns a context that ^C ends in place of the program, also one that came
// since the statement was read.
func (app *App) interruptible(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancelCause(ctx)
	stop := func() { cancel(luabind.ErrInterrupted) }
	before := app.interrupt.Swap(&stop)
	if app.pressed.Swap(false) {
		stop()
	}
	return ctx, func() {
		app.interrupt.Store(before)
		cancel(nil)
	}
}

// askSecret asks the operator for a secret, if there is one.
func (app *App) askSecret(ctx context.Context, name string) (string, error) {
	return app.askLine(ctx, app.heading(name)+": ", false)
}

// askLine asks the operator, if there is one.
func (app *App) askLine(ctx context.Context, prompt string, echo bool) (string, error) {
	<-app.caught
	read := app.term.ReadPassword
	if echo {
		read = app.term.ReadAnswer
	}
	value, err := read(ctx, prompt)
	switch {
	case errors.Is(err, terminal.ErrInterrupted):
		return "", luabind.ErrInterrupted
	case ctx.Err() != nil:
		return "", context.Cause(ctx)
	}
	return value, err
}
