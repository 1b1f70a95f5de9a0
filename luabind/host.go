package luabind

import (
	"cmp"
	"context"
	"errors"
	"strconv"
	"strings"
	"unicode/utf8"

	lua "github.com/yuin/gopher-lua"

	"github.com/moonwire/moonwire/engine/dial"
	"github.com/moonwire/moonwire/engine/fleet"
	"github.com/moonwire/moonwire/engine/mask"
	"github.com/moonwire/moonwire/engine/session"
	"github.com/moonwire/moonwire/luabind/args"
	"github.com/moonwire/moonwire/luabind/baselib"
)

// SetHost sets the global host of a script that runs in a fleet.
func (in *Interp) SetHost(h *fleet.Host) {
	t := in.L.CreateTable(0, len(h.Vars)+len(h.Secrets)+3)
	for k, v := range h.Vars {
		t.RawSetString(k, in.toLua(v))
	}
	for k, v := range h.Secrets {
		name := "host." + k
		in.config.Secrets.Add(mask.Secret{Name: name, Value: v})
		t.RawSetString(k, in.userdata(&secretValue{name, v}, secretMeta))
	}
	groups := in.L.CreateTable(len(h.Groups), 0)
	for i, g := range h.Groups {
		groups.RawSetInt(i+1, lua.LString(g))
	}
	t.RawSetString("name", lua.LString(h.Name))
	t.RawSetString("address", lua.LString(h.Address))
	t.RawSetString("groups", groups)
	in.L.SetGlobal("host", t)
}

// CheckConnect reports what is wrong with options for connect and an address, as an inventory
// has them; nil if they are right. It opens nothing. The error is an *args.UsageError.
func (in *Interp) CheckConnect(a dial.Address, options map[string]any) error {
	fn := in.bind("connect", 1, func(c *call) int {
		c.applies(a, c.readConnectOptions(in.toLua(options)))
		return 0
	})
	_, err := baselib.Call(in.ctx, in.L, fn)
	return err
}

// hostAddress takes the address and the options out of a host, the first argument of
// connect. Options that are given beside it come first.
func (c *call) hostAddress(host *lua.LTable, given lua.LValue) (address string, options lua.LValue) {
	switch v := host.RawGetString("address").(type) {
	case lua.LString:
		address = string(v)
	default:
		c.FailHint("the host has no address", `as in connect{address="telnet://r1", connect={timeout=10}}`)
	}
	all := c.L.NewTable()
	if name, ok := host.RawGetString("name").(lua.LString); ok {
		all.RawSetString("name", name)
	}
	for _, from := range []lua.LValue{host.RawGetString("connect"), given} {
		switch from := from.(type) {
		case *lua.LNilType:
		case *lua.LTable:
			from.ForEach(func(k, v lua.LValue) { all.RawSet(k, v) })
		default:
			c.WrongType("options", "a table", from)
		}
	}
	if name, ok := all.RawGetString("name").(lua.LString); ok && c.in.names[string(name)] > 0 {
		all.RawSetString("name", lua.LString(c.in.uniqueName(string(name))))
	}
	return address, all
}

// A Script is a script that was compiled. Any number of interpreters may share it.
type Script struct{ proto *lua.FunctionProto }

// CompileScript compiles a script, which errors call chunk. The error is a
// *baselib.SyntaxError.
func CompileScript(source []byte, chunk string) (*Script, error) {
	proto, err := baselib.Compile(source, chunk)
	return &Script{proto}, err
}

// ValueOf runs a script and returns what it returned as JSON, nil if that is nothing.
func (in *Interp) ValueOf(ctx context.Context, script *Script, args ...string) ([]byte, error) {
	values := make([]lua.LValue, len(args))
	for i, a := range args {
		values[i] = lua.LString(a)
	}
	results, err := in.Call(ctx, in.L.NewFunctionFromProto(script.proto), values...)
	if err != nil || len(results) == 0 || results[0] == lua.LNil {
		return nil, err
	}
	return in.toJSON(results[0], "the result", fleet.MaxValue)
}

// Touched reports whether the script has written to a session.
func (in *Interp) Touched() bool { return in.touched.Load() }

// A writeWatch is the tap that notes that something was written.
type writeWatch struct{ in *Interp }

// Observe implements session.Tap.
func (w writeWatch) Observe(o *session.Observation) {
	if o.Kind == session.Wrote {
		w.in.touched.Store(true)
	}
}

// Over implements session.BriefTap.
func (w writeWatch) Over() bool { return w.in.Touched() }

// stepKeys are the options of step.
var stepKeys = []string{"again"}

// StepKeys lists the options that step takes.
func StepKeys() []string { return append([]string(nil), stepKeys...) }

// stepOnce is step(name [, options], f).
func stepOnce(c *call) int {
	name := c.literal(1, "name")
	if name == "" {
		c.Fail("name is empty")
	}
	if len(name) > longestStep {
		c.Fail("name is longer than " + strconv.Itoa(longestStep) + " bytes")
	}
	again, fn := false, c.Arg(2)
	if t, ok := fn.(*lua.LTable); ok {
		for _, key := range c.Keys(t, "step") {
			if key != "again" {
				c.FailHint("there is no option "+strconv.Quote(key), args.Suggest(key, stepKeys))
			}
			again = c.BoolOption("again", t.RawGetString(key))
		}
		fn = c.Arg(3)
	}
	f, ok := fn.(*lua.LFunction)
	if !ok {
		c.WrongType("f", "a function", fn)
	}
	in := c.in
	if in.steps[name] {
		c.FailHint("the step "+strconv.Quote(name)+" is there twice in this run", "each step has a name of its own, as in step(\"upgrade \" .. slot, f)")
	}
	if in.steps == nil {
		in.steps = make(map[string]bool)
	}
	in.steps[name] = true
	if in.config.Steps == nil {
		results, err := baselib.Call(in.ctx, c.L, f)
		if err != nil {
			c.Raise(err)
		}
		return c.push(results)
	}
	return c.recordedStep(name, again, f)
}

