// Package cli is the command moonwire: flags, subcommands, exit statuses and
// signals. It alone touches the process: its arguments, its standard streams, its
// end.
package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"strings"
	"sync/atomic"

	"golang.org/x/term"

	"github.com/moonwire/moonwire/engine/line"
	"github.com/moonwire/moonwire/engine/mask"
	"github.com/moonwire/moonwire/engine/terminal"
	"github.com/moonwire/moonwire/luabind"
	"github.com/moonwire/moonwire/luabind/baselib"
)

// The exit statuses, beside those that a script chooses by os.exit.
const (
	exitOK          = 0
	exitError       = 1   // a Lua error
	exitUsage       = 2   // wrong usage, or a script that does not parse
	exitHosts       = 3   // some hosts of a fleet failed
	exitPeer        = 4   // could not connect, or the peer closed
	exitTimeout     = 124 // a wait ran out of time, as timeout(1) has it
	exitInterrupted = 130 // ^C
)

// App is one run of the command, with what it is connected to.
type App struct {
	Stdin          io.Reader
	Stdout, Stderr io.Writer
	Getenv         func(string) string
	LookupEnv      func(string) (string, bool) // nil: a variable that Getenv gives as "" is not set

	byHand int // bytes that moonwire record keeps; 0: mostByHand

	programs  secretPrograms
	secrets   mask.Secrets // of all that the run asked for
	ctx       context.Context
	caught    <-chan struct{} // closed once signals end ctx and not the process
	cleanup   []func()        // what has to be undone before the process ends, last first
	term      *terminal.Terminal
	interrupt atomic.Pointer[func()] // what ^C does in place of ending the program
	terminate atomic.Pointer[func()] // what TERM does
	pressed   atomic.Bool            // ^C came at the prompt as a signal, while no statement ran
	warned    warnings
}

// Main runs the command on this process and returns its exit status.
func Main() int {
	app := &App{Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr, Getenv: os.Getenv, LookupEnv: os.LookupEnv}
	return app.Run(os.Args[1:])
}

// Run runs the command with args, which do not hold its name.
func (app *App) Run(args []string) (status int) {
	defer app.undo()
	defer func() {
		if r := recover(); r != nil {
			app.undo()
			app.say("internal error: %v", r)
			app.hint("this is a mistake in moonwire; please report it with what follows")
			app.tell(string(debug.Stack()))
			status = exitError
		}
	}()
	ctx, caught, stop := app.catchSignals()
	defer stop()
	app.ctx, app.caught = ctx, caught
	app.openTerminal()
	if len(args) > 1 {
		if c := commandNamed(args[0] + " " + args[1]); c != nil && args[1] != "" {
			<-app.caught
			return app.start(c, args[2:])
		}
	}
	if len(args) > 0 {
		if c := commandNamed(args[0]); c != nil {
			<-app.caught
			return app.start(c, args[1:])
		}
	}
	return app.start(scripts(), args)
}

// undo runs the clean-ups, once.
func (app *App) undo() {
	for len(app.cleanup) > 0 {
		last := len(app.cleanup) - 1
		f := app.cleanup[last]
		app.cleanup = app.cleanup[:last]
		f()
	}
}

// misused says what is wrong with the command line.
func (app *App) misused(format string, args ...any) int {
	app.say(format, args...)
	of, _, _ := strings.Cut(fmt.Sprintf(format, args...), ":")
	if commandNamed(of) == nil {
		of = ""
	}
	app.helpHint(of)
	return exitUsage
}

// helpHint tells where a command's flags are explained.
func (app *App) helpHint(command string) {
	app.hint("%s shows what there is", strings.Join(strings.Fields("moonwire "+command+" -help"), " "))
}

// usageError is a mistake on the command line.
type usageError struct {
	message string
	near    string // what was probably meant, "" if nothing is near
}

// Error gives the message.
func (e *usageError) Error() string { return e.message }

// finish tells how a script's run ended and turns it into an exit status.
func (app *App) finish(err error) int {
	if err == nil {
		return exitOK
	}
	if cause := context.Cause(app.ctx); cause != nil {
		err = cause
	}
	if exit, ok := errors.AsType[*baselib.Exit](err); ok {
		return exit.Code
	}
	if ended, ok := errors.AsType[*endedError](err); ok {
		return ended.status() // it is told
	}
	if s, ok := errors.AsType[*signalError](err); ok {
		app.say("%v", s)
		return s.status
	}
	if _, output := errors.AsType[*baselib.OutputError](err); output && isClosedPipe(err) {
		return exitOK // nobody wants the rest, as behind head
	}
	if e, ok := errors.AsType[*baselib.Error](err); ok {
		if e.Err == nil { // the script's own words, which may be anybody's
			app.say("%s", e.Message)
		} else {
			app.sayError(e.Message, hintLines(e.Err))
		}
		if near := luabind.NearestGlobal(e.Message); near != "" {
			app.hint("did you mean %s?", near)
		}
		return app.status(err)
	}
	app.say("%v", message(err))
	for _, hint := range luabind.HintsOf(err) {
		app.hint("%s", hint)
	}
	if wrong, ok := errors.AsType[*usageError](err); ok && wrong.near != "" {
		app.hint("did you mean moonwire %s?", wrong.near)
	}
	return app.status(err)
}

// status is what a run that failed ends with.
func (app *App) status(err error) int {
	_, isSyntax := errors.AsType[*baselib.SyntaxError](err)
	_, isUsage := errors.AsType[*usageError](err)
	if isSyntax || isUsage {
		return exitUsage
	}
	if _, ok := errors.AsType[*line.Error](err); ok { // the connection broke
		return exitPeer
	}
	switch luabind.KindOf(err) {
	case luabind.KindTimeout:
		return exitTimeout
	case luabind.KindConnect, luabind.KindEOF:
		return exitPeer
	case luabind.KindInterrupted:
		return exitInterrupted
	}
	return exitError
}

// message is an error's text; a script's own says where it was raised.
func message(err error) string {
	if e, ok := errors.AsType[*baselib.Error](err); ok {
		return e.Message
	}
	return err.Error()
}

// isTerminal reports whether a stream is the operator's terminal.
func isTerminal(stream any) bool {
	if n, ok := stream.(*notices); ok {
		stream = n.file
	}
	f, ok := stream.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}
