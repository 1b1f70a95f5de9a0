package baselib

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"

	lua "github.com/yuin/gopher-lua"
)

// What inside.go takes gopher-lua's record of a call for is what it is.
func TestCallRecord(t *testing.T) {
	theirs, ours := reflect.TypeFor[lua.Debug](), reflect.TypeFor[callRecord]()
	field, _ := theirs.FieldByName("frame")
	theirs = field.Type.Elem()
	if theirs.NumField() != ours.NumField() {
		t.Fatalf("gopher-lua's record has %d fields, ours %d", theirs.NumField(), ours.NumField())
	}
	for i := range theirs.NumField() {
		a, b := theirs.Field(i), ours.Field(i)
		if a.Offset != b.Offset || a.Type.Kind() != b.Type.Kind() {
			t.Errorf("%s %v is taken for %s %v", a.Name, a.Type, b.Name, b.Type)
		}
	}
	for name, want := range map[string]reflect.Type{
		"array": reflect.TypeFor[[]lua.LValue](), "strdict": reflect.TypeFor[map[string]lua.LValue](),
		"dict": reflect.TypeFor[map[lua.LValue]lua.LValue](), "keys": reflect.TypeFor[[]lua.LValue](),
		"k2i": reflect.TypeFor[map[lua.LValue]int](),
	} {
		if field, _ := reflect.TypeFor[lua.LTable]().FieldByName(name); field.Type != want {
			t.Errorf("a table's %s is a %v, not a %v", name, field.Type, want)
		}
	}
}

// Keys that come and go leave nothing behind, and no loop over the table misses one.
func TestKeysAreForgotten(t *testing.T) {
	L := New(Config{})
	defer Close(L)
	fn, err := Load(L, []byte(`
		local t, longest = ...
		for i = 1, 10000 do
			t["k" .. i] = i
			if i > 5 then t["k" .. i - 5] = nil end
			local n = 0
			for k, v in pairs(t) do
				assert(k == "k" .. v)
				n = n + 1
			end
			assert(n == math.min(i, 5), n)
		end
		while next(t) do rawset(t, next(t), nil) end`), "keys.lua")
	if err != nil {
		t.Fatal(err)
	}
	table := L.NewTable()
	if _, err := Call(t.Context(), L, fn, table); err != nil {
		t.Fatal(err)
	}
	if n := len(*orderOf(table).keys); n > 2*fewKeys+1 {
		t.Errorf("an empty table remembers %d keys", n)
	}
}

// A table is emptied from its front by asking for its first key only: each question may
// look at few keys.
func TestFirstKeyIsFound(t *testing.T) {
	const n = 1000
	table := &lua.LTable{Metatable: lua.LNil}
	for i := range n {
		table.RawSetString(fmt.Sprint(i), lua.LTrue)
	}
	o := orderOf(table)
	for i := range n {
		key, _ := o.first()
		if want := lua.LString(fmt.Sprint(i)); key != want {
			t.Fatalf("first key is %v, want %v", key, want)
		}
		// From here gopher-lua's own next goes on too.
		if own, _ := table.Next(lua.LNil); own != key {
			t.Fatalf("gopher-lua begins at %v, not at %v", own, key)
		}
		if gone := (*o.places)[(*o.keys)[0]]; i > 0 && (*o.places)[key] > gone+1 {
			t.Fatalf("key %d is looked for from place %d to %d", i, gone, (*o.places)[key])
		}
		table.RawSetString(string(key.(lua.LString)), lua.LNil)
	}
	if key, _ := o.first(); key != lua.LNil || *o.keys != nil {
		t.Errorf("an empty table has key %v of %d", key, len(*o.keys))
	}
}

