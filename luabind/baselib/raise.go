package baselib

// Go errors as Lua values, and back.

import (
	"errors"
	"strconv"
	"strings"

	lua "github.com/yuin/gopher-lua"
)

// carried is the Go error inside a Lua error value.
type carried struct {
	err   error
	where string // "script.lua:3: ", or empty
	late  func() // completes the value; nil once it is complete
}

// complete fills in what was left until somebody asks.
func (c *carried) complete() {
	if late := c.late; late != nil {
		c.late = nil
		late()
	}
}

// carriedKey is the field of the value's own metatable that holds it.
const carriedKey = "__carried"

// Raise raises a Go error in Lua and does not return. The script sees a table:
// field message is the error's text, traceback the calls that led here, kind
// what a method Kind() string of the error or of one that it wraps says, and
// the rest is [Config].Fields'. Its tostring is the message after the
// script's position, and it can be concatenated to a string.
//
// An *Error or *Exit that [Call] returned is raised as what it was.
func Raise(L *lua.LState, err error) {
	m := sharedOf(L)
	if exit := exitOf(err); exit != nil {
		m.exit = exit
		L.Error(m.exitValue, 0)
	}
	if e, ok := err.(*Error); ok && e.Value != nil {
		m.risen, m.risenFrom = e.Value, e.Traceback
		L.Error(e.Value, 0)
	}
	L.Error(m.errorValue(L, err), 0)
}

// ErrorOf returns the Go error that a Lua value carries, or nil.
func ErrorOf(value lua.LValue) error {
	if c := carriedBy(value); c != nil {
		return c.err
	}
	return nil
}

func carriedBy(value lua.LValue) *carried {
	t, ok := value.(*lua.LTable)
	if !ok {
		return nil
	}
	mt, ok := t.Metatable.(*lua.LTable)
	if !ok {
		return nil
	}
	ud, ok := mt.RawGetString(carriedKey).(*lua.LUserData)
	if !ok {
		return nil
	}
	c, _ := ud.Value.(*carried)
	return c
}

func (m *shared) errorValue(L *lua.LState, err error) *lua.LTable {
	t := L.CreateTable(0, 4)
	t.RawSetString("message", lua.LString(err.Error()))
	var kinded interface{ Kind() string }
	if errors.As(err, &kinded) {
		t.RawSetString("kind", lua.LString(kinded.Kind()))
	}
	t.RawSetString("traceback", lua.LString(Traceback(L, 0)))
	mt := L.CreateTable(0, 4)
	mt.RawSetString("__tostring", m.errString)
	mt.RawSetString("__concat", m.errConcat)
	mt.RawSetString("__metatable", lua.LString("error"))
	c := &carried{err: err, where: Where(L)}
	mt.RawSetString(carriedKey, &lua.LUserData{Value: c, Metatable: lua.LNil})
	t.Metatable = mt
	if m.config.Fields != nil {
		if c.late = m.config.Fields(L, err, t); c.late != nil {
			mt.RawSetString("__index", m.errIndex)
		}
	}
	return t
}

// errorIndex is the __index of a raised Go error that is not complete yet.
func errorIndex(L *lua.LState) int {
	if c := carriedBy(L.Get(1)); c != nil {
		c.complete()
	}
	L.Push(L.RawGet(L.CheckTable(1), L.Get(2)))
	return 1
}

// errorTostring is the __tostring of a raised Go error.
func errorTostring(L *lua.LState) int {
	L.Push(lua.LString(errorText(L.Get(1))))
	return 1
}

func errorText(value lua.LValue) string {
	c := carriedBy(value)
	if c == nil {
		return value.String()
	}
	c.complete()
	text := c.err.Error()
	if t, ok := value.(*lua.LTable); ok {
		if s, ok := t.RawGetString("message").(lua.LString); ok {
			text = string(s) // the script may have put it in other words
		}
	}
	return c.where + text
}

// errorConcat is the __concat of a raised Go error: scripts write
// "failed: " .. err, whatever the error is.
func errorConcat(L *lua.LState) int {
	var text strings.Builder
	for i := 1; i <= 2; i++ {
		switch v := L.Get(i).(type) {
		case lua.LString:
			text.WriteString(string(v))
		case lua.LNumber:
			text.WriteString(Number(v))
		default:
			if carriedBy(v) == nil {
				L.RaiseError("attempt to concatenate a %s value", v.Type())
			}
			text.WriteString(errorText(v))
		}
	}
	L.Push(lua.LString(text.String()))
	return 1
}

// Where returns the place in the script that is running, as "script.lua:3: ",
// or "" if there is none: the innermost Lua function, through all threads that
// wait for this one in a protected call.
func Where(L *lua.LState) string {
	source, line := Position(L)
	if line <= 0 {
		return ""
	}
	return source + ":" + strconv.Itoa(line) + ": "
}

// Position is the place that [Where] tells: a chunk's name and a line, from 1;
// the line is 0 where there is none. The library's own modules count only where
// no script has called them.
func Position(L *lua.LState) (source string, line int) {
	m := sharedOf(L)
	for f := range m.frames(L) {
		switch {
		case f.info.CurrentLine <= 0:
		case !m.library[f.info.Source]:
			return f.info.Source, f.info.CurrentLine
		case line == 0:
			source, line = f.info.Source, f.info.CurrentLine
		}
	}
	return source, line
}
