package console

// Showing values: strings quoted, tables as they would be written, cut where
// they get long or deep.

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	lua "github.com/yuin/gopher-lua"

	"github.com/moonwire/moonwire/engine/diagnose"
	"github.com/moonwire/moonwire/luabind/baselib"
)

const (
	lineWidth   = 76   // a table that fits is shown in one line
	deepest     = 4    // levels of tables
	longestList = 40   // entries of a table
	longestText = 1000 // bytes of a string
)

// Inspect returns v as a person wants to see it. It may call a __tostring, but
// nothing else, and an error there is shown as the value.
func (c *Console) Inspect(v lua.LValue) string {
	in := inspector{c: c, open: map[*lua.LTable]bool{}}
	return in.value(v, 0, 0)
}

type inspector struct {
	c    *Console
	open map[*lua.LTable]bool // the tables around
}

func (in *inspector) value(v lua.LValue, depth, indent int) string {
	if in.c.Describe != nil {
		if text, ok := in.c.Describe(v); ok {
			return in.hide(text)
		}
	}
	switch v := v.(type) {
	case lua.LString:
		return quoted(in.hide(string(v)), longestText)
	case lua.LNumber:
		return baselib.Number(v)
	case *lua.LTable:
		if text, ok := in.own(v); ok {
			return text
		}
		return in.table(v, depth, indent)
	case *lua.LUserData:
		if text, ok := in.own(v); ok {
			return text
		}
	}
	return v.String()
}

// own asks the value itself, if it knows.
func (in *inspector) own(v lua.LValue) (string, bool) {
	fn, ok := in.c.L.GetMetaField(v, "__tostring").(*lua.LFunction)
	if !ok {
		return "", false
	}
	results, err := baselib.Call(baselib.Context(in.c.L), in.c.L, fn, v)
	if err != nil {
		return diagnose.Visible(in.hide(fmt.Sprintf("<%s: %v>", v.Type(), err))), true
	}
	if len(results) == 0 {
		return "", false
	}
	return diagnose.Visible(in.hide(results[0].String())), true
}

func (in *inspector) hide(text string) string {
	if in.c.Hide == nil {
		return text
	}
	return in.c.Hide(text)
}

func (in *inspector) table(t *lua.LTable, depth, indent int) string {
	if in.open[t] {
		return "<cycle>"
	}
	if depth >= deepest {
		if baselib.IsEmpty(t) {
			return "{}"
		}
		return "{...}"
	}
	in.open[t] = true
	defer delete(in.open, t)

	var entries []string
	total := 0
	add := func(entry func() string) {
		if total++; total <= longestList {
			entries = append(entries, entry())
		}
	}
	n := listLength(t)
	for i := 1; i <= n; i++ {
		add(func() string { return in.value(t.RawGetInt(i), depth+1, indent+2) })
	}
	keys := otherKeys(t, n)
	for _, k := range keys {
		add(func() string {
			name := in.key(k) + " = "
			return name + in.value(t.RawGet(k), depth+1, indent+2)
		})
	}
	if total > longestList {
		entries = append(entries, fmt.Sprintf("... %d more", total-longestList))
	}
	line := "{" + strings.Join(entries, ", ") + "}"
	if indent+len(line) <= lineWidth && !strings.Contains(line, "\n") {
		return line
	}
	pad := strings.Repeat(" ", indent+2)
	return "{\n" + pad + strings.Join(entries, ",\n"+pad) + "\n" + strings.Repeat(" ", indent) + "}"
}

// listLength is the number of entries that are shown without their index: all up to the
// length, unless most of them are holes.
func listLength(t *lua.LTable) int {
	n, whole, holes := t.Len(), 0, 0
	for i := 1; i <= n; i++ {
		if t.RawGetInt(i) == lua.LNil {
			holes++
		} else if holes == 0 {
			whole = i
		}
	}
	if holes > n/2 {
		return whole
	}
	return n
}

// otherKeys returns the keys that are not 1 to n, in the order of their names.
func otherKeys(t *lua.LTable, n int) []lua.LValue {
	var keys []lua.LValue
	t.ForEach(func(k, _ lua.LValue) {
		if i, ok := k.(lua.LNumber); ok && i >= 1 && i <= lua.LNumber(n) && i == lua.LNumber(int(i)) {
			return
		}
		keys = append(keys, k)
	})
	slices.SortStableFunc(keys, func(a, b lua.LValue) int {
		x, xn := a.(lua.LNumber)
		y, yn := b.(lua.LNumber)
		switch {
		case xn && yn && x < y:
			return -1
		case xn && yn && x > y:
			return 1
		case xn && yn:
			return 0
		case xn:
			return -1
		case yn:
			return 1
		}
		return strings.Compare(a.String(), b.String())
	})
	return keys
}

func (in *inspector) key(k lua.LValue) string {
	if s, ok := k.(lua.LString); ok {
		shown := in.hide(string(s))
		if isName(shown) {
			return shown
		}
		return "[" + quoted(shown, 60) + "]"
	}
	return "[" + in.value(k, deepest, 0) + "]"
}

// quoted writes s as a Lua string; of more than longest bytes it shows the
// beginning and the size.
func quoted(s string, longest int) string {
	more := ""
	if len(s) > longest {
		more = fmt.Sprintf("... (%d bytes)", len(s))
		for longest > 0 && !utf8.RuneStart(s[longest]) { // not half a character
			longest--
		}
		s = s[:longest]
	}
	var b strings.Builder
	b.WriteByte('"')
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == utf8.RuneError && n <= 1:
			fmt.Fprintf(&b, `\%03d`, s[i])
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\r':
			b.WriteString(`\r`)
		case r == '\t':
			b.WriteString(`\t`)
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case !strconv.IsPrint(r):
			for _, c := range []byte(s[i : i+n]) {
				fmt.Fprintf(&b, `\%03d`, c)
			}
		default:
			b.WriteRune(r)
		}
		i += max(n, 1)
	}
	b.WriteByte('"')
	return b.String() + more
}

// isName reports whether s can be written as a name in Lua.
func isName(s string) bool {
	for i, r := range s {
		letter := r == '_' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z'
		if !letter && (i == 0 || r < '0' || r > '9') {
			return false
		}
	}
	return s != "" && !slices.Contains(keywords(), s)
}

func keywords() []string {
	return []string{
		"and", "break", "do", "else", "elseif", "end", "false", "for", "function", "goto", "if", "in",
		"local", "nil", "not", "or", "repeat", "return", "then", "true", "until", "while",
	}
}
