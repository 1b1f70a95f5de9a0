package baselib

// Environments of functions, module, and newproxy.

import (
	"strings"

	lua "github.com/yuin/gopher-lua"
)

// functionAt is the function that getfenv's and setfenv's first argument means: itself, or
// that at a level of the call stack.
func (m *shared) functionAt(L *lua.LState, level int) *lua.LFunction {
	if fn, ok := L.Get(1).(*lua.LFunction); ok {
		return fn
	}
	if level < 0 {
		argError(L, 1, "level must be non-negative")
	}
	for f := range m.frames(L) {
		if level == 0 {
			if fn, ok := f.fn.(*lua.LFunction); ok {
				return fn
			}
		}
		level--
	}
	if level > 0 {
		argError(L, 1, "invalid level")
	}
	return theProgram
}

// theProgram is no function of Lua, and calls the script.
var theProgram = &lua.LFunction{IsG: true}

// getfenv is Lua's: getfenv([function or level]).
func (m *shared) getfenv(L *lua.LState) int {
	level := 1
	if _, ok := L.Get(1).(*lua.LFunction); !ok {
		level = optInt(L, 1, 1)
	}
	if fn := m.functionAt(L, level); fn.IsG {
		L.Push(L.Env)
	} else {
		L.Push(fn.Env)
	}
	return 1
}

// setfenv is Lua's: setfenv(function or level, table).
func (m *shared) setfenv(L *lua.LState) int {
	env := checkTable(L, 2)
	level := -1
	if _, ok := L.Get(1).(*lua.LFunction); !ok {
		level = checkInt(L, 1)
	}
	fn := m.functionAt(L, level)
	if level == 0 {
		L.Env = env
		return 0
	}
	if fn.IsG {
		L.RaiseError("'setfenv' cannot change environment of given object")
	}
	fn.Env = env
	L.Push(fn)
	return 1
}

// module is Lua's: module(name [, options]).
func (m *shared) module(L *lua.LState) int {
	name := checkText(L, 1)
	loaded, _ := L.G.Registry.RawGetString("_LOADED").(*lua.LTable)
	t, ok := L.GetField(loaded, name).(*lua.LTable)
	if !ok {
		if t, ok = L.FindTable(L.Env, name, 1).(*lua.LTable); !ok {
			L.RaiseError("name conflict for module '%s'", name)
		}
		L.SetField(loaded, name, t)
	}
	if L.GetField(t, "_NAME") == lua.LNil {
		L.SetField(t, "_M", t)
		L.SetField(t, "_NAME", lua.LString(name))
		L.SetField(t, "_PACKAGE", lua.LString(name[:strings.LastIndexByte(name, '.')+1]))
	}
	caller := innermost(L).parent
	if caller == nil || caller.fn.IsG {
		L.RaiseError("'module' not called from a Lua function")
	}
	caller.fn.Env = t
	for i := 2; i <= L.GetTop(); i++ {
		callback(L, L.Get(i), t)
	}
	return 0
}

// A proxy is what is in a userdata of newproxy that has a metatable.
type proxy struct{}

// newproxy is Lua's: newproxy([true or another proxy]).
func newproxy(L *lua.LState) int {
	made := L.NewUserData()
	switch like := L.Get(1).(type) {
	case *lua.LNilType:
	case lua.LBool:
		if like {
			made.Value, made.Metatable = proxy{}, L.NewTable()
		}
	case *lua.LUserData:
		if like.Value != (proxy{}) {
			argError(L, 1, "boolean or proxy expected")
		}
		made.Value, made.Metatable = like.Value, like.Metatable
	default:
		argError(L, 1, "boolean or proxy expected")
	}
	L.Push(made)
	return 1
}
