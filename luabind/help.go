package luabind

import (
	"io"
	"strconv"
	"strings"

	lua "github.com/yuin/gopher-lua"

	"github.com/moonwire/moonwire/engine/diagnose"
	"github.com/moonwire/moonwire/engine/patterns"
	"github.com/moonwire/moonwire/engine/words"
	"github.com/moonwire/moonwire/luabind/args"
	"github.com/moonwire/moonwire/luabind/baselib"
	"github.com/moonwire/moonwire/stdlib/reference"
)

// The reference, where scripts and the prompt ask for it.

// luaManual is where Lua's own functions are described.
const luaManual = "https://www.lua.org/manual/5.1/manual.html"

// Explain is what the reference says about a name, as text in a style; "" asks for the
// overview. A name that is not known is a [*args.UsageError].
func Explain(r *reference.Reference, name string, style reference.Style) (string, error) {
	if strings.TrimSpace(name) == "" {
		return r.Overview(style), nil
	}
	found := r.Lookup(name)
	if len(found) == 0 {
		return "", &args.UsageError{Message: "there is nothing about " + strconv.Quote(name), Hint: suggestName(r, name)}
	}
	var b strings.Builder
	b.WriteString(r.Render(found[0], style))
	if len(found) > 1 {
		b.WriteString("\nSee also:\n")
		for _, e := range found[1:] {
			b.WriteString("  " + e.Name + " (" + e.Kind.String() + ")\n")
		}
	}
	return b.String(), nil
}

// suggestName is the hint for a name that is not known.
func suggestName(r *reference.Reference, name string) string {
	var known []string
	for _, e := range r.Entries() {
		known = append(known, e.Name, e.Short)
	}
	if hint := args.Suggest(name, known); hint != "" {
		return hint
	}
	return "help() or moonwire doc lists what there is"
}

// reference is the reference, read when it is first asked for.
func (in *Interp) reference() (*reference.Reference, error) {
	var err error
	if in.ref == nil {
		in.ref, err = reference.Load()
	}
	return in.ref, err
}

// help is help(what).
func help(c *call) int {
	r, err := c.in.reference()
	if err != nil {
		c.Raise(err)
	}
	name := ""
	if c.Count() > 0 {
		if name = c.helpName(r, c.Arg(1)); name == "" {
			return 0
		}
	}
	var style reference.Style
	if c.in.config.HelpStyle != nil {
		style = c.in.config.HelpStyle()
	}
	text, err := Explain(r, name, style)
	if err != nil {
		c.Raise(err)
	}
	if !c.page(text) {
		c.print(text)
	}
	return 0
}

// page shows a text in the operator's pager, and reports whether it did.
func (c *call) page(text string) (shown bool) {
	if c.in.config.Page == nil {
		return false
	}
	if err := baselib.Flush(c.L); err != nil {
		c.Raise(err)
	}
	giveBack, err := c.in.ownTerminal()
	if err != nil {
		c.Raise(err)
	}
	defer giveBack()
	c.in.attendant.Block(func() { shown = c.in.config.Page(text) })
	return shown
}

// print writes to what print writes to.
func (c *call) print(text string) {
	if err := baselib.Flush(c.L); err != nil {
		c.Raise(err)
	}
	if c.in.config.Stdout == nil {
		return
	}
	if _, err := io.WriteString(c.in.config.Stdout, text); err != nil {
		c.Raise(&baselib.OutputError{Err: err})
	}
}

// helpName is the name in the reference of what help was asked about, "" if the answer
// was printed.
func (c *call) helpName(r *reference.Reference, v lua.LValue) string {
	switch v := v.(type) {
	case lua.LString:
		return string(v)
	case *lua.LNilType:
		c.FailHint("what is asked about is nil", `is the name spelled right? help "NAME" finds names like it`)
	case *lua.LFunction:
		return c.helpFunction(r, v)
	case *lua.LUserData:
		if name := c.helpUserData(v); name != "" {
			return name
		}
	case *lua.LTable:
		if baselib.ErrorOf(v) != nil {
			return "error"
		}
		for _, e := range r.Entries() {
			if e.Kind == reference.Module && c.loaded(e.Name) == lua.LValue(v) {
				return e.Name
			}
		}
	}
	c.FailHint("there is nothing about "+args.Kind(v), `ask about a function, a session or a name, as in help "expect"`)
	return ""
}

