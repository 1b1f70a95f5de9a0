package baselib

// The table library. gopher-lua's concat puts every item on the stack; its
// insert, remove and sort look at the array behind a table, in which removed
// items still stand as nil.

import (
	"cmp"
	"slices"
	"sort"

	lua "github.com/yuin/gopher-lua"
)

// maxResults is how many values unpack and string.byte may return.
const maxResults = 250_000

func (m *shared) openTable(L *lua.LState) {
	t := NewTable(L, 12)
	for _, f := range []struct {
		name string
		fn   lua.LGFunction
	}{
		{"concat", tabConcat},
		{"foreach", tabForeach},
		{"foreachi", tabForeachi},
		{"getn", tabGetn},
		{"insert", tabInsert},
		{"maxn", tabMaxn},
		{"pack", tabPack},
		{"remove", tabRemove},
		{"setn", tabSetn},
		{"sort", tabSort},
		{"unpack", unpack},
	} {
		m.set(L, t, f.name, f.fn)
	}
	m.global(L, "table", t)
}

func tabConcat(L *lua.LState) int {
	t := checkTable(L, 1)
	sep := optText(L, 2, "")
	i := optInt(L, 3, 1)
	j := L.Get(4)
	last := 0
	if j == lua.LNil {
		last = t.Len()
	} else {
		last = checkInt(L, 4)
	}
	var b []byte
	for k := i; k <= last; k++ {
		switch v := t.RawGetInt(k).(type) {
		case lua.LString:
			b = append(b, v...)
		case lua.LNumber:
			b = appendNumber(b, float64(v))
		default:
			L.RaiseError("invalid value (%s) at index %d in table for 'concat'", v.Type(), k)
		}
		if k == last {
			break // k+1 might overflow
		}
		b = append(b, sep...)
		if len(b) > maxString {
			// no test: it takes more memory than a test should
			L.RaiseError("resulting string too large")
		}
	}
	L.Push(lua.LString(b))
	return 1
}

// clearFunction is what t[k] = nil is compiled to. The interpreter's own leaves
// a nil at the end of the array behind a table, which every later #t passes
// over: emptying a list takes the square of its length.
var clearFunction = &lua.LFunction{IsG: true, GFunction: clearField}

func clearField(L *lua.LState) int {
	t, ok := L.Get(1).(*lua.LTable)
	if !ok && L.GetMetaField(L.Get(1), "__newindex") == lua.LNil {
		name := ""
		if caller, ok := spotAt(L, 1); ok {
			name = caller.name(argA(caller.fn.Proto.Code[caller.pc]) + 1)
		}
		L.RaiseError("attempt to index %s", culprit(L.Get(1).Type().String(), name))
	}
	key := L.Get(2)
	if !ok || t.Metatable != lua.LNil {
		L.SetTable(L.Get(1), key, lua.LNil)
		return 0
	}
	k, ok := key.(lua.LNumber)
	n := t.Len()
	if !ok || n == 0 || k != lua.LNumber(n) {
		L.RawSet(t, key, lua.LNil)
		orderOf(t).tidy()
		return 0
	}
	for t.Remove(-1) == lua.LNil { // up to item n
	}
	for range n - 1 - t.Len() { // and the nils before it
		t.Remove(-1)
	}
	return 0
}

// trim drops the nils at the end of the array behind a table of length n > 0.
func trim(t *lua.LTable) {
	for {
		if v := t.Remove(-1); v != lua.LNil {
			t.Append(v)
			return
		}
	}
}

func tabInsert(L *lua.LState) int {
	t := checkTable(L, 1)
	switch L.GetTop() {
	case 2:
		if v := L.Get(2); v != lua.LNil {
			t.RawSetInt(t.Len()+1, v)
		}
	case 3:
		pos, v := checkInt(L, 2), L.Get(3)
		n := t.Len()
		if pos > n || pos < 1 {
			for k := n; k >= pos && pos < 1; k-- {
				t.RawSetInt(k+1, t.RawGetInt(k))
				if n-k > maxResults {
					argError(L, 2, "position out of bounds")
				}
			}
			t.RawSetInt(pos, v)
			break
		}
		t.Insert(pos, v)
	default:
		L.RaiseError("wrong number of arguments to 'insert'")
	}
	return 0
}

func tabRemove(L *lua.LState) int {
	t := checkTable(L, 1)
	n := t.Len()
	pos := optInt(L, 2, n)
	if n == 0 || pos < 1 || pos > n {
		return 0
	}
	trim(t)
	L.Push(t.Remove(pos))
	return 1
}

func tabGetn(L *lua.LState) int {
	L.Push(lua.LNumber(checkTable(L, 1).Len()))
	return 1
}

