package luabind

import (
	"slices"
	"strconv"
	"time"

	lua "github.com/yuin/gopher-lua"

	"github.com/moonwire/moonwire/engine/line/kinds"
	"github.com/moonwire/moonwire/engine/session"
	"github.com/moonwire/moonwire/engine/telnet"
	"github.com/moonwire/moonwire/engine/text"
	"github.com/moonwire/moonwire/luabind/args"
	"github.com/moonwire/moonwire/luabind/baselib"
)

// connectOptions is what the options of connect say.
type connectOptions struct {
	session     session.Config
	line        kinds.Options
	given       map[string]bool // the options that were given
	timeout     time.Duration   // of waits; 0: the default
	onOption    lua.LValue
	manual      bool       // the script answers options itself
	onCommand   lua.LValue // and this is told of them
	log, record string
	unwarned    bool           // of secrets that the peer shows
	onPrompt    *lua.LFunction // answers what a host asks by ssh
}

// An optionReader puts the value of one key into o, or raises.
type optionReader func(c *call, o *connectOptions, v lua.LValue)

// connectKeys are the options of connect, by name, but for those that package kinds reads.
var connectKeys = [...]struct {
	name string
	read optionReader
}{
	{"name", func(c *call, o *connectOptions, v lua.LValue) { o.session.Name = c.StringOption("name", v) }},
	{"timeout", func(c *call, o *connectOptions, v lua.LValue) { o.timeout = c.Limit(v, "timeout") }},
	{"connect_timeout", func(c *call, o *connectOptions, v lua.LValue) { o.line.Dial.Timeout = c.Seconds(v, "connect_timeout") }},
	{"settle", func(c *call, o *connectOptions, v lua.LValue) { o.session.Settle = c.Limit(v, "settle") }},
	{"raw", func(c *call, o *connectOptions, v lua.LValue) { o.session.Raw = c.BoolOption("raw", v) }},
	{"remove", func(c *call, o *connectOptions, v lua.LValue) { o.session.Remove = c.StringOption("remove", v) }},
	{"manual", readManual},
	{"encoding", func(c *call, o *connectOptions, v lua.LValue) {
		o.session.Encoding = c.StringOption("encoding", v)
		if !text.Known(o.session.Encoding) {
			c.FailHint("the encoding "+strconv.Quote(o.session.Encoding)+" is not known", `known are "utf-8", "latin1", "cp437", "big5", "shift_jis" and what else browsers know`)
		}
	}},
	{"newline", func(c *call, o *connectOptions, v lua.LValue) {
		s := c.StringOption("newline", v)
		o.session.Newline = &s
	}},
	{"reports", func(c *call, o *connectOptions, v lua.LValue) { o.session.Silent = !c.BoolOption("reports", v) }},
	{"pace", func(c *call, o *connectOptions, v lua.LValue) { o.session.Pace = c.Seconds(v, "pace") }},
	{"terminal", readTerminal},
	{"window", readWindow},
	{"on_option", func(c *call, o *connectOptions, v lua.LValue) {
		if _, ok := v.(*lua.LFunction); !ok {
			c.WrongType("on_option", "a function", v)
		}
		o.onOption = v
	}},
	{"ssh", readSSH},
	{"via", readVia},
	{"keepalive", func(c *call, o *connectOptions, v lua.LValue) { o.session.Keepalive = c.Seconds(v, "keepalive") }},
	{"max_buffer", func(c *call, o *connectOptions, v lua.LValue) {
		n, ok := v.(lua.LNumber)
		if !ok {
			c.WrongType("max_buffer", "a number of bytes", v)
		}
		if !(n >= 1 && n <= 1<<40) {
			c.Fail("max_buffer must be a number of bytes from 1 on")
		}
		o.session.MaxBuffer = int64(n)
	}},
	{"secret_warning", func(c *call, o *connectOptions, v lua.LValue) { o.unwarned = !c.BoolOption("secret_warning", v) }},
	{"log", func(c *call, o *connectOptions, v lua.LValue) { o.log = c.StringOption("log", v) }},
	{"record", func(c *call, o *connectOptions, v lua.LValue) { o.record = c.StringOption("record", v) }},
}

