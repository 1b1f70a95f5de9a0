package luabind

import (
	"slices"
	"sort"
	"strconv"
	"strings"
	"time"

	lua "github.com/yuin/gopher-lua"

	"github.com/moonwire/moonwire/engine/dial"
	"github.com/moonwire/moonwire/engine/line/pty"
	tline "github.com/moonwire/moonwire/engine/line/telnet"
	"github.com/moonwire/moonwire/engine/session"
	"github.com/moonwire/moonwire/engine/telnet"
	"github.com/moonwire/moonwire/engine/text"
)

// connectOptions is what the options of connect say.
type connectOptions struct {
	session        session.Config
	line           tline.Config
	program        pty.Config
	given          map[string]bool // the options that were given
	connectTimeout time.Duration
	tls            *dial.TLS
	timeout        *time.Duration // of waits; nil: the default
	onOption       lua.LValue
	manual         bool       // the script answers options itself
	onCommand      lua.LValue // and this is told of them
	log, record    string
	unwarned       bool // of secrets that the peer shows
}

// An optionReader puts the value of one key into o, or raises.
type optionReader func(c *call, o *connectOptions, v lua.LValue)

// connectKeys are the options of connect, by name.
var connectKeys = [...]struct {
	name string
	read optionReader
}{
	{"name", func(c *call, o *connectOptions, v lua.LValue) { o.session.Name = c.stringOption("name", v) }},
	{"timeout", func(c *call, o *connectOptions, v lua.LValue) { o.timeout = c.seconds(v, "timeout") }},
	{"connect_timeout", func(c *call, o *connectOptions, v lua.LValue) { o.connectTimeout = *c.seconds(v, "connect_timeout") }},
	{"settle", func(c *call, o *connectOptions, v lua.LValue) { o.session.Settle = c.seconds(v, "settle") }},
	{"raw", func(c *call, o *connectOptions, v lua.LValue) { o.session.Raw = c.boolOption("raw", v) }},
	{"remove", func(c *call, o *connectOptions, v lua.LValue) { o.session.Remove = c.stringOption("remove", v) }},
	{"manual", readManual},
	{"encoding", func(c *call, o *connectOptions, v lua.LValue) {
		o.session.Encoding = c.stringOption("encoding", v)
		if !text.Known(o.session.Encoding) {
			c.failHint("the encoding "+strconv.Quote(o.session.Encoding)+" is not known", `known are "utf-8", "latin1", "cp437", "big5", "shift_jis" and what else browsers know`)
		}
	}},
	{"newline", func(c *call, o *connectOptions, v lua.LValue) {
		s := c.stringOption("newline", v)
		o.session.Newline = &s
	}},
	{"reports", func(c *call, o *connectOptions, v lua.LValue) { o.session.Silent = !c.boolOption("reports", v) }},
	{"pace", func(c *call, o *connectOptions, v lua.LValue) { o.session.Pace = *c.seconds(v, "pace") }},
	{"terminal", readTerminal},
	{"window", readWindow},
	{"environ", readEnviron},
	{"options", readPolicies},
	{"on_option", func(c *call, o *connectOptions, v lua.LValue) {
		if _, ok := v.(*lua.LFunction); !ok {
			c.wrongType("on_option", "a function", v)
		}
		o.onOption = v
	}},
	{"tls", readTLS},
	{"cwd", func(c *call, o *connectOptions, v lua.LValue) { o.program.Dir = c.stringOption("cwd", v) }},
	{"env", readEnv},
	{"keepalive", func(c *call, o *connectOptions, v lua.LValue) { o.session.Keepalive = *c.seconds(v, "keepalive") }},
	{"max_buffer", func(c *call, o *connectOptions, v lua.LValue) {
		n, ok := v.(lua.LNumber)
		if !ok {
			c.wrongType("max_buffer", "a number of bytes", v)
		}
		if !(n >= 1 && n <= 1<<40) {
			c.fail("max_buffer must be a number of bytes from 1 on")
		}
		o.session.MaxBuffer = int64(n)
	}},
	{"secret_warning", func(c *call, o *connectOptions, v lua.LValue) { o.unwarned = !c.boolOption("secret_warning", v) }},
	{"log", func(c *call, o *connectOptions, v lua.LValue) { o.log = c.stringOption("log", v) }},
	{"record", func(c *call, o *connectOptions, v lua.LValue) { o.record = c.stringOption("record", v) }},
}

