package baselib

// The basic functions: those without a table of their own.

import (
	"fmt"
	"os"
	"runtime"
	"strings"

	lua "github.com/yuin/gopher-lua"
)

func (m *shared) openBasic(L *lua.LState) {
	g := L.G.Global
	for _, name := range []string{"getmetatable", "rawequal", "type"} {
		m.set(L, g, name, stockBasic[name]) // they are right as they are
	}
	m.global(L, "_G", g)
	inList, step := m.function(L, nextInList), m.function(L, next)
	m.set(L, g, "ipairs", func(L *lua.LState) int {
		t := checkTable(L, 1)
		L.Push(inList)
		L.Push(t)
		L.Push(lua.LNumber(0))
		return 3
	})
	Define(g, "next", step)
	m.tostring = m.function(L, tostring)
	Define(g, "tostring", m.tostring)
	m.set(L, g, "pairs", func(L *lua.LState) int {
		t := checkTable(L, 1)
		if c := carriedBy(t); c != nil {
			c.complete() // an error's fields are shown as they will be
		}
		L.Push(step)
		L.Push(t)
		L.Push(lua.LNil)
		return 3
	})
	for _, f := range []struct {
		name string
		fn   lua.LGFunction
	}{
		{"assert", baseAssert},
		{"collectgarbage", m.collectGarbage},
		{"dofile", m.dofile},
		{"error", m.baseError},
		{"gcinfo", gcinfo},
		{"getfenv", m.getfenv},
		{"load", m.load},
		{"loadfile", m.loadfile},
		{"loadstring", m.load},
		{"module", m.module},
		{"newproxy", newproxy},
		{"pcall", m.pcall},
		{"print", m.print},
		{"rawget", rawget},
		{"rawset", rawset},
		{"require", m.require},
		{"select", baseSelect},
		{"setfenv", m.setfenv},
		{"setmetatable", setmetatable},
		{"tonumber", tonumber},
		{"unpack", unpack},
		{"xpcall", m.xpcall},
	} {
		m.set(L, g, f.name, f.fn)
	}
	Define(g, "_VERSION", lua.LString("Lua 5.1"))
	Define(g, "_GOPHER_LUA_VERSION", lua.LString(lua.PackageName+" "+lua.PackageVersion))
}

// nextInList is the iterator of ipairs.
func nextInList(L *lua.LState) int {
	i := checkInt(L, 2) + 1
	value := checkTable(L, 1).RawGetInt(i)
	if value == lua.LNil {
		return 0
	}
	L.Push(lua.LNumber(i))
	L.Push(value)
	return 2
}

// baseAssert is Lua's; like error it passes a message on that is no string.
func baseAssert(L *lua.LState) int {
	if lua.LVAsBool(L.CheckAny(1)) {
		return L.GetTop()
	}
	switch message := L.Get(2).(type) {
	case *lua.LNilType:
		L.RaiseError("assertion failed!")
	case lua.LString, lua.LNumber:
		text, _ := Text(message)
		L.RaiseError("%s", text)
	default:
		L.Error(message, 0)
	}
	return 0
}

// baseError is Lua's: error([value [, level]]).
func (m *shared) baseError(L *lua.LState) int {
	value := L.Get(1)
	level := optInt(L, 2, 1)
	if text, ok := Text(value); ok && level > 0 {
		value = lua.LString(text)
		n := 0
		for f := range m.frames(L) {
			if n == level {
				if f.info.CurrentLine > 0 {
					value = lua.LString(fmt.Sprintf("%s:%d: %s", f.info.Source, f.info.CurrentLine, text))
				}
				break
			}
			n++
		}
	}
	m.verbatim = true
	L.Error(value, 0)
	return 0
}

// setmetatable is Lua's. gopher-lua's gives numbers, strings and functions a
// metatable too, all of a kind at once.
func setmetatable(L *lua.LState) int {
	t := checkTable(L, 1)
	if mt := L.Get(2); mt.Type() != lua.LTNil && mt.Type() != lua.LTTable || L.GetTop() < 2 {
		argError(L, 2, "nil or table expected")
	}
	if L.GetMetaField(t, "__metatable") != lua.LNil {
		L.RaiseError("cannot change a protected metatable")
	}
	t.Metatable = L.Get(2)
	L.SetTop(1)
	return 1
}

func rawget(L *lua.LState) int {
	t := checkTable(L, 1)
	L.CheckAny(2)
	L.Push(t.RawGet(L.Get(2)))
	return 1
}

// rawset is Lua's; gopher-lua's returns nothing.
func rawset(L *lua.LState) int {
	t := checkTable(L, 1)
	L.CheckAny(2)
	L.CheckAny(3)
	L.SetTop(3)
	L.RawSet(t, L.Get(2), L.Get(3))
	if L.Get(3) == lua.LNil {
		orderOf(t).tidy()
	}
	L.SetTop(1)
	return 1
}

func (m *shared) collectGarbage(L *lua.LState) int {
	switch option := optText(L, 1, "collect"); option {
	case "collect":
		runtime.GC()
		m.releaseFiles()
		L.Push(lua.LNumber(0))
	case "count":
		L.Push(heapSize())
	case "step":
		L.Push(lua.LTrue)
	case "stop", "restart", "setpause", "setstepmul":
		L.Push(lua.LNumber(0)) // Go's collector looks after itself
	default:
		argError(L, 1, "invalid option '%s'", option)
	}
	return 1
}

// heapSize is the size of the heap in kilobytes.
func heapSize() lua.LNumber {
	var stats runtime.MemStats // stops the world; runtime/metrics would cost every start-up
	runtime.ReadMemStats(&stats)
	return lua.LNumber(stats.HeapAlloc) / 1024
}