// ConnectKeys lists the options that connect takes.
func ConnectKeys() []string {
	names := kinds.OptionNames()
	for _, k := range connectKeys {
		names = append(names, k.name)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// readConnectOptions reads the table of options; keys in order, so that of two
// mistakes always the same one is told.
func (c *call) readConnectOptions(v lua.LValue) *connectOptions {
	o := &connectOptions{onOption: lua.LNil, onCommand: lua.LNil, given: make(map[string]bool)}
	o.session.Timeout = c.in.config.Timeout
	o.line = kinds.Options{
		Terminal: []string{"vt100"}, Columns: 511,
		Environ: func() []string { return baselib.Environ(c.in.L) },
	}
	o.line.Dial.Timeout = 10 * time.Second
	if v == lua.LNil {
		return o
	}
	t, ok := v.(*lua.LTable)
	if _, isText := v.(lua.LString); isText && c.Name == "spawn" {
		c.FailHint("options must be a table, not a string", `spawn{"PROGRAM", "ARG", ...} starts a program with arguments`)
	}
	if !ok {
		c.WrongType("options", "a table", v)
	}
	for _, key := range c.Keys(t, "options") {
		v := t.RawGetString(key)
		c.readConnectOption(o, key, v)
		o.given[key] = v != lua.LFalse
	}
	switch {
	case o.manual && o.onOption != lua.LNil:
		c.FailHint("on_option does not go with manual", "manual=function(s, command, option, data) ... end is told of the options")
	case o.session.Remove != "" && !o.session.Raw:
		c.FailHint("remove is for raw sessions", "add raw=true; the text view drops NULs by itself")
	}
	return o
}

// readConnectOption reads one option.
func (c *call) readConnectOption(o *connectOptions, name string, v lua.LValue) {
	for _, k := range connectKeys {
		if k.name == name {
			k.read(c, o, v)
			return
		}
	}
	k, _ := kinds.OptionNamed(name)
	if k == nil {
		c.FailHint("there is no option "+strconv.Quote(name), args.Suggest(name, ConnectKeys()))
	}
	c.mistake(k.Set(&o.line, optionOf(v)))
}

// mistake raises what is wrong with an option's value, if anything is.
func (c *call) mistake(m *kinds.Mistake) {
	if m != nil {
		c.FailHint(m.Message, args.Suggest(m.Unknown, m.Known))
	}
}

// optionOf returns a value as package kinds takes it.
func optionOf(v lua.LValue) any {
	if t, ok := v.(*lua.LTable); ok {
		values := make(kinds.Table)
		t.ForEach(func(k, v lua.LValue) { values[scalarOption(k)] = scalarOption(v) })
		return values
	}
	return scalarOption(v)
}

// scalarOption is optionOf for what is in a table: no option has tables in its table.
func scalarOption(v lua.LValue) any {
	switch v := v.(type) {
	case lua.LString:
		return string(v)
	case lua.LNumber:
		return float64(v)
	case lua.LBool:
		return bool(v)
	}
	return kinds.Other(args.Kind(v))
}

// readManual reads manual=true or manual=function: the script answers the peer's
// options itself.
func readManual(c *call, o *connectOptions, v lua.LValue) {
	switch v := v.(type) {
	case lua.LBool:
		o.manual = bool(v)
	case *lua.LFunction:
		o.manual, o.onCommand = true, v
	default:
		c.WrongType("manual", "true or a function", v)
	}
	o.line.Telnet.Telnet.Manual, o.session.Manual = o.manual, o.manual
}

func readTerminal(c *call, o *connectOptions, v lua.LValue) {
	switch v := v.(type) {
	case lua.LString:
		o.line.Terminal = []string{string(v)}
	case *lua.LTable:
		o.line.Terminal = nil
		for i := 1; i <= v.Len(); i++ {
			o.line.Terminal = append(o.line.Terminal, c.StringOption("terminal "+strconv.Itoa(i), v.RawGetInt(i)))
		}
	default:
		c.WrongType("terminal", "a name or a list of names", v)
	}
}

func readWindow(c *call, o *connectOptions, v lua.LValue) {
	t, ok := v.(*lua.LTable)
	if !ok {
		c.WrongType("window", "a table such as {columns=80, rows=24}", v)
	}
	for _, key := range c.Keys(t, "window") {
		n := c.size("window."+key, t.RawGetString(key))
		switch key {
		case "columns":
			o.line.Columns = n
		case "rows":
			o.line.Rows = n
		default:
			c.FailHint("there is no window."+key, args.Suggest(key, []string{"columns", "rows"}))
		}
	}
}

// size reads a number of columns or rows.
func (c *call) size(name string, v lua.LValue) int {
	n, ok := v.(lua.LNumber)
	if !ok || n != lua.LNumber(int(n)) || n < 0 || n > 65535 {
		c.Fail(name + " must be a whole number from 0 to 65535")
	}
	return int(n)
}

// option reads a telnet option, by name or number.
func (c *call) option(v lua.LValue) telnet.Option {
	o, m := kinds.TelnetOption(optionOf(v))
	c.mistake(m)
	return o
}
