package luabind

import (
	"context"
	"regexp"
	"slices"
	"strconv"
	"strings"

	lua "github.com/yuin/gopher-lua"

	"github.com/moonwire/moonwire/engine/match"
	"github.com/moonwire/moonwire/engine/patterns"
	"github.com/moonwire/moonwire/engine/session"
	"github.com/moonwire/moonwire/luabind/args"
	"github.com/moonwire/moonwire/luabind/baselib"
)

// runKeys are the options of run.
var runKeys = []string{"timeout", "prompt", "pager", "errors", "echo", "answers"}

// RunKeys lists the options that run takes.
func RunKeys() []string { return slices.Clone(runKeys) }

// run is s:run(line [, options]).
func run(c *call, h *handle) int {
	lines, list := c.commands()
	o := c.readRun(h)
	o.Answers = append(c.standingMarks(h), o.Answers...)
	outputs := c.L.CreateTable(len(lines), 0)
	for i, line := range lines {
		o.Where = c.whereOn(h.session)
		output, err := h.session.Run(c.in.ctx, line, o)
		if err != nil {
			c.Raise(err)
		}
		if !list {
			c.L.Push(lua.LString(output))
			return 1
		}
		outputs.RawSetInt(i+1, lua.LString(output))
	}
	c.L.Push(outputs)
	return 1
}

// standingMarks are the patterns that stand before every wait, for one that waits for a
// prompt: their actions are called where they stand before the cursor.
func (c *call) standingMarks(h *handle) []session.Mark {
	var marks []session.Mark
	for _, b := range h.standing {
		switch b.pattern.Kind {
		case patterns.Exact, patterns.Glob, patterns.Regex:
		default:
			continue
		}
		p := c.in.userdata(b.pattern, patternMeta)
		ending := c.ending(p, "pattern")
		marks = append(marks, session.Mark{
			Pattern: ending,
			Reply: func(ctx context.Context, line string, groups []int) (string, string, error) {
				m := &matchValue{result: session.Result{Text: line, Groups: groups, Names: ending.SubexpNames()}, index: 1}
				_, err := baselib.Call(ctx, c.in.at, b.action, c.in.userdata(m, matchMeta), h.value)
				return "", "", err
			},
		})
	}
	return marks
}

// commands reads the line, or the list of lines, of run.
func (c *call) commands() (lines []string, list bool) {
	if v := c.Arg(1); isSecret(v) {
		return []string{c.command(v, "line")}, false
	}
	switch v := c.Arg(1).(type) {
	case lua.LString, lua.LNumber:
		return []string{c.command(v, "line")}, false
	case *lua.LTable:
		for i := 1; i <= v.Len(); i++ {
			lines = append(lines, c.command(v.RawGetInt(i), "line "+strconv.Itoa(i)))
		}
		if len(lines) == 0 {
			c.FailHint("the list of lines is empty", `as in s:run{"show version", "show clock"}`)
		}
		return lines, true
	}
	c.WrongType("line", "a string or a list of strings", c.Arg(1))
	return nil, false
}

func isSecret(v lua.LValue) bool {
	ud, ok := v.(*lua.LUserData)
	if ok {
		_, ok = ud.Value.(*secretValue)
	}
	return ok
}

func (c *call) command(v lua.LValue, what string) string {
	if isSecret(v) {
		c.FailHint(what+" must not be a secret: the host would show it", `answers={ {"assword", secret "name"} } gives it when it is asked for`)
	}
	var line string
	switch v := v.(type) {
	case lua.LString:
		line = string(v)
	case lua.LNumber:
		line = baselib.Number(v)
	default:
		c.WrongType(what, "a string", v)
	}
	if i := strings.IndexAny(line, "\r\n"); i >= 0 {
		c.FailHint(what+" has a newline in it: which output would belong to which line?", `s:run{"one", "two"} runs one after the other`)
	}
	return line
}

// readRun reads the options of run: a table, or a timeout.
func (c *call) readRun(h *handle) session.RunOptions {
	var o session.RunOptions
	v := c.Arg(2)
	t, ok := v.(*lua.LTable)
	if !ok {
		if v != lua.LNil {
			if _, number := v.(lua.LNumber); !number {
				c.WrongType("options", "a table or a number of seconds", v)
			}
		}
		o.Timeout = c.Limit(v, "timeout")
		return o
	}
	for _, key := range c.Keys(t, "run") {
		v := t.RawGetString(key)
		switch key {
		case "timeout":
			o.Timeout = c.Limit(v, "timeout")
		case "prompt":
			o.Prompt = c.ending(v, "prompt")
		case "pager":
			o.Pagers = c.pagers(v)
		case "errors":
			o.Errors = c.expressions(v, "errors")
		case "echo":
			echo := c.BoolOption("echo", v)
			o.Echo = &echo
		case "answers":
			o.Answers = c.marks(h, v, "answers")
		default:
			c.FailHint("there is no option "+strconv.Quote(key), args.Suggest(key, runKeys))
		}
	}
	return o
}

// source is the regular expression of a pattern.
func (c *call) source(v lua.LValue, what string) string {
	switch v := v.(type) {
	case lua.LString:
		return string(v)
	case *lua.LUserData:
		if p, ok := v.Value.(patterns.Pattern); ok {
			switch p.Kind {
			case patterns.Exact:
				return regexp.QuoteMeta(p.Source)
			case patterns.Glob:
				expression, _ := match.GlobExpression(p.Source) // glob has refused what is wrong
				return expression
			case patterns.Regex:
				if p.Flags != "" {
					return "(?" + p.Flags + ":" + p.Source + ")"
				}
				return p.Source
			}
		}
	}
	c.WrongType(what, "a pattern: a string, exact, glob or regex", v)
	return ""
}

