package luabind

import (
	"errors"
	"strconv"

	lua "github.com/yuin/gopher-lua"

	"github.com/moonwire/moonwire/engine/patterns"
	"github.com/moonwire/moonwire/engine/session"
	"github.com/moonwire/moonwire/luabind/baselib"
)

// matchValue is what expect returns second.
type matchValue struct {
	result session.Result
	index  int
}

// LuaKind implements [args.Named].
func (m *matchValue) LuaKind() string { return "a match" }

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
	e := c.readExpect(h)
	result, index, ok := c.await(h, &e, "")
	if !ok { // skipped by the operator
		c.L.Push(lua.LNil)
		c.L.Push(lua.LNil)
		c.L.Push(lua.LString(""))
		return 3
	}
	c.L.Push(lua.LNumber(index))
	c.L.Push(c.in.userdata(&matchValue{result: result, index: index}, matchMeta))
	c.L.Push(lua.LString(result.Text))
	return 3
}

// await waits for the first of a list, and goes on as long as actions say so. The
// result's text is all that came since the call began, less what was erased meanwhile.
// ok is false if the operator has skipped the wait.
func (c *call) await(h *handle, e *expectCall, op string) (result session.Result, index int, ok bool) {
	text := ""
	for {
		result, err := rescued(c, h, session.Result{Index: -1}, func() (session.Result, error) {
			return h.session.Expect(c.in.ctx, e.patterns, session.WaitOptions{
				Timeout: e.timeout, Settle: e.settle, Op: op, Orderly: e.orderly, Where: c.whereOn(h.session),
			})
		})
		if err != nil {
			if failed, ok := errors.AsType[*session.CommandError](err); ok {
				failed.Output = text + failed.Output
			}
			c.Raise(err)
		}
		if result.Index < 0 {
			return result, 0, false
		}
		goOn(text, &result)
		index := result.Index + 1 - e.standing
		action := e.branches[result.Index].action
		if action == nil {
			return result, index, true
		}
		value := c.in.userdata(&matchValue{result: result, index: index}, matchMeta)
		returned, err := baselib.Call(c.in.ctx, c.L, action, value, h.value)
		if err != nil {
			c.Raise(err)
		}
		if result.Index >= e.standing && (len(returned) == 0 || !isAgain(returned[0])) {
			return result, index, true
		}
		text = result.Text
	}
}

// goOn puts text, all that came until the actions that said AGAIN, before a result's, less
// what was erased since.
func goOn(text string, r *session.Result) {
	if text == "" {
		return
	}
	before := text[:len(text)-min(r.Replaced, len(text))]
	for i := range r.Groups {
		if r.Groups[i] >= 0 {
			r.Groups[i] += len(before)
		}
	}
	r.Text = before + r.Text
}

// always is s:always(list): patterns that stand before the list of every wait for a
// pattern.
func always(c *call, h *handle) int {
	t, ok := c.Arg(1).(*lua.LTable)
	if !ok {
		c.WrongType("list", "a list of pairs such as { {pattern, function(m, s) ... end} }", c.Arg(1))
	}
	standing := make([]branch, 0, t.Len())
	for i := 1; i <= t.Len(); i++ {
		b := c.readBranch(t.RawGetInt(i), i)
		switch {
		case b.action == nil:
			c.FailHint("pattern "+strconv.Itoa(i)+" has no action", "a pair is {pattern, function(m, s) ... end}")
		case b.pattern.Kind == patterns.Timeout || b.pattern.Kind == patterns.EOF:
			c.Fail("pattern " + strconv.Itoa(i) + " is " + b.pattern.String() + ", which ends a wait: it can not stand before every one")
		}
		standing = append(standing, b)
	}
	if _, err := c.compile(standing, false); err != nil && len(standing) > 0 {
		c.Raise(patternError(c.Name, err, len(standing)))
	}
	h.standing = standing
	return 0
}

func isAgain(v lua.LValue) bool {
	ud, ok := v.(*lua.LUserData)
	if !ok {
		return false
	}
	_, ok = ud.Value.(again)
	return ok
}
