package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/moonwire/moonwire/engine/diagnose"
	"github.com/moonwire/moonwire/engine/line"
	"github.com/moonwire/moonwire/engine/line/kinds"
	"github.com/moonwire/moonwire/engine/session"
	"github.com/moonwire/moonwire/engine/terminal"
	"github.com/moonwire/moonwire/luabind"
	"github.com/moonwire/moonwire/luabind/baselib"
)

// lineOptions are the options of connect that flags ask for, as fields of a table in Lua.
func (s *settings) lineOptions(address string) []string {
	var fields []string
	if s.user != "" {
		name := diagnose.LuaString(s.user)
		if strings.HasPrefix(strings.ToLower(address), "ssh:") {
			fields = append(fields, "ssh = { user = "+name+" }")
		} else {
			fields = append(fields, "environ = { USER = "+name+" }")
		}
	}
	var hops []string
	for _, hop := range s.via {
		text := diagnose.LuaString(hop)
		if asksPassword(hop) {
			text = "{ " + text + `, { password = secret "via" } }`
		}
		hops = append(hops, text)
	}
	switch {
	case len(hops) == 1 && !strings.HasPrefix(hops[0], "{"):
		fields = append(fields, "via = "+hops[0])
	case len(hops) > 0:
		fields = append(fields, "via = { "+strings.Join(hops, ", ")+" }")
	}
	for i, name := range portNames {
		value := s.port[i]
		if value == "" {
			continue
		}
		if _, err := strconv.ParseFloat(value, 64); err != nil || strings.Trim(value, "0123456789.") != "" {
			value = diagnose.LuaString(value) // a word, or a mistake that connect tells of
		}
		fields = append(fields, name+" = "+value)
	}
	return fields
}

// asksPassword reports whether a hop is a proxy with a user, whose password it wants.
func asksPassword(hop string) bool {
	scheme, rest, ok := strings.Cut(strings.TrimSpace(hop), "://")
	host, _, _ := strings.Cut(rest, "/")
	return ok && (strings.EqualFold(scheme, "socks5") || strings.EqualFold(scheme, "http")) && strings.Contains(host, "@")
}

// A lostError tells that a connection was lost while the operator used it.
type lostError struct {
	name  string
	cause error
}

// Error gives one line.
func (e *lostError) Error() string {
	return "the connection to " + e.name + " was lost: " + e.cause.Error()
}

// Unwrap says that it is an end, and gives the cause.
func (e *lostError) Unwrap() []error { return []error{e.cause, io.EOF} }

// An endedError tells that the program that the operator used has ended otherwise than well.
type endedError struct{ exit line.Exit }

// Error says how.
func (e *endedError) Error() string { return e.exit.String() }

// signalNumbers are the signals whose numbers all systems agree on.
var signalNumbers = [...]string{1: "HUP", 2: "INT", 3: "QUIT", 4: "ILL", 6: "ABRT", 8: "FPE", 9: "KILL", 11: "SEGV", 13: "PIPE", 14: "ALRM", 15: "TERM"}

// status is what the command ends with: the program's status, or 128 and the number of the
// signal that ended it, as in a shell. Another signal is 255.
func (e *endedError) status() int {
	if e.exit.Signal == "" {
		return e.exit.Code
	}
	if number := slices.Index(signalNumbers[:], e.exit.Signal); number > 0 {
		return 128 + number
	}
	return 255
}

// endTime is how long a program that has let go of its terminal has to end.
const endTime = time.Second

// ended says how a session was ended by its other side. An error is a program's own.
func (app *App) ended(s *session.Session) error {
	e, err := s.Wait(app.ctx, session.WaitOptions{Timeout: endTime})
	if err != nil { // a host, or a program that goes on, or one whose end was not told
		app.say("%s closed the connection", s.Name())
		return nil
	}
	app.say("%s has ended: %s", s.Name(), e)
	if e.OK() {
		return nil
	}
	return &endedError{e}
}

// toPrompt is what the menu's entry for the prompt ends an interaction with.
type toPrompt struct{}

// runConnect joins the operator's terminal to a host.
func (app *App) runConnect(s *settings, rest []string) int {
	if len(rest) == 0 || len(rest) > 2 {
		return app.misused("connect: it takes -l USER, -via HOP, -baud N, -log FILE, -record FILE, and ADDRESS [PORT]")
	}
	log := s.log
	s.log = "" // of this session alone, without headings
	in, err := app.interpWith(s, func(c *luabind.Config) {
		logs := c.Interact
		c.Interact = func(session *session.Session, o *terminal.Options) {
			logs(session, o)
			o.Back = ""
			o.Menu = append(o.Menu, terminal.MenuItem{
				Key: ':', Text: "Lua on this session; interact() comes back",
				Run: func(context.Context) (string, any, bool, error) { return "", toPrompt{}, true, nil },
			})
		}
	})
	if err != nil {
		return app.finish(err)
	}
	err = app.talk(in, append(rest, "")[:2], s, log)
	if closeErr := in.Close(); err == nil && closeErr != nil {
		err = closeErr
	}
	app.sayAgain()
	return app.finish(err)
}

// talk opens the session and lets the operator use it, by hand and by statements.
func (app *App) talk(in *luabind.Interp, address []string, s *settings, log string) error {
	where := kinds.Shown(address[0])
	if address[1] != "" {
		where += " " + address[1]
	}
	app.say("connecting to %s", where)
	options := s.lineOptions(address[0])
	if log != "" {
		options = append(options, "log = "+diagnose.LuaString(log))
	}
	if app.term.Interactive() {
		if term := app.Getenv("TERM"); term != "" {
			options = append(options, "terminal = "+diagnose.LuaString(term))
		}
		if c, r, ok := app.term.Size(); ok {
			options = append(options, fmt.Sprintf("window = { columns = %d, rows = %d }", c, r))
		}
	}
	port := "nil"
	if address[1] != "" {
		port = diagnose.LuaString(address[1])
	}
	open := fmt.Sprintf("connect(%s, %s, { %s })", diagnose.LuaString(address[0]), port, strings.Join(options, ", "))
	if err := in.Run(app.ctx, []byte(open), "connect"); err != nil {
		if e, ok := errors.AsType[*baselib.Error](err); ok && e.Err != nil {
			return e.Err // the place in our own lines says nothing
		}
		return err
	}
	session := in.Current()
	if app.term.InputIsTerminal() {
		app.say("connected to %s, ^] for the menu", session.Address())
	} else {
		app.say("connected to %s", session.Address())
	}
	end, err := in.Interact(app.ctx)
	switch {
	case err != nil:
		return err
	case end.Reason == terminal.Closed:
		if cause := session.Lost(); cause != nil {
			return &lostError{session.Name(), cause}
		}
		return app.ended(session)
	case end.Value == toPrompt{}:
		return app.prompt(in)
	}
	return nil
}
