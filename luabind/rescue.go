package luabind

import (
	"context"
	"errors"

	"github.com/moonwire/moonwire/engine/session"
	"github.com/moonwire/moonwire/engine/terminal"
	"github.com/moonwire/moonwire/luabind/baselib"
)

// Decision is what becomes of a wait that has failed.
type Decision uint8

// The decisions.
const (
	GiveUp Decision = iota // the error goes on
	Retry                  // the wait is made again
	Skip                   // the script goes on as if nothing had come
)

// Rescue is a wait that has failed, offered to the operator.
type Rescue struct {
	Err   error  // as the script would be told
	Where string // "FILE:LINE" of the wait, "" if it is not known

	in *Interp
	h  *handle
	t  *task // that has waited
}

// Session is the session that was waited on.
func (r *Rescue) Session() *session.Session { return r.h.session }

// TakeOver joins the operator's terminal to the session. change has the last word
// on the options. The row that the peer wrote last stays unread, so that a wait
// for the prompt that the operator has reached finds it.
func (r *Rescue) TakeOver(ctx context.Context, change func(*terminal.Options)) (end terminal.Ending, err error) {
	r.t.reenter(func() { end, err = r.in.interactWith(ctx, r.h, true, change) })
	return end, err
}

// rescued makes a wait and offers it to the operator when it fails. A wait that is
// skipped gives skipped.
func rescued[T any](c *call, h *handle, skipped T, wait func() (T, error)) (T, error) {
	return rescuedOn(c, skipped, func() (*handle, T, error) {
		v, err := wait()
		return h, v, err
	})
}

// rescuedOn is the same for a wait on several sessions, which returns the one that the
// operator is to take over.
func rescuedOn[T any](c *call, skipped T, wait func() (*handle, T, error)) (T, error) {
	for {
		h, v, err := wait()
		offer := c.in.config.Rescue
		_, failed := errors.AsType[*session.WaitError](err)
		if _, none := errors.AsType[*session.AnyError](err); !failed && !none || offer == nil || c.in.ctx.Err() != nil {
			return v, err
		}
		if ferr := baselib.Flush(c.L); ferr != nil {
			return v, ferr
		}
		baselib.ReleaseInput(c.L)
		giveBack, terr := c.in.ownTerminal()
		if terr != nil {
			return v, err
		}
		var decision Decision
		var rerr error
		r, ctx := &Rescue{Err: err, Where: c.where(), in: c.in, h: h, t: c.in.currentTask()}, c.in.ctx
		c.in.attendant.Block(func() { decision, rerr = offer(ctx, r) })
		giveBack()
		switch {
		case rerr != nil:
			return v, rerr
		case decision == GiveUp:
			return v, err
		case decision == Skip:
			return skipped, nil
		}
	}
}
