package luabind

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strconv"
	"time"

	lua "github.com/yuin/gopher-lua"

	"github.com/moonwire/moonwire/engine/session"
	"github.com/moonwire/moonwire/luabind/baselib"
)

// Tasks: several of a script's functions run beside each other in one Lua state.
//
// # Who holds what
//
// A task is a Lua thread that runs in a goroutine of its own; so does the script itself,
// the main task. One of them at a time holds the interpreter: the Lua state and all
// fields of the Interp. It gives it away where it blocks in Go, and nowhere else: the
// session package calls Leave before it blocks and Enter afterwards (see
// session.Turns), the calls of this package that block do so by Attendant.Await and
// Attendant.Block, and baselib's reads and commands by Config.Block. So a script needs no
// locks: between two calls that can wait nothing else runs. A wait that finds at once
// what it waits for does not block; after 64 of them in a row the others have a turn.
//
// The interpreter is handed over in the order in which tasks became ready. In a replay
// the virtual clock hands it over, when all is at rest and everything that is due at
// that time has come, and in the order of the tasks' numbers; so a replay's interleaving
// is the same each time.
//
// What belongs to a task and not to the state is put away by Leave: the context of the
// call in progress, the thread that is in a binding, the current session, and of
// baselib the current coroutine and the depth of protected calls.
//
// # What passes between them
//
// Contexts: a task has one of its own. t:cancel ends it; so do the end of the context in
// which it was started (a deadline of within, the cancellation of the task that started
// it, ^C), but not the mere return of what started it. What ends a task's context passes
// through every pcall in it, as ^C does.
//
// Sessions belong to no task. One task at a time may wait on a session, others may write
// to it. The hooks of a session are called by the task that waits on it, in the middle
// of its wait; if there is none, by the main task while it blocks. Actions of expect and
// iterators run in the task that calls.
//
// Coroutines belong to whoever resumes them; one that blocks in one task can't be
// resumed by another. A task is no coroutine: it can't yield, and coroutine.running
// returns nil in it.
//
// The operator's terminal is one task's at a time; others that want it queue.

// never is the time that does not come.
var never time.Time

// A task is one of a script's functions that run beside each other.
type task struct {
	ts        *tasks
	number    int // 0 is the script itself
	th        *lua.LState
	attendant *session.Attendant
	ctx       context.Context
	from      context.Context // in which it was started
	parent    *task           // that started it; nil for the script itself
	patient   context.Context // that the turn is waited for with
	cancel    context.CancelCauseFunc
	run       *scriptRun
	turn      chan struct{}
	saved     saved
	value     *lua.LUserData

	fn      lua.LValue
	args    []lua.LValue
	started string // where
	onEnd   func(t *task)

	ended    bool
	detached bool
	results  []lua.LValue
	err      error
	waits    *task                // that it waits for
	gathers  *fanOut              // whose tasks it waits for
	waiters  []*session.Attendant // rung at its end
}

// A scriptRun is one call of the interpreter by Go: a script, or a statement at the
// prompt. Its tasks end with it, or with its context.
type scriptRun struct {
	ctx    context.Context
	cancel context.CancelCauseFunc
	stop   func() bool
	begun  bool // tasks
	over   bool // the statement has ended, its tasks go on
}

// untilTrue is a condition without a time.
func untilTrue(f func() bool) func(time.Time) (bool, time.Time) {
	return func(time.Time) (bool, time.Time) { return f(), never }
}

// cancelledError is what ends a task that is cancelled.
type cancelledError struct{ name string }

// Error says so.
func (e *cancelledError) Error() string { return e.name + " was cancelled" }

// Kind is what scripts see as the error's kind.
func (e *cancelledError) Kind() string { return KindInterrupted }

// LuaKind implements [args.Named].
func (t *task) LuaKind() string { return "a task" }

// name is what messages call the task.
func (t *task) name() string {
	if t.number == 0 {
		return "the script"
	}
	name := "task " + strconv.Itoa(t.number)
	if t.started != "" {
		name += " (started at " + t.started + ")"
	}
	return name
}

