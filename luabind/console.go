package luabind

import (
	"fmt"
	"io"
	"strconv"
	"strings"

	lua "github.com/yuin/gopher-lua"

	"github.com/moonwire/moonwire/engine/diagnose"
	"github.com/moonwire/moonwire/engine/mask"
	"github.com/moonwire/moonwire/luabind/console"
)

// Console returns a console of the interpreter, for statements that are typed.
// Results go to out.
func (in *Interp) Console(out io.Writer) *console.Console {
	c := console.New(in.L, out)
	c.Call = in.Statement
	in.failed = c.Remember
	c.Describe = in.describe
	c.Hide = func(text string) string {
		return in.config.Secrets.MaskForms(text, mask.OnWire, diagnose.QuotedForms)
	}
	c.Sessions = func() []string {
		var names []string
		for h := range in.handles.all() {
			if !h.session.Closed() {
				names = append(names, h.session.Name())
			}
		}
		return names
	}
	c.OptionKeys = func(function string) []string {
		if r, err := in.reference(); err == nil {
			return r.Keys(function)
		}
		return nil
	}
	c.Texts = func(function string) []string {
		if r, err := in.reference(); err == nil && function == "help" {
			return r.Names()
		}
		return nil
	}
	return c
}

// describe shows the binding's own values at a prompt, where their text alone
// would look like a string.
func (in *Interp) describe(v lua.LValue) (string, bool) {
	ud, ok := v.(*lua.LUserData)
	if !ok {
		return "", false
	}
	m, ok := ud.Value.(*matchValue)
	if !ok {
		return "", false
	}
	var b strings.Builder
	fmt.Fprintf(&b, "<match of pattern %d", m.index)
	for i := 0; 2*i+1 < len(m.result.Groups); i++ {
		v, _ := m.group(i)
		if i > 0 {
			name := strconv.Itoa(i)
			if i < len(m.result.Names) && m.result.Names[i] != "" {
				name = m.result.Names[i]
			}
			b.WriteString(", " + name + " =")
		} else {
			b.WriteByte(':')
		}
		if s, ok := v.(lua.LString); ok {
			b.WriteString(" " + strconv.Quote(in.config.Secrets.Mask(string(s))))
		} else {
			b.WriteString(" " + v.String())
		}
	}
	b.WriteByte('>')
	return b.String(), true
}

// sessionNames is what completion looks a session's names up in: methods, and
// fields with true.
func (in *Interp) sessionNames() *lua.LTable {
	t := in.L.CreateTable(0, len(sessionMethods)+len(sessionFields))
	for _, m := range sessionMethods {
		t.RawSetString(m.name, in.method(m.name))
	}
	for _, name := range sessionFields {
		t.RawSetString(name, lua.LTrue)
	}
	return t
}