// longestStep is the longest name of a step, in bytes.
const longestStep = 1000

// mostStepValue is the largest value of a step, in bytes of JSON.
const mostStepValue = 1 << 20

// push returns the first of some results.
func (c *call) push(results []lua.LValue) int {
	if len(results) == 0 {
		return 0
	}
	c.L.Push(results[0])
	return 1
}

// recordedStep is a step of a run that keeps them.
func (c *call) recordedStep(name string, again bool, f *lua.LFunction) int {
	in, log := c.in, c.in.config.Steps
	name = in.config.Secrets.Mask(name) // it is recorded
	var (
		value []byte
		done  bool
		err   error
	)
	in.attendant.Block(func() { value, done, err = log.Begin(name, again) })
	if err != nil {
		c.Raise(err)
	}
	if done {
		v, err := in.fromJSON(value)
		if err != nil {
			c.Raise(err) // no test: the journal has JSON alone
		}
		c.L.Push(v)
		return 1
	}
	in.inStep = append(in.inStep, name)
	results, err := baselib.Call(in.ctx, c.L, f)
	if err != nil {
		if in.ctx.Err() == nil { // else nobody knows how far it came
			in.attendant.Block(func() {
				if failed := log.Failed(name); failed != nil {
					err = errors.Join(err, failed)
				}
			})
		}
		c.Raise(err)
	}
	in.inStep = in.inStep[:len(in.inStep)-1]
	var wrong error
	if len(results) > 0 && results[0] != lua.LNil {
		value, wrong = in.toJSON(results[0], "what step "+strconv.Quote(name)+" returned", mostStepValue)
		if wrong != nil {
			value = nil
		}
	}
	in.attendant.Block(func() { err = log.Done(name, value) }) // it is done, whatever it returned
	if err == nil {
		err = wrong
	}
	if err != nil {
		c.Raise(err)
	}
	return c.push(results)
}

// Failure is what a fleet records of an error that came out of a script.
func (in *Interp) Failure(err error) *fleet.Failure {
	f := &fleet.Failure{Kind: KindOf(err), Reason: cmp.Or(reasonOf(err), "an error without a text"), Message: err.Error()}
	if e, ok := errors.AsType[*baselib.Error](err); ok {
		f.Message, f.Where = e.Message, placeOf(e.Message)
		if reason := reasonField(e); reason != "" && strings.HasPrefix(e.Message, "(error object is a ") {
			f.Message = reason // a table that has no text of its own
		}
	} else if hints := HintsOf(err); len(hints) > 0 {
		f.Message += "\nhint: " + strings.Join(hints, "\nhint: ")
	}
	if len(in.inStep) > 0 {
		f.Step = in.inStep[len(in.inStep)-1]
	}
	hide := func(text string) string { return in.config.Secrets.Mask(text) }
	f.Kind, f.Reason, f.Message = hide(f.Kind), short(hide(f.Reason)), hide(f.Message)
	return f
}

// longestReason is the longest reason, in bytes. The message has all of it.
const longestReason = 500

// short cuts a reason that is too long for a line.
func short(reason string) string {
	if len(reason) <= longestReason {
		return reason
	}
	end := longestReason
	for end > 0 && !utf8.RuneStart(reason[end]) {
		end--
	}
	return reason[:end] + "..."
}

// reasonOf is an error in one line: its field reason, if it has one.
func reasonOf(err error) string {
	e, ok := errors.AsType[*baselib.Error](err)
	if !ok {
		return firstLine(err.Error())
	}
	if reason := reasonField(e); reason != "" {
		return firstLine(reason)
	}
	if e.Err != nil {
		return firstLine(e.Err.Error())
	}
	return firstLine(strings.TrimPrefix(e.Message, placeOf(e.Message)+": "))
}

// reasonField is the field reason of a table that a script has raised, "" if it has none.
func reasonField(e *baselib.Error) string {
	if t, ok := e.Value.(*lua.LTable); ok {
		if reason, ok := t.RawGetString("reason").(lua.LString); ok {
			return string(reason)
		}
	}
	return ""
}

// firstLine is the first line that is not empty.
func firstLine(text string) string {
	line, _, _ := strings.Cut(strings.TrimSpace(text), "\n")
	return strings.TrimSpace(line)
}

// placeOf is the place that a message begins with: "login.lua:3".
func placeOf(message string) string {
	file, rest, ok := strings.Cut(message, ":")
	if !ok {
		return ""
	}
	line, _, ok := strings.Cut(rest, ": ")
	if _, err := strconv.Atoi(line); !ok || err != nil {
		return ""
	}
	return file + ":" + line
}

// OnlyModules makes require find these modules, and those in the program, but none in files.
func (in *Interp) OnlyModules(modules map[string]*Script) {
	pkg, ok := in.L.GetGlobal("package").(*lua.LTable)
	if !ok {
		return // no test: no script has run yet
	}
	pkg.RawSetString("path", lua.LString(""))
	preload, ok := pkg.RawGetString("preload").(*lua.LTable)
	if !ok {
		return // no test: the same
	}
	for name, m := range modules {
		preload.RawSetString(name, in.L.NewFunctionFromProto(m.proto))
	}
}
