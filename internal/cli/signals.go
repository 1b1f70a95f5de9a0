package cli

import (
	"context"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"
)

// signalError is the cause with which a run ends by a signal.
type signalError struct {
	name   string
	status int
}

// Error says what happened in a word.
func (e *signalError) Error() string { return e.name }

// Kind is what scripts would see.
func (e *signalError) Kind() string { return "interrupted" }

// signals are the ways to be asked to end, each with the status that a shell
// would give.
var signals = map[os.Signal]*signalError{
	os.Interrupt:    {"interrupted", exitInterrupted},
	syscall.SIGTERM: {"terminated", 128 + int(syscall.SIGTERM)},
	syscall.SIGHUP:  {"hung up", 128 + int(syscall.SIGHUP)},
	syscall.SIGQUIT: {"quit", 128 + int(syscall.SIGQUIT)},
}

// patience is how long a run may take to end after a signal before it is ended.
const patience = 2 * time.Second

// catchSignals returns a context that ends with the first signal. A second one,
// or a run that does not end by itself, ends the process, with the terminal
// restored. Signals are caught once the channel is closed: to ask for them takes a
// good part of the time in which a short script runs, so that goes on beside it, and
// only what can be seen from outside waits for it: output, sessions, the terminal.
func (app *App) catchSignals() (ctx context.Context, caught <-chan struct{}, stop func()) {
	ctx, cancel := context.WithCancelCause(context.Background())
	c := make(chan os.Signal, 2)
	done, catching := make(chan struct{}), make(chan struct{})
	go func() {
		// A closed pipe is an error of the write, told like any other. The signal
		// is caught, not ignored: the programs that a script runs would ignore it too.
		signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE)
		for s := range signals {
			if s == syscall.SIGHUP && signal.Ignored(s) {
				continue // nohup asked for that
			}
			signal.Notify(c, s)
		}
		close(catching)
		var first *signalError
		var late <-chan time.Time
		for {
			select {
			case s := <-c:
				f := app.interrupt.Load()
				if s == syscall.SIGTERM {
					f = app.terminate.Load()
				}
				if f != nil && (s == os.Interrupt || s == syscall.SIGTERM) {
					(*f)()
					continue
				}
				if first == nil {
					first = signals[s]
					cancel(first)
					late = time.After(patience)
					continue
				}
			case <-late:
			case <-done:
				return
			}
			app.undo()
			os.Exit(first.status)
		}
	}()
	return ctx, catching, func() {
		// The process ends next: signal.Stop, which goes to another thread and back
		// for each signal, would take as long as a short script.
		close(done)
		cancel(nil)
	}
}

// onceCaught is an output that is written to once signals are caught.
type onceCaught struct {
	app *App
	io.Writer
}

func (w *onceCaught) Write(p []byte) (int, error) {
	<-w.app.caught
	return w.Writer.Write(p)
}