// ConnectKeys lists the options that connect takes.
func ConnectKeys() []string {
	names := make([]string, len(connectKeys))
	for i, k := range connectKeys {
		names[i] = k.name
	}
	sort.Strings(names)
	return names
}

// readConnectOptions reads the table of options; keys in order, so that of two
// mistakes always the same one is told.
func (c *call) readConnectOptions(v lua.LValue) *connectOptions {
	o := &connectOptions{connectTimeout: 10 * time.Second, onOption: lua.LNil, onCommand: lua.LNil, given: make(map[string]bool)}
	o.session.Timeout = c.in.config.Timeout
	o.line.Telnet = telnet.Config{Terminal: []string{"vt100"}, Columns: 511, Policies: make(map[telnet.Option]telnet.Policy)}
	if v == lua.LNil {
		return o
	}
	t, ok := v.(*lua.LTable)
	if !ok {
		c.wrongType("options", "a table", v)
	}
	for _, key := range c.keys(t, "options") {
		i := slices.IndexFunc(connectKeys[:], func(k struct {
			name string
			read optionReader
		},
		) bool {
			return k.name == key
		})
		if i < 0 {
			c.failHint("there is no option "+strconv.Quote(key), suggest(key, ConnectKeys()))
		}
		v := t.RawGetString(key)
		connectKeys[i].read(c, o, v)
		o.given[key] = v != lua.LFalse
	}
	switch {
	case o.manual && o.onOption != lua.LNil:
		c.failHint("on_option does not go with manual", "manual=function(s, command, option, data) ... end is told of the options")
	case o.session.Remove != "" && !o.session.Raw:
		c.failHint("remove is for raw sessions", "add raw=true; the text view drops NULs by itself")
	}
	return o
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
		c.wrongType("manual", "true or a function", v)
	}
	o.line.Telnet.Manual, o.session.Manual = o.manual, o.manual
}

// keys lists the keys of a table that may only have names.
func (c *call) keys(t *lua.LTable, arg string) []string {
	var names []string
	t.ForEach(func(k, _ lua.LValue) {
		s, ok := k.(lua.LString)
		if !ok {
			c.fail(arg + " has an entry without a name: " + baseText(k))
		}
		names = append(names, string(s))
	})
	sort.Strings(names)
	return names
}

func (c *call) stringOption(name string, v lua.LValue) string {
	s, ok := v.(lua.LString)
	if !ok {
		c.wrongType(name, "a string", v)
	}
	return string(s)
}

func (c *call) boolOption(name string, v lua.LValue) bool {
	b, ok := v.(lua.LBool)
	if !ok {
		c.wrongType(name, "true or false", v)
	}
	return bool(b)
}

func readTerminal(c *call, o *connectOptions, v lua.LValue) {
	switch v := v.(type) {
	case lua.LString:
		o.line.Telnet.Terminal = []string{string(v)}
	case *lua.LTable:
		o.line.Telnet.Terminal = nil
		for i := 1; i <= v.Len(); i++ {
			o.line.Telnet.Terminal = append(o.line.Telnet.Terminal, c.stringOption("terminal "+strconv.Itoa(i), v.RawGetInt(i)))
		}
	default:
		c.wrongType("terminal", "a name or a list of names", v)
	}
}