// newTask starts a task. The caller goes on; the task's turn comes when the caller blocks.
func (ts *tasks) newTask(ctx context.Context, fn lua.LValue, args []lua.LValue, started string) *task {
	in := ts.in
	ts.number++
	t := &task{ts: ts, number: ts.number, fn: fn, args: args, started: started, run: in.run, turn: make(chan struct{}, 1)}
	t.detached = ts.current.detached // who lets the script end must not hold it back by another
	var turn baselib.Turn
	t.th, turn = baselib.NewTask(in.L)
	t.attendant = in.attendant.Task(t)
	if !in.run.begun {
		in.beginRun()
	}
	// The clock's context tells it that the goroutine is one of those that it counts.
	clocks := make(chan context.Context, 1)
	begin := make(chan struct{})
	in.config.Clock.Go(func(ctx context.Context) {
		clocks <- ctx
		<-begin
		t.main()
	})
	own := session.Task(<-clocks)
	t.patient = session.Patient(own)
	t.ctx, t.cancel = context.WithCancelCause(own)
	t.from, t.parent = ctx, in.innerParent()
	t.saved = saved{t.ctx, t.th, in.current, in.run, turn}
	if ctx != t.run.ctx { // whose end is seen to for all of its tasks at once
		in.inner.add(t)
	}
	ts.mu.Lock()
	ts.live[t] = struct{}{} // it can be cancelled from here on
	ts.mu.Unlock()
	for _, began := range []context.Context{t.run.ctx, ctx} { // may have been cancelled before that
		if cause := context.Cause(began); cause != nil {
			t.cancel(cause)
		}
	}
	ts.queue(t)
	close(begin)
	return t
}

// main is the task's goroutine.
func (t *task) main() {
	t.begin()
	results, err := baselib.CallTask(t.ctx, t.th, t.fn, t.args...)
	t.end(results, err)
	t.ts.pass()
}

// end notes what has become of the task, and tells those who wait for it.
func (t *task) end(results []lua.LValue, err error) {
	ts := t.ts
	if cause := context.Cause(t.ctx); err != nil && cause != nil {
		if _, exits := errors.AsType[*baselib.Exit](err); !exits {
			err = cause
		}
	}
	ts.in.inner.remove(t)
	t.cancel(nil)
	t.ended, t.results, t.err = true, results, err
	ts.mu.Lock()
	delete(ts.live, t)
	ts.mu.Unlock()
	baselib.EndTask(t.th)
	t.attendant.Finish()
	t.th, t.fn, t.args = nil, nil, nil
	exit, exits := errors.AsType[*baselib.Exit](err)
	switch {
	case exits:
		t.run.cancel(exit)
		ts.cancelRun(t.run, exit)
	case err == nil || t.onEnd != nil || isCancelled(err) || err == context.Cause(t.from): // whoever started it knows
	case t.run.over:
		ts.tell([]*task{t})
	default:
		ts.failed = append(ts.failed, t)
	}
	if t.onEnd != nil {
		t.onEnd(t)
	}
	for _, w := range t.waiters {
		w.Ring()
	}
	t.waiters = nil
	ts.main.attendant.Ring() // it may wait for the last
}

func isCancelled(err error) bool {
	return KindOf(err) == KindInterrupted
}

// failure is the task's error, with where the task was started.
func (t *task) failure() error {
	e, ok := t.err.(*baselib.Error) // as Call returns it
	if !ok {
		return t.err
	}
	told := *e
	if told.Traceback == "" {
		told.Traceback = "stack traceback:"
	}
	told.Traceback += "\n\tin " + t.name()
	return &told
}

// unwaited is the failure of a task that nobody has waited for.
func (t *task) unwaited() *baselib.Error {
	err := t.failure()
	e, ok := err.(*baselib.Error)
	if !ok {
		e = &baselib.Error{Value: lua.LString(err.Error()), Err: err}
	}
	e.Message = t.name() + " failed: " + err.Error()
	return e
}

// awaits reports whether the task can not end before another one has.
func (t *task) awaits(other *task) bool {
	if t == other || t.waits != nil && t.waits.awaits(other) {
		return true
	}
	if t.gathers != nil {
		for part := range t.gathers.running {
			if part.awaits(other) {
				return true
			}
		}
	}
	return false
}

