package luabind

import (
	"context"
	"errors"
	"fmt"
	"io"

	lua "github.com/yuin/gopher-lua"

	"github.com/moonwire/moonwire/engine/session"
	"github.com/moonwire/moonwire/luabind/baselib"
)

// join is s:join(other): what each of two sessions says is written to the other, until
// one ends.
func join(c *call, h *handle) int {
	ud, _ := c.Arg(1).(*lua.LUserData)
	var other *handle
	if ud != nil {
		other, _ = ud.Value.(*handle)
	}
	switch {
	case other == nil:
		c.WrongType("other", "a session", c.Arg(1))
	case other == h:
		c.Fail("a session can not be joined to itself")
	}
	defer c.claim(other)()
	if err := baselib.Flush(c.L); err != nil {
		c.Raise(err)
	}
	ended, err := c.joined(h, other)
	if err != nil {
		c.Raise(err)
	}
	c.L.Push(ended.value)
	return 1
}

// joined copies until one session ends, and returns which.
func (c *call) joined(a, b *handle) (ended *handle, err error) {
	clock := c.in.config.Clock
	ctx, cancel := context.WithCancel(c.in.ctx)
	defer cancel()
	handles := [2]*handle{a, b}
	var lives [2]*session.Live
	for i, h := range handles {
		if lives[i], err = h.session.Live(); err != nil {
			if i == 1 {
				lives[0].End()
			}
			if errors.Is(err, session.ErrClosed) {
				err = fmt.Errorf("join: %s: %w", h.session.Name(), err)
			}
			return nil, err
		}
	}
	type ending struct {
		side int
		err  error
	}
	attendant := c.in.attendant
	over := make(chan ending, 2)
	ring := a.session.Attendant()
	for side := range lives {
		clock.Go(func(clocks context.Context) {
			both, stop := context.WithCancelCause(clocks)
			defer context.AfterFunc(ctx, func() { stop(context.Cause(ctx)) })()
			over <- ending{side, lives[side].CopyTo(both, lives[1-side])}
			ring.Ring()
		})
	}
	var first *ending
	err = attendant.Await(c.in.ctx, clock, untilTrue(func() bool {
		if first == nil {
			select {
			case e := <-over:
				first = &e
			default:
			}
		}
		return first != nil
	}))
	cancel()
	left := 2
	if first != nil {
		left = 1
	}
	for range left {
		attendant.Block(func() { <-over })
	}
	lives[0].End()
	lives[1].End()
	switch {
	case err != nil:
		return nil, err
	case first.err == nil || errors.Is(first.err, io.EOF):
		return handles[first.side], nil
	case handles[1-first.side].session.Ended(): // it takes no more, as it has ended
		return handles[1-first.side], nil
	}
	return nil, first.err
}
