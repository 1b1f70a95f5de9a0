package luabind

import (
	"context"

	"github.com/moonwire/moonwire/engine/dial"
	"github.com/moonwire/moonwire/engine/record"
	"github.com/moonwire/moonwire/engine/session"
)

// Offline makes the sessions of a configuration those of a replay: connect reaches
// the recording, time is virtual, a secret that is not set is any text, and what a
// script keeps of its sessions is not written: it would replace what was kept of
// the real ones, that which is replayed perhaps.
func Offline(c *Config, run *record.Replay) {
	c.Clock = run.Clock()
	c.replay = run
	c.Record = func(*session.Session, string) error { return nil }
	if opened := c.Opened; opened != nil {
		c.Opened = func(s *session.Session, _ string) error { return opened(s, "") }
	}
	stored := c.Secret
	c.Secret = func(ctx context.Context, name string) (string, error) {
		if stored != nil {
			if value, err := stored(ctx, name); err == nil {
				return value, nil
			}
		}
		return "(secret " + name + ")", nil
	}
}

// replayed opens sessions of a replay.
func replayed(run *record.Replay, o record.Opening) func(context.Context, dial.Address, dial.Options) (dial.Conn, error) {
	return func(context.Context, dial.Address, dial.Options) (dial.Conn, error) {
		conn, err := run.Dial(o)
		if err != nil {
			return nil, &dial.Error{Address: o.Address, What: err.Error(), Err: err}
		}
		return conn, nil
	}
}

// Replay makes connect reach a replay until the function that it returns is called, which
// closes the sessions of the replay that are open.
func (in *Interp) Replay(run *record.Replay) (end func()) {
	online, opened := in.config, in.opened
	Offline(&in.config, run)
	return func() {
		in.CloseSince(opened)
		in.config = online
	}
}
