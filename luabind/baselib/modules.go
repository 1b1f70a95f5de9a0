package baselib

// package and require.

import (
	"os"
	"path/filepath"
	"strings"

	lua "github.com/yuin/gopher-lua"
)

// defaultPath is where modules are looked for after Config.Path.
const defaultPath = "./?.lua;./?/init.lua"

func (m *shared) openPackage(L *lua.LState) {
	t := NewTable(L, 8)
	loaded := NewTable(L, 14)
	m.packages = t
	Define(L.G.Registry, "_LOADED", loaded)
	Define(t, "loaded", loaded)
	Define(t, "preload", L.CreateTable(0, 0))
	loaders := L.CreateTable(3, 0)
	for i, fn := range []lua.LGFunction{m.preloaded, m.searched, m.file} {
		loaders.RawSetInt(i+1, L.NewFunction(fn))
	}
	Define(t, "loaders", loaders)
	Define(L.G.Registry, "_LOADERS", loaders)
	Define(t, "path", lua.LString(m.path()))
	Define(t, "cpath", lua.LString(""))
	Define(t, "config", lua.LString(string(filepath.Separator)+"\n;\n?\n!\n-\n"))
	m.set(L, t, "seeall", seeall)
	m.set(L, t, "loadlib", func(L *lua.LState) int {
		L.Push(lua.LNil)
		L.Push(lua.LString("libraries in C cannot be loaded"))
		L.Push(lua.LString("absent"))
		return 3
	})
	m.global(L, "package", t)
}

// path is package.path at the start: the configuration's, then LUA_PATH, in
// which ;; stands for the default, or the default itself.
func (m *shared) path() string {
	path, _ := m.getenv("LUA_PATH")
	if path == "" {
		path = defaultPath
	} else {
		path = strings.ReplaceAll(path, ";;", ";"+defaultPath+";")
		path = strings.Trim(path, ";")
	}
	if m.config.Path != "" {
		path = m.config.Path + ";" + path
	}
	return path
}

func (m *shared) getenv(name string) (string, bool) {
	if value, ok := m.environ[name]; ok {
		return value, true
	}
	if m.config.LookupEnv == nil {
		return "", false
	}
	return m.config.LookupEnv(name)
}

func seeall(L *lua.LState) int {
	t := checkTable(L, 1)
	mt, ok := t.Metatable.(*lua.LTable)
	if !ok {
		mt = L.CreateTable(0, 1)
		t.Metatable = mt
	}
	mt.RawSetString("__index", L.G.Global)
	return 0
}

// require is Lua's. A module whose loading fails may be tried again, where
// Lua 5.1 would go on to say "loop or previous error".
func (m *shared) require(L *lua.LState) int {
	name := checkText(L, 1)
	loaded, _ := L.G.Registry.RawGetString("_LOADED").(*lua.LTable)
	if value := L.GetField(loaded, name); lua.LVAsBool(value) {
		L.Push(value)
		return 1
	}
	if m.loading[name] {
		L.RaiseError("loop loading module '%s'", name)
	}
	loaders, ok := m.packages.RawGetString("loaders").(*lua.LTable)
	if !ok {
		L.RaiseError("'package.loaders' must be a table")
	}
	var missing strings.Builder
	for i := 1; ; i++ {
		loader := loaders.RawGetInt(i)
		if loader == lua.LNil {
			L.RaiseError("module '%s' not found:%s", name, missing.String())
		}
		switch found := callback(L, loader, lua.LString(name)).(type) {
		case *lua.LFunction:
			L.Push(m.runModule(L, loaded, found, name))
			return 1
		case lua.LString:
			missing.WriteString(string(found))
		}
	}
}

// runModule calls a module's function and records what it is.
func (m *shared) runModule(L *lua.LState, loaded *lua.LTable, fn *lua.LFunction, name string) lua.LValue {
	if m.loading == nil {
		m.loading = make(map[string]bool)
	}
	m.loading[name] = true
	result := func() lua.LValue {
		defer delete(m.loading, name)
		return callback(L, fn, lua.LString(name))
	}()
	if result != lua.LNil {
		L.SetField(loaded, name, result)
	} else if L.GetField(loaded, name) == lua.LNil {
		L.SetField(loaded, name, lua.LTrue)
	}
	return L.GetField(loaded, name)
}

// preloaded looks a module up in package.preload.
func (m *shared) preloaded(L *lua.LState) int {
	name := checkText(L, 1)
	preload, ok := m.packages.RawGetString("preload").(*lua.LTable)
	if !ok {
		L.RaiseError("'package.preload' must be a table")
	}
	if fn := L.GetField(preload, name); fn != lua.LNil {
		L.Push(fn)
	} else {
		L.Push(lua.LString("\n\tno field package.preload['" + name + "']"))
	}
	return 1
}

// searched asks the configuration for a module.
func (m *shared) searched(L *lua.LState) int {
	name := checkText(L, 1)
	if m.config.Searcher == nil {
		return 0
	}
	source, chunk, ok := m.config.Searcher(name)
	if !ok {
		L.Push(lua.LString("\n\tno module '" + name + "' in the program"))
		return 1
	}
	if m.library == nil {
		m.library = make(map[string]bool)
	}
	m.library[chunk] = true
	L.Push(m.mustLoad(L, source, chunk))
	return 1
}

// file looks for a module along package.path.
func (m *shared) file(L *lua.LState) int {
	name := checkText(L, 1)
	path, ok := m.packages.RawGetString("path").(lua.LString)
	if !ok {
		L.RaiseError("'package.path' must be a string")
	}
	var missing strings.Builder
	part := strings.ReplaceAll(name, ".", string(filepath.Separator))
	for template := range strings.SplitSeq(string(path), ";") {
		if template == "" {
			continue
		}
		file := strings.ReplaceAll(template, "?", part)
		if source, err := os.ReadFile(file); err == nil {
			L.Push(m.mustLoad(L, source, file))
			return 1
		}
		missing.WriteString("\n\tno file '" + file + "'")
	}
	L.Push(lua.LString(missing.String()))
	return 1
}

func (m *shared) mustLoad(L *lua.LState, source []byte, name string) *lua.LFunction {
	fn, err := Load(L, source, name)
	if err != nil {
		L.Error(lua.LString("error loading module from file '"+name+"':\n\t"+err.Error()), 0)
	}
	return fn
}
