package luabind

import "github.com/moonwire/moonwire/engine/diagnose"

// claim notes that the task whose turn it is waits on a session; what is returned ends
// that. A session that another task waits on is an error. Within one task the session
// itself looks after that.
func (c *call) claim(h *handle) func() {
	ts := c.in.tasks
	if ts == nil || h.user == ts.current {
		return func() {}
	}
	if h.user != nil {
		c.FailHint(h.user.name()+" waits on the session "+diagnose.OneLine(h.session.Name())+", and two tasks can not wait on one session",
			"let one task read; others may write")
	}
	h.user = ts.current
	return func() { h.user = nil }
}

// waits makes a method of one that waits on the session.
func waits(m method) method {
	return func(c *call, h *handle) int {
		if c.in.tasks == nil {
			return m(c, h)
		}
		defer c.claim(h)()
		return m(c, h)
	}
}
