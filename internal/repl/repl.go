package repl

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
)

// Interpreter is what statements run in.
type Interpreter interface {
	// Incomplete reports whether a statement lacks its end.
	Incomplete(statement string) bool
	// Run runs a statement, or an expression, and prints its results.
	Run(ctx context.Context, statement string) error
	// Open returns the names of the sessions that are open.
	Open() []string
}

// Config is what a REPL is made of.
type Config struct {
	Interpreter Interpreter
	Editor      Editor
	Errors      io.Writer // where errors go, a line each
	Banner      string    // shown at the beginning
	// Interrupt returns a context that ^C ends, for one statement; stop ends
	// the listening. nil means that ^C is somebody else's business.
	Interrupt func(context.Context) (ctx context.Context, stop context.CancelFunc)
	// Private reports whether a statement has something in it that must not be
	// kept in the history; nil keeps everything.
	Private func(statement string) bool
	// Leave reports whether an error of Run is the statement's wish to end the
	// program, which ends the REPL with that error.
	Leave func(error) bool
}

const (
	prompt       = "> "
	continuation = ">> "
)

// Run reads and runs statements until the operator leaves: nil for ^D, or the
// error that Config.Leave recognised. Errors of statements are told and do not
// end it.
func Run(ctx context.Context, c Config) error {
	if c.Banner != "" {
		fmt.Fprintln(c.Editor, c.Banner)
	}
	asked := false
	for {
		statement, err := c.statement(ctx)
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case errors.Is(err, ErrInterrupted):
			continue
		case err == io.EOF:
			if open := c.Interpreter.Open(); len(open) > 0 && !asked {
				asked = true
				if !c.leaves(ctx, open) {
					continue
				}
			}
			return nil
		case err != nil:
			return err
		}
		asked = false
		if err := c.run(ctx, statement); err != nil {
			if c.Leave != nil && c.Leave(err) {
				return err
			}
			fmt.Fprintln(c.Errors, err)
		}
	}
}

// statement reads lines until they are a whole statement, and remembers it.
func (c *Config) statement(ctx context.Context) (string, error) {
	text, err := c.Editor.ReadLine(ctx, prompt, continuation)
	if err != nil {
		return "", err
	}
	for c.Interpreter.Incomplete(text) {
		more, err := c.Editor.ReadLine(ctx, continuation, continuation)
		if err == io.EOF { // what there is will say what is missing
			break
		}
		if err != nil {
			return "", err
		}
		text += "\n" + more
	}
	if c.Private == nil || !c.Private(text) {
		c.Editor.Remember(text)
	}
	return text, nil
}

func (c *Config) run(ctx context.Context, statement string) error {
	if strings.TrimSpace(statement) == "" {
		return nil
	}
	if c.Interrupt != nil {
		inner, stop := c.Interrupt(ctx)
		defer stop()
		ctx = inner
	}
	return c.Interpreter.Run(ctx, statement)
}

// leaves asks whether to leave although sessions are open.
func (c *Config) leaves(ctx context.Context, open []string) bool {
	question := "a session is open (" + open[0] + "): "
	if len(open) > 1 {
		question = fmt.Sprintf("%d sessions are open (%s): ", len(open), strings.Join(open, ", "))
	}
	answer, err := c.Editor.ReadLine(ctx, question+"leave and close? [y/N] ", "")
	if err == io.EOF {
		return true
	}
	return err == nil && strings.HasPrefix(strings.ToLower(strings.TrimSpace(answer)), "y")
}
