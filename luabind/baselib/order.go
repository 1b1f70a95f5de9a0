package baselib

// The order of a table's keys. gopher-lua remembers each key that a table ever had, in the
// order in which they came, and next looks for one that has a value: to empty a table from
// its front takes the square of its length, and what is cleared takes memory for ever. Here
// the keys at the front that have no value are forgotten. A loop over the table that has
// come to one of them loses nothing: a key without a place is taken for one before the
// first.

import (
	"maps"
	"slices"
	"unsafe"

	lua "github.com/yuin/gopher-lua"
)

// A keyOrder is the part of a table that is no list.
type keyOrder struct {
	strings *map[string]lua.LValue
	others  *map[lua.LValue]lua.LValue
	keys    *[]lua.LValue       // in their order, also those that have no value
	places  *map[lua.LValue]int // of each key in keys
}

func orderOf(t *lua.LTable) keyOrder {
	p := unsafe.Pointer(t)
	return keyOrder{
		strings: (*map[string]lua.LValue)(unsafe.Add(p, stringsInTable)),
		others:  (*map[lua.LValue]lua.LValue)(unsafe.Add(p, othersInTable)),
		keys:    (*[]lua.LValue)(unsafe.Add(p, keysInTable)),
		places:  (*map[lua.LValue]int)(unsafe.Add(p, placesInTable)),
	}
}

// value is that of a key, LNil if it has none.
func (o keyOrder) value(key lua.LValue) lua.LValue {
	var v lua.LValue
	if s, ok := key.(lua.LString); ok {
		v = (*o.strings)[string(s)]
	} else {
		v = (*o.others)[key]
	}
	if v == nil {
		return lua.LNil
	}
	return v
}

// from returns the first key at a place or behind it that has a value, and its place.
func (o keyOrder) from(place int) (key, value lua.LValue, at int) {
	keys := *o.keys
	for ; place < len(keys); place++ {
		if v := o.value(keys[place]); v != lua.LNil {
			return keys[place], v, place
		}
	}
	return lua.LNil, lua.LNil, place
}

// first returns the first key that has a value. It forgets those before it.
func (o keyOrder) first() (key, value lua.LValue) {
	if len(*o.keys) == 0 {
		return lua.LNil, lua.LNil
	}
	gone := 0 // the place of the last key known to have no value: it stands at 0 as well
	if key := (*o.keys)[0]; o.value(key) == lua.LNil {
		gone = (*o.places)[key]
	}
	key, value, at := o.from(gone)
	if key == lua.LNil {
		*o.keys, *o.places = nil, nil
	} else if at-1 > gone {
		o.forget(gone, at-1)
	}
	return key, value
}

// forget forgets the keys before a place, none of which has a value; those before gone are
// forgotten already. The last one stays, and is put at 0, so that gopher-lua, which begins
// there, goes on behind it.
func (o keyOrder) forget(gone, last int) {
	keys, places := *o.keys, *o.places
	delete(places, keys[0])
	for i := gone; i < last; i++ {
		delete(places, keys[i])
		keys[i] = lua.LNil
	}
	keys[0] = keys[last]
	if last < fewKeys || last < len(keys)/2 {
		return
	}
	rest := make([]lua.LValue, 1, len(keys)-last)
	rest[0] = lua.LNil // has no value, nor a place
	rest = append(rest, keys[last+1:]...)
	places = make(map[lua.LValue]int, len(rest))
	for i, key := range rest[1:] {
		if key != lua.LNil {
			places[key] = i + 1
		}
	}
	*o.keys, *o.places = rest, places
}

// fewKeys is how many keys without a value are not worth a copy.
const fewKeys = 32

// tidy forgets what it can when a key has been cleared, once it is the most of it.
func (o keyOrder) tidy() {
	o.arrange()
	if n := len(*o.keys); n > 2*fewKeys && n > 2*(len(*o.strings)+len(*o.others)) {
		o.first()
	}
}

// next is Lua's.
func next(L *lua.LState) int {
	t := checkTable(L, 1)
	L.SetTop(2)
	key, value := following(t, L.Get(2))
	L.Push(key)
	if key == lua.LNil {
		return 1
	}
	L.Push(value)
	return 2
}

// following returns the key behind another, the first one behind nil, and its value.
func following(t *lua.LTable, key lua.LValue) (lua.LValue, lua.LValue) {
	o := orderOf(t)
	o.arrange()
	index := -1 // in the list
	switch k := key.(type) {
	case *lua.LNilType:
		index = 0
	case lua.LNumber:
		if k >= 1 && k < lua.LNumber(lua.MaxArrayIndex) && k == lua.LNumber(int(k)) {
			index = int(k)
		}
	}
	if index < 0 {
		key, value, _ := o.from((*o.places)[key] + 1)
		return key, value
	}
	list := *(*[]lua.LValue)(unsafe.Add(unsafe.Pointer(t), arrayInTable))
	for ; index < len(list); index++ {
		if _, empty := list[index].(*lua.LNilType); !empty {
			return lua.LNumber(index + 1), list[index]
		}
	}
	return o.first()
}

// Tables of the library keep no order until somebody asks for one: it would take more memory
// than their names do, in each of thousands of states. Their keys begin with unordered then,
// and names that were put in by Define are not among them.

// unordered is no key of a table.
var unordered = &lua.LUserData{Metatable: lua.LNil}

// IsEmpty reports whether a table has no key.
func IsEmpty(t *lua.LTable) bool {
	key, _ := following(t, lua.LNil)
	return key == lua.LNil
}

// NewTable returns a table with room for so many names, for [Define].
func NewTable(L *lua.LState, names int) *lua.LTable {
	t := L.CreateTable(0, names)
	unorder(t)
	return t
}

// unorder makes a table that has nothing in it one whose names have no order yet.
func unorder(t *lua.LTable) {
	o := orderOf(t)
	*o.keys, *o.places = []lua.LValue{unordered}, map[lua.LValue]int{}
}

// Define puts a name in a table of [NewTable], or among the globals.
func Define(t *lua.LTable, name string, value lua.LValue) {
	o := orderOf(t)
	if o.isUnordered() {
		(*o.strings)[name] = value
		return
	}
	t.RawSetString(name, value)
}

// isUnordered reports whether there are names in the table that have no place.
func (o keyOrder) isUnordered() bool {
	keys := *o.keys
	if len(keys) == 0 {
		return false
	}
	first, ok := keys[0].(*lua.LUserData)
	return ok && first == unordered
}

// arrange gives the names that have no place yet one before the others, in their order.
func (o keyOrder) arrange() {
	if !o.isUnordered() {
		return
	}
	before, others := *o.places, (*o.keys)[1:]
	keys := make([]lua.LValue, 0, len(*o.strings)+len(others))
	for _, name := range slices.Sorted(maps.Keys(*o.strings)) {
		if _, placed := before[lua.LString(name)]; !placed {
			keys = append(keys, lua.LString(name))
		}
	}
	keys = append(keys, others...)
	places := make(map[lua.LValue]int, len(keys))
	for i, key := range keys {
		places[key] = i
	}
	*o.keys, *o.places = keys, places
}
