package cli

import (
	"context"
	"errors"
	"io"
	"strings"

	"github.com/moonwire/moonwire/engine/session"
	"github.com/moonwire/moonwire/engine/terminal"
	"github.com/moonwire/moonwire/internal/repl"
	"github.com/moonwire/moonwire/luabind"
)

// rescue offers a wait that has failed to the operator: to bring the session by
// hand to where the script wanted it.
func (app *App) rescue(ctx context.Context, r *luabind.Rescue) (luabind.Decision, error) {
	told := r.Err.Error()
	if wait, ok := errors.AsType[*session.WaitError](r.Err); ok {
		told = strings.Join(wait.Report().Lines(), "\n")
	}
	if r.Where != "" {
		told = r.Where + ": " + told
	}
	app.sayError(told, hintLines(r.Err))
	for {
		key, err := app.ask(ctx, "take over, retry, skip, or give up? [t/r/s/g] ")
		if err != nil {
			return luabind.GiveUp, err
		}
		switch key {
		case 't':
			if r.Session().Closed() {
				app.say("%s is closed", r.Session().Name())
				continue
			}
			if err := app.takeOver(ctx, r); err != nil {
				return luabind.GiveUp, err
			}
		case 'r':
			return luabind.Retry, nil
		case 's':
			return luabind.Skip, nil
		case 'g':
			return luabind.GiveUp, nil
		}
	}
}

// takeOver lets the operator work on the session, and shows the Lua that would
// have done the same.
func (app *App) takeOver(ctx context.Context, r *luabind.Rescue) error {
	app.say("you have %s, ^] has a menu and the way back", r.Session().Name())
	transcript := repl.NewTranscript()
	end, err := r.TakeOver(ctx, func(o *terminal.Options) {
		o.Tee = func(typed bool, p []byte) {
			if typed {
				transcript.Typed(p)
			} else {
				transcript.Shown(p)
			}
		}
	})
	if err != nil {
		return err
	}
	if end.Reason == terminal.Closed {
		app.say("%s closed the connection", r.Session().Name())
	}
	if lines := transcript.Lua(); len(lines) > 0 {
		app.say("in Lua that was")
		for _, line := range lines {
			app.tell("  " + line + "\n")
		}
	}
	return nil
}

// ask shows a question and reads a key; ^C and ^D mean that nobody wants to
// answer, which gives up.
func (app *App) ask(ctx context.Context, question string) (byte, error) {
	lease, err := app.term.Enter(terminal.Edit)
	if err != nil {
		return 0, err
	}
	defer func() { _ = lease.Leave() }() // a line is still to be written, and the mode goes at the end
	app.tell("moonwire: " + question)
	var key [1]byte
	_, err = app.term.Input().Read(ctx, key[:])
	switch {
	case err == io.EOF, key[0] == 'C'&0x1f, key[0] == 'D'&0x1f:
		key[0], err = 'g', nil
	case err != nil && ctx.Err() != nil:
		err = context.Cause(ctx)
	}
	if key[0] > ' ' && key[0] < 0x7f {
		app.tell(string(key[:]) + "\n")
	} else {
		app.tell("\n")
	}
	return key[0], err
}
