package luabind

import (
	"context"
	"strconv"

	lua "github.com/yuin/gopher-lua"

	"github.com/moonwire/moonwire/engine/mask"
	"github.com/moonwire/moonwire/engine/patterns"
	"github.com/moonwire/moonwire/engine/session"
	"github.com/moonwire/moonwire/luabind/args"
	"github.com/moonwire/moonwire/luabind/baselib"
)

// call is one call of a function of this package.
type call struct {
	args.Call
	in   *Interp
	sent []string // the names of secrets among the options that were read
}

// metas are the methods and metatables of the values that the binding makes. Each is made
// when it is first asked for: there may be thousands of states, most of which know few of
// these values.
type metas struct {
	methods *lua.LTable // of sessions, as far as they were asked for
	tables  [metaKinds]*lua.LTable
	kinds   *[metaKinds]metaKind // not named where they are used: some refer to that again
}

// metatable says which metatable a value has.
type metatable int

const (
	sessionMeta metatable = iota
	matchMeta
	patternMeta
	secretMeta
	reportMeta
	constantMeta
	taskMeta
	metaKinds
)

// A metaKind is what the values of a kind can do.
type metaKind struct {
	name   string
	fields []metafield
}

type metafield struct {
	name string
	run  function
}

var metaKindsOf = [metaKinds]metaKind{
	sessionMeta: {"session", []metafield{
		{"__index", sessionIndex},
		{"__newindex", sessionNewIndex},
		{"__tostring", sessionString},
		{"__names", func(c *call) int { c.L.Push(c.in.sessionNames()); return 1 }},
	}},
	matchMeta:    {"match", []metafield{{"__index", matchIndex}, {"__tostring", matchString}}},
	patternMeta:  {"pattern", []metafield{{"__tostring", patternString}}},
	secretMeta:   {"secret", []metafield{{"__tostring", secretString}, {"__concat", secretConcat}, {"__index", secretIndex}}},
	reportMeta:   {"report", []metafield{{"__tostring", reportString}, {"__index", reportIndex}}},
	taskMeta:     {"task", []metafield{{"__tostring", taskString}, {"__index", taskIndex}, {"__newindex", taskNewIndex}}},
	constantMeta: {"constant", []metafield{{"__tostring", func(c *call) int { c.L.Push(lua.LString("AGAIN")); return 1 }}}},
}

// function is a bound function that is no method.
type function func(c *call) int

var functions = [...]struct {
	name string
	run  function
}{
	{"connect", connect},
	{"spawn", spawn},
	{"current", current},
	{"use", use},
	{"on_option", onOptionGlobal},
	{"sleep", sleep},
	{"within", within},
	{"task", startTask},
	{"tasks", listTasks},
	{"parallel", parallel},
	{"expect_any", expectAny},
	{"exact", exactPattern},
	{"glob", globPattern},
	{"regex", regexPattern},
	{"secret", secret},
	{"step", stepOnce},
	{"help", help},
}

// register puts everything into the state.
func (in *Interp) register() {
	L := in.L
	m := &in.metas
	m.kinds = &metaKindsOf
	m.methods = baselib.NewTable(L, 8)
	for _, sm := range sessionMethods {
		if sm.global {
			baselib.Define(L.G.Global, sm.name, in.bind(sm.name, 1, in.onCurrent(sm.run)))
		}
	}
	for _, f := range functions {
		baselib.Define(L.G.Global, f.name, in.bind(f.name, 1, f.run))
	}
	for _, e := range events {
		baselib.Define(L.G.Global, e.name, in.userdata(patterns.Pattern{Kind: e.kind}, patternMeta))
	}
	baselib.Define(L.G.Global, "AGAIN", in.userdata(again{}, constantMeta))
}

// method is a session's method, made when it is first asked for; LNil if there is none.
func (in *Interp) method(name string) lua.LValue {
	v := in.metas.methods.RawGetString(name)
	if v != lua.LNil {
		return v
	}
	for _, sm := range sessionMethods {
		if sm.name == name {
			v = in.bind(name, 2, in.onSelf(sm.run))
			baselib.Define(in.metas.methods, name, v)
		}
	}
	return v
}

// meta is a metatable, made when it is first asked for.
func (in *Interp) meta(of metatable) *lua.LTable {
	if t := in.metas.tables[of]; t != nil {
		return t
	}
	m := &in.metas.kinds[of]
	t := baselib.NewTable(in.L, len(m.fields)+2)
	for _, f := range m.fields {
		baselib.Define(t, f.name, in.bind(m.name, 2, f.run))
	}
	baselib.Define(t, "__name", lua.LString(m.name))
	baselib.Define(t, "__metatable", lua.LString(m.name))
	in.metas.tables[of] = t
	return t
}

func (in *Interp) userdata(v any, of metatable) *lua.LUserData {
	return &lua.LUserData{Value: v, Metatable: in.meta(of), Env: in.L.Env}
}

// Function makes a Lua function of f, which errors call name.
func (in *Interp) Function(name string, f func(*args.Call) int) *lua.LFunction {
	return in.bind(name, 1, func(c *call) int { return f(&c.Call) })
}

func (in *Interp) bind(name string, base int, f function) *lua.LFunction {
	return baselib.NewFunction(in.L, in.wrap(name, base, f))
}

