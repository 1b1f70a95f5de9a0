package baselib

// Coroutines. gopher-lua's own do the switching; around them stand the checks
// whose absence crashes it or loses values: a yield that would have to cross
// Go, a resume of a coroutine that waits for another one, the thread that is
// current after a switch inside a protected call.

import (
	"strings"
	"sync"

	lua "github.com/yuin/gopher-lua"
)

func (m *shared) openCoroutine(L *lua.LState) {
	t := NewTable(L, 6)
	m.coCreate, m.coResume = stockCoroutine["create"], stockCoroutine["resume"]
	m.set(L, t, "create", m.create)
	m.set(L, t, "resume", m.resume)
	m.set(L, t, "running", running)
	m.set(L, t, "status", m.status)
	m.set(L, t, "wrap", m.wrap)
	m.yielding = m.function(L, m.yield)
	Define(t, "yield", m.yielding)
	m.global(L, "coroutine", t)
}

func (m *shared) create(L *lua.LState) int {
	fn, ok := L.Get(1).(*lua.LFunction)
	if !ok {
		argError(L, 1, "function expected, got %s", typeName(L, 1))
	}
	L.SetTop(0)
	L.Push(m.withWords(L, fn))
	// Without a context, which would be derived for each and held by the
	// parent until it ends.
	ctx := L.RemoveContext()
	m.coCreate(L)
	if ctx != nil {
		setContext(L, ctx)
	}
	return 1
}

// bodySource is a chunk that makes bodies of coroutines: a body calls the chunk's
// argument, then goes on as the function.
const bodySource = `local begin = ... return function(f) return function(...) begin() return f(...) end end`

const bodyName = "\x00coroutine"

// withWords returns a body for a coroutine whose errors are put in Lua's words where
// they are raised: afterwards the frames are gone that tell the names of variables.
// gopher-lua chooses what is called for an error when the coroutine is first resumed,
// so the body has to choose again. A Go function would not even return its values without
// one.
func (m *shared) withWords(L *lua.LState, fn *lua.LFunction) *lua.LFunction {
	if m.makeBody == nil {
		m.makeBody = m.bodyMaker(L)
	}
	L.Push(m.makeBody)
	L.Push(fn)
	L.Call(1, 1)
	body := L.Get(-1).(*lua.LFunction)
	L.Pop(1)
	return body
}

// bodyChunk is bodySource, compiled.
var bodyChunk = sync.OnceValue(func() *lua.FunctionProto {
	chunk, err := Compile([]byte(bodySource), bodyName)
	if err != nil {
		panic(err) // the source is a constant
	}
	calls := chunk.FunctionPrototypes[0].FunctionPrototypes[0].DbgCalls
	for i := range calls {
		calls[i].Name = "?" // the function of a coroutine has none
	}
	return chunk
})

func (m *shared) bodyMaker(L *lua.LState) *lua.LFunction {
	L.Push(L.NewFunctionFromProto(bodyChunk()))
	L.Push(L.NewFunction(func(L *lua.LState) int {
		L.Panic = m.raiseInCoroutine
		return 0
	}))
	L.Call(1, 1)
	maker := L.Get(-1).(*lua.LFunction)
	L.Pop(1)
	return maker
}

// raiseInCoroutine is called by the interpreter with the error on top of the stack.
func (m *shared) raiseInCoroutine(L *lua.LState) {
	m.worded = m.plain(L, L.Get(-1))
	if text, ok := m.worded.(lua.LString); ok { // a Go function's own, which is called by no line
		m.worded = lua.LString(strings.TrimPrefix(string(text), bodyName+":1: "))
	}
	panic(&lua.ApiError{Type: lua.ApiErrorRun, Object: m.worded, StackTrace: " "})
}

// statusOf tells a coroutine's state as coroutine.status does.
func (m *shared) statusOf(L, co *lua.LState) string {
	if co.Dead {
		return "dead"
	}
	for th := L; th != nil; {
		if th == co {
			if th == m.base(L) {
				return "running"
			}
			return "normal"
		}
		if g := m.guards[th]; g != nil {
			th = g.host
		} else {
			th = th.Parent
		}
	}
	if co.Parent != nil { // it runs in another task, or in a coroutine that waits there
		return "normal"
	}
	return "suspended"
}

// base is the coroutine or main thread that L runs in: L itself, or the one
// whose protected call it makes.
func (m *shared) base(L *lua.LState) *lua.LState {
	for {
		g := m.guards[L]
		if g == nil || g.host == nil {
			return L
		}
		L = g.host
	}
}

func (m *shared) status(L *lua.LState) int {
	L.Push(lua.LString(m.statusOf(L, checkThread(L, 1))))
	return 1
}

func running(L *lua.LState) int {
	if isRoot(L.G.CurrentThread) {
		L.Push(lua.LNil)
	} else {
		L.Push(L.G.CurrentThread)
	}
	return 1
}

