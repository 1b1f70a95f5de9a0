package baselib

// The debug library: gopher-lua's, but that levels and tracebacks go through
// protected calls.

import (
	"strings"

	lua "github.com/yuin/gopher-lua"
)

func (m *shared) openDebug(L *lua.LState) {
	lua.OpenDebug(L)
	t := L.Get(-1).(*lua.LTable)
	L.Pop(1)
	m.set(L, t, "traceback", m.debugTraceback)
	m.set(L, t, "getinfo", m.getinfo)
	m.set(L, t, "getregistry", func(L *lua.LState) int {
		L.Push(L.CreateTable(0, 0)) // the real one holds what scripts could break
		return 1
	})
	m.set(L, t, "gethook", func(*lua.LState) int { return 0 })
	m.set(L, t, "sethook", sethook)
	m.set(L, t, "setmetatable", debugSetmetatable)
	m.set(L, t, "getlocal", m.getlocal)
	m.set(L, t, "setlocal", m.setlocal)
	for _, name := range []string{"getupvalue", "setupvalue"} {
		m.set(L, t, name, orNothing(t.RawGetString(name).(*lua.LFunction).GFunction))
	}
}

// debugSetmetatable is Lua's: debug.setmetatable(value, table or nil).
func debugSetmetatable(L *lua.LState) int {
	if mt := L.Get(2); L.GetTop() < 2 || mt.Type() != lua.LTNil && mt.Type() != lua.LTTable {
		argError(L, 2, "nil or table expected")
	}
	L.SetMetatable(L.Get(1), L.Get(2))
	L.Push(lua.LTrue)
	return 1
}

// orNothing is a function of gopher-lua that returns nothing in place of a nil.
func orNothing(fn lua.LGFunction) lua.LGFunction {
	return func(L *lua.LState) int {
		n := fn(L)
		if n == 1 && L.Get(-1) == lua.LNil {
			return 0
		}
		return n
	}
}

// sethook clears the hook, which is never set: the interpreter calls none.
func sethook(L *lua.LState) int {
	first := 1
	if _, ok := L.Get(1).(*lua.LState); ok {
		first = 2
	}
	if L.Get(first) != lua.LNil && optText(L, first+1, "") != "" {
		L.RaiseError("debug.sethook is not supported (see moonwire doc lua)")
	}
	return 0
}

// debugTraceback is Lua's: debug.traceback([thread,] [message [, level]]).
func (m *shared) debugTraceback(L *lua.LState) int {
	th, first, level := L, 1, 1
	if co, ok := L.Get(1).(*lua.LState); ok {
		th, first, level = co, 2, 0
	}
	message := L.Get(first)
	text, ok := Text(message)
	if !ok && message != lua.LNil {
		L.Push(message)
		return 1
	}
	trace := traceback(m.framesOf(L, th), optInt(L, first+1, level))
	if ok {
		trace = text + "\n" + trace
	}
	L.Push(lua.LString(trace))
	return 1
}

// getinfo is Lua's: debug.getinfo([thread,] function or level [, what]).
func (m *shared) getinfo(L *lua.LState) int {
	th, first := L, 1
	if co, ok := L.Get(1).(*lua.LState); ok {
		th, first = co, 2
	}
	what := optText(L, first+1, "flnSu")
	for i := range len(what) {
		switch what[i] {
		case 'f', 'l', 'n', 'S', 'u', 'L':
		default:
			L.Push(lua.LNil) // Lua raises an error; gopher-lua's own tests ask for this
			return 1
		}
	}
	var found frame
	switch v := L.Get(first).(type) {
	case *lua.LFunction:
		found.info = &lua.Debug{}
		if _, err := L.GetInfo(">Su", found.info, v); err != nil {
			return 0
		}
		found.fn = v
	default:
		n, ok := toNumber(v)
		if !ok {
			argError(L, first, "function or level expected")
		}
		level := toInt(float64(n))
		if found, ok = frameAt(m.framesOf(L, th), level); !ok {
			L.Push(lua.LNil)
			return 1
		}
	}
	L.Push(infoTable(L, found))
	return 1
}

// frameWithLocals is the frame whose locals getlocal and setlocal are about, and the place of
// the local's number among the arguments.
func (m *shared) frameWithLocals(L *lua.LState) (frame, int) {
	th, first := L, 1
	if co, ok := L.Get(1).(*lua.LState); ok {
		th, first = co, 2
	}
	level := checkInt(L, first)
	checkInt(L, first+1)
	f, ok := frameAt(m.framesOf(L, th), level)
	if !ok {
		argError(L, first, "level out of range")
	}
	return f, first + 1
}

// getlocal is Lua's: debug.getlocal([thread,] level, local).
func (m *shared) getlocal(L *lua.LState) int {
	f, at := m.frameWithLocals(L)
	if fn, ok := f.fn.(*lua.LFunction); ok && !fn.IsG {
		if name, value := f.th.GetLocal(f.info, checkInt(L, at)); name != "" {
			L.Push(lua.LString(name))
			L.Push(value)
			return 2
		}
	}
	L.Push(lua.LNil)
	return 1
}

// setlocal is Lua's: debug.setlocal([thread,] level, local, value).
func (m *shared) setlocal(L *lua.LState) int {
	f, at := m.frameWithLocals(L)
	value := L.CheckAny(at + 1)
	if fn, ok := f.fn.(*lua.LFunction); ok && !fn.IsG {
		if name := f.th.SetLocal(f.info, checkInt(L, at), value); name != "" {
			L.Push(lua.LString(name))
			return 1
		}
	}
	L.Push(lua.LNil)
	return 1
}

// sourceOf is the name that a chunk was loaded by, from what messages show.
func sourceOf(shown string) string {
	if text, ok := strings.CutPrefix(shown, `[string "`); ok {
		return strings.TrimSuffix(text, `"]`)
	}
	return "@" + shown
}

func infoTable(L *lua.LState, f frame) *lua.LTable {
	t := NewTable(L, 14)
	fn, _ := f.fn.(*lua.LFunction)
	info := f.info
	source, short, what := sourceOf(info.Source), info.Source, ""
	line, defined, last := info.CurrentLine, info.LineDefined, info.LastLineDefined
	if fn == nil || fn.IsG {
		source, short, what = "=[C]", "[C]", "C"
		line, defined, last = -1, -1, -1
	} else if what = "Lua"; defined == 0 {
		what = "main"
	}
	if line == 0 {
		line = -1
	}
	Define(t, "source", lua.LString(source))
	Define(t, "short_src", lua.LString(short))
	Define(t, "what", lua.LString(what))
	Define(t, "currentline", lua.LNumber(line))
	Define(t, "linedefined", lua.LNumber(defined))
	Define(t, "lastlinedefined", lua.LNumber(last))
	if fn != nil {
		Define(t, "nups", lua.LNumber(len(fn.Upvalues)))
	}
	name := shortName(info.Name)
	Define(t, "namewhat", lua.LString(""))
	if name != "?" && name[0] != '<' {
		Define(t, "name", lua.LString(name))
		Define(t, "namewhat", lua.LString("global"))
	}
	Define(t, "func", f.fn)
	return t
}
