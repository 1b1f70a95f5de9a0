package baselib

// What gopher-lua keeps to itself and this package uses all the same: the record of a
// call, the order of a table's keys, and the function that runs a thread's instructions.
// Their places are looked up by name when the program starts. And its lists of the basic
// functions and of those of coroutines: it exports them only as libraries, each opened in a
// state.

import (
	"reflect"
	"unsafe" // and for go:linkname

	lua "github.com/yuin/gopher-lua"
)

//go:linkname stockBasic github.com/yuin/gopher-lua.baseFuncs
var stockBasic map[string]lua.LGFunction

//go:linkname stockCoroutine github.com/yuin/gopher-lua.coFuncs
var stockCoroutine map[string]lua.LGFunction

// A callRecord is gopher-lua's own record of a call.
type callRecord struct {
	_         int // its place
	fn        *lua.LFunction
	parent    *callRecord
	pc        int
	_, _, _   int // where its registers are
	_, _      int // how many arguments and results there are
	tailCalls int // functions that it replaced by a call in tail position
}

// A runner runs the instructions of a thread.
type runner func(L *lua.LState, record *callRecord)

var (
	recordInDebug  = offsetOf(reflect.TypeFor[lua.Debug](), "frame")
	recordInState  = offsetOf(reflect.TypeFor[lua.LState](), "currentFrame")
	runnerInState  = offsetOf(reflect.TypeFor[lua.LState](), "mainLoop")
	arrayInTable   = offsetOf(reflect.TypeFor[lua.LTable](), "array")
	stringsInTable = offsetOf(reflect.TypeFor[lua.LTable](), "strdict")
	othersInTable  = offsetOf(reflect.TypeFor[lua.LTable](), "dict")
	keysInTable    = offsetOf(reflect.TypeFor[lua.LTable](), "keys")
	placesInTable  = offsetOf(reflect.TypeFor[lua.LTable](), "k2i")
)

func offsetOf(t reflect.Type, name string) uintptr {
	field, _ := t.FieldByName(name)
	_ = field.Index[0] // panics where there is none
	return field.Offset
}

// recordOf is the record of the call that L.GetStack found; nil if it found none.
func recordOf(dbg *lua.Debug) *callRecord {
	return *(**callRecord)(unsafe.Add(unsafe.Pointer(dbg), recordInDebug))
}

// innermost is the record of the function that a thread runs; nil if it runs none.
func innermost(L *lua.LState) *callRecord {
	return *(**callRecord)(unsafe.Add(unsafe.Pointer(L), recordInState))
}

// instruction is the instruction that a Lua function runs, or ok is false.
func (r *callRecord) instruction() (inst uint32, ok bool) {
	if r.fn.IsG || r.pc < 1 || r.pc > len(r.fn.Proto.Code) {
		return 0, false
	}
	return r.fn.Proto.Code[r.pc-1], true
}

// runnerOf is where a thread keeps its runner.
func runnerOf(L *lua.LState) *runner {
	return (*runner)(unsafe.Add(unsafe.Pointer(L), runnerInState))
}
