package cli

import (
	"context"
	"errors"
	"strconv"

	"github.com/moonwire/moonwire/engine/line/kinds"
	"github.com/moonwire/moonwire/engine/session"
	"github.com/moonwire/moonwire/engine/terminal"
	"github.com/moonwire/moonwire/luabind"
	"github.com/moonwire/moonwire/luabind/baselib"
)

// connectScript opens the session, with what an operator wants in place of what a
// script does: his terminal's name and size, and his name for a host that asks.
const connectScript = `
local address, port, user, log, term, columns, rows, baud, bits, parity, stop, flow = ...
local ssh = address:lower():find("^ssh://")
local function given(s) return s ~= "" and s or nil end
local via = { select(13, ...) }
for i, hop in ipairs(via) do
  local scheme = hop:match("^%s*(%w+)://[^/]*@") -- a user's proxy wants his password
  scheme = scheme and scheme:lower()
  if scheme == "socks5" or scheme == "http" then via[i] = { hop, { password = secret "via" } } end
end
connect(address, given(port), {
  environ = user ~= "" and not ssh and { USER = user } or nil,
  ssh = user ~= "" and ssh and { user = user } or nil,
  log = given(log),
  via = via[1] and via,
  baud = tonumber(baud) or given(baud),
  bits = tonumber(bits) or given(bits),
  parity = given(parity),
  stop = given(stop),
  flow = given(flow),
  terminal = given(term),
  window = columns ~= "" and { columns = tonumber(columns), rows = tonumber(rows) } or nil,
})
`

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
	return app.finish(err)
}

// talk opens the session and lets the operator use it, by hand and by statements.
func (app *App) talk(in *luabind.Interp, address []string, s *settings, log string) error {
	where := kinds.Shown(address[0])
	if address[1] != "" {
		where += " " + address[1]
	}
	app.say("connecting to %s", where)
	term, columns, rows := "", "", ""
	if app.term.Interactive() {
		term = app.Getenv("TERM")
		if c, r, ok := app.term.Size(); ok {
			columns, rows = strconv.Itoa(c), strconv.Itoa(r)
		}
	}
	args := append([]string{address[0], address[1], s.user, log, term, columns, rows}, append(s.port[:], s.via...)...)
	if err := in.Run(app.ctx, []byte(connectScript), "connect", args...); err != nil {
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
		app.say("%s closed the connection", session.Name())
	case end.Value == toPrompt{}:
		return app.prompt(in)
	}
	return nil
}
