package spec

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

	"github.com/moonwire/moonwire/engine/record"
	"github.com/moonwire/moonwire/luabind"
	"github.com/moonwire/moonwire/luabind/args"
	"github.com/moonwire/moonwire/luabind/baselib"
)

// replay is replay(file [, options], f): while f runs, connect reaches the
// recording. options are chunks= and lenient=.
func (s *File) replay(c *args.Call) int {
	recording, err := record.Open(s.path(c.Text(1, "file")))
	if err != nil {
		unreadable(c, err)
	}
	options := record.ReplayOptions{Faults: record.NoFaults}
	fn := c.Arg(2)
	if t, ok := fn.(*lua.LTable); ok {
		fn = c.Arg(3)
		s.replayOptions(c, t, &options)
	}
	f, ok := fn.(*lua.LFunction)
	if !ok {
		c.WrongType("the last argument", "a function", fn)
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
			baselib.Raise(c.L, err)
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
func unreadable(c *args.Call, err error) {
	if e, ok := errors.AsType[*os.PathError](err); ok {
		c.Fail("cannot read " + e.Path + ": " + e.Err.Error())
	}
	c.Fail(err.Error())
}

var replayKeys = [...]string{"chunks", "lenient"}

func (s *File) replayOptions(c *args.Call, t *lua.LTable, o *record.ReplayOptions) {
	for _, key := range c.Keys(t, "options") {
		v := t.RawGetString(key)
		switch key {
		case "chunks":
			var err error
			if o.Cuts, err = record.ParseCuts(c.StringOption("chunks", v)); err != nil {
				c.Fail("chunks: " + err.Error())
			}
		case "lenient":
			o.Lenient = c.BoolOption("lenient", v)
		default:
			c.FailHint("there is no option "+strconv.Quote(key), args.Suggest(key, replayKeys[:]))
		}
	}
}

func (s *File) replayOnce(c *args.Call, fn *lua.LFunction, run *record.Replay, lenient bool) error {
	defer s.in.Replay(run)()
	ctx := s.in.Context()
	_, err := baselib.Call(ctx, c.L, fn)
	if _, exits := errors.AsType[*baselib.Exit](err); exits || ctx.Err() != nil {
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
func (s *File) run(c *args.Call) int {
	path := s.path(c.Text(1, "script"))
	var given []string
	for i := 2; i <= c.Count(); i++ {
		given = append(given, c.Text(i, "argument "+strconv.Itoa(i-1)))
	}
	if _, err := os.Stat(path); err != nil {
		unreadable(c, err)
	}
	var out, told bytes.Buffer
	config := s.in.Config()
	config.Stdin, config.Stdout, config.Stderr = io.Reader(strings.NewReader("")), &out, &told
	config.Terminal = nil
	in := luabind.New(config)
	in.SetArgs(path, given)
	ctx := s.in.Context()
	err := in.RunFile(ctx, path, given...)
	if closeErr := in.Close(); err == nil {
		err = closeErr
	}
	if ctx.Err() != nil {
		c.Raise(context.Cause(ctx))
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
