package baselib

// When running Lua code looks at its context. gopher-lua asks before every instruction,
// which takes a tenth to a fifth of the time of all Lua code. It is enough to ask where
// code may come back to: at calls, at jumps back, at each turn of a for, and where a
// function returns to Go, which called it for a metamethod or a library's function and may
// call it again. So a thread gets the context but keeps the runner of a thread that has
// none, and gopher-lua's instructions for calls, jumps and returns, which all states of the
// process share, look.
//
// Without this file, setContext is LState.SetContext.

import (
	"context"

	lua "github.com/yuin/gopher-lua"

	_ "unsafe" // for go:linkname
)

// An instruction does what one of a function's instructions says. It returns 1 where the
// thread's runner is to return.
type instruction = func(L *lua.LState, inst uint32, base *callRecord) int

//go:linkname instructions github.com/yuin/gopher-lua.jumpTable
var instructions [lua.OP_NOP + 1]instruction

func init() {
	instructions[lua.OP_TAILCALL] = tailCallOfLua(instructions[lua.OP_TAILCALL], instructions[lua.OP_CALL])
	for _, op := range []int{lua.OP_CALL, lua.OP_TAILCALL, lua.OP_FORLOOP, lua.OP_TFORLOOP} {
		instructions[op] = looking(instructions[op])
	}
	const forward = 1<<17 - 1 // how a jump by 0 is encoded
	jump := instructions[lua.OP_JMP]
	jumpBack := looking(jump)
	instructions[lua.OP_JMP] = func(L *lua.LState, inst uint32, base *callRecord) int {
		if inst&0x3ffff < forward {
			return jumpBack(L, inst, base)
		}
		return jump(L, inst, base)
	}
	back := instructions[lua.OP_RETURN]
	backToGo := looking(back)
	instructions[lua.OP_RETURN] = func(L *lua.LState, inst uint32, base *callRecord) int {
		if base == innermost(L) {
			return backToGo(L, inst, base)
		}
		return back(L, inst, base)
	}
}

// looking makes an instruction look first.
func looking(run instruction) instruction {
	return func(L *lua.LState, inst uint32, base *callRecord) int {
		if c, ok := L.Context().(*runContext); ok {
			if c.rest--; c.rest < 0 {
				c.look(L)
			}
		}
		return run(L, inst, base)
	}
}

// A runContext is the context of a thread. Running code gives it a real look at every so
// many occasions, because one costs as much as an instruction. It is for the goroutine
// that runs the state alone; everybody else gets the context in it, see contextOf.
type runContext struct {
	context.Context
	done <-chan struct{}
	rest int // occasions until the next look
}

// lookEvery is how many occasions make a look.
const lookEvery = 8

func (c *runContext) look(L *lua.LState) {
	c.rest = lookEvery - 1
	select {
	case <-c.done:
		L.RaiseError("%s", c.Err().Error())
	default:
	}
}

// setContext gives a thread a context that its code looks at.
func setContext(L *lua.LState, ctx context.Context) {
	L.RemoveContext()
	plain := *runnerOf(L)
	L.SetContext(ctx)
	*runnerOf(L) = plain
}
