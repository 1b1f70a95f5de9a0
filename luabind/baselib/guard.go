package baselib

// Protected calls. gopher-lua's PCall, run on a thread that has live frames,
// closes the captured locals of all of them when the call fails: the frames go
// on with copies. So a protected call gets a thread of its own, from a pool,
// and only what dies with it is closed.

import (
	"errors"
	"runtime/debug"
	"strings"

	lua "github.com/yuin/gopher-lua"
)

// maxDepth bounds protected calls and coroutines nested in each other, as
// LUAI_MAXCCALLS does in Lua: each is a level of Go's stack and a thread.
const maxDepth = 200

// maxIdle is the number of threads that are kept for the next protected call.
const maxIdle = 8

// A guard is a thread that runs protected calls, one at a time.
type guard struct {
	m         *shared
	th        *lua.LState
	host      *lua.LState    // the thread that the call is made for; nil while idle, and for a task
	entry     *lua.LFunction // runs the call on th
	handler   lua.LValue     // xpcall's, or nil
	trace     bool           // whether a traceback is wanted
	traceback string
	spoilt    bool // th grew too large to be kept
}

// newGuard makes a guard.
func (m *shared) newGuard(L *lua.LState) *guard {
	g := &guard{m: m}
	if m.config.WholeStack && len(m.guards) == 0 { // the script's
		L.Options.MinimizeStackMemory = false
		g.th = newThread(L)
		L.Options.MinimizeStackMemory = true
		g.th.Options.MinimizeStackMemory = true // for its coroutines
	} else {
		g.th = newThread(L)
	}
	g.entry = L.NewFunction(g.enter)
	m.guards[g.th] = g
	return g
}

// acquire takes a guard for a call on behalf of L. It raises an error where
// calls are nested too deeply.
func (m *shared) acquire(L *lua.LState) *guard {
	if m.depth >= maxDepth {
		L.RaiseError("stack overflow (too many nested calls of pcall, coroutines or callbacks)")
	}
	m.depth++
	var g *guard
	if n := len(m.idle); n > 0 {
		g = m.idle[n-1]
		m.idle = m.idle[:n-1]
		inherit(g.th, L)
	} else {
		g = m.newGuard(L)
	}
	g.host = L
	g.th.Env = L.Env
	return g
}

// release gives a guard back. Its stack must be empty.
func (m *shared) release(g *guard) {
	m.depth--
	g.host.Env = g.th.Env // setfenv(0, t)
	g.host, g.handler, g.trace, g.traceback = nil, nil, false, ""
	if g.spoilt || len(m.idle) >= maxIdle {
		delete(m.guards, g.th)
		return
	}
	m.idle = append(m.idle, g)
}

// run calls the function below the n topmost values of th's stack. After an
// error the stack is empty, otherwise it holds the results.
func (g *guard) run(n int) *lua.ApiError {
	m, th := g.m, g.th
	depth, current := m.depth, th.G.CurrentThread
	th.Insert(g.entry, 1)
	err := th.PCall(n+1, lua.MultRet, nil)
	if err == nil {
		return nil
	}
	m.depth, th.G.CurrentThread = depth, current // whatever the error cut off
	var failed *lua.ApiError
	errors.As(err, &failed) // PCall returns nothing else
	g.th.SetTop(0)
	return failed
}

// enter is the first function on the guard's thread: it calls the function
// that it is given, with everything in place for an error.
func (g *guard) enter(L *lua.LState) int {
	L.Panic = g.raise // PCall puts its own back at the end
	done := false
	defer func() {
		if done {
			return
		}
		switch r := recover().(type) {
		case nil: // runtime.Goexit
		case *lua.ApiError:
			panic(r)
		default:
			g.surprise(L, r)
		}
	}()
	checkCallable(L, L.Get(1))
	L.Call(L.GetTop()-1, lua.MultRet)
	done = true
	return L.GetTop()
}

// checkCallable raises Lua's error where a Go function is to call what cannot be called.
func checkCallable(L *lua.LState, fn lua.LValue) {
	if fn.Type() != lua.LTFunction && L.GetMetaField(fn, "__call").Type() != lua.LTFunction {
		L.Error(lua.LString("attempt to call a "+fn.Type().String()+" value"), 0)
	}
}