func (in *Interp) warn(line string) {
	if in.config.Warn != nil {
		in.config.Warn(line)
	}
}

// beginRun prepares the run in progress for its first task.
func (in *Interp) beginRun() {
	r := in.run
	r.begun = true
	if r.cancel == nil { // nothing could end it so far
		was := r.ctx
		r.ctx, r.cancel = context.WithCancelCause(was)
		if in.ctx == was {
			in.ctx = r.ctx
		}
	}
	r.stop = context.AfterFunc(r.ctx, func() { in.tasks.cancelRun(r, context.Cause(r.ctx)) })
}

// cancelRun cancels the tasks of a run, all where it is nil. It may be called from anywhere.
func (ts *tasks) cancelRun(r *scriptRun, cause error) {
	for _, t := range ts.list(r) {
		t.cancel(cause)
	}
}

// list is the tasks that have not ended, of a run or of all, in their order.
func (ts *tasks) list(r *scriptRun) []*task {
	ts.mu.Lock()
	defer ts.mu.Unlock()
	list := slices.DeleteFunc(slices.Collect(maps.Keys(ts.live)), func(t *task) bool { return r != nil && t.run != r })
	slices.SortFunc(list, func(a, b *task) int { return a.number - b.number })
	return list
}

// any reports whether a task of the run has not ended; attached ones alone, or all.
func (ts *tasks) any(r *scriptRun, attached bool) bool {
	ts.mu.Lock()
	defer ts.mu.Unlock()
	for t := range ts.live {
		if (r == nil || t.run == r) && !(attached && t.detached) {
			return true
		}
	}
	return false
}

// stopAll cancels the tasks of a run and waits until they have ended.
func (ts *tasks) stopAll(r *scriptRun, cause error) {
	ts.cancelRun(r, cause)
	ctx := session.Patient(context.WithoutCancel(context.Background()))
	_ = ts.in.attendant.Await(ctx, ts.in.config.Clock, untilTrue(func() bool { return !ts.any(r, false) }))
}

// errOver is the cause of the end of tasks that go on when the script has ended.
var errOver = &cancelledError{"a task of a script that has ended"}

// finish is the end of a run: the script waits for its tasks. err is what has become of
// the script itself.
func (ts *tasks) finish(r *scriptRun, err error) error {
	if err == nil {
		err = ts.in.attendant.Await(r.ctx, ts.in.config.Clock, untilTrue(func() bool { return !ts.any(r, true) }))
		if err != nil {
			if _, ok := errors.AsType[*baselib.Error](err); !ok {
				err = &baselib.Error{Value: lua.LString(err.Error()), Message: err.Error(), Err: err}
			}
		}
	}
	ts.stopAll(r, errOver)
	if exit := baselib.Exiting(ts.in.L); exit != nil {
		return exit
	}
	failed := ts.failed
	ts.failed = nil
	if err == nil && len(failed) > 0 {
		err = failed[0].unwaited()
		failed = failed[1:]
	}
	ts.tell(failed)
	return err
}

// toldFailures is how many tasks' errors are told one by one.
const toldFailures = 10

// tell tells of tasks that have failed and that nobody has waited for.
func (ts *tasks) tell(failed []*task) {
	for i, t := range failed {
		if i == toldFailures {
			ts.in.warn("and " + strconv.Itoa(len(failed)-i) + " tasks more have failed")
			return
		}
		e := t.unwaited()
		ts.in.warn(e.Message)
		if ts.in.failed != nil {
			ts.in.failed(e)
		}
	}
}

// endStatement is the end of a statement at the prompt: its tasks go on, unless it failed.
func (ts *tasks) endStatement(r *scriptRun, err error) error {
	r.stop()
	if err != nil {
		ts.stopAll(r, errOver)
	}
	r.over = true
	failed := ts.failed
	ts.failed = nil
	ts.tell(failed)
	return err
}

// CancelTasks cancels all tasks, and returns how many there were. It may be called by any
// goroutine while Block runs: a task that never gives its turn away has to end too.
func (in *Interp) CancelTasks() int {
	if in.tasks == nil {
		return 0
	}
	list := in.tasks.list(nil)
	in.tasks.cancelRun(nil, ErrInterrupted)
	return len(list)
}
