package luabind

import (
	lua "github.com/yuin/gopher-lua"

	"github.com/moonwire/moonwire/engine/diagnose"
	"github.com/moonwire/moonwire/engine/patterns"
)

// why is s:why(pattern): whether the pattern matches what has come and is not yet
// taken, and if not, why. What it gives prints as text.
func why(c *call, h *handle) int {
	p := c.readPattern(c.Arg(1), 1)
	if _, err := patterns.Compile([]patterns.Pattern{p}); err != nil {
		c.Raise(patternError(c.Name, err, 1))
	}
	report, err := h.session.Why(c.in.ctx, p)
	if err != nil {
		c.Raise(err)
	}
	c.L.Push(c.in.userdata(report, reportMeta))
	return 1
}

func reportString(c *call) int {
	if r, ok := selfOf[diagnose.Report](c); ok {
		c.L.Push(lua.LString(r.String()))
	}
	return 1
}

// reportIndex gives report.matched and report.hints, a list of {text=, fix=}.
func reportIndex(c *call) int {
	r, ok := selfOf[diagnose.Report](c)
	if !ok {
		return 0
	}
	switch c.L.Get(2).String() {
	case "matched":
		c.L.Push(lua.LBool(len(r.Misses) > 0 && r.Misses[0].Matched))
	case "hints":
		list := c.L.CreateTable(len(r.Hints), 0)
		for i, hint := range r.Hints {
			t := c.L.CreateTable(0, 2)
			t.RawSetString("text", lua.LString(hint.Text))
			if hint.Fix != "" {
				t.RawSetString("fix", lua.LString(hint.Fix))
			}
			list.RawSetInt(i+1, t)
		}
		c.L.Push(list)
	default:
		c.L.Push(lua.LNil)
	}
	return 1
}
