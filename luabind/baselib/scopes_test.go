package baselib_test

import (
	"math/rand/v2"
	"testing"
)

// choices makes random numbers of bytes, one of each, and of chance when they run out.
type choices struct {
	bytes []byte
	rest  rand.Source
}

func (c *choices) Uint64() uint64 {
	if len(c.bytes) == 0 {
		return c.rest.Uint64()
	}
	n := uint64(c.bytes[0]) << 56
	c.bytes = c.bytes[1:]
	return n | c.rest.Uint64()>>8
}

// FuzzScopes compares which local variables are live, and what they hold, at each place of
// a program with what Lua 5.1 and LuaJIT tell. The bytes choose the program.
func FuzzScopes(f *testing.F) {
	f.Add([]byte("scopes"), false)
	f.Add([]byte("labels"), true)
	f.Fuzz(func(t *testing.T, bytes []byte, jit bool) {
		with := peer{lua: "lua5.1", scopes: true}
		if jit {
			with.lua = "luajit"
		}
		g := &programmer{chooser: chooser{rand.New(&choices{bytes, rand.NewPCG(1, 2)})}, jit: jit, jumps: jit}
		comparePrograms(t, with, []string{g.program()})
	})
}