// tabSetn raises what Lua 5.1 raises.
func tabSetn(L *lua.LState) int {
	checkTable(L, 1)
	L.RaiseError("'setn' is obsolete")
	return 0
}

func tabMaxn(L *lua.LState) int {
	highest := lua.LNumber(0)
	checkTable(L, 1).ForEach(func(k, _ lua.LValue) {
		if n, ok := k.(lua.LNumber); ok && n > highest {
			highest = n
		}
	})
	L.Push(highest)
	return 1
}

func tabForeach(L *lua.LState) int {
	t := checkTable(L, 1)
	fn := L.CheckFunction(2)
	for k, v := following(t, lua.LNil); k != lua.LNil; k, v = following(t, k) {
		if r := callback(L, fn, k, v); r != lua.LNil {
			L.Push(r)
			return 1
		}
	}
	return 0
}

func tabForeachi(L *lua.LState) int {
	t := checkTable(L, 1)
	fn := L.CheckFunction(2)
	for i := 1; i <= t.Len(); i++ {
		if r := callback(L, fn, lua.LNumber(i), t.RawGetInt(i)); r != lua.LNil {
			L.Push(r)
			return 1
		}
	}
	return 0
}

// callback calls a Lua function within the running call and returns its first
// result.
func callback(L *lua.LState, fn lua.LValue, args ...lua.LValue) lua.LValue {
	checkCallable(L, fn)
	L.Push(fn)
	for _, arg := range args {
		L.Push(arg)
	}
	L.Call(len(args), 1)
	result := L.Get(-1)
	L.Pop(1)
	return result
}

func tabPack(L *lua.LState) int {
	n := L.GetTop()
	t := L.CreateTable(n, 1)
	for i := 1; i <= n; i++ {
		t.RawSetInt(i, L.Get(i))
	}
	t.RawSetString("n", lua.LNumber(n))
	L.Push(t)
	return 1
}

// unpack is Lua's: unpack(table [, i [, j]]).
func unpack(L *lua.LState) int {
	t := checkTable(L, 1)
	i := optInt(L, 2, 1)
	j := 0
	if L.Get(3) == lua.LNil {
		j = t.Len()
	} else {
		j = checkInt(L, 3)
	}
	if i > j {
		return 0
	}
	n := j - i + 1
	if n > maxResults || n <= 0 {
		L.RaiseError("too many results to unpack")
	}
	top := L.GetTop()
	L.SetTop(top + n) // grows the stack once
	L.SetTop(top)
	for k := range n {
		L.Push(t.RawGetInt(i + k))
	}
	return n
}

func tabSort(L *lua.LState) int {
	t := checkTable(L, 1)
	less := L.Get(2)
	if less != lua.LNil {
		less = L.CheckFunction(2)
	}
	n := t.Len()
	values := make([]lua.LValue, n)
	for i := range values {
		values[i] = t.RawGetInt(i + 1)
	}
	compared, ctx := 0, contextOf(L)
	look := func() {
		if compared++; compared&0x3fff == 0 && ctx != nil && ctx.Err() != nil {
			L.RaiseError("%s", ctx.Err().Error())
		}
	}
	if less != lua.LNil {
		sort.Sort(&sorter{values, func(a, b lua.LValue) bool {
			look()
			return lua.LVAsBool(callback(L, less, a, b))
		}})
	} else if !sortAlike(values, look) {
		sort.Sort(&sorter{values, func(a, b lua.LValue) bool { return L.LessThan(a, b) }})
	}
	for i, v := range values {
		t.RawSetInt(i+1, v)
	}
	return 0
}

// sortAlike sorts values that are all numbers or all strings; it reports
// whether they were. It calls look before each comparison.
func sortAlike(values []lua.LValue, look func()) bool {
	if len(values) == 0 {
		return true
	}
	switch values[0].(type) {
	case lua.LNumber:
		for _, v := range values {
			if _, ok := v.(lua.LNumber); !ok {
				return false
			}
		}
		slices.SortFunc(values, func(a, b lua.LValue) int {
			look()
			return cmp.Compare(a.(lua.LNumber), b.(lua.LNumber))
		})
		return true
	case lua.LString:
		for _, v := range values {
			if _, ok := v.(lua.LString); !ok {
				return false
			}
		}
		slices.SortFunc(values, func(a, b lua.LValue) int {
			look()
			return cmp.Compare(a.(lua.LString), b.(lua.LString))
		})
		return true
	}
	return false
}

type sorter struct {
	values []lua.LValue
	less   func(a, b lua.LValue) bool
}

func (s *sorter) Len() int           { return len(s.values) }
func (s *sorter) Less(i, j int) bool { return s.less(s.values[i], s.values[j]) }
func (s *sorter) Swap(i, j int)      { s.values[i], s.values[j] = s.values[j], s.values[i] }
