package cli

import (
	"context"
	"errors"
	"fmt"

	"github.com/moonwire/moonwire/internal/repl"
	"github.com/moonwire/moonwire/luabind"
)

// editing is the prompt's editor. While a line is read tasks run; ^C cancels them.
type editing struct {
	repl.Editor
	in *luabind.Interp
}

// ReadLine implements repl.Editor.
func (e editing) ReadLine(ctx context.Context, prompt, continuation string) (line string, err error) {
	e.in.Block(func() { line, err = e.Editor.ReadLine(ctx, prompt, continuation) })
	if errors.Is(err, repl.ErrInterrupted) {
		if n := e.in.CancelTasks(); n > 0 {
			fmt.Fprintf(e.Editor, "cancelled tasks: %d\n", n)
		}
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