func readWindow(c *call, o *connectOptions, v lua.LValue) {
	t, ok := v.(*lua.LTable)
	if !ok {
		c.wrongType("window", "a table such as {columns=80, rows=24}", v)
	}
	for _, key := range c.keys(t, "window") {
		n := c.size("window."+key, t.RawGetString(key))
		switch key {
		case "columns":
			o.line.Telnet.Columns = n
		case "rows":
			o.line.Telnet.Rows = n
		default:
			c.failHint("there is no window."+key, suggest(key, []string{"columns", "rows"}))
		}
	}
}

// size reads a number of columns or rows.
func (c *call) size(name string, v lua.LValue) int {
	n, ok := v.(lua.LNumber)
	if !ok || n != lua.LNumber(int(n)) || n < 0 || n > 65535 {
		c.fail(name + " must be a whole number from 0 to 65535")
	}
	return int(n)
}

// readEnviron reads the variables in the order of their names.
func readEnviron(c *call, o *connectOptions, v lua.LValue) {
	t, ok := v.(*lua.LTable)
	if !ok {
		c.wrongType("environ", `a table such as {USER="brandon"}`, v)
	}
	o.line.Telnet.Environ = nil
	for _, key := range c.keys(t, "environ") {
		value := c.stringOption("environ."+key, t.RawGetString(key))
		o.line.Telnet.Environ = append(o.line.Telnet.Environ, telnet.EnvVar{Name: key, Value: value})
		if key == "DISPLAY" { // what XDISPLOC tells, where options accept it
			o.line.Telnet.Display = value
		}
	}
}

func readPolicies(c *call, o *connectOptions, v lua.LValue) {
	t, ok := v.(*lua.LTable)
	if !ok {
		c.wrongType("options", `a table such as {ECHO="accept", MCCP2="refuse"}`, v)
	}
	t.ForEach(func(k, v lua.LValue) {
		option := c.option(k)
		switch policy := v.String(); {
		case v == lua.LTrue || policy == "accept":
			o.line.Telnet.Policies[option] = telnet.Accept
		case v == lua.LFalse || policy == "refuse":
			o.line.Telnet.Policies[option] = telnet.Refuse
		case policy == "default":
		default:
			c.fail("options." + k.String() + ` must be "accept", "refuse" or "default", not ` + baseText(v))
		}
	})
}

// option reads a telnet option, by name or number.
func (c *call) option(v lua.LValue) telnet.Option {
	switch v := v.(type) {
	case lua.LString:
		if o, ok := telnet.OptionByName(string(v)); ok {
			return o
		}
		c.failHint("there is no telnet option "+strconv.Quote(string(v)), suggest(string(v), optionNames()))
	case lua.LNumber:
		if v >= 0 && v <= 255 && v == lua.LNumber(int(v)) {
			return telnet.Option(v)
		}
		c.fail("a telnet option's number is from 0 to 255")
	default:
		c.wrongType("option", "a name or a number", v)
	}
	return 0
}

func optionNames() []string {
	var names []string
	for i := range 256 {
		if name := telnet.Option(i).String(); name != strconv.Itoa(i) && !strings.Contains(name, " ") {
			names = append(names, name)
		}
	}
	return names
}

func readTLS(c *call, o *connectOptions, v lua.LValue) {
	o.tls = &dial.TLS{}
	t, ok := v.(*lua.LTable)
	if !ok {
		if !c.boolOption("tls", v) {
			o.tls = nil
		}
		return
	}
	for _, key := range c.keys(t, "tls") {
		v := t.RawGetString(key)
		switch key {
		case "ca":
			o.tls.CA = c.stringOption("tls.ca", v)
		case "cert":
			o.tls.Cert = c.stringOption("tls.cert", v)
		case "key":
			o.tls.Key = c.stringOption("tls.key", v)
		case "server_name":
			o.tls.ServerName = c.stringOption("tls.server_name", v)
		case "required":
			o.line.RequireTLS = c.boolOption("tls.required", v)
		case "insecure":
			o.tls.Insecure = c.boolOption("tls.insecure", v)
		default:
			c.failHint("there is no tls."+key, suggest(key, []string{"ca", "cert", "key", "server_name", "insecure", "required"}))
		}
	}
}
