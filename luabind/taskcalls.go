package luabind

import (
	"strconv"
	"time"

	lua "github.com/yuin/gopher-lua"

	"github.com/moonwire/moonwire/luabind/args"
	"github.com/moonwire/moonwire/luabind/baselib"
)

// The functions of scripts on tasks.

// taskMethods are the methods of a task.
var taskMethods = [...]struct {
	name string
	run  func(c *call, t *task) int
}{
	{"wait", taskWait},
	{"cancel", taskCancel},
	{"detach", taskDetach},
}

// TaskNames lists the fields and methods of a task.
func TaskNames() []string { return []string{"cancel", "detach", "number", "started", "state", "wait"} }

// startTask is task(f, ...).
func startTask(c *call) int {
	if _, ok := c.Arg(1).(*lua.LFunction); !ok {
		c.FailHint("f must be a function, not "+args.Kind(c.Arg(1)), "task(f, a, b) calls f(a, b); write task(f), not task(f())")
	}
	args := make([]lua.LValue, max(c.Count()-1, 0))
	for i := range args {
		args[i] = c.Arg(i + 2)
	}
	t := c.in.startTasks().newTask(c.in.ctx, c.Arg(1), args, c.where())
	c.L.Push(c.in.taskValue(t))
	return 1
}

func (in *Interp) taskValue(t *task) *lua.LUserData {
	if t.value == nil {
		t.value = in.userdata(t, taskMeta)
	}
	return t.value
}

// taskWait is t:wait([timeout]).
func taskWait(c *call, t *task) int {
	ts := c.in.tasks
	timeout := c.Limit(c.Arg(1), "timeout")
	switch {
	case t == ts.current:
		c.Fail("a task can not wait for itself")
	case t.awaits(ts.current):
		c.Fail(t.name() + " waits for this one: both would wait for ever")
	}
	if !t.ended {
		c.awaitTask(t, timeout)
	}
	ts.failed = deleteOne(ts.failed, t)
	if t.err != nil {
		c.Raise(t.failure())
	}
	for _, v := range t.results {
		c.L.Push(v)
	}
	return len(t.results)
}

func deleteOne(list []*task, t *task) []*task {
	for i, x := range list {
		if x == t {
			return append(list[:i:i], list[i+1:]...)
		}
	}
	return list
}

// awaitTask blocks until the task has ended.
func (c *call) awaitTask(t *task, timeout time.Duration) {
	if err := baselib.Flush(c.L); err != nil {
		c.Raise(err)
	}
	me := c.in.tasks.current
	defer func(was *task) { me.waits = was }(me.waits)
	me.waits = t
	t.waiters = append(t.waiters, me.attendant)
	var limit time.Time
	if timeout != 0 && timeout < 1<<62 {
		limit = c.in.config.Clock.Now().Add(max(timeout, 0))
	}
	err := c.in.attendant.Await(c.in.ctx, c.in.config.Clock, func(now time.Time) (bool, time.Time) {
		return t.ended || !limit.IsZero() && !now.Before(limit), limit
	})
	if err != nil {
		c.Raise(err)
	}
	if !t.ended {
		c.Raise(&taskTimeout{t.name(), max(timeout, 0)})
	}
}

// taskTimeout is raised where a task was waited for in vain.
type taskTimeout struct {
	name    string
	allowed time.Duration
}

// Error says so.
func (e *taskTimeout) Error() string {
	return "timeout: " + e.name + " has not ended after " + strconv.FormatFloat(e.allowed.Seconds(), 'g', -1, 64) + "s"
}

// Kind is what scripts see as the error's kind.
func (e *taskTimeout) Kind() string { return KindTimeout }

// taskCancel is t:cancel().
func taskCancel(_ *call, t *task) int {
	if !t.ended {
		t.cancel(&cancelledError{t.name()})
		t.ts.in.inner.spread(t)
	}
	return 0
}

// taskDetach is t:detach().
func taskDetach(c *call, t *task) int {
	t.detached = true
	c.L.Push(c.in.taskValue(t))
	return 1
}

// state is what tasks() shows of a task.
func (t *task) state() string {
	switch {
	case t.ended && t.err == nil:
		return "done"
	case t.ended && isCancelled(t.err):
		return "cancelled"
	case t.ended:
		return "failed"
	case t.ts.current == t:
		return "running"
	}
	return "waiting"
}

// where is the place in the script at which a task is.
func (t *task) where() string {
	if t.ended || t.saved.at == nil {
		return ""
	}
	source, line := baselib.Position(t.saved.at)
	if line <= 0 {
		return ""
	}
	return source + ":" + strconv.Itoa(line)
}

// taskIndex is __index of a task.
func taskIndex(c *call) int {
	t, ok := taskOf(c.L.Get(1))
	if !ok {
		return 0
	}
	key := c.L.Get(2).String()
	switch key {
	case "state":
		c.L.Push(lua.LString(t.state()))
		return 1
	case "number":
		c.L.Push(lua.LNumber(t.number))
		return 1
	case "started":
		c.L.Push(lua.LString(t.started))
		return 1
	}
	ts := t.ts
	if ts.methods == nil {
		ts.methods = c.L.CreateTable(0, len(taskMethods))
		for _, m := range taskMethods {
			ts.methods.RawSetString(m.name, c.in.bind(m.name, 2, onTask(m.run)))
		}
	}
	if m := ts.methods.RawGetString(key); m != lua.LNil {
		c.L.Push(m)
		return 1
	}
	c.Name = "task"
	c.FailHint("a task has no field or method "+strconv.Quote(key), args.Suggest(key, TaskNames()))
	return 0
}

// taskNewIndex is __newindex of a task.
func taskNewIndex(c *call) int {
	c.Name = "task"
	c.Fail(c.L.Get(2).String() + " can not be assigned")
	return 0
}

func taskOf(v lua.LValue) (t *task, ok bool) {
	if ud, isUserData := v.(*lua.LUserData); isUserData {
		t, ok = ud.Value.(*task)
	}
	return t, ok
}

// onTask makes a method of a task.
func onTask(run func(c *call, t *task) int) function {
	return func(c *call) int {
		t, ok := taskOf(c.L.Get(1))
		if !ok {
			c.FailHint("it is called on "+args.Kind(c.L.Get(1))+", not on a task", "write it with a colon: t:"+c.Name+"()")
		}
		return run(c, t)
	}
}

// taskString is __tostring of a task.
func taskString(c *call) int {
	t, ok := selfOf[*task](c)
	if !ok {
		return 0
	}
	text := "<" + t.name() + ", " + t.state()
	if at := t.where(); at != "" && t.state() == "waiting" {
		text += " at " + at
	}
	c.L.Push(lua.LString(text + ">"))
	return 1
}

// listTasks is tasks().
func listTasks(c *call) int {
	list := c.L.NewTable()
	if ts := c.in.tasks; ts != nil {
		for _, t := range ts.list(nil) {
			list.Append(c.in.taskValue(t))
		}
	}
	c.L.Push(list)
	return 1
}
