package luabind

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"strconv"
	"strings"
	"time"

	lua "github.com/yuin/gopher-lua"

	"github.com/moonwire/moonwire/engine/dial"
	"github.com/moonwire/moonwire/engine/record"
	"github.com/moonwire/moonwire/engine/session"
	"github.com/moonwire/moonwire/luabind/baselib"
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

// replay is replay(file [, options], f): while f runs, connect reaches the
// recording. options are chunks= and lenient=.
func (s *Spec) replay(c *call) int {
	recording, err := record.Open(s.path(c.text(1, "file")))
	if err != nil {
		c.unreadable(err)
	}
	options := record.ReplayOptions{Faults: record.NoFaults}
	fn := c.arg(2)
	if t, ok := fn.(*lua.LTable); ok {
		fn = c.arg(3)
		s.replayOptions(c, t, &options)
	}
	f, ok := fn.(*lua.LFunction)
	if !ok {
		c.wrongType("the last argument", "a function", fn)
	}
	cuts := []record.Cuts{options.Cuts}
	if options.Cuts.Mode == record.Every {
		cuts = append([]record.Cuts{{Mode: record.Whole}}, recording.All()...)
	}
	begun := time.Now()
	for i, cut := range cuts {
		options.Cuts = cut
		if err := s.replayOnce(c, f, recording.Replay(options), options.Lenient); err != nil {
			if i > 0 {
				err = &cutError{cut, err}
			}
			c.raise(err)
		}
		if s.Progress != nil && len(cuts) > 1 {
			s.Progress(i+1, len(cuts), begun)
		}
	}
	return 0
}

// cutError is a failure that a cut has brought about.
type cutError struct {
	cut record.Cuts
	err error
}

// Error says where the cut is.
func (e *cutError) Error() string { return "with " + e.cut.String() + ": " + e.err.Error() }

// Unwrap gives the failure.
func (e *cutError) Unwrap() error { return e.err }

// unreadable raises the error of a file that cannot be read.
func (c *call) unreadable(err error) {
	if e, ok := errors.AsType[*os.PathError](err); ok {
		c.fail("cannot read " + e.Path + ": " + e.Err.Error())
	}
	c.fail(err.Error())
}

var replayKeys = [...]string{"chunks", "lenient"}

func (s *Spec) replayOptions(c *call, t *lua.LTable, o *record.ReplayOptions) {
	for _, key := range c.keys(t, "options") {
		v := t.RawGetString(key)
		switch key {
		case "chunks":
			var err error
			if o.Cuts, err = record.ParseCuts(c.stringOption("chunks", v)); err != nil {
				c.fail("chunks: " + err.Error())
			}
		case "lenient":
			o.Lenient = c.boolOption("lenient", v)
		default:
			c.failHint("there is no option "+strconv.Quote(key), suggest(key, replayKeys[:]))
		}
	}
}

func (s *Spec) replayOnce(c *call, fn *lua.LFunction, run *record.Replay, lenient bool) error {
	in := s.in
	online, opened := in.config, in.opened
	Offline(&in.config, run)
	defer func() {
		in.closeSince(opened)
		in.config = online
	}()
	_, err := baselib.Call(in.ctx, c.L, fn)
	if _, exits := errors.AsType[*baselib.Exit](err); exits || in.ctx.Err() != nil {
		return err
	}
	if d := run.Differences(); len(d) > 0 && !lenient {
		return &replayError{d[0], err}
	}
	return err
}

// replayError is a script that did something else than the recording has.
type replayError struct {
	difference *record.Difference
	err        error // what came of it, or nil
}

// Error says what was different, and what came of it: why a wait failed then says
// nothing.
func (e *replayError) Error() string {
	text := e.difference.Error()
	if e.err != nil {
		then, _, _ := strings.Cut(e.err.Error(), "\n")
		text += "\n  then " + then
	}
	return text
}

// run is run(script, ...): it runs a script with arguments, in a state of its own
// and with the sessions of the replay around it, and returns a table: status as
// the process would have ended, output, and error with the message of one.
func (s *Spec) run(c *call) int {
	path := s.path(c.text(1, "script"))
	var args []string
	for i := 2; i <= c.count(); i++ {
		args = append(args, c.text(i, "argument "+strconv.Itoa(i-1)))
	}
	if _, err := os.Stat(path); err != nil {
		c.unreadable(err)
	}
	var out, told bytes.Buffer
	config := s.in.config
	config.Stdin, config.Stdout, config.Stderr = io.Reader(strings.NewReader("")), &out, &told
	config.Terminal = nil
	in := New(config)
	in.SetArgs(path, args)
	err := in.RunFile(s.in.ctx, path, args...)
	if closeErr := in.Close(); err == nil {
		err = closeErr
	}
	if s.in.ctx.Err() != nil {
		c.raise(context.Cause(s.in.ctx))
	}
	status := 0
	t := c.L.NewTable()
	if exit, ok := errors.AsType[*baselib.Exit](err); ok {
		status = exit.Code
	} else if err != nil {
		status = s.status(err)
		t.RawSetString("error", lua.LString(err.Error()))
	}
	t.RawSetString("status", lua.LNumber(status))
	t.RawSetString("output", lua.LString(out.String()))
	t.RawSetString("stderr", lua.LString(told.String()))
	c.L.Push(t)
	return 1
}