// helpUserData finds the name of one of the binding's own values.
func (c *call) helpUserData(ud *lua.LUserData) string {
	switch v := ud.Value.(type) {
	case *handle:
		return "session"
	case *matchValue:
		return "match"
	case *secretValue:
		return "secret"
	case diagnose.Report:
		return "report"
	case again:
		return "AGAIN"
	case patterns.Pattern:
		for _, e := range events {
			if e.kind == v.Kind {
				return e.name
			}
		}
		return "pattern"
	}
	return ""
}

// helpFunction finds a function's name: one of ours, one of a module's, or one of
// Lua's, of which it only tells where it is described.
func (c *call) helpFunction(r *reference.Reference, fn *lua.LFunction) string {
	for _, e := range r.Entries() {
		var places [2]*lua.LTable // where the entry's function may be found
		switch {
		case e.Kind == reference.Function && e.Owner == "":
			places[0] = c.L.G.Global
		case e.Kind == reference.Method && e.Owner == "session":
			places = [2]*lua.LTable{c.in.metas.methods, c.L.G.Global}
		case e.Kind == reference.Function:
			places[0], _ = c.loaded(e.Owner).(*lua.LTable)
		}
		for _, place := range places {
			if place != nil && place.RawGetString(e.Short) == lua.LValue(fn) {
				return e.Name
			}
		}
	}
	if name := c.luaName(fn); name != "" {
		c.print(name + " is part of Lua: " + luaManual + "#pdf-" + name + "\n")
		return ""
	}
	if fn.Proto != nil {
		c.print("a function of " + fn.Proto.SourceName + ", from line " + strconv.Itoa(fn.Proto.LineDefined) + "\n")
		return ""
	}
	c.FailHint("there is nothing about this function", `help "NAME" finds functions by their name`)
	return ""
}

// loaded is a module that was required, nil if it was not.
func (c *call) loaded(module string) lua.LValue {
	if pkg, ok := c.L.GetGlobal("package").(*lua.LTable); ok {
		if loaded, ok := pkg.RawGetString("loaded").(*lua.LTable); ok {
			return loaded.RawGetString(module)
		}
	}
	return lua.LNil
}

// luaName finds a function among Lua's own, "string.format".
func (c *call) luaName(fn *lua.LFunction) string {
	for _, library := range []string{"_G", "string", "table", "math", "io", "os", "coroutine", "debug", "package"} {
		t, ok := c.L.GetGlobal(library).(*lua.LTable)
		if !ok {
			continue
		}
		name := ""
		t.ForEach(func(k, v lua.LValue) {
			if key, ok := k.(lua.LString); ok && v == lua.LValue(fn) && fn.IsG {
				name = string(key)
			}
		})
		switch {
		case name == "":
		case library == "_G":
			return name
		default:
			return library + "." + name
		}
	}
	return ""
}

// NearestGlobal is the function that a call of a global which is nil was probably meant
// for, given the error's message; "" if it is about something else or nothing is near.
func NearestGlobal(message string) string {
	if strings.Contains(message, "attempt to call field 'sleep' (a nil value)") || strings.Contains(message, "attempt to index global 'time' (a nil value)") {
		return "sleep" // os.sleep, time.sleep
	}
	_, rest, found := strings.Cut(message, "attempt to call global '")
	name, _, ended := strings.Cut(rest, "' (a nil value)")
	if !found || !ended {
		return ""
	}
	if name == "open" || name == "telnet" {
		return "connect"
	}
	if plain := elsewhere(name); plain != "" {
		return plain
	}
	r, err := reference.Load()
	if err != nil {
		return "" // the message is told anyway
	}
	var known []string
	for _, e := range r.Entries() {
		if e.Kind == reference.Function && e.Owner == "" && !e.Test || e.Global {
			known = append(known, e.Short)
		}
	}
	return words.Nearest(name, known)
}
