package luabind

import (
	"context"
	"errors"
	"strconv"
	"strings"

	lua "github.com/yuin/gopher-lua"

	"github.com/moonwire/moonwire/engine/dial"
	"github.com/moonwire/moonwire/engine/line"
	"github.com/moonwire/moonwire/engine/line/kinds"
	"github.com/moonwire/moonwire/engine/record"
	"github.com/moonwire/moonwire/engine/session"
	"github.com/moonwire/moonwire/engine/telnet"
	"github.com/moonwire/moonwire/luabind/args"
	"github.com/moonwire/moonwire/luabind/baselib"
)

// connect is connect(address [, port] [, options]).
func connect(c *call) int {
	if host, ok := c.Arg(1).(*lua.LTable); ok {
		address, options := c.hostAddress(host, c.Arg(2))
		return c.connectTo(c.address(address, ""), options)
	}
	address := c.literal(1, "address")
	port, options := "", c.Arg(2)
	switch v := c.Arg(2).(type) {
	case lua.LNumber:
		port, options = baselib.Number(v), c.Arg(3)
	case lua.LString:
		port, options = string(v), c.Arg(3)
	case *lua.LNilType:
		options = c.Arg(3)
	}
	return c.connectTo(c.address(address, port), options)
}

// connectTo opens a session.
func (c *call) connectTo(a dial.Address, options lua.LValue) int {
	o := c.readConnectOptions(options)
	c.applies(a, o)
	for _, secret := range c.sent {
		c.maySend(secret, a.String())
	}
	h, err := c.in.open(a, o)
	if err != nil {
		c.Raise(err)
	}
	c.L.Push(h.value)
	return 1
}

// address reads an address, or raises.
func (c *call) address(address, port string) dial.Address {
	a, err := kinds.Parse(address, port)
	if e, ok := errors.AsType[*dial.Error](err); ok {
		c.FailHint("the address "+strconv.Quote(e.Address)+" is wrong: "+e.What, e.Hint)
	}
	return a
}

// open dials and makes a session of the connection.
func (in *Interp) open(a dial.Address, o *connectOptions) (*handle, error) {
	if tls := o.line.Dial.TLS; tls != nil && tls.Insecure && in.config.Warn != nil {
		in.config.Warn("tls to " + a.String() + " is insecure: anyone could answer in the host's place")
	}
	cfg := o.session
	if t := in.currentTask(); t != nil && t.number > 0 && (in.config.Opened != nil || in.config.replay != nil || o.record != "") {
		cfg.Opener = in.Where(in.at)
	}
	l, err := in.line(a, o, cfg.Opener)
	if err != nil {
		return nil, err
	}
	cfg.Address = a.String()
	if cfg.Name == "" {
		cfg.Name = in.uniqueName(cfg.Address)
	}
	cfg.Attendant, cfg.Clock, cfg.Cache = in.attendant, in.config.Clock, in.patterns
	cfg.Secrets = in.config.Secrets
	hook := o.onOption
	if hook == lua.LNil && !o.manual {
		hook = in.onOption
	}
	s, err := session.New(l, cfg)
	if err != nil {
		// no test: the options have been checked when they were read
		return nil, &args.UsageError{Message: "connect: " + err.Error()}
	}
	if in.config.Steps != nil {
		s.AddTap(writeWatch{in})
	}
	if o.timeout != 0 {
		s.SetTimeout(max(o.timeout, 0))
	}
	in.opened++
	h := &handle{session: s, number: in.opened, unwarned: o.unwarned, opener: in.currentTask()}
	h.value = in.userdata(h, sessionMeta)
	if hook != lua.LNil {
		s.SetHook(in.hook(h, hook))
	}
	if o.onCommand != lua.LNil {
		s.SetHook(in.commandHook(h, o.onCommand))
	}
	if o.record != "" {
		if err := in.record(s, o.record); err != nil {
			_ = s.Close()
			return nil, err
		}
	}
	if in.config.Opened != nil {
		if err := in.config.Opened(s, o.log); err != nil {
			_ = s.Close()
			return nil, err
		}
	}
	in.letGo()
	in.handles.add(h)
	in.names[s.Name()]++
	in.current = h
	return h, nil
}

// applies checks that the options go with the address.
func (c *call) applies(a dial.Address, o *connectOptions) {
	for _, option := range kinds.OptionNames() {
		if why, hint := kinds.Of(a).Lacks(option); why != "" && o.given[option] {
			c.FailHint(why, hint)
		}
	}
}

// line opens the line that an address names.
func (in *Interp) line(a dial.Address, o *connectOptions, opener string) (l line.Line, err error) {
	lo := o.line
	lo.Connect = in.config.Dial
	if run := in.config.replay; run != nil {
		lo.Connect = replayed(run, record.Opening{Address: a.String(), Name: o.session.Name, Opener: opener})
	}
	lo.Encoding, lo.Raw = o.session.Encoding, o.session.Raw
	lo.SSH = in.loginOf(a.String(), o)
	lo.Demo = &in.demo // one for all sessions: it keeps what they set
	ctx := in.ctx
	in.attendant.Block(func() { l, err = kinds.Open(ctx, a, lo) })
	return l, err
}

// uniqueName tells sessions to the same host apart.
func (in *Interp) uniqueName(address string) string {
	name := address
	for n := max(in.numbered[address], 2); in.names[name] > 0; n++ {
		name = address + "#" + strconv.Itoa(n)
		in.numbered[address] = n + 1
	}
	return name
}

// freeName makes the name of a session that is closed available again.
func (in *Interp) freeName(s *session.Session) {
	name, address := s.Name(), s.Address()
	if in.names[name]--; in.names[name] <= 0 {
		delete(in.names, name)
	}
	if n, err := strconv.Atoi(strings.TrimPrefix(name, address+"#")); err == nil && n >= 2 && n < in.numbered[address] {
		in.numbered[address] = n
	}
}

