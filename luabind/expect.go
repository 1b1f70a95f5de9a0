package luabind

import (
	lua "github.com/yuin/gopher-lua"

	"github.com/moonwire/moonwire/engine/session"
	"github.com/moonwire/moonwire/luabind/baselib"
)

// matchValue is what expect returns second.
type matchValue struct {
	result session.Result
	index  int
}

// group gives match[i]; ok is false if there is no such group.
func (m *matchValue) group(i int) (v lua.LValue, ok bool) {
	if i < 0 || i >= len(m.result.Groups)/2 {
		return lua.LNil, false
	}
	from, to := m.result.Groups[2*i], m.result.Groups[2*i+1]
	if from < 0 {
		return lua.LFalse, true
	}
	return lua.LString(m.result.Text[from:to]), true
}

// matchIndex is __index of a match.
func matchIndex(c *call) int {
	m, ok := selfOf[*matchValue](c)
	if !ok {
		return 0
	}
	switch key := c.L.Get(2).(type) {
	case lua.LNumber:
		if lua.LNumber(int(key)) != key { // there is no half a group
			c.L.Push(lua.LNil)
			return 1
		}
		v, _ := m.group(int(key))
		c.L.Push(v)
		return 1
	case lua.LString:
		for i, name := range m.result.Names {
			if name != "" && name == string(key) {
				v, _ := m.group(i)
				c.L.Push(v)
				return 1
			}
		}
		switch key {
		case "before":
			c.L.Push(lua.LString(m.result.Text[:m.result.Groups[0]]))
		case "index":
			c.L.Push(lua.LNumber(m.index))
		case "reason":
			if m.result.Ended == nil {
				c.L.Push(lua.LNil)
			} else {
				c.L.Push(lua.LString(m.result.Ended.Error()))
			}
		case "settled":
			c.L.Push(lua.LBool(m.result.Rule == session.Settled))
		case "truncated":
			c.L.Push(lua.LBool(m.result.Truncated > 0))
		default:
			c.L.Push(lua.LNil)
		}
		return 1
	}
	c.L.Push(lua.LNil)
	return 1
}

// matchString is __tostring of a match.
func matchString(c *call) int {
	m, ok := selfOf[*matchValue](c)
	if !ok {
		return 0
	}
	v, _ := m.group(0)
	c.L.Push(v)
	return 1
}

// expect is s:expect(patterns [, timeout]).
func expect(c *call, h *handle) int {
	e := c.readExpect()
	for {
		result, err := rescued(c, h, session.Result{Index: -1}, func() (session.Result, error) {
			return h.session.Expect(c.in.ctx, e.patterns, session.WaitOptions{
				Timeout: e.timeout, Settle: e.settle, Where: c.whereOn(h.session),
			})
		})
		if err != nil {
			c.raise(err)
		}
		if result.Index < 0 { // skipped by the operator
			c.L.Push(lua.LNil)
			c.L.Push(lua.LNil)
			c.L.Push(lua.LString(""))
			return 3
		}
		m := &matchValue{result: result, index: result.Index + 1}
		value := c.in.userdata(m, matchMeta)
		if action := e.branches[result.Index].action; action != nil {
			returned, err := baselib.Call(c.in.ctx, c.L, action, value, h.value)
			if err != nil {
				c.raise(err)
			}
			if len(returned) > 0 && isAgain(returned[0]) {
				continue
			}
		}
		c.L.Push(lua.LNumber(m.index))
		c.L.Push(value)
		c.L.Push(lua.LString(result.Text))
		return 3
	}
}

func isAgain(v lua.LValue) bool {
	ud, ok := v.(*lua.LUserData)
	if !ok {
		return false
	}
	_, ok = ud.Value.(again)
	return ok
}
