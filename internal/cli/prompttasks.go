package cli

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/moonwire/moonwire/internal/repl"
	"github.com/moonwire/moonwire/luabind"
)

// editing is the prompt's editor. While a line is read tasks run; ^C cancels them.
type editing struct {
	repl.Editor
	in        *luabind.Interp
	interrupt *atomic.Pointer[func()] // what ^C does as a signal
	pressed   *atomic.Bool            // it came while no statement ran
	typed     func() bool             // it was typed behind the line, as a key
}

// ReadLine implements repl.Editor. A task that never waits keeps the line that was read from
// being run; ^C ends it too, as a key and, from when the editor lets go of the terminal, as a
// signal.
func (e editing) ReadLine(ctx context.Context, prompt, continuation string) (line string, err error) {
	var mu sync.Mutex // a task may have ended, and the line be read, before CancelTasks returns
	read, interrupted, cancelled := false, false, 0
	cancel := func() {
		mu.Lock()
		defer mu.Unlock()
		interrupted = read
		if n := e.in.CancelTasks(); cancelled == 0 { // the second ^C may find those that the first has ended
			cancelled = n
		}
	}
	before := e.interrupt.Load()
	e.interrupt.Store(&cancel)
	e.in.Block(func() {
		line, err = e.Editor.ReadLine(ctx, prompt, continuation)
		if errors.Is(err, repl.ErrInterrupted) {
			cancel()
		}
		mu.Lock()
		read = true
		mu.Unlock()
		e.pressed.Store(err == nil && e.typed()) // a signal before was for the statement before
	})
	e.interrupt.Store(before)
	mu.Lock()
	defer mu.Unlock()
	if err == nil && interrupted {
		line, err = "", repl.ErrInterrupted
	}
	if cancelled > 0 {
		fmt.Fprintf(e.Editor, "cancelled tasks: %d\n", cancelled)
	}
	return line, err
}

// completing is the prompt's completion, which looks at the interpreter while tasks run.
func completing(in *luabind.Interp, complete repl.Completer) repl.Completer {
	return func(line string, pos int) (at int, names []string) {
		in.Unblock(func() { at, names = complete(line, pos) })
		return at, names
	}
}
