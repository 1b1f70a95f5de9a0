package baselib

// The library: which functions a state begins with.

import (
	lua "github.com/yuin/gopher-lua"
)

// open fills the globals of a new state.
func (m *shared) open(L *lua.LState) {
	m.exitValue = &lua.LUserData{Value: &Exit{}, Metatable: lua.LNil}
	m.errString = L.NewFunction(errorTostring)
	m.errConcat = L.NewFunction(errorConcat)
	m.errIndex = L.NewFunction(errorIndex)
	m.openPackage(L)
	m.openBasic(L)
	m.openCoroutine(L)
	m.openString(L)
	m.openTable(L)
	m.openMath(L)
	m.openDebug(L)
	m.openOS(L)
	m.openIO(L)
}

// global makes a library known as a global and to require.
func (m *shared) global(L *lua.LState, name string, t *lua.LTable) {
	L.G.Global.RawSetString(name, t)
	if loaded, ok := L.G.Registry.RawGetString("_LOADED").(*lua.LTable); ok {
		loaded.RawSetString(name, t)
	}
}

func (m *shared) set(L *lua.LState, t *lua.LTable, name string, fn lua.LGFunction) {
	t.RawSetString(name, L.NewFunction(fn))
}
