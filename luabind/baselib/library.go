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
	Define(L.G.Global, name, t)
	if loaded, ok := L.G.Registry.RawGetString("_LOADED").(*lua.LTable); ok {
		Define(loaded, name, t)
	}
}

func (m *shared) set(L *lua.LState, t *lua.LTable, name string, fn lua.LGFunction) {
	Define(t, name, m.function(L, fn))
}

// function makes a function of the library. They are laid side by side: a state has hundreds.
func (m *shared) function(L *lua.LState, fn lua.LGFunction) *lua.LFunction {
	if len(m.room) == 0 {
		m.room = make([]lua.LFunction, 32)
	}
	f := &m.room[0]
	m.room = m.room[1:]
	*f = lua.LFunction{IsG: true, Env: L.G.Global, GFunction: fn}
	return f
}

// NewFunction makes a function that lives as long as the state.
func NewFunction(L *lua.LState, fn lua.LGFunction) *lua.LFunction {
	return sharedOf(L).function(L, fn)
}