// onOption is s:on_option(f).
func onOption(c *call, h *handle) int {
	switch f := c.Arg(1).(type) {
	case *lua.LFunction:
		h.session.SetHook(c.in.hook(h, f))
	case *lua.LNilType:
		h.session.SetHook(nil)
	default:
		c.WrongType("hook", "a function or nil", f)
	}
	return 0
}

// onOptionGlobal is on_option(f): for the current session, or for those to come if
// there is none.
func onOptionGlobal(c *call) int {
	if ud, ok := c.L.Get(1).(*lua.LUserData); ok {
		if h, ok := ud.Value.(*handle); ok {
			c.Base = 2
			return onOption(c, h)
		}
	}
	if c.in.current != nil {
		return onOption(c, c.in.current)
	}
	switch f := c.Arg(1).(type) {
	case *lua.LFunction, *lua.LNilType:
		c.in.onOption = f
	default:
		c.WrongType("hook", "a function or nil", f)
	}
	return 0
}

// hook makes an engine's hook of a Lua function. It runs in the Lua thread that
// is waiting.
func (in *Interp) hook(h *handle, fn lua.LValue) session.Hook {
	return func(ctx context.Context, _ *session.Session, r session.HookRequest) (session.HookAnswer, error) {
		given := []lua.LValue{h.value, lua.LString(r.Command.String()), optionValue(r.Option)}
		if r.Command == telnet.SB {
			given = append(given, lua.LString(r.Data))
		}
		returned, err := baselib.Call(ctx, in.at, fn, given...)
		if err != nil || len(returned) == 0 {
			return session.HookAnswer{}, err
		}
		switch v := returned[0].(type) {
		case *lua.LNilType:
			return session.HookAnswer{}, nil
		case lua.LBool:
			if v {
				return session.HookAnswer{Decision: session.Accept}, nil
			}
			return session.HookAnswer{Decision: session.Refuse}, nil
		case lua.LString:
			switch {
			case v == "accept":
				return session.HookAnswer{Decision: session.Accept}, nil
			case v == "refuse":
				return session.HookAnswer{Decision: session.Refuse}, nil
			case r.Command == telnet.SB:
				return session.HookAnswer{Reply: []byte(v)}, nil
			}
		}
		want := `"accept", "refuse" or nil`
		if r.Command == telnet.SB {
			want = `a string to answer with, "refuse", false or nil`
		}
		return session.HookAnswer{}, &args.UsageError{Message: "on_option: the hook must return " + want + ", not " + args.Quote(returned[0])}
	}
}

// optionValue is an option's name, or its number where it has none.
func optionValue(o telnet.Option) lua.LValue {
	if name := o.String(); name != strconv.Itoa(int(o)) {
		return lua.LString(name)
	}
	return lua.LNumber(o)
}

// command is s:command(name).
func command(c *call, h *handle) int {
	name := c.literal(1, "name")
	var err error
	switch {
	case strings.EqualFold(name, "SYNCH"):
		err = h.session.Synch()
	case strings.EqualFold(name, "BRK"): // other lines have a break, too
		err = c.sendBreak(h)
	default:
		cmd, ok := telnet.CommandByName(name)
		if !ok || !sendable(cmd) {
			c.FailHint("there is no command "+strconv.Quote(name), "there are AYT, BRK, IP, AO, EC, EL, NOP, GA, EOR and SYNCH")
		}
		err = h.session.Send(cmd)
	}
	if err != nil {
		c.Raise(err)
	}
	return 0
}

func sendable(cmd telnet.Command) bool {
	switch cmd {
	case telnet.SB, telnet.SE, telnet.WILL, telnet.WONT, telnet.DO, telnet.DONT, telnet.IAC, telnet.DM:
		return false
	}
	return true
}

// negotiate is s:negotiate(verb, option).
func negotiate(c *call, h *handle) int {
	verb := strings.ToUpper(c.literal(1, "verb"))
	option := c.option(c.Arg(2))
	var err error
	switch verb {
	case "WILL", "WONT":
		err = h.session.Negotiate(telnet.Us, option, verb == "WILL")
	case "DO", "DONT":
		err = h.session.Negotiate(telnet.Him, option, verb == "DO")
	default:
		c.Fail(`verb must be "WILL", "WONT", "DO" or "DONT", not ` + strconv.Quote(verb))
	}
	if err != nil {
		c.Raise(err)
	}
	return 0
}

// subnegotiate is s:subnegotiate(option, bytes).
func subnegotiate(c *call, h *handle) int {
	if err := h.session.Subnegotiate(c.option(c.Arg(1)), []byte(c.literal(2, "bytes"))); err != nil {
		c.Raise(err)
	}
	return 0
}

// resize is s:resize(columns, rows).
func resize(c *call, h *handle) int {
	if err := h.session.Resize(c.size("columns", c.Arg(1)), c.size("rows", c.Arg(2))); err != nil {
		c.Raise(err)
	}
	return 0
}

// options is s:options(): a table of {us=, him=} by option, each true, false, or
// "asked" while a request of ours is unanswered.
func options(c *call, h *handle) int {
	t := c.L.NewTable()
	for _, state := range h.session.Options() {
		entry := c.L.CreateTable(0, 2)
		entry.RawSetString("us", sideState(state.UsOn, state.UsAsked))
		entry.RawSetString("him", sideState(state.HimOn, state.HimAsked))
		t.RawSet(optionValue(state.Option), entry)
	}
	c.L.Push(t)
	return 1
}

func sideState(on, asked bool) lua.LValue {
	if asked && !on {
		return lua.LString("asked")
	}
	return lua.LBool(on)
}
