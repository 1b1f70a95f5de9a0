// Package repl is the part of moonwire that an operator types Lua at: reading
// statements, completing them, running them and the questions around it.
//
// It knows no Lua itself: what it runs statements with is an [Interpreter],
// what it reads lines with an [Editor].
package repl

import (
	"context"
	"errors"
	"io"

	"github.com/moonwire/moonwire/engine/terminal"
)

// ErrInterrupted says that the operator pressed ^C instead of finishing a line.
var ErrInterrupted = errors.New("interrupted")

// Editor reads what the operator types.
type Editor interface {
	// ReadLine shows the prompt and returns the line typed, without its
	// newline. What is pasted at once comes as one line that has newlines in
	// it; its further lines are shown behind the continuation prompt. The
	// error is ErrInterrupted for ^C, io.EOF for ^D, and ctx's when it is done.
	ReadLine(ctx context.Context, prompt, continuation string) (string, error)
	// Remember adds a statement to what can be recalled.
	Remember(statement string)
	// Write shows output without tearing the line that is being typed.
	io.Writer
	// Close gives the terminal back.
	Close() error
}

// NewEditor returns the editor that fits t: one with editing, completion and
// the history where an operator sits at a terminal that can do it, one that
// just reads lines otherwise. term is the kind of terminal, as in $TERM.
func NewEditor(t *terminal.Terminal, term string, history *History, complete Completer) (Editor, error) {
	if !t.Interactive() || term == "dumb" {
		return &simpleEditor{t: t}, nil
	}
	return newLineEditor(t, history, complete)
}

// plainEditor reads lines as the terminal, or the file, gives them.
type simpleEditor struct{ t *terminal.Terminal }

func (e *simpleEditor) ReadLine(ctx context.Context, prompt, _ string) (string, error) {
	if e.t.InputIsTerminal() {
		if _, err := io.WriteString(e.t.Out(), prompt); err != nil {
			return "", err
		}
	}
	line, err := e.t.Input().ReadLine(ctx)
	if n := len(line); n > 0 && line[n-1] == '\n' {
		line = line[:n-1]
		if n > 1 && line[n-2] == '\r' {
			line = line[:n-2]
		}
	}
	return string(line), err
}

func (e *simpleEditor) Remember(string) {}

func (e *simpleEditor) Write(p []byte) (int, error) { return e.t.Out().Write(p) }

func (e *simpleEditor) Close() error { return nil }
