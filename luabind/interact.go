package luabind

import (
	"context"
	"errors"
	"strconv"
	"time"

	lua "github.com/yuin/gopher-lua"

	"github.com/moonwire/moonwire/engine/match"
	"github.com/moonwire/moonwire/engine/patterns"
	"github.com/moonwire/moonwire/engine/session"
	"github.com/moonwire/moonwire/engine/terminal"
	"github.com/moonwire/moonwire/luabind/args"
	"github.com/moonwire/moonwire/luabind/baselib"
)

// interactKeys are the options of interact.
var interactKeys = [...]string{"escape", "timeout", "linger", "settle", "on_input", "on_output"}

// InteractKeys lists the options that interact takes.
func InteractKeys() []string { return append([]string(nil), interactKeys[:]...) }

// interact is s:interact{ escape="^]", timeout=, linger=, on_input=, on_output= }.
func interact(c *call, h *handle) int {
	if c.in.config.Terminal == nil {
		c.Fail("there is no terminal and no standard input")
	}
	if err := baselib.Flush(c.L); err != nil {
		c.Raise(err)
	}
	baselib.ReleaseInput(c.L)
	giveBack, err := c.in.ownTerminal()
	if err != nil {
		c.Raise(err)
	}
	defer giveBack()
	conversation, err := terminal.Join(h.session)
	if err != nil {
		c.Raise(err)
	}
	defer conversation.Release()
	defer c.in.showTerminal(h.session)()
	o := c.readInteract(h, conversation)
	if c.in.config.Joining != nil && o.Escape != 0 && o.Prompt {
		c.in.config.Joining(h.session, terminal.KeyName(o.Escape))
	}
	end, err := c.in.atTerminal(c.in.ctx, conversation, o)
	if errors.Is(err, session.ErrClosed) && h.session.Closed() { // an action has closed it
		end, err = terminal.Ending{Reason: terminal.Closed}, nil
	}
	if err != nil {
		c.Raise(err)
	}
	switch end.Reason {
	case terminal.Acted:
		v, ok := end.Value.(lua.LValue)
		if !ok { // of an entry of the menu
			v = lua.LString(terminal.Escaped)
		}
		c.L.Push(v)
		return 1
	case terminal.Quit:
		c.in.forget(h)
		if err := h.session.Close(); err != nil {
			c.Raise(err)
		}
	}
	c.L.Push(lua.LString(end.Reason))
	return 1
}

// interactOptions are the defaults of interact.
func (in *Interp) interactOptions(s *session.Session) terminal.Options {
	o := terminal.Options{Back: "back to the script"}
	if in.config.Terminal.InputIsTerminal() {
		o.Escape, o.Prompt = terminal.DefaultEscape, true
	}
	if in.config.Interact != nil {
		in.config.Interact(s, &o)
	}
	return o
}

// Interact joins the terminal to the current session, as interact() in a script.
func (in *Interp) Interact(ctx context.Context) (terminal.Ending, error) {
	if in.current == nil {
		return terminal.Ending{}, errNoSession
	}
	return in.interactWith(ctx, in.current, false, func(*terminal.Options) {})
}

func (in *Interp) interactWith(ctx context.Context, h *handle, keepRow bool, change func(*terminal.Options)) (terminal.Ending, error) {
	conversation, err := terminal.Join(h.session)
	if err != nil {
		return terminal.Ending{}, err
	}
	if keepRow {
		conversation.KeepRow()
	}
	defer conversation.Release()
	defer in.showTerminal(h.session)()
	o := in.interactOptions(h.session)
	change(&o)
	end, err := in.atTerminal(ctx, conversation, o)
	if err == nil && end.Reason == terminal.Quit {
		in.forget(h)
		err = h.session.Close()
	}
	return end, err
}

// atTerminal joins the terminal; tasks may run meanwhile.
func (in *Interp) atTerminal(ctx context.Context, conversation *terminal.Conversation, o terminal.Options) (end terminal.Ending, err error) {
	in.attendant.Block(func() { end, err = in.config.Terminal.Interact(ctx, conversation, o) })
	return end, err
}

// showTerminal makes the session tell the type of the operator's terminal to a peer
// that asks while the terminal is joined to it. What is returned ends that.
func (in *Interp) showTerminal(s *session.Session) func() {
	term, _ := in.config.LookupEnv("TERM")
	if !in.config.Terminal.InputIsTerminal() || term == "" {
		return func() {}
	}
	before := s.SetTerminal(term)
	return func() { s.SetTerminal(before...) }
}

