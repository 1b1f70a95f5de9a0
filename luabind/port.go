package luabind

import (
	"strconv"
	"time"

	lua "github.com/yuin/gopher-lua"

	"github.com/moonwire/moonwire/luabind/args"
)

// breakTime is how long a break lasts, as the kernel's tcsendbreak does it.
const breakTime = 250 * time.Millisecond

// sendBreak is s:command "BRK".
func (c *call) sendBreak(h *handle) error {
	lasts, err := h.session.SetBreak(true)
	if err == nil && lasts {
		err = c.in.attendant.Sleep(c.in.ctx, c.in.config.Clock, breakTime)
		if _, e := h.session.SetBreak(false); err == nil {
			err = e
		}
	}
	return err
}

var modemKeys = []string{"dtr", "rts", "purge"}

// modem is s:modem([table]).
func modem(c *call, h *handle) int {
	switch v := c.Arg(1).(type) {
	case *lua.LNilType:
	case *lua.LTable:
		c.setModem(h, v)
	default:
		c.WrongType("lines", "a table such as {dtr=false}", v)
	}
	m, err := h.session.Modem()
	if err != nil {
		c.Raise(err)
	}
	t := c.L.CreateTable(0, 6)
	for name, on := range map[string]bool{"dtr": m.DTR, "rts": m.RTS, "cts": m.CTS, "dsr": m.DSR, "dcd": m.DCD, "ring": m.Ring} {
		t.RawSetString(name, lua.LBool(on))
	}
	c.L.Push(t)
	return 1
}

// setModem sets the control lines that the table names.
func (c *call) setModem(h *handle, t *lua.LTable) {
	var dtr, rts *bool
	purge := ""
	for _, key := range c.Keys(t, "modem") {
		v := t.RawGetString(key)
		switch key {
		case "dtr", "rts":
			on := c.BoolOption(key, v)
			if key == "dtr" {
				dtr = &on
			} else {
				rts = &on
			}
		case "purge":
			if purge = c.StringOption(key, v); purge != "in" && purge != "out" && purge != "both" {
				c.Fail(`purge must be "in", "out" or "both", not ` + strconv.Quote(purge))
			}
		default:
			c.FailHint("there is no control line "+strconv.Quote(key)+" to set", args.Suggest(key, modemKeys))
		}
	}
	err := h.session.SetModem(dtr, rts)
	if err == nil && purge != "" {
		err = h.session.Purge(purge != "out", purge != "in")
	}
	if err != nil {
		c.Raise(err)
	}
}
