package baselib

// Arguments of library functions: gopher-lua's checks with Lua's own words,
// and with numbers converted as Lua does.

import (
	"fmt"
	"math"
	"strings"

	lua "github.com/yuin/gopher-lua"
)

// argError raises "bad argument #n to 'name' (message)".
func argError(L *lua.LState, n int, format string, args ...any) {
	L.RaiseError("%s", argumentText(L, n, functionName(L))+fmt.Sprintf(format, args...)+")")
}

// argumentText is the beginning of the message about an argument, up to the
// reason. Where the function was called as a method, its object does not count.
func argumentText(L *lua.LState, n int, name string) string {
	if calledAsMethod(L) {
		n--
		if n == 0 {
			return "calling '" + name + "' on bad self ("
		}
	}
	return fmt.Sprintf("bad argument #%d to '%s' (", n, name)
}

// calledAsMethod reports whether the running function was called as o:name().
func calledAsMethod(L *lua.LState) bool {
	caller, ok := spotAt(L, 1)
	if !ok {
		return false
	}
	inst := caller.fn.Proto.Code[caller.pc]
	if op := int(inst >> 26); op != lua.OP_CALL && op != lua.OP_TAILCALL {
		return false
	}
	return strings.HasPrefix(caller.name(argA(inst)), "method ")
}

// functionName is what the running function was called by, "?" if unknown.
func functionName(L *lua.LState) string {
	dbg, ok := L.GetStack(0)
	if !ok {
		return "?"
	}
	if _, err := L.GetInfo("n", dbg, lua.LNil); err != nil {
		return "?"
	}
	if caller, ok := spotAt(L, 1); ok && int(caller.fn.Proto.Code[caller.pc]>>26) == lua.OP_TFORLOOP {
		return "(for generator)"
	}
	return shortName(dbg.Name)
}

func shortName(name string) string {
	if name == "" || strings.HasPrefix(name, "(") || name == "main chunk" || name == "corountine" {
		return "?"
	}
	if i := strings.LastIndexByte(name, '.'); i >= 0 {
		name = name[i+1:]
	}
	return name
}

// typeName says what an argument is, "no value" if it is not there.
func typeName(L *lua.LState, n int) string {
	if n > L.GetTop() {
		return "no value"
	}
	return L.Get(n).Type().String()
}

func checkText(L *lua.LState, n int) string {
	s, ok := Text(L.Get(n))
	if !ok {
		argError(L, n, "string expected, got %s", typeName(L, n))
	}
	return s
}

func optText(L *lua.LState, n int, otherwise string) string {
	if L.Get(n) == lua.LNil {
		return otherwise
	}
	return checkText(L, n)
}

func checkNumber(L *lua.LState, n int) float64 {
	f, ok := toNumber(L.Get(n))
	if !ok {
		argError(L, n, "number expected, got %s", typeName(L, n))
	}
	return float64(f)
}

// checkInt rounds towards zero as C does, and saturates where C is undefined.
func checkInt(L *lua.LState, n int) int { return toInt(checkNumber(L, n)) }

func optInt(L *lua.LState, n, otherwise int) int {
	if L.Get(n) == lua.LNil {
		return otherwise
	}
	return checkInt(L, n)
}

func toInt(f float64) int {
	switch {
	case f >= math.MaxInt64:
		return math.MaxInt
	case f <= math.MinInt64:
		return math.MinInt
	case f != f:
		return 0
	}
	return int(f)
}

func checkTable(L *lua.LState, n int) *lua.LTable {
	t, ok := L.Get(n).(*lua.LTable)
	if !ok {
		argError(L, n, "table expected, got %s", typeName(L, n))
	}
	return t
}