func checkThread(L *lua.LState, n int) *lua.LState {
	co, ok := L.Get(n).(*lua.LState)
	if !ok {
		argError(L, n, "coroutine expected, got %s", typeName(L, n))
	}
	return co
}

func (m *shared) resume(L *lua.LState) int {
	checkThread(L, 1)
	return m.switchTo(L)
}

// switchTo resumes the coroutine at 1 with the values above it and returns
// true and its values, or false and an error.
func (m *shared) switchTo(L *lua.LState) int {
	co := L.Get(1).(*lua.LState)
	if status := m.statusOf(L, co); status != "suspended" || isRoot(co) {
		L.Push(lua.LFalse)
		L.Push(lua.LString("cannot resume " + strings.Replace(status, "suspended", "non-suspended", 1) + " coroutine"))
		return 2
	}
	if m.depth >= maxDepth {
		L.RaiseError("stack overflow (too many nested calls of pcall, coroutines or callbacks)")
	}
	m.depth++
	current := L.G.CurrentThread
	inherit(co, L)
	padResume(L, co)
	n := m.coResume(L)
	L.G.CurrentThread = current
	m.depth--
	if L.Get(-n) != lua.LFalse {
		return n
	}
	value := m.fault(L, co, L.Get(-1))
	if m.ending(L, value) {
		m.propagate(L, value)
	}
	L.Pop(1)
	L.Push(value)
	return 2
}

// fault puts right what a coroutine's error became: gopher-lua makes an
// ordinary text of a Go panic.
func (m *shared) fault(L, co *lua.LState, value lua.LValue) lua.LValue {
	text, ok := value.(lua.LString)
	if ok && strings.HasPrefix(string(text), "runtime error: ") {
		return m.errorValue(L, &InternalError{Value: string(text)})
	}
	if worded := m.worded; worded != nil {
		m.worded = nil
		if worded == value {
			return value
		}
	}
	return m.plain(co, value)
}

func (m *shared) wrap(L *lua.LState) int {
	m.create(L)
	co := L.Get(-1)
	L.Push(L.NewFunction(func(L *lua.LState) int {
		began := m.statusOf(L, co.(*lua.LState)) == "suspended"
		L.Insert(co, 1)
		n := m.switchTo(L)
		if L.Get(-n) == lua.LFalse {
			value := L.Get(-1)
			text, ok := value.(lua.LString)
			if caller := innermost(L).parent; ok && !began && caller != nil && !caller.fn.IsG {
				value = lua.LString(Where(L)) + text
			}
			m.propagate(L, value)
		}
		return n - 1
	}))
	return 1
}

// yield is Lua's. It raises an error where gopher-lua would go on with a
// broken stack: a yield cannot cross a Go function, nor a metamethod or an
// iterator, which the interpreter calls through Go.
func (m *shared) yield(L *lua.LState) int {
	if L.Parent == nil {
		if m.guards[L] != nil && !isRoot(m.base(L)) {
			L.RaiseError("attempt to yield across a pcall")
		}
		L.RaiseError("attempt to yield from outside a coroutine")
	}
	for caller := innermost(L).parent; caller != nil; caller = caller.parent {
		if !caller.calling() {
			L.RaiseError("attempt to yield across a metamethod, an iterator or a library function")
		}
	}
	return -1
}

// calling reports whether the call is that of a Lua function in the middle of an ordinary
// call.
func (r *callRecord) calling() bool {
	inst, ok := r.instruction()
	op := int(inst >> 26)
	return ok && (op == lua.OP_CALL || op == lua.OP_TAILCALL)
}

// padResume makes as many values of those that a coroutine is resumed with as its call of
// yield is to have: gopher-lua leaves the registers of missing ones as they are, and
// return (yield()) would return all that are there.
func padResume(L, co *lua.LState) {
	r := innermost(co)
	if r == nil {
		return
	}
	inst, ok := r.instruction()
	if !ok || int(inst>>26) != lua.OP_CALL {
		return
	}
	if wanted := argC(inst) - 1; wanted >= 0 {
		L.SetTop(1 + wanted)
	}
}

// tailCallOfLua makes an ordinary call of a call of a Go function in tail position, as Lua
// does: a return of what it returned stands behind it. gopher-lua lets the Go function take
// its caller's place, and where yield has taken the place of a coroutine's body nothing is
// left to go on with.
func tailCallOfLua(tailCall, call instruction) instruction {
	return func(L *lua.LState, inst uint32, base *callRecord) int {
		callee := L.Get(argA(inst) + 1)
		fn, ok := callee.(*lua.LFunction)
		if !ok {
			fn, ok = L.GetMetaField(callee, "__call").(*lua.LFunction)
		}
		if ok && fn.IsG {
			return call(L, inst, base)
		}
		return tailCall(L, inst, base)
	}
}
