package baselib

import (
	"context"

	lua "github.com/yuin/gopher-lua"
)

// Tasks: threads of one state, each of which runs in a goroutine of its own. They take
// turns: one goroutine at a time touches the state. What a goroutine has in progress, and
// all of a state share, is put away while it is not its turn.

// A Turn is what a goroutine has put away.
type Turn struct {
	depth   int
	current *lua.LState
}

// NewTask makes the thread of a task, and the Turn with which it begins. The thread is the
// guard of the task's one call.
func NewTask(L *lua.LState) (*lua.LState, Turn) {
	m := sharedOf(L)
	if m.tasks == nil {
		m.tasks = make(map[*lua.LState]struct{})
	}
	g := m.newGuard(L)
	g.th.RemoveContext()
	g.th.Env = L.G.MainThread.Env
	m.tasks[g.th] = struct{}{}
	// The task is never the outermost: that is the call in which the script runs.
	return g.th, Turn{depth: 1, current: g.th}
}

// CallTask calls the function of a task, once, on the thread that NewTask made for it. It
// returns what Call does.
func CallTask(ctx context.Context, th *lua.LState, fn lua.LValue, args ...lua.LValue) ([]lua.LValue, error) {
	m := sharedOf(th)
	SetContext(th, ctx)
	if m.exit != nil {
		return nil, m.exit
	}
	if err := context.Cause(ctx); err != nil {
		return nil, &Error{Value: lua.LString(err.Error()), Message: err.Error(), Err: err}
	}
	m.depth++
	g := m.guards[th]
	results, err := g.call(th, fn, args)
	m.depth--
	return results, err
}

// EndTask forgets the thread of a task that is over.
func EndTask(th *lua.LState) {
	m := sharedOf(th)
	delete(m.tasks, th)
	delete(m.guards, th)
}

// Exiting returns the script's wish to end, if it has uttered it.
func Exiting(L *lua.LState) *Exit { return sharedOf(L).exit }

// isRoot reports whether a thread is no coroutine: the main one, or a task's.
func isRoot(th *lua.LState) bool {
	if th == th.G.MainThread {
		return true
	}
	_, task := sharedOf(th).tasks[th]
	return task
}

// A Switch changes whose turn it is on a state.
type Switch struct{ m *shared }

// NewSwitch returns the state's.
func NewSwitch(L *lua.LState) Switch { return Switch{sharedOf(L)} }

// Leave puts away what the running goroutine has in progress.
func (s Switch) Leave(L *lua.LState) Turn { return Turn{s.m.depth, L.G.CurrentThread} }

// Enter takes it up again.
func (s Switch) Enter(L *lua.LState, t Turn) { s.m.depth, L.G.CurrentThread = t.depth, t.current }

// ErrorValue is what a script that catches err gets to see.
func ErrorValue(L *lua.LState, err error) lua.LValue {
	if e, ok := err.(*Error); ok && e.Value != nil { // as Call returns it
		return e.Value
	}
	return sharedOf(L).errorValue(L, err)
}

// block runs f, which blocks and touches nothing of the state.
func (m *shared) block(f func()) {
	if m.config.Block == nil {
		f()
		return
	}
	m.config.Block(f)
}
