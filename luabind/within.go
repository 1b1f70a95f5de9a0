package luabind

import (
	"context"
	"strconv"
	"time"

	lua "github.com/yuin/gopher-lua"

	"github.com/moonwire/moonwire/luabind/baselib"
)

// withinError is what within raises when its time is over.
type withinError struct{ allowed time.Duration }

// Error says so.
func (e *withinError) Error() string {
	return "timeout: within(" + strconv.FormatFloat(e.allowed.Seconds(), 'g', -1, 64) + ") is over"
}

// Kind is what scripts see as the error's kind.
func (e *withinError) Kind() string { return KindTimeout }

// within is within(seconds, f): f with a deadline over all that it waits for. That
// passes through every pcall in f; within itself then raises a timeout.
func within(c *call) int {
	allowed := c.Seconds(c.Arg(1), "seconds")
	f, ok := c.Arg(2).(*lua.LFunction)
	if !ok {
		c.WrongType("f", "a function", c.Arg(2))
	}
	over := &withinError{allowed}
	before := c.in.ctx
	ctx, cancel := context.WithCancelCause(before)
	parent := c.in.innerParent()
	stop := c.in.config.Clock.AfterFunc(allowed, func() {
		cancel(over)
		c.in.inner.spread(parent)
	})
	defer func() {
		stop()
		cancel(nil)
		c.in.ctx = before
	}()
	c.in.ctx = ctx
	results, err := baselib.Call(ctx, c.L, f)
	c.in.ctx = before
	if err != nil {
		if context.Cause(ctx) == error(over) && before.Err() == nil {
			err = over
		}
		c.Raise(err)
	}
	for _, v := range results {
		c.L.Push(v)
	}
	return len(results)
}
