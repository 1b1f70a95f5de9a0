package luabind

import (
	"errors"
	"strconv"
	"strings"

	lua "github.com/yuin/gopher-lua"

	"github.com/moonwire/moonwire/engine/line"
	"github.com/moonwire/moonwire/luabind/args"
)

// What only sessions to programs have.

// signalNames are those that scripts use, for hints.
var signalNames = []string{"HUP", "INT", "QUIT", "KILL", "TERM", "USR1", "USR2", "STOP", "CONT", "TSTP", "WINCH", "ALRM"}

// waitExit is s:wait([timeout]).
func waitExit(c *call, h *handle) int {
	if ud, ok := c.Arg(1).(lua.LString); ok {
		c.FailHint("timeout must be a number, not "+strconv.Quote(string(ud)), "s:wait waits for the program's end; s:expect and s:read_until wait for text")
	}
	e, err := h.session.Wait(c.in.ctx, c.wait(h, 1))
	if err != nil {
		c.Raise(err)
	}
	if e.Signal != "" {
		c.L.Push(lua.LString("signal"))
		c.L.Push(lua.LString(e.Signal))
	} else {
		c.L.Push(lua.LString("exit"))
		c.L.Push(lua.LNumber(e.Code))
	}
	return 2
}

// signal is s:signal(name).
func signal(c *call, h *handle) int {
	name := c.literal(1, "name")
	err := h.session.Signal(name)
	switch {
	case errors.Is(err, line.ErrNoSignal):
		hint := args.Suggest(strings.ToUpper(name), signalNames)
		if hint == "" {
			hint = "signals are named as in \"INT\", \"TERM\", \"HUP\", \"KILL\""
		}
		c.FailHint("there is no signal "+strconv.Quote(name), hint)
	case errors.Is(err, line.ErrNoSignals):
		c.FailHint(err.Error(), `s:write("\3") types ^C, s:close() hangs up; the ssh that is part of moonwire sends signals`)
	case err != nil:
		c.Raise(err)
	}
	return 0
}

// pid is the field of that name: nil where no program of this machine is spoken to.
func (c *call) pid(h *handle) lua.LValue {
	if n := h.session.Pid(); n > 0 {
		return lua.LNumber(n)
	}
	return lua.LNil
}