// surprise turns a Go panic into a Lua error: gopher-lua's own way of saying
// that the call stack is full, or a mistake in a Go function.
func (g *guard) surprise(L *lua.LState, r any) {
	if isOverflow(r) {
		g.spoilt = true
		L.RaiseError("stack overflow")
	}
	Raise(L, &InternalError{Value: r, Stack: debug.Stack()})
}

// isOverflow reports whether a panic's value, or the text that a coroutine
// made of it, means that the call stack is full.
func isOverflow(r any) bool {
	switch r := r.(type) {
	case string:
		return r == "lua callstack overflow"
	case lua.LString:
		return r == "lua callstack overflow"
	}
	return false
}

// raise is called by the interpreter with the error on top of the stack, while
// the frames that led to it are all there.
func (g *guard) raise(L *lua.LState) {
	value := g.m.plain(L, L.Get(-1))
	if text, ok := value.(lua.LString); ok && strings.HasSuffix(string(text), "stack overflow") {
		g.spoilt = true
	}
	if !g.m.ending(L, value) {
		if g.trace && g.traceback == "" {
			g.traceback = g.m.origin(L, value)
		}
		if g.handler != nil {
			value = g.m.handle(L, g.handler, value)
		}
	}
	// The trace that PCall would compute costs the square of the depth.
	panic(&lua.ApiError{Type: lua.ApiErrorRun, Object: value, StackTrace: " "})
}

// origin is the traceback of an error that is raised now, which may have been
// raised before.
func (m *shared) origin(L *lua.LState, value lua.LValue) string {
	if m.risenFrom != "" && m.risen == value {
		return m.risenFrom
	}
	return Traceback(L, 0)
}

// handle calls xpcall's handler, on another thread so that it has room even
// after a stack overflow, and returns the value that it makes of the error.
func (m *shared) handle(L *lua.LState, handler, value lua.LValue) lua.LValue {
	m.depth -= 10 // room for the handler at the limit
	g := m.acquire(L)
	g.th.Push(handler)
	g.th.Push(value)
	err := g.run(1)
	if err != nil {
		value = err.Object
		if !m.ending(L, value) {
			value = lua.LString("error in error handling")
		}
	} else {
		value = g.th.Get(1)
		g.th.SetTop(0)
	}
	m.release(g)
	m.depth += 10
	return value
}

// ending reports whether an error is none that Lua may catch: the script asked
// to end, or its context is done.
func (m *shared) ending(L *lua.LState, value lua.LValue) bool {
	if m.exit != nil || value == lua.LValue(m.exitValue) {
		return true
	}
	ctx := contextOf(L)
	return ctx != nil && ctx.Err() != nil
}

// pcall is Lua's: pcall(f, ...).
func (m *shared) pcall(L *lua.LState) int {
	L.CheckAny(1)
	return m.protect(L, L.GetTop()-1, nil)
}

// xpcall is Lua's, with arguments as Lua 5.2 has them: xpcall(f, handler, ...).
func (m *shared) xpcall(L *lua.LState) int {
	L.CheckAny(1)
	handler := L.CheckAny(2)
	L.Remove(2)
	return m.protect(L, L.GetTop()-1, handler)
}

// protect calls the function below the n topmost values of L's stack and
// returns as pcall does.
func (m *shared) protect(L *lua.LState, n int, handler lua.LValue) int {
	g := m.acquire(L)
	g.handler = handler
	L.XMoveTo(g.th, n+1)
	if err := g.run(n); err != nil {
		m.release(g)
		if m.ending(L, err.Object) {
			m.propagate(L, err.Object)
		}
		L.Push(lua.LFalse)
		L.Push(err.Object)
		return 2
	}
	L.Push(lua.LTrue)
	n = g.th.GetTop()
	g.th.XMoveTo(L, n)
	m.release(g)
	return n + 1
}

// propagate raises a value as it is, once more.
func (m *shared) propagate(L *lua.LState, value lua.LValue) {
	if m.exit != nil {
		value = m.exitValue
	}
	m.verbatim = true
	L.Error(value, 0)
}