// readInteract reads interact's table of options.
func (c *call) readInteract(h *handle, conversation *terminal.Conversation) terminal.Options {
	o := c.in.interactOptions(h.session)
	if c.Arg(1) == lua.LNil {
		return o
	}
	t, ok := c.Arg(1).(*lua.LTable)
	if !ok {
		c.WrongType("options", "a table", c.Arg(1))
	}
	var input, output lua.LValue
	settle := h.session.Settle()
	t.ForEach(func(k, v lua.LValue) {
		switch name := k.String(); name {
		case "escape":
			o.Escape = c.escapeKey(v)
		case "timeout":
			o.Timeout = c.Seconds(v, "timeout")
			if o.Timeout == session.Forever {
				o.Timeout = 0
			} else if o.Timeout == 0 {
				o.Timeout = time.Nanosecond
			}
		case "linger":
			o.Linger = max(c.Seconds(v, "linger"), time.Nanosecond)
		case "settle":
			settle = c.Seconds(v, "settle")
		case "on_input":
			input = v
		case "on_output":
			output = v
		default:
			c.FailHint("there is no option "+args.Quote(k), args.Suggest(name, interactKeys[:]))
		}
	})
	o.OnInput = c.readWatch("on_input", input, settle, h, conversation)
	o.OnOutput = c.readWatch("on_output", output, settle, h, conversation)
	return o
}

// escapeKey reads the escape: a key, or false for none.
func (c *call) escapeKey(v lua.LValue) byte {
	switch v := v.(type) {
	case lua.LBool:
		if !v {
			return 0
		}
	case lua.LString:
		if v == "" {
			return 0
		}
		key, err := terminal.ParseKey(string(v))
		if err != nil {
			c.Fail("escape " + err.Error())
		}
		return key
	}
	c.WrongType("escape", `a key such as "^]", or false for none`, v)
	return 0
}

// readWatch reads on_input or on_output: a list of pairs {pattern, action}.
func (c *call) readWatch(name string, v lua.LValue, settle time.Duration, h *handle, conversation *terminal.Conversation) *terminal.Watch {
	if v == nil {
		return nil
	}
	list, ok := v.(*lua.LTable)
	if !ok {
		c.WrongType(name, "a list of pairs {pattern, action}", v)
	}
	var found []match.Pattern
	var actions []*lua.LFunction
	for i := 1; i <= list.Len(); i++ {
		b := c.readBranch(list.RawGetInt(i), i)
		if b.action == nil {
			c.FailHint(name+": pattern "+strconv.Itoa(i)+" has no action", "a pair is {pattern, function(match, s) ... end}")
		}
		p := match.Pattern{Source: b.pattern.Source, Flags: b.pattern.Flags}
		switch b.pattern.Kind {
		case patterns.Regex:
			p.Kind = match.Regex
		case patterns.Exact:
			p.Kind = match.Exact
		case patterns.Glob:
			p.Kind = match.Glob
		case patterns.EOF:
			p.Kind, p.Event = match.EventKind, match.EOF
		default:
			c.Fail(name + ": " + b.pattern.String() + " can not be watched for")
		}
		found, actions = append(found, p), append(actions, b.action)
	}
	if len(found) == 0 {
		return nil
	}
	t := c.in.currentTask()
	hitting := func(ctx context.Context, hit terminal.Hit) (any, bool, error) {
		conversation.Release()
		result := session.Result{Index: hit.Index, Text: hit.Text, Groups: hit.Groups, Names: hit.Names, Rule: session.Decided}
		if hit.Settled {
			result.Rule = session.Settled
		}
		value := c.in.userdata(&matchValue{result: result, index: hit.Index + 1}, matchMeta)
		returned, err := baselib.Call(ctx, c.L, actions[hit.Index], value, h.value)
		if ferr := baselib.Flush(c.L); err == nil {
			err = ferr
		}
		if err != nil {
			return nil, false, err
		}
		if len(returned) > 0 && returned[0] != lua.LNil && !isAgain(returned[0]) {
			return returned[0], true, nil
		}
		baselib.ReleaseInput(c.L)
		return nil, false, conversation.Resume()
	}
	watch, err := terminal.NewWatch(found, max(settle, time.Millisecond), func(ctx context.Context, hit terminal.Hit) (v any, over bool, err error) {
		t.reenter(func() { v, over, err = hitting(ctx, hit) })
		return v, over, err
	})
	if err != nil {
		c.Raise(patternError(c.Name+": "+name, err, len(found)))
	}
	return watch
}
