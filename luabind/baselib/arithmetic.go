package baselib

// Arithmetic on strings, and the concatenation that compiled chunks call.

import (
	"math"

	lua "github.com/yuin/gopher-lua"
)

// openArithmetic puts the operators on strings into the strings' metatable,
// where the interpreter looks before it converts them by Go's rules, for which
// "010" is eight and "inf" a number.
func (m *shared) openArithmetic(L *lua.LState, mt *lua.LTable) {
	for _, op := range []struct {
		event string
		apply func(a, b float64) float64
	}{
		{"__add", func(a, b float64) float64 { return a + b }},
		{"__sub", func(a, b float64) float64 { return a - b }},
		{"__mul", func(a, b float64) float64 { return a * b }},
		{"__div", func(a, b float64) float64 { return a / b }},
		{"__mod", func(a, b float64) float64 { return a - math.Floor(a/b)*b }},
		{"__pow", math.Pow},
	} {
		m.set(L, mt, op.event, func(L *lua.LState) int {
			lhs, rhs := L.Get(1), L.Get(2)
			a, ok1 := toNumber(lhs)
			b, ok2 := toNumber(rhs)
			if ok1 && ok2 {
				L.Push(lua.LNumber(op.apply(float64(a), float64(b))))
				return 1
			}
			// The other operand may know what to do with a string.
			for _, v := range []lua.LValue{lhs, rhs} {
				if _, isString := v.(lua.LString); isString {
					continue
				}
				if fn, ok := L.GetMetaField(v, op.event).(*lua.LFunction); ok {
					L.Push(fn)
					L.Push(lhs)
					L.Push(rhs)
					L.Call(2, 1)
					return 1
				}
			}
			if ok1 {
				lhs = rhs
			}
			L.RaiseError("attempt to perform arithmetic on a %s value", lhs.Type())
			return 0
		})
	}
	m.set(L, mt, "__unm", func(L *lua.LState) int {
		n, ok := toNumber(L.Get(1))
		if !ok {
			L.RaiseError("attempt to perform arithmetic on a %s value", L.Get(1).Type())
		}
		L.Push(-n)
		return 1
	})
}

// concatFunction is what the operator .. is compiled to where a number may
// take part: the interpreter's own writes 1e15 and 0.1+0.2 as Go does. It has
// no state, so that compiled chunks can be shared by many states.
var concatFunction = &lua.LFunction{IsG: true, GFunction: concat}

// concat joins its arguments from the right, as the operator does.
func concat(L *lua.LState) int {
	n := L.GetTop()
	if n == 2 {
		a, ok1 := Text(L.Get(1))
		b, ok2 := Text(L.Get(2))
		if ok1 && ok2 {
			L.Push(lua.LString(a + b))
			return 1
		}
	}
	result := L.Get(n)
	for i := n - 1; i >= 1; {
		right, ok := Text(result)
		if ok {
			if run := textsUpTo(L, i); run <= i {
				result = lua.LString(joinTexts(L, run, i, right))
				i = run - 1
				continue
			}
		}
		result = concatMeta(L, i, n, result)
		i--
	}
	L.Push(result)
	return 1
}

// textsUpTo returns the first of the consecutive strings and numbers that end
// at i, or i+1 if there are none.
func textsUpTo(L *lua.LState, i int) int {
	for ; i >= 1; i-- {
		switch L.Get(i).(type) {
		case lua.LString, lua.LNumber:
			continue
		}
		break
	}
	return i + 1
}

func joinTexts(L *lua.LState, from, to int, last string) string {
	size := len(last)
	for i := from; i <= to; i++ {
		if s, ok := L.Get(i).(lua.LString); ok {
			size += len(s)
		} else {
			size += 16
		}
	}
	b := make([]byte, 0, size)
	for i := from; i <= to; i++ {
		switch v := L.Get(i).(type) {
		case lua.LString:
			b = append(b, v...)
		case lua.LNumber:
			b = appendNumber(b, float64(v))
		}
	}
	return string(append(b, last...))
}

// concatMeta joins argument i to what became of those after it, n in all, by
// a metamethod.
func concatMeta(L *lua.LState, i, n int, rhs lua.LValue) lua.LValue {
	lhs := L.Get(i)
	fn, ok := L.GetMetaField(lhs, "__concat").(*lua.LFunction)
	if !ok {
		fn, ok = L.GetMetaField(rhs, "__concat").(*lua.LFunction)
	}
	if !ok {
		if _, text := Text(lhs); text {
			lhs, i = rhs, n // only the last can be anything but text
		}
		name := ""
		if caller, ok := spotAt(L, 1); ok {
			name = caller.name(argA(caller.fn.Proto.Code[caller.pc]) + i)
		}
		L.RaiseError("attempt to concatenate %s", culprit(lhs.Type().String(), name))
	}
	L.Push(fn)
	L.Push(lhs)
	L.Push(rhs)
	L.Call(2, 1)
	result := L.Get(-1)
	L.Pop(1)
	return result
}
