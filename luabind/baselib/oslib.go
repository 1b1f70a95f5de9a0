package baselib

// The os library. Nothing in it ends the process or changes it.

import (
	"errors"
	"os"
	"syscall"

	lua "github.com/yuin/gopher-lua"
)

func (m *shared) openOS(L *lua.LState) {
	t := NewTable(L, 14)
	for _, f := range []struct {
		name string
		fn   lua.LGFunction
	}{
		{"clock", osClock},
		{"date", osDate},
		{"difftime", osDifftime},
		{"execute", m.osExecute},
		{"exit", osExit},
		{"getenv", m.osGetenv},
		{"remove", osRemove},
		{"rename", osRename},
		{"setenv", m.osSetenv},
		{"setlocale", osSetlocale},
		{"time", osTime},
		{"tmpname", osTmpname},
	} {
		m.set(L, t, f.name, f.fn)
	}
	m.global(L, "os", t)
}

// osClock is Lua's: the seconds of processor time that the program has used.
func osClock(L *lua.LState) int {
	L.Push(lua.LNumber(processorTime().Seconds()))
	return 1
}

// osExit is Lua's: os.exit([code]). It unwinds everything, so that whoever
// runs the state can clean up before the process ends.
func osExit(L *lua.LState) int {
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

func osDifftime(L *lua.LState) int {
	earlier := 0.0
	if L.Get(2) != lua.LNil {
		earlier = checkNumber(L, 2)
	}
	L.Push(lua.LNumber(checkNumber(L, 1) - earlier))
	return 1
}

func (m *shared) osGetenv(L *lua.LState) int {
	if value, ok := m.getenv(checkText(L, 1)); ok {
		L.Push(lua.LString(value))
	} else {
		L.Push(lua.LNil)
	}
	return 1
}

// osSetenv is gopher-lua's addition; it holds for this state and the programs
// that it runs.
func (m *shared) osSetenv(L *lua.LState) int {
	if m.environ == nil {
		m.environ = make(map[string]string)
	}
	m.environ[checkText(L, 1)] = checkText(L, 2)
	L.Push(lua.LTrue)
	return 1
}

func osSetlocale(L *lua.LState) int {
	switch optText(L, 1, "C") {
	case "", "C", "POSIX":
		L.Push(lua.LString("C"))
	default:
		L.Push(lua.LNil)
	}
	return 1
}

// result pushes what functions on files return: true, or nil, a message and a
// number.
func result(L *lua.LState, err error, name string) int {
	if err == nil {
		L.Push(lua.LTrue)
		return 1
	}
	return failed(L, err, name)
}

func failed(L *lua.LState, err error, name string) int {
	text := reason(err)
	var link *os.LinkError
	if errors.As(err, &link) {
		text = reason(link.Err)
	}
	if name != "" {
		text = name + ": " + text
	}
	var number syscall.Errno
	errors.As(err, &number)
	L.Push(lua.LNil)
	L.Push(lua.LString(text))
	L.Push(lua.LNumber(number))
	return 3
}

func osRemove(L *lua.LState) int {
	name := checkText(L, 1)
	return result(L, os.Remove(name), name)
}

func osRename(L *lua.LState) int {
	from, to := checkText(L, 1), checkText(L, 2)
	return result(L, os.Rename(from, to), from)
}

func osTmpname(L *lua.LState) int {
	file, err := os.CreateTemp("", "lua_")
	if err != nil {
		L.RaiseError("unable to generate a unique filename: %s", reason(err))
	}
	name := file.Name()
	if err := file.Close(); err != nil {
		// no test: a disk would have to be full
		L.RaiseError("unable to generate a unique filename: %s", reason(err))
	}
	L.Push(lua.LString(name))
	return 1
}
