package console

// What names there are, for completion: by looking only, never by calling.

import (
	"slices"

	lua "github.com/yuin/gopher-lua"
)

// deepestIndex is the number of tables that are looked through for inherited fields.
const deepestIndex = 8

// Fields returns the names of the fields of the value that path leads to from
// the globals, whose names an empty path gives. With methods set it returns
// those that can be called. Steps of path are strings or numbers.
func (c *Console) Fields(path []any, methods bool) []string {
	var v lua.LValue = c.L.G.Global
	for _, step := range path {
		key := lua.LValue(lua.LNil)
		switch s := step.(type) {
		case string:
			key = lua.LString(s)
		case float64:
			key = lua.LNumber(s)
		}
		v = c.field(v, key)
	}
	seen := map[string]bool{}
	for _, t := range c.tables(v) {
		t.ForEach(func(k, value lua.LValue) {
			name, ok := k.(lua.LString)
			_, callable := value.(*lua.LFunction)
			if ok && isName(string(name)) && (callable || !methods) {
				seen[string(name)] = true
			}
		})
	}
	names := make([]string, 0, len(seen))
	for name := range seen {
		names = append(names, name)
	}
	if len(path) == 0 {
		names = append(names, keywords()...)
	}
	slices.Sort(names)
	return names
}

// Options returns the keys of a function's table of options.
func (c *Console) Options(function string) []string {
	if c.OptionKeys == nil {
		return nil
	}
	return c.OptionKeys(function)
}

// Words returns the strings that a function may be called with.
func (c *Console) Words(function string) []string {
	if c.Texts == nil {
		return nil
	}
	return c.Texts(function)
}

// field looks a field up as Lua does, but for functions in __index.
func (c *Console) field(v, key lua.LValue) lua.LValue {
	for _, t := range c.tables(v) {
		if value := t.RawGet(key); value != lua.LNil {
			return value
		}
	}
	return lua.LNil
}

// tables returns the tables that the fields of v come from, nearest first.
func (c *Console) tables(v lua.LValue) []*lua.LTable {
	var found []*lua.LTable
	for range deepestIndex {
		if t, ok := v.(*lua.LTable); ok {
			found = append(found, t)
		}
		switch index := c.L.GetMetaField(v, "__index").(type) {
		case *lua.LTable:
			v = index
		default:
			// A value with a function there may tell its names besides.
			if names, ok := c.L.GetMetaField(v, "__names").(*lua.LFunction); ok && names.IsG {
				c.L.Push(names)
				c.L.Call(0, 1)
				if t, ok := c.L.Get(-1).(*lua.LTable); ok {
					found = append(found, t)
				}
				c.L.Pop(1)
			}
			return found
		}
	}
	return found
}
