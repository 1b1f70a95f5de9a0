package luabind

import (
	"context"
	"errors"
	"path/filepath"
	"slices"
	"time"

	lua "github.com/yuin/gopher-lua"

	"github.com/moonwire/moonwire/luabind/baselib"
)

// Spec is a file of tests: describe and it put them there while the file runs, Run
// runs them.
type Spec struct {
	in      *Interp
	dir     string // that of the file, for recordings and scripts
	group   *specGroup
	running bool
	status  func(error) int

	// Progress is called after each run of a replay with chunks="every", if it is
	// set: done of all runs have passed, in a test that began at begun.
	Progress func(done, all int, begun time.Time)
}

// specGroup is what a describe holds.
type specGroup struct {
	name          string
	parent        *specGroup
	before, after []lua.LValue
	items         []specItem
}

// specItem is a group or a test, in the file's order.
type specItem struct {
	group *specGroup
	name  string
	where string
	fn    lua.LValue // nil for a test that is only announced
}

// TestResult is how a test went.
type TestResult struct {
	Name    string // with those of its groups before it
	Where   string // file and line of its it
	Took    time.Duration
	Pending bool  // it has no function yet
	Err     error // why it failed, nil if it passed
}

// Spec puts the functions for tests into the state: describe, it, before_each,
// after_each, replay, run, and an assert that can more. path is the file that is
// going to be run, status what a process that fails would end with.
func (in *Interp) Spec(path string, status func(error) int) *Spec {
	s := &Spec{in: in, dir: filepath.Dir(path), group: &specGroup{}, status: status}
	for name, f := range map[string]function{
		"describe": s.describe, "it": s.it, "replay": s.replay, "run": s.run,
		"before_each": func(c *call) int { return s.around(c, &s.group.before) },
		"after_each":  func(c *call) int { return s.around(c, &s.group.after) },
	} {
		in.L.SetGlobal(name, in.bind(name, 1, f))
	}
	s.openAssert()
	return s
}

// title is a test's or a group's name.
func (s *Spec) title(c *call) string {
	if s.running {
		c.fail("a test can not have tests of its own; describe groups them")
	}
	return c.text(1, "name")
}

// describe is describe(name, f): f puts tests into a group of their own.
func (s *Spec) describe(c *call) int {
	g := &specGroup{name: s.title(c), parent: s.group}
	fn := c.function(2, "the group")
	s.group.items = append(s.group.items, specItem{group: g})
	s.group = g
	defer func() { s.group = g.parent }()
	if _, err := baselib.Call(c.in.ctx, c.L, fn); err != nil {
		c.raise(err)
	}
	return 0
}

// it is it(name [, f]): a test.
func (s *Spec) it(c *call) int {
	item := specItem{name: s.title(c), where: c.where()}
	if c.arg(2) != lua.LNil {
		item.fn = c.function(2, "the test")
	}
	s.group.items = append(s.group.items, item)
	return 0
}

func (s *Spec) around(c *call, list *[]lua.LValue) int {
	if s.running {
		c.fail("it stands beside the tests, not in one")
	}
	*list = append(*list, c.function(1, "its argument"))
	return 0
}

// function reads an argument that is a function.
func (c *call) function(i int, arg string) *lua.LFunction {
	fn, ok := c.arg(i).(*lua.LFunction)
	if !ok {
		c.wrongType(arg, "a function", c.arg(i))
	}
	return fn
}

// Run runs the tests, in the file's order, and tells of each. The error is one
// that ends everything: an interruption, os.exit.
func (s *Spec) Run(ctx context.Context, report func(TestResult)) error {
	s.running = true
	defer func() { s.running = false }()
	return s.runGroup(ctx, s.group, "", nil, report)
}

func (s *Spec) runGroup(ctx context.Context, g *specGroup, name string, around []*specGroup, report func(TestResult)) error {
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
		result := TestResult{Name: name + item.name, Where: item.where, Pending: item.fn == nil}
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
func (s *Spec) runTest(ctx context.Context, fn lua.LValue, around []*specGroup) error {
	opened := s.in.opened
	defer func() { s.in.closeSince(opened) }()
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

// closeSince closes the sessions that were opened after the first n.
func (in *Interp) closeSince(n int) {
	for _, h := range slices.Backward(slices.Collect(in.handles.all())) {
		if h.number > n {
			in.forget(h)
			_ = h.session.Close() // the test is over
		}
	}
}

// path is a file beside the tests.
func (s *Spec) path(name string) string {
	if filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(s.dir, name)
}
