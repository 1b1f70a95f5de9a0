package baselib

// The library: which functions a state begins with.

import (
	lua "github.com/yuin/gopher-lua"
)

// open fills the globals of a new state.
func (m *machine) open(L *lua.LState) {
	m.exitValue = &lua.LUserData{Value: &Exit{}, Metatable: lua.LNil}
	m.errString = L.NewFunction(errorTostring)
	m.errConcat = L.NewFunction(errorConcat)
	L.OpenLibs()
	m.openCoroutine(L)
	m.set(L, L.G.Global, "pcall", m.pcall)
	m.set(L, L.G.Global, "xpcall", m.xpcall)
	m.set(L, L.G.Global, "tostring", m.tostring)
	m.set(L, L.G.Global, "tonumber", tonumber)
	if t, ok := L.GetGlobal("os").(*lua.LTable); ok {
		m.set(L, t, "exit", m.osExit)
	}
}

// global makes a library known as a global and to require.
func (m *machine) global(L *lua.LState, name string, t *lua.LTable) {
	L.G.Global.RawSetString(name, t)
	if loaded, ok := L.G.Registry.RawGetString("_LOADED").(*lua.LTable); ok {
		loaded.RawSetString(name, t)
	}
}

func (m *machine) set(L *lua.LState, t *lua.LTable, name string, fn lua.LGFunction) {
	t.RawSetString(name, L.NewFunction(fn))
}

// osExit is Lua's: os.exit([code]). It unwinds everything, so that whoever
// runs the state can clean up before the process ends.
func (m *machine) osExit(L *lua.LState) int {
	exit := &Exit{}
	switch v := L.Get(1).(type) {
	case *lua.LNilType:
	case lua.LBool:
		if !v {
			exit.Code = 1
		}
	default:
		exit.Code = checkInt(L, 1)
	}
	Raise(L, exit)
	return 0
}

// tostring is Lua's: tostring(value).
func (m *machine) tostring(L *lua.LState) int {
	value := L.CheckAny(1)
	if fn, ok := L.GetMetaField(value, "__tostring").(*lua.LFunction); ok {
		L.Push(fn)
		L.Push(value)
		L.Call(1, 1)
		return 1
	}
	L.Push(lua.LString(plainString(value)))
	return 1
}

func plainString(value lua.LValue) string {
	if n, ok := value.(lua.LNumber); ok {
		return Number(n)
	}
	return value.String()
}

// Tostring returns what Lua's tostring makes of a value. It may run Lua, and
// raise what that raises.
func Tostring(L *lua.LState, value lua.LValue) string {
	if s, ok := Text(value); ok {
		return s
	}
	if fn, ok := L.GetMetaField(value, "__tostring").(*lua.LFunction); ok {
		L.Push(fn)
		L.Push(value)
		L.Call(1, 1)
		result := L.Get(-1)
		L.Pop(1)
		s, ok := Text(result)
		if !ok {
			L.RaiseError("'tostring' must return a string to 'print'")
		}
		return s
	}
	return value.String()
}

// Flush writes out what the script printed so far.
func Flush(L *lua.LState) error { return nil }
