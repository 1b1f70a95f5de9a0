package baselib

import (
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

// taskRegistry is the size of the registry of a task's own thread, which does nothing but
// host the call.
const taskRegistry = 16

// NewTask makes the thread of a task, and the Turn with which it begins.
func NewTask(L *lua.LState) (*lua.LState, Turn) {
	size := L.Options.RegistrySize
	L.Options.RegistrySize = taskRegistry
	th := newThread(L)
	L.Options.RegistrySize, th.Options.RegistrySize = size, size
	th.RemoveContext()
	th.Env = L.G.MainThread.Env
	m := machineOf(L)
	if m.tasks == nil {
		m.tasks = make(map[*lua.LState]struct{})
	}
	m.tasks[th] = struct{}{}
	// The task is never the outermost: that is the call in which the script runs.
	return th, Turn{depth: 1, current: th}
}

// EndTask forgets the thread of a task that is over.
func EndTask(th *lua.LState) { delete(machineOf(th).tasks, th) }

// Exiting returns the script's wish to end, if it has uttered it.
func Exiting(L *lua.LState) *Exit { return machineOf(L).exit }

// isRoot reports whether a thread is no coroutine: the main one, or a task's.
func isRoot(th *lua.LState) bool {
	if th == th.G.MainThread {
		return true
	}
	_, task := machineOf(th).tasks[th]
	return task
}

// A Switch changes whose turn it is on a state.
type Switch struct{ m *machine }

// NewSwitch returns the state's.
func NewSwitch(L *lua.LState) Switch { return Switch{machineOf(L)} }

// Leave puts away what the running goroutine has in progress.
func (s Switch) Leave(L *lua.LState) Turn { return Turn{s.m.depth, L.G.CurrentThread} }

// Enter takes it up again.
func (s Switch) Enter(L *lua.LState, t Turn) { s.m.depth, L.G.CurrentThread = t.depth, t.current }

// ErrorValue is what a script that catches err gets to see.
func ErrorValue(L *lua.LState, err error) lua.LValue {
	if e, ok := err.(*Error); ok && e.Value != nil { //nolint:errorlint // as Call returns it
		return e.Value
	}
	return machineOf(L).errorValue(L, err)
}

// block runs f, which blocks and touches nothing of the state.
func (m *machine) block(f func()) {
	if m.config.Block == nil {
		f()
		return
	}
	m.config.Block(f)
}