// ending is a pattern that matches up to the cursor.
func (c *call) ending(v lua.LValue, what string) *regexp.Regexp {
	source := c.source(v, what)
	if source == "" {
		c.Fail(what + " is empty: it would match everywhere")
	}
	re, err := session.Ending(source)
	if err != nil {
		c.Fail(what + " " + strconv.Quote(source) + " is wrong: " + regexError(err))
	}
	return re
}

func regexError(err error) string { return strings.TrimPrefix(err.Error(), "error parsing regexp: ") }

// expressions reads a list of patterns of lines.
func (c *call) expressions(v lua.LValue, what string) []*regexp.Regexp {
	t, ok := v.(*lua.LTable)
	if !ok {
		c.WrongType(what, `a list of patterns such as {"^%"}`, v)
	}
	list := []*regexp.Regexp{}
	for i := 1; i <= t.Len(); i++ {
		name := what + "[" + strconv.Itoa(i) + "]"
		source := c.source(t.RawGetInt(i), name)
		re, err := regexp.Compile(source)
		if err != nil {
			c.Fail(name + " " + strconv.Quote(source) + " is wrong: " + regexError(err))
		}
		list = append(list, re)
	}
	return list
}

// pagers reads pager: false, true, or a list of pairs.
func (c *call) pagers(v lua.LValue) []session.Mark {
	switch v {
	case lua.LFalse:
		return []session.Mark{}
	case lua.LTrue:
		return nil
	}
	return c.marks(nil, v, "pager")
}

// marks reads a list of pairs, of a pattern and what is sent when it stands before the
// cursor.
func (c *call) marks(h *handle, v lua.LValue, what string) []session.Mark {
	t, ok := v.(*lua.LTable)
	if !ok {
		c.WrongType(what, "a list of pairs such as { {pattern, reply} }", v)
	}
	list := []session.Mark{}
	for i := 1; i <= t.Len(); i++ {
		name := what + "[" + strconv.Itoa(i) + "]"
		pair, ok := t.RawGetInt(i).(*lua.LTable)
		if !ok || pair.Len() != 2 {
			c.FailHint(name+" must be a pair, {pattern, reply}", what+`={ {"\\[confirm\\]", "\n"} }`)
		}
		list = append(list, session.Mark{
			Pattern: c.ending(pair.RawGetInt(1), name),
			Reply:   c.reply(h, pair.RawGetInt(2), name),
		})
	}
	return list
}

// reply reads what is sent: a string, a secret, which Enter follows, or a function that
// returns one of them.
func (c *call) reply(h *handle, v lua.LValue, what string) func(ctx context.Context, line string, groups []int) (text, shown string, err error) {
	in := c.in
	text := func(v lua.LValue) (text, shown string, ok bool) {
		switch v := v.(type) {
		case lua.LString:
			return string(v), "", true
		case *lua.LUserData:
			if s, ok := v.Value.(*secretValue); ok {
				if h != nil {
					c.guards(h, s)
				}
				return s.value + "\n", s.String() + "\n", true
			}
		}
		return "", "", false
	}
	if f, ok := v.(*lua.LFunction); ok {
		return func(ctx context.Context, line string, groups []int) (string, string, error) {
			words := make([]lua.LValue, len(groups)/2)
			for i := range words {
				if words[i] = lua.LNil; groups[2*i] >= 0 {
					words[i] = lua.LString(line[groups[2*i]:groups[2*i+1]])
				}
			}
			returned, err := baselib.Call(ctx, in.at, f, words...)
			if err != nil {
				return "", "", err
			}
			if len(returned) > 0 {
				if t, shown, ok := text(returned[0]); ok {
					return t, shown, nil
				}
			}
			return "", "", &args.UsageError{Message: c.Name + ": the function of " + what + " must return a string or a secret"}
		}
	}
	if _, _, ok := text(v); !ok {
		c.WrongType("the reply of "+what, "a string, a secret or a function", v)
	}
	return func(context.Context, string, []int) (string, string, error) {
		t, shown, _ := text(v)
		return t, shown, nil
	}
}

// learnPrompt is s:learn_prompt([timeout]).
func learnPrompt(c *call, h *handle) int {
	o := session.RunOptions{Timeout: c.Limit(c.Arg(1), "timeout"), Where: c.whereOn(h.session)}
	source, err := h.session.LearnPrompt(c.in.ctx, o)
	if err != nil {
		c.Raise(err)
	}
	c.L.Push(lua.LString(source))
	return 1
}

// setCommands assigns the fields that say how run goes about commands; it reports
// whether key is one.
func (c *call) setCommands(h *handle, key string, v lua.LValue) bool {
	s := h.session
	switch {
	case v == lua.LNil && key == "pager":
		s.SetPagers(nil)
		return true
	case v == lua.LNil && key == "answers":
		s.SetAnswers(nil)
		return true
	case v == lua.LNil && key == "errors":
		s.SetErrors(nil)
		return true
	case v == lua.LNil && key == "notices":
		s.SetNotices(nil)
		return true
	}
	switch key {
	case "prompt":
		if v == lua.LNil {
			_ = s.SetPrompt("") // nothing can be wrong with it
			return true
		}
		c.ending(v, "prompt") // tells what is wrong with it
		_ = s.SetPrompt(c.source(v, "prompt"))
	case "pager":
		s.SetPagers(c.pagers(v))
	case "answers":
		s.SetAnswers(c.marks(h, v, "answers"))
	case "errors":
		s.SetErrors(c.expressions(v, "errors"))
	case "notices":
		s.SetNotices(c.expressions(v, "notices"))
	default:
		return false
	}
	return true
}