// gcinfo returns the whole kilobytes in use. Lua 5.1 still has it for old programs.
func gcinfo(L *lua.LState) int {
	L.Push(lua.LNumber(int64(heapSize())))
	return 1
}

// print is Lua's. What it prints is buffered; see Flush.
func (m *shared) print(L *lua.LState) int {
	text := Tostring
	if L.Env.RawGetString("tostring") != lua.LValue(m.tostring) {
		text = textBy(L.GetField(L.Env, "tostring"))
	}
	for i := 1; i <= L.GetTop(); i++ {
		s := text(L, L.Get(i))
		if i > 1 {
			m.out.WriteByte('\t')
		}
		m.out.WriteString(s)
	}
	m.out.WriteByte('\n')
	m.printed(L)
	return 0
}

// textBy is Tostring, made by the function that the script calls tostring.
func textBy(fn lua.LValue) func(L *lua.LState, value lua.LValue) string {
	return func(L *lua.LState, value lua.LValue) string {
		s, ok := Text(callback(L, fn, value))
		if !ok {
			L.RaiseError("'tostring' must return a string to 'print'")
		}
		return s
	}
}

func baseSelect(L *lua.LState) int {
	if s, ok := L.Get(1).(lua.LString); ok && s == "#" {
		L.Push(lua.LNumber(L.GetTop() - 1))
		return 1
	}
	i := checkInt(L, 1)
	n := L.GetTop()
	if i < 0 {
		i = n + i
	} else if i > n {
		i = n
	}
	if i < 1 {
		argError(L, 1, "index out of range")
	}
	return n - i
}

// tostring is Lua's: tostring(value).
func tostring(L *lua.LState) int {
	value := L.CheckAny(1)
	if fn, ok := L.GetMetaField(value, "__tostring").(*lua.LFunction); ok {
		L.Push(fn)
		L.Push(value)
		L.Call(1, 1)
		return 1
	}
	if s, ok := Text(value); ok {
		L.Push(lua.LString(s))
	} else {
		L.Push(lua.LString(value.String()))
	}
	return 1
}

// Tostring returns what Lua's tostring makes of a value. It may run Lua, and
// raise what that raises.
func Tostring(L *lua.LState, value lua.LValue) string {
	if s, ok := Text(value); ok {
		return s
	}
	if fn, ok := L.GetMetaField(value, "__tostring").(*lua.LFunction); ok {
		s, ok := Text(callback(L, fn, value))
		if !ok {
			L.RaiseError("'tostring' must return a string")
		}
		return s
	}
	return value.String()
}

// chunkName gives a chunk's name as messages show it: a file's after @, any
// text after =, otherwise the first line of the source.
func chunkName(name string) string {
	if name != "" && (name[0] == '@' || name[0] == '=') {
		return name[1:]
	}
	line, _, more := strings.Cut(name, "\n")
	const limit = 60
	if len(line) > limit {
		line, more = line[:limit], true
	}
	if more {
		line += "..."
	}
	return `[string "` + line + `"]`
}

// load is Lua's load and loadstring, for a string or a function that returns
// its pieces: load(chunk [, name [, mode [, env]]]).
func (m *shared) load(L *lua.LState) int {
	var source string
	name := "=(load)"
	chosen, env := L.Get(2), L.Get(4)
	switch v := L.Get(1).(type) {
	case lua.LString:
		source, name = string(v), string(v)
	case lua.LNumber:
		source = Number(v)
		name = source
	case *lua.LFunction:
		L.SetTop(1)
		text, fault := m.readPieces(L, v)
		if fault != nil {
			L.Push(lua.LNil)
			L.Push(fault)
			return 2
		}
		source = text
	default:
		argError(L, 1, "string or function expected, got %s", typeName(L, 1))
	}
	if s, ok := Text(chosen); ok {
		name = s
	}
	name = chunkName(name)
	fn, err := Load(L, []byte(source), name)
	if err != nil {
		L.Push(lua.LNil)
		L.Push(lua.LString(err.Error()))
		return 2
	}
	if t, ok := env.(*lua.LTable); ok {
		fn.Env = t
	}
	L.Push(fn)
	return 1
}

// readPieces joins what a function returns until it returns nothing. The fault
// is the error that it raised.
func (m *shared) readPieces(L *lua.LState, fn *lua.LFunction) (text string, fault lua.LValue) {
	var b strings.Builder
	for {
		L.Push(fn)
		m.protect(L, 0, nil)
		ok, piece := lua.LVAsBool(L.Get(2)), L.Get(3)
		L.SetTop(1)
		if !ok {
			return "", piece
		}
		s, ok := Text(piece)
		if !ok && piece != lua.LNil {
			return "", lua.LString("reader function must return a string")
		}
		if s == "" {
			return b.String(), nil
		}
		b.WriteString(s)
	}
}

// readChunk loads a file, or standard input where the argument is nil.
func (m *shared) readChunk(L *lua.LState) (*lua.LFunction, error) {
	if L.Get(1) == lua.LNil {
		source, err := m.in.all(contextOf(L))
		if err != nil {
			return nil, err
		}
		return Load(L, source, "stdin")
	}
	path := checkText(L, 1)
	source, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("cannot read %s: %s", path, reason(err))
	}
	return Load(L, source, path)
}

func (m *shared) loadfile(L *lua.LState) int {
	fn, err := m.readChunk(L)
	if err != nil {
		L.Push(lua.LNil)
		L.Push(lua.LString(err.Error()))
		return 2
	}
	L.Push(fn)
	return 1
}

func (m *shared) dofile(L *lua.LState) int {
	fn, err := m.readChunk(L)
	if err != nil {
		L.Error(lua.LString(err.Error()), 0)
	}
	L.SetTop(0)
	L.Push(fn)
	L.Call(0, lua.MultRet)
	return L.GetTop()
}
