package cli

import (
	"context"
	"errors"
	"testing"

	"github.com/moonwire/moonwire/internal/repl"
	"github.com/moonwire/moonwire/luabind"
)

// TestPressedBeforeTheStatement: ^C that comes as a signal after the line was read ends the
// statement, and one that came before is forgotten.
func TestPressedBeforeTheStatement(t *testing.T) {
	var app App
	typed := false
	press := func() { app.pressed.Store(true) }
	app.interrupt.Store(&press)
	read := func() {
		e := editing{reads{}, luabind.New(luabind.Config{}), &app.interrupt, &app.pressed, func() bool { return typed }}
		if line, err := e.ReadLine(t.Context(), "", ""); line != "x" || err != nil {
			t.Fatalf("%q, %v", line, err)
		}
	}
	(*app.interrupt.Load())()
	read()
	ctx, stop := app.interruptible(t.Context())
	if ctx.Err() != nil {
		t.Error("the statement is ended by what came before it was read")
	}
	stop()
	read()
	(*app.interrupt.Load())()
	ctx, stop = app.interruptible(t.Context())
	if !errors.Is(context.Cause(ctx), luabind.ErrInterrupted) {
		t.Errorf("the statement begins, %v", context.Cause(ctx))
	}
	stop()
	ctx, stop = app.interruptible(t.Context())
	if ctx.Err() != nil {
		t.Error("it ends the next statement too")
	}
	stop()
	typed = true
	read()
	if ctx, stop = app.interruptible(t.Context()); ctx.Err() == nil {
		t.Error("the key that was typed behind the line is lost")
	}
	stop()
}

// reads is an editor at which x is typed.
type reads struct{ repl.Editor }

// ReadLine implements repl.Editor.
func (reads) ReadLine(context.Context, string, string) (string, error) { return "x", nil }
