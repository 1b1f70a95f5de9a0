package luabind

import (
	"context"
	"strconv"

	lua "github.com/yuin/gopher-lua"

	"github.com/moonwire/moonwire/engine/session"
	"github.com/moonwire/moonwire/luabind/args"
	"github.com/moonwire/moonwire/luabind/baselib"
)

// defaultLimit is how many of parallel's calls run at once.
const defaultLimit = 50

// parallelKeys are the options of parallel.
var parallelKeys = []string{"limit", "stop_at"}

// ParallelKeys lists the options that parallel takes.
func ParallelKeys() []string { return append([]string(nil), parallelKeys...) }

// skippedError stands for an element that parallel has not come to.
type skippedError struct{ failures int }

// Error says so.
func (e *skippedError) Error() string {
	return "skipped: parallel has stopped after " + strconv.Itoa(e.failures) + " failures"
}

// Kind is what scripts see as the error's kind.
func (e *skippedError) Kind() string { return KindSkipped }

// A fanOut is one call of parallel.
type fanOut struct {
	ts       *tasks
	ctx      context.Context
	list     *lua.LTable
	fn       lua.LValue
	n, next  int // elements, and those that were begun
	stopAt   int // 0: never
	failures int
	running  map[*task]int // by element
	results  *lua.LTable
	where    string
	over     bool
	parent   *session.Attendant
	run      *scriptRun
	current  *handle
}

// parallel is parallel(list, f [, options]).
func parallel(c *call) int {
	list, ok := c.Arg(1).(*lua.LTable)
	if !ok {
		c.WrongType("list", "a list", c.Arg(1))
	}
	if _, ok := c.Arg(2).(*lua.LFunction); !ok {
		c.WrongType("f", "a function", c.Arg(2))
	}
	limit, stopAt := c.readParallel()
	p := &fanOut{
		ts: c.in.startTasks(), ctx: c.in.ctx, list: list, fn: c.Arg(2), n: list.Len(), stopAt: stopAt,
		results: c.L.CreateTable(list.Len(), 0), where: c.where(), running: make(map[*task]int),
		run: c.in.run, current: c.in.current,
	}
	p.parent = p.ts.current.attendant
	for range min(limit, p.n) {
		p.begin()
	}
	me := p.ts.current
	defer func(was *fanOut) { me.gathers = was }(me.gathers) // a hook may be called in the middle
	me.gathers = p
	err := baselib.Flush(c.L)
	if err == nil {
		err = c.in.attendant.Await(c.in.ctx, c.in.config.Clock, untilTrue(p.done))
	}
	if err != nil {
		p.over = true
		for t := range p.running {
			t.cancel(&cancelledError{t.name()})
			c.in.inner.spread(t)
		}
		ctx := session.Patient(context.WithoutCancel(c.in.ctx))
		_ = c.in.attendant.Await(ctx, c.in.config.Clock, untilTrue(func() bool { return len(p.running) == 0 }))
		c.Raise(err)
	}
	for i := p.next + 1; i <= p.n; i++ {
		r := c.L.CreateTable(0, 2)
		r.RawSetString("ok", lua.LFalse)
		r.RawSetString("error", baselib.ErrorValue(c.L, &skippedError{p.failures}))
		p.results.RawSetInt(i, r)
	}
	c.L.Push(p.results)
	return 1
}

func (p *fanOut) stopped() bool { return p.over || p.stopAt > 0 && p.failures >= p.stopAt }

func (p *fanOut) done() bool { return len(p.running) == 0 && (p.next == p.n || p.stopped()) }

// begin begins the next element.
func (p *fanOut) begin() {
	in := p.ts.in
	run, current := in.run, in.current // of the task that has just ended
	in.run, in.current = p.run, p.current
	p.next++
	t := p.ts.newTask(p.ctx, p.fn, []lua.LValue{p.list.RawGetInt(p.next), lua.LNumber(p.next)}, p.where)
	t.onEnd = p.ended
	p.running[t] = p.next
	in.run, in.current = run, current
}

// ended takes the result of an element, and begins another one.
func (p *fanOut) ended(t *task) {
	i := p.running[t]
	delete(p.running, t)
	in := p.ts.in
	r := in.L.CreateTable(0, 2)
	r.RawSetString("ok", lua.LBool(t.err == nil))
	if t.err == nil {
		if len(t.results) > 0 {
			r.RawSetString("value", t.results[0])
		}
	} else {
		p.failures++
		r.RawSetString("error", baselib.ErrorValue(in.L, t.err))
	}
	p.results.RawSetInt(i, r)
	if p.next < p.n && !p.stopped() {
		p.begin()
	}
	if p.done() || p.over {
		p.parent.Ring()
	}
}

// readParallel reads the options of parallel.
func (c *call) readParallel() (limit, stopAt int) {
	limit = defaultLimit
	t, ok := c.Arg(3).(*lua.LTable)
	if !ok {
		if c.Arg(3) != lua.LNil {
			c.WrongType("options", "a table", c.Arg(3))
		}
		return limit, 0
	}
	for _, key := range c.Keys(t, "parallel") {
		n, ok := t.RawGetString(key).(lua.LNumber)
		given := n.String()
		if !ok {
			given = args.Quote(t.RawGetString(key))
		}
		if !ok || n < 1 || n != lua.LNumber(int(n)) {
			n = 0
		}
		switch {
		case key == "limit" && n > 0:
			limit = int(n)
		case key == "stop_at" && n > 0:
			stopAt = int(n)
		case key == "limit" || key == "stop_at":
			c.Fail(key + " must be a whole number from 1 on, not " + given)
		default:
			c.FailHint("there is no option "+strconv.Quote(key), args.Suggest(key, parallelKeys))
		}
	}
	return limit, stopAt
}