// Loops that clear what they have seen, or anything else, see each key that stays once,
// whatever is asked and cleared on the way.
func TestOrderUnderLoops(t *testing.T) {
	for seed := range uint64(300) {
		r := rand.New(rand.NewPCG(seed, 0))
		table := &lua.LTable{Metatable: lua.LNil}
		o := orderOf(table)
		key := func() lua.LValue {
			if k := r.IntN(150); k%3 == 0 {
				return lua.LNumber(k) + 0.5
			} else {
				return lua.LString(fmt.Sprint(k))
			}
		}
		live := map[lua.LValue]bool{}
		clearKey := func(k lua.LValue) {
			table.RawSetH(k, lua.LNil)
			delete(live, k)
			if r.IntN(2) == 0 {
				o.tidy()
			}
		}
		for range 20 {
			for range r.IntN(100) {
				k := key()
				table.RawSetH(k, lua.LTrue)
				live[k] = true
			}
			for range r.IntN(120) {
				clearKey(key())
			}
			seen := map[lua.LValue]bool{}
			stop := r.IntN(200)
			k, _ := following(table, lua.LNil)
			for ; k != lua.LNil && len(seen) < stop; k, _ = following(table, k) {
				if seen[k] || !live[k] {
					t.Fatalf("seed %d: key %v comes (again: %v, has a value: %v)", seed, k, seen[k], live[k])
				}
				seen[k] = true
				for range r.IntN(4) {
					if r.IntN(2) == 0 {
						clearKey(k)
					} else {
						clearKey(key())
					}
				}
				if r.IntN(3) == 0 {
					following(table, lua.LNil)
				}
			}
			if k != lua.LNil {
				continue
			}
			for k := range live {
				if !seen[k] {
					t.Fatalf("seed %d: key %v did not come", seed, k)
				}
			}
		}
	}
}

// TestOrderOfLibraries: the order of a library's names is made when it is asked for, whatever
// was done to the table before.
func TestOrderOfLibraries(t *testing.T) {
	for _, c := range []struct{ name, source, want string }{
		{"all", "for k in pairs(table) do p(k) end", "concat foreach foreachi getn insert maxn pack remove setn sort unpack"},
		{"a new name", "table.mine = 1 for k in pairs(table) do if k == 'unpack' or k == 'mine' then p(k) end end", "unpack mine"},
		{"a name set again", "table.getn = 1 local n = 0 for k in pairs(table) do n = n + 1 if k == 'getn' then p(k) end end p(n)", "getn 11"},
		{"a name cleared", "table.getn = nil local n = 0 for k in pairs(table) do n = n + 1 end p(n)", "10"},
		{"cleared and set", "table.getn = nil table.getn = 1 local n = 0 for k in pairs(table) do n = n + 1 end p(n)", "11"},
		{"a number", "table[2.5] = 1 local n = 0 for k in pairs(table) do n = n + 1 end p(n, table[2.5])", "12 1"},
		{"from the midst", "p(next(table, 'concat')) p(next(table, 'unpack'))", "foreach nil"},
		{"emptied", "for k in pairs(table) do table[k] = nil end p(next(table))", "nil"},
		{"emptied from the front", "while next(table) do table[next(table)] = nil end p(next(table))", "nil"},
		{"filled and emptied", "for i = 1, 200 do table['x' .. i] = i end for i = 1, 200 do rawset(table, 'x' .. i, nil) end local n = 0 for k in pairs(table) do n = n + 1 end p(n)", "11"},
		{"globals", "mine = 1 local seen = {} for k, v in pairs(_G) do assert(not seen[k] and _G[k] == v, k) seen[k] = true end p(seen.mine, seen.print, seen._G)", "true true true"},
	} {
		t.Run(c.name, func(t *testing.T) {
			L := New(Config{Context: t.Context()})
			var told []string
			L.SetGlobal("p", L.NewFunction(func(L *lua.LState) int {
				for i := range L.GetTop() {
					if v := L.Get(i + 1); i == 0 || v.Type() != lua.LTFunction {
						told = append(told, v.String())
					}
				}
				return 0
			}))
			fn, err := Load(L, []byte(c.source), "order")
			if err != nil {
				t.Fatal(err)
			}
			if _, err := Call(t.Context(), L, fn); err != nil {
				t.Fatal(err)
			}
			if got := strings.Join(told, " "); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}