// wrap makes a Go function of gopher-lua's kind of f.
func (in *Interp) wrap(name string, base int, f function) lua.LGFunction {
	return func(L *lua.LState) int {
		before := in.at
		in.at = L // hooks that a wait runs belong to this thread
		defer func() { in.at = before }()
		return f(&call{Call: args.Call{L: L, Name: name, Base: base}, in: in})
	}
}

// onSelf makes a method of m.
func (in *Interp) onSelf(m method) function {
	return func(c *call) int {
		h, ok := selfOf[*handle](c)
		if !ok {
			return 0
		}
		return m(c, h)
	}
}

// onCurrent makes a global function of m.
func (in *Interp) onCurrent(m method) function {
	return func(c *call) int {
		if ud, ok := c.L.Get(1).(*lua.LUserData); ok {
			if h, ok := ud.Value.(*handle); ok { // read_until(s, ...) is what is meant
				c.Base = 2
				return m(c, h)
			}
		}
		return m(c, c.currentHandle())
	}
}

var errNoSession = &args.UsageError{Message: "no session: call connect() first"}

func (c *call) currentHandle() *handle {
	if c.in.current == nil {
		c.Raise(errNoSession)
	}
	return c.in.current
}

// selfOf is the value that a method is called on.
func selfOf[T any](c *call) (v T, ok bool) {
	if ud, isUserData := c.L.Get(1).(*lua.LUserData); isUserData {
		if v, ok = ud.Value.(T); ok {
			return v, true
		}
	}
	c.FailHint("it is called on "+args.Kind(c.L.Get(1))+", not on a session", "write it with a colon: s:"+c.Name+"(...)")
	return v, false
}

// where is the script's position, "login.lua:3".
func (c *call) where() string { return c.in.Where(c.L) }

// Where returns the position of a Lua thread, "login.lua:3", and its task behind it.
func (in *Interp) Where(L *lua.LState) string {
	source, line := baselib.Position(L)
	if line <= 0 {
		return ""
	}
	if t := in.currentTask(); t != nil && t.number > 0 {
		return source + ":" + strconv.Itoa(line) + " in task " + strconv.Itoa(t.number)
	}
	return source + ":" + strconv.Itoa(line)
}

// whereOn is that for what is done on a session, "" where nobody wants to know: to
// find it takes as long as all else that a call does in Lua.
func (c *call) whereOn(s *session.Session) string {
	if !s.Observed() {
		return ""
	}
	return c.where()
}

func patternString(c *call) int {
	if p, ok := selfOf[patterns.Pattern](c); ok {
		c.L.Push(lua.LString(p.String()))
		return 1
	}
	return 0
}

// current is current().
func current(c *call) int {
	if c.in.current == nil {
		c.L.Push(lua.LNil)
	} else {
		c.L.Push(c.in.current.value)
	}
	return 1
}

// use is use(s).
func use(c *call) int {
	ud, ok := c.Arg(1).(*lua.LUserData)
	if ok {
		if h, ok := ud.Value.(*handle); ok {
			c.in.current = h
			c.L.Push(ud)
			return 1
		}
	}
	c.WrongType("session", "a session", c.Arg(1))
	return 0
}

// sleep is sleep(seconds).
func sleep(c *call) int {
	d := c.Seconds(c.Arg(1), "seconds")
	if err := baselib.Flush(c.L); err != nil {
		c.Raise(err)
	}
	if d == 0 { // the others have a turn
		c.in.attendant.Block(func() {})
		if err := c.in.attendant.Serve(c.in.ctx); err != nil {
			c.Raise(err)
		}
		if c.in.ctx.Err() != nil {
			c.Raise(context.Cause(c.in.ctx))
		}
		return 0
	}
	if err := c.in.attendant.Sleep(c.in.ctx, c.in.config.Clock, d); err != nil {
		c.Raise(err)
	}
	return 0
}

// The secret values.

type secretValue struct{ name, value string }

// String is what is shown in a secret's place.
func (s *secretValue) String() string { return "<secret " + s.name + ">" }

// LuaKind implements [args.Named].
func (s *secretValue) LuaKind() string { return "a secret" }

// secret is secret(name).
func secret(c *call) int {
	name := c.literal(1, "name")
	if name == "" {
		c.Fail("name is empty")
	}
	if c.in.config.Secret == nil {
		c.Raise(&args.UsageError{Message: "secret: there is no source for " + strconv.Quote(name)})
	}
	giveBack, err := c.in.ownTerminal() // it may have to ask
	if err != nil {
		c.Raise(err)
	}
	value, ctx := "", c.in.ctx
	c.in.attendant.Block(func() { value, err = c.in.config.Secret(ctx, name) })
	giveBack()
	if err != nil {
		c.Raise(err)
	}
	c.in.config.Secrets.Add(mask.Secret{Name: name, Value: value})
	c.L.Push(c.in.userdata(&secretValue{name, value}, secretMeta))
	return 1
}

func secretString(c *call) int {
	if s, ok := selfOf[*secretValue](c); ok {
		c.L.Push(lua.LString(s.String()))
		return 1
	}
	return 0
}

func secretConcat(c *call) int {
	c.Name = "secret"
	c.FailHint("a secret can be written but not be joined to a string", `s:write("user ", secret "name", "\n") writes the parts one after the other`)
	return 0
}

func secretIndex(c *call) int {
	c.Name = "secret"
	c.Fail("a secret has no fields: it can be written and never read")
	return 0
}
