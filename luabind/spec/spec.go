// Package spec runs the files of tests of moonwire test: what describe, it, replay, run and
// assert do there.
package spec

import (
	"context"
	"errors"
	"path/filepath"
	"time"

	lua "github.com/yuin/gopher-lua"

	"github.com/moonwire/moonwire/luabind"
	"github.com/moonwire/moonwire/luabind/args"
	"github.com/moonwire/moonwire/luabind/baselib"
)

// File is a file of tests: describe and it put them there while the file runs, Run
// runs them.
type File struct {
	in      *luabind.Interp
	dir     string // that of the file, for recordings and scripts
	group   *group
	running bool
	status  func(error) int

	// Progress is called after each run of a replay with chunks="every", if it is
	// set: done of all runs have passed, in a test that began at begun.
	Progress func(done, all int, begun time.Time)
}

// group is what a describe holds.
type group struct {
	name          string
	parent        *group
	before, after []lua.LValue
	items         []item
}

// item is a group or a test, in the file's order.
type item struct {
	group *group
	name  string
	where string
	fn    lua.LValue // nil for a test that is only announced
}

// Result is how a test went.
type Result struct {
	Name    string // with those of its groups before it
	Where   string // file and line of its it
	Took    time.Duration
	Pending bool  // it has no function yet
	Err     error // why it failed, nil if it passed
}

// Open puts the functions for tests into an interpreter: describe, it, before_each,
// after_each, replay, run, and an assert with more to it. path is the file that is
// going to be run, status tells what a process that fails would end with.
func Open(in *luabind.Interp, path string, status func(error) int) *File {
	s := &File{in: in, dir: filepath.Dir(path), group: &group{}, status: status}
	for name, f := range map[string]func(*args.Call) int{
		"describe": s.describe, "it": s.it, "replay": s.replay, "run": s.run,
		"before_each": func(c *args.Call) int { return s.around(c, &s.group.before) },
		"after_each":  func(c *args.Call) int { return s.around(c, &s.group.after) },
	} {
		in.L.SetGlobal(name, in.Function(name, f))
	}
	s.openAssert()
	return s
}

// title is a test's or a group's name.
func (s *File) title(c *args.Call) string {
	if s.running {
		c.Fail("a test can not have tests of its own; describe groups them")
	}
	return c.Text(1, "name")
}

// describe is describe(name, f): f puts tests into a group of their own.
func (s *File) describe(c *args.Call) int {
	g := &group{name: s.title(c), parent: s.group}
	fn := c.Function(2, "the group")
	s.group.items = append(s.group.items, item{group: g})
	s.group = g
	defer func() { s.group = g.parent }()
	if _, err := baselib.Call(s.in.Context(), c.L, fn); err != nil {
		c.Raise(err)
	}
	return 0
}

// it is it(name [, f]): a test.
func (s *File) it(c *args.Call) int {
	test := item{name: s.title(c), where: s.in.Where(c.L)}
	if c.Arg(2) != lua.LNil {
		test.fn = c.Function(2, "the test")
	}
	s.group.items = append(s.group.items, test)
	return 0
}

func (s *File) around(c *args.Call, list *[]lua.LValue) int {
	if s.running {
		c.Fail("it stands beside the tests, not in one")
	}
	*list = append(*list, c.Function(1, "its argument"))
	return 0
}

// Run runs the tests, in the file's order, and tells of each. The error is one
// that ends everything: an interruption, os.exit.
func (s *File) Run(ctx context.Context, report func(Result)) error {
	s.running = true
	defer func() { s.running = false }()
	return s.runGroup(ctx, s.group, "", nil, report)
}

func (s *File) runGroup(ctx context.Context, g *group, name string, around []*group, report func(Result)) error {
	around = append(around[:len(around):len(around)], g)
	if g.name != "" {
		name += g.name + " "
	}
	for _, item := range g.items {
		if item.group != nil {
			if err := s.runGroup(ctx, item.group, name, around, report); err != nil {
				return err
			}
			continue
		}
		result := Result{Name: name + item.name, Where: item.where, Pending: item.fn == nil}
		if item.fn != nil {
			begun := time.Now()
			result.Err = s.runTest(ctx, item.fn, around)
			result.Took = time.Since(begun)
		}
		if _, exits := errors.AsType[*baselib.Exit](result.Err); exits {
			result.Err = errors.New("the test called os.exit")
		}
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		report(result)
	}
	return nil
}

// runTest runs one test between what is to be done around it, and closes the
// sessions that it left open.
func (s *File) runTest(ctx context.Context, fn lua.LValue, around []*group) error {
	opened := s.in.Opened()
	defer func() { s.in.CloseSince(opened) }()
	run := func() error {
		for _, g := range around {
			for _, before := range g.before {
				if _, err := s.in.Call(ctx, before); err != nil {
					return err
				}
			}
		}
		_, err := s.in.Call(ctx, fn)
		return err
	}
	err := run()
	for i := len(around) - 1; i >= 0; i-- {
		for _, after := range around[i].after {
			if _, afterErr := s.in.Call(ctx, after); err == nil {
				err = afterErr
			}
		}
	}
	return err
}

// path is a file beside the tests.
func (s *File) path(name string) string {
	if filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(s.dir, name)
}
