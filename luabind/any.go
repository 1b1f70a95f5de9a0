package luabind

import (
	"slices"
	"strconv"

	lua "github.com/yuin/gopher-lua"

	"github.com/moonwire/moonwire/engine/diagnose"
	"github.com/moonwire/moonwire/engine/session"
	"github.com/moonwire/moonwire/luabind/args"
	"github.com/moonwire/moonwire/luabind/baselib"
)

// expectAny is expect_any(list [, timeout]): each of the list is {s, pattern, ...}.
func expectAny(c *call) int {
	list, ok := c.Arg(1).(*lua.LTable)
	if !ok {
		c.WrongType("list", "a list such as { {s1, pattern}, {s2, pattern} }", c.Arg(1))
	}
	if list.Len() == 0 {
		c.FailHint("the list is empty", `as in { {s1, "word"}, {s2, "word", EOF} }`)
	}
	timeout := c.Limit(c.Arg(2), "timeout")
	handles := make([]*handle, list.Len())
	calls := make([]expectCall, list.Len())
	for i := range handles {
		handles[i], calls[i] = c.readAlternative(list.RawGetInt(i+1), i+1)
		if slices.Contains(handles[:i], handles[i]) {
			c.FailHint("the session "+diagnose.OneLine(handles[i].session.Name())+" is listed twice", "give it all its patterns in one place")
		}
	}
	texts := make([]string, len(handles)) // of each, until the actions that said AGAIN
	for {
		d, err := c.awaitAny(handles, calls, session.WaitOptions{Timeout: timeout, Where: c.whereOn(handles[0].session)})
		switch {
		case err != nil:
			c.Raise(err)
		case d.which < 0: // skipped by the operator
			c.L.Push(lua.LNil)
			c.L.Push(lua.LNil)
			c.L.Push(lua.LNil)
			c.L.Push(lua.LString(""))
			return 4
		}
		h, e, result := handles[d.which], &calls[d.which], d.result
		goOn(texts[d.which], &result)
		index := result.Index + 1 - e.standing
		value := c.in.userdata(&matchValue{result: result, index: index}, matchMeta)
		if action := e.branches[result.Index].action; action != nil {
			returned, err := baselib.Call(c.in.ctx, c.L, action, value, h.value)
			if err != nil {
				c.Raise(err)
			}
			if result.Index < e.standing || len(returned) > 0 && isAgain(returned[0]) {
				texts[d.which] = result.Text
				continue
			}
		}
		c.L.Push(h.value)
		c.L.Push(lua.LNumber(index))
		c.L.Push(value)
		c.L.Push(lua.LString(result.Text))
		return 4
	}
}

// decided is the session of a list that was decided first, -1 if none was, and its result.
type decided struct {
	which  int
	result session.Result
}

// awaitAny makes one wait. Where it fails the operator is offered the session that failed,
// or the first of the list if none did.
func (c *call) awaitAny(handles []*handle, calls []expectCall, o session.WaitOptions) (decided, error) {
	list := make([]session.Alternative, len(handles))
	for i, h := range handles {
		defer c.claim(h)()
		list[i] = session.Alternative{Session: h.session, Patterns: calls[i].patterns}
	}
	return rescuedOn(c, decided{which: -1}, func() (*handle, decided, error) {
		which, result, err := session.ExpectAny(c.in.ctx, list, o)
		return handles[max(which, 0)], decided{which, result}, err
	})
}

// readAlternative reads {s, pattern, ...}.
func (c *call) readAlternative(v lua.LValue, i int) (*handle, expectCall) {
	name := "list[" + strconv.Itoa(i) + "]"
	t, ok := v.(*lua.LTable)
	if !ok || t.Len() < 2 {
		c.FailHint(name+" must be a session and its patterns", "as in { {s1, \"word\"}, {s2, \"word\", EOF} }")
	}
	ud, _ := t.RawGetInt(1).(*lua.LUserData)
	var h *handle
	if ud != nil {
		h, _ = ud.Value.(*handle)
	}
	if h == nil {
		c.FailHint(name+" must begin with a session, not "+args.Kind(t.RawGetInt(1)), "as in { {s1, \"word\"}, {s2, \"word\", EOF} }")
	}
	t.ForEach(func(k, _ lua.LValue) {
		if key, ok := k.(lua.LString); ok {
			c.FailHint(name+" has the option "+string(key)+", and there are none", "the timeout is expect_any's second argument")
		}
	})
	var e expectCall
	for k := 2; k <= t.Len(); k++ {
		e.branches = append(e.branches, c.readBranch(t.RawGetInt(k), k-1))
	}
	c.compileExpect(h, &e)
	return h, e
}
