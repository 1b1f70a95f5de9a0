package luabind

import (
	"context"
	"errors"
	"io"

	lua "github.com/yuin/gopher-lua"

	"github.com/moonwire/moonwire/engine/mask"
	"github.com/moonwire/moonwire/engine/session"
	"github.com/moonwire/moonwire/engine/telnet"
	"github.com/moonwire/moonwire/luabind/baselib"
)

// Sessions whose script answers the options itself, and what such a script needs:
// bytes as they are, in both directions.

// commandHook makes an engine's hook of the function in connect's manual=. It is
// called as f(s, command, option, data), with numbers; option is nil where the
// command has none, data is a subnegotiation's payload. What it returns is not
// looked at.
func (in *Interp) commandHook(h *handle, fn lua.LValue) session.Hook {
	return func(ctx context.Context, _ *session.Session, r session.HookRequest) (session.HookAnswer, error) {
		args := []lua.LValue{h.value, lua.LNumber(r.Command)}
		switch r.Command {
		case telnet.WILL, telnet.WONT, telnet.DO, telnet.DONT:
			args = append(args, lua.LNumber(r.Option))
		case telnet.SB:
			args = append(args, lua.LNumber(r.Option), lua.LString(r.Data))
		}
		_, err := baselib.Call(ctx, in.at, fn, args...)
		return session.HookAnswer{}, err
	}
}

// onReceive is s:on_receive(f).
func onReceive(c *call, h *handle) int {
	var receiver func(context.Context, *session.Session, []byte) error
	switch f := c.Arg(1).(type) {
	case *lua.LFunction:
		in := c.in
		if h.hide == nil {
			h.hide = mask.NewVeil(in.config.Secrets.Masker(mask.OnWire))
			h.hide.Telnet = true
		}
		receiver = func(ctx context.Context, _ *session.Session, wire []byte) error {
			var shown []byte
			h.hide.Spans(wire, func(_ int, p []byte) { shown = append(shown, p...) })
			_, err := baselib.Call(ctx, in.at, f, h.value, lua.LString(wire), lua.LString(shown))
			return err
		}
	case *lua.LNilType:
	default:
		c.WrongType("receiver", "a function or nil", f)
	}
	if err := h.session.SetReceiver(receiver); err != nil {
		c.manualOnly()
	}
	return 0
}

// sendRaw is s:send_raw(...).
func sendRaw(c *call, h *handle) int {
	text, shown := c.written(h)
	err := h.session.WriteWire(c.in.ctx, text, session.WriteOptions{Shown: shown, Where: c.whereOn(h.session)})
	if err != nil {
		c.Raise(err)
	}
	return 0
}

// readRaw is s:read_raw(size [, timeout]).
func readRaw(c *call, h *handle) int {
	n, ok := c.Arg(1).(lua.LNumber)
	if !ok || !(n >= 1) {
		c.Fail("size must be a number of bytes from 1 on")
	}
	o := c.wait(h, 2)
	o.Op = c.Name
	text, err := h.session.ReadWire(c.in.ctx, int(min(n, 1<<30)), o)
	if errors.Is(err, session.ErrNotManual) {
		c.manualOnly()
	}
	return c.pushText(text, err)
}

func (c *call) manualOnly() {
	c.FailHint(session.ErrNotManual.Error(), "connect(address, {manual=true})")
}

// take is s:take().
func take(c *call, h *handle) int { return c.pushText(h.session.Take()) }

// available is s:available().
func available(c *call, h *handle) int {
	n, err := h.session.Available(c.in.ctx)
	switch {
	case errors.Is(err, io.EOF):
		c.L.Push(lua.LNil)
	case err != nil:
		c.Raise(err)
	default:
		c.L.Push(lua.LNumber(n))
	}
	return 1
}

// fileno is s:fileno().
func fileno(c *call, h *handle) int {
	n, err := h.session.Descriptor()
	if err != nil {
		c.Raise(err)
	}
	if n < 0 {
		c.L.Push(lua.LNil)
	} else {
		c.L.Push(lua.LNumber(n))
	}
	return 1
}
