package luabind

import (
	lua "github.com/yuin/gopher-lua"

	"github.com/moonwire/moonwire/engine/session"
	"github.com/moonwire/moonwire/luabind/args"
)

// recordSession is s:record(path): the session is recorded to the file from now
// on. s:record(nil) or s:record() ends it.
func recordSession(c *call, h *handle) int {
	path := ""
	if v := c.Arg(1); v != lua.LNil {
		if path = c.literal(1, "path"); path == "" {
			c.Fail("path is empty")
		}
	}
	if err := c.in.record(h.session, path); err != nil {
		c.Raise(err)
	}
	return 0
}

func (in *Interp) record(s *session.Session, path string) error {
	if in.config.Record == nil {
		return &args.UsageError{Message: "record: nothing can be recorded here"}
	}
	if err := in.config.Record(s, path); err != nil {
		return &recordError{err}
	}
	return nil
}

// recordError is a recording that cannot begin.
type recordError struct{ err error }

// Error says it in a line.
func (e *recordError) Error() string { return "cannot record: " + e.err.Error() }

// Unwrap gives the cause.
func (e *recordError) Unwrap() error { return e.err }
