package luabind

import (
	"cmp"
	"context"
	"slices"
	"sync"

	lua "github.com/yuin/gopher-lua"

	"github.com/moonwire/moonwire/engine/session"
	"github.com/moonwire/moonwire/luabind/baselib"
)

// A tasks is the tasks of an interpreter, and whose turn it is.
type tasks struct {
	in      *Interp
	to      baselib.Switch
	main    *task
	current *task
	methods *lua.LTable
	number  int     // of the task that was started last
	failed  []*task // that nobody has waited for

	terminal *task   // the one that has the operator's terminal
	queueing []*task // for the terminal

	mu      sync.Mutex
	live    map[*task]struct{} // those that have not ended
	free    bool               // it is nobody's turn
	ready   []*task            // wait for their turn; from head on
	head    int
	clocked bool // the clock gives the turns
	sorted  int  // so many of ready are in their order
}

// startTasks makes the interpreter take turns, before its first task begins.
func (in *Interp) startTasks() *tasks {
	if in.tasks != nil {
		return in.tasks
	}
	ts := &tasks{in: in, to: baselib.NewSwitch(in.L), live: make(map[*task]struct{})}
	ts.main = &task{ts: ts, attendant: in.attendant, patient: session.Patient(context.Background()), turn: make(chan struct{}, 1)}
	ts.current = ts.main
	in.tasks = ts
	in.attendant.SetTurns(ts.main)
	if clock, ok := in.config.Clock.(interface{ Turns(next func() bool) }); ok {
		ts.clocked = true
		clock.Turns(ts.next)
	}
	return ts
}

// Leave implements session.Turns: it puts away what the task has in progress, and gives
// the turn to the one that has waited longest.
func (t *task) Leave() {
	ts, in := t.ts, t.ts.in
	t.saved = saved{in.ctx, in.at, in.current, in.run, ts.to.Leave(in.L)}
	ts.pass()
}

// pass gives the turn away.
func (ts *tasks) pass() {
	ts.mu.Lock()
	ts.free = true
	if !ts.clocked {
		ts.giveLocked()
	}
	ts.mu.Unlock()
}

// giveLocked makes it the turn of the first in the queue, if there is one.
func (ts *tasks) giveLocked() bool {
	if !ts.free || ts.head == len(ts.ready) {
		return false
	}
	t := ts.ready[ts.head]
	ts.ready[ts.head] = nil
	if ts.head++; ts.head == len(ts.ready) {
		ts.ready, ts.head = ts.ready[:0], 0
	}
	ts.free = false
	t.turn <- struct{}{}
	return true
}

// next gives the turn where the clock says when. All that happen at one time are ready
// by then; they are taken in the order of their numbers.
func (ts *tasks) next() bool {
	ts.mu.Lock()
	defer ts.mu.Unlock()
	from := max(ts.sorted, ts.head)
	slices.SortFunc(ts.ready[from:], func(a, b *task) int { return cmp.Compare(a.number, b.number) })
	given := ts.giveLocked()
	ts.sorted = len(ts.ready)
	return given
}

// queue puts the task at the queue's end.
func (ts *tasks) queue(t *task) {
	ts.mu.Lock()
	defer ts.mu.Unlock()
	ts.ready = append(ts.ready, t)
	if !ts.clocked {
		ts.giveLocked()
	}
}

// Enter implements session.Turns: it waits for the task's turn, and takes up again what
// was in progress.
func (t *task) Enter() {
	t.ts.queue(t)
	t.begin()
}

// begin waits for the turn that the task is queueing for.
func (t *task) begin() {
	ts, in := t.ts, t.ts.in
	if ts.clocked {
		_ = in.config.Clock.Wait(t.patient, t.turn, never) // no end but the turn
	} else {
		<-t.turn
	}
	in.ctx, in.at, in.current, in.run = t.saved.ctx, t.saved.at, t.saved.current, t.saved.run
	ts.current = t
	t.attendant.Run()
	ts.to.Enter(in.L, t.saved.lua)
}

// saved is what of an interpreter belongs to the task whose turn it is.
type saved struct {
	ctx     context.Context
	at      *lua.LState
	current *handle
	run     *scriptRun
	lua     baselib.Turn
}

// Block runs f, which blocks, while tasks may run: a prompt that is being read.
func (in *Interp) Block(f func()) { in.attendant.Block(f) }

// Unblock runs f, which touches the interpreter, in the middle of what Block runs.
func (in *Interp) Unblock(f func()) {
	if in.tasks == nil {
		f()
		return
	}
	in.tasks.main.reenter(f)
}

// reenter runs f, which touches the interpreter, while the task has given its turn away.
// t is nil where there were no tasks then.
func (t *task) reenter(f func()) {
	if t != nil {
		t.Enter()
		defer t.Leave()
	}
	f()
}

// currentTask is the task whose turn it is, nil while there are none.
func (in *Interp) currentTask() *task {
	if in.tasks == nil {
		return nil
	}
	return in.tasks.current
}

// ownTerminal waits until no other task has the operator's terminal. What is returned
// gives it back.
func (in *Interp) ownTerminal() (giveBack func(), err error) {
	ts := in.tasks
	if ts == nil || ts.terminal == ts.current {
		return func() {}, nil
	}
	me := ts.current
	if ts.terminal != nil {
		ts.queueing = append(ts.queueing, me)
		err = in.attendant.Await(in.ctx, in.config.Clock, untilTrue(func() bool { return ts.terminal == me }))
		if err != nil && ts.terminal != me {
			ts.queueing = slices.DeleteFunc(ts.queueing, func(t *task) bool { return t == me })
			return nil, err
		}
	}
	ts.terminal = me
	return func() {
		ts.terminal = nil
		if len(ts.queueing) > 0 {
			ts.terminal, ts.queueing = ts.queueing[0], ts.queueing[1:]
			ts.terminal.attendant.Ring()
		}
	}, nil
}

var _ session.Turns = (*task)(nil)
