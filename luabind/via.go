package luabind

import (
	"errors"
	"slices"
	"strconv"

	lua "github.com/yuin/gopher-lua"

	"github.com/moonwire/moonwire/engine/dial"
	"github.com/moonwire/moonwire/engine/line/kinds"
	"github.com/moonwire/moonwire/luabind/args"
	"github.com/moonwire/moonwire/luabind/baselib"
)

// readVia reads what the connection goes through: an address, {address, options}, or a
// list of them.
func readVia(c *call, o *connectOptions, v lua.LValue) {
	o.line.Via = nil
	t, ok := v.(*lua.LTable)
	if !ok || isHop(t) {
		c.readHop(o, "via", v)
		return
	}
	if t.Len() == 0 {
		c.FailHint("via is an empty table", `write via="socks5://proxy", or leave it out`)
	}
	for i := 1; i <= t.Len(); i++ {
		c.readHop(o, "via["+strconv.Itoa(i)+"]", t.RawGetInt(i))
	}
}

// isHop reports whether a table is one hop, {address, options}, and no list of them.
func isHop(t *lua.LTable) bool {
	options, ok := t.RawGetInt(2).(*lua.LTable)
	return ok && t.Len() == 2 && t.RawGetInt(1).Type() == lua.LTString && options.RawGetInt(1) == lua.LNil
}

// readHop reads one hop and adds it.
func (c *call) readHop(o *connectOptions, what string, v lua.LValue) {
	address, options := v, (*lua.LTable)(nil)
	if t, ok := v.(*lua.LTable); ok {
		address = t.RawGetInt(1)
		t.ForEach(func(k, _ lua.LValue) {
			if k != lua.LNumber(1) && k != lua.LNumber(2) {
				c.FailHint(what+" has an entry "+args.Quote(k), "a hop is {address, options}, and its options stand in a table of their own")
			}
		})
		if v := t.RawGetInt(2); v != lua.LNil {
			if options, ok = v.(*lua.LTable); !ok {
				c.WrongType(what+"[2]", "a table of options", v)
			}
		}
	}
	text, ok := address.(lua.LString)
	if !ok {
		c.WrongType(what, "an address, {address, options}, or a list of them", address)
	}
	kind, err := kinds.HopOf(string(text))
	if err == nil {
		ho := kinds.HopOptions{Env: baselib.Environ(c.in.L)}
		ours := c.sent
		c.sent = nil
		if kind.LogsIn() {
			var of connectOptions
			if options != nil {
				readSSH(c, &of, options)
			}
			ho.SSH = c.in.loginOf(kinds.Shown(string(text)), &of)
		} else if options != nil {
			c.readHopOptions(&ho, what, kind, options)
		}
		for _, secret := range c.sent { // they go to the hop
			c.maySend(secret, kinds.Shown(string(text)))
		}
		c.sent = ours
		h, err := kinds.Hop(string(text), ho)
		if err == nil {
			if len(o.line.Via) > 0 && kinds.First(h) {
				c.FailHint(what+": "+kind.Prefix+" can only be the first hop", "a program finds its own way to the host")
			}
			o.line.Via = append(o.line.Via, h)
			return
		}
		c.wrongHop(what, string(text), err)
	}
	c.wrongHop(what, string(text), err)
}

// wrongHop raises what is wrong with a hop's address.
func (c *call) wrongHop(what, address string, err error) {
	e, hint := err.Error(), ""
	if d, ok := errors.AsType[*dial.Error](err); ok {
		hint = d.Hint
	}
	c.FailHint(what+": the address "+strconv.Quote(kinds.Shown(address))+" is wrong: "+e, hint)
}

// readHopOptions reads the options of a hop.
func (c *call) readHopOptions(o *kinds.HopOptions, what string, kind kinds.HopKind, t *lua.LTable) {
	for _, key := range c.Keys(t, what) {
		v := t.RawGetString(key)
		switch {
		case !slices.Contains(kind.Options, key):
			c.FailHint(what+": "+kind.Prefix+" has no option "+strconv.Quote(key), args.Suggest(key, kind.Options))
		case key == "user":
			o.User = c.textOrSecret(what+".user", v)
		case key == "password":
			if !isSecret(v) {
				c.FailHint(what+`.password must be a secret, not `+args.Kind(v), `write password = secret "NAME"`)
			}
			o.Password = c.textOrSecret(what+".password", v)
		}
	}
}

// textOrSecret reads a string, or the value of a secret.
func (c *call) textOrSecret(name string, v lua.LValue) string {
	if ud, ok := v.(*lua.LUserData); ok {
		if s, ok := ud.Value.(*secretValue); ok {
			c.sent = append(c.sent, s.name)
			return s.value
		}
	}
	return c.StringOption(name, v)
}
