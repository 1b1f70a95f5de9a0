package luabind

import (
	"errors"
	"slices"
	"strconv"
	"time"

	lua "github.com/yuin/gopher-lua"

	"github.com/moonwire/moonwire/engine/match"
	"github.com/moonwire/moonwire/engine/patterns"
	"github.com/moonwire/moonwire/luabind/args"
)

// Patterns as scripts write them, and the lists that expect takes.

// events are the patterns that are no text, by the name of their global.
var events = [...]struct {
	name string
	kind patterns.Kind
}{
	{"EOF", patterns.EOF},
	{"TIMEOUT", patterns.Timeout},
	{"PROMPT", patterns.Prompt},
	{"ECHO_OFF", patterns.EchoOff},
	{"ECHO_ON", patterns.EchoOn},
	{"EXIT", patterns.Exit},
}

// again is what an action returns to have the wait go on.
type again struct{}

// exactPattern is exact(text).
func exactPattern(c *call) int {
	return c.pushPattern(patterns.Pattern{Kind: patterns.Exact, Source: c.literal(1, "text")})
}

// globPattern is glob(text).
func globPattern(c *call) int {
	return c.pushPattern(patterns.Pattern{Kind: patterns.Glob, Source: c.literal(1, "text")})
}

// regexPattern is regex(text [, flags]).
func regexPattern(c *call) int {
	p := patterns.Pattern{Kind: patterns.Regex, Source: c.literal(1, "text")}
	if c.Arg(2) != lua.LNil {
		p.Flags = c.literal(2, "flags")
	}
	return c.pushPattern(p)
}

// literal is an argument that must be a string; a number is most likely a mistake.
func (c *call) literal(i int, arg string) string {
	s, ok := c.Arg(i).(lua.LString)
	if !ok {
		c.WrongType(arg, "a string", c.Arg(i))
	}
	return string(s)
}

// pushPattern returns a pattern to Lua; it is compiled now so that a mistake in it
// is told where it was made.
func (c *call) pushPattern(p patterns.Pattern) int {
	if _, err := patterns.Compile([]patterns.Pattern{p}); err != nil {
		c.Raise(patternError(c.Name, err, 0))
	}
	c.L.Push(c.in.userdata(p, patternMeta))
	return 1
}

// A branch is one entry of a list: what is looked for and what is done then.
type branch struct {
	pattern patterns.Pattern
	action  *lua.LFunction
}

// expectCall is what expect was asked for.
type expectCall struct {
	branches []branch
	patterns *patterns.List
	timeout  time.Duration
	settle   time.Duration
	listed   bool // the order of the list goes before the order in the text
	orderly  bool // see session.WaitOptions
	standing int  // how many of the branches stand before the list, see always
}

// ExpectKeys lists the options that the table of expect takes.
func ExpectKeys() []string { return slices.Clone(expectKeys) }

var expectKeys = []string{"timeout", "settle", "order"}

// readExpect reads expect's arguments: a list and a timeout, one pattern and a
// timeout, or one table with everything.
func (c *call) readExpect(h *handle) expectCall {
	var e expectCall
	list := c.Arg(1)
	if c.Arg(2).Type() == lua.LTString || c.Arg(2).Type() == lua.LTUserData {
		c.FailHint("timeout must be a number of seconds, not "+args.Kind(c.Arg(2)), "several patterns are one list: s:expect({first, second}, 5)")
	}
	e.timeout = c.Limit(c.Arg(2), "timeout")
	t, isTable := list.(*lua.LTable)
	if !isTable {
		e.branches = []branch{c.readBranch(list, 1)}
	} else {
		n := t.Len()
		e.branches = make([]branch, 0, n)
		for i := 1; i <= n; i++ {
			e.branches = append(e.branches, c.readBranch(t.RawGetInt(i), i))
		}
		if t.Len() == 0 || hasKeys(t) {
			c.readExpectKeys(t, &e)
		}
	}
	if len(e.branches) == 0 {
		c.FailHint("the list of patterns is empty", `as in s:expect({"login: ", "assword: "}, 5)`)
	}
	c.compileExpect(h, &e)
	return e
}

// compileExpect compiles a list behind the patterns that stand before every one.
func (c *call) compileExpect(h *handle, e *expectCall) {
	if len(h.standing) > 0 {
		e.standing = len(h.standing)
		e.branches = append(slices.Clone(h.standing), e.branches...)
	}
	var err error
	if e.patterns, err = c.compile(e.branches, e.listed); err != nil {
		c.Raise(patternError(c.Name, err, len(e.branches)))
	}
}

// hasKeys reports whether a table has more than its list.
func hasKeys(t *lua.LTable) bool {
	found := false
	t.ForEach(func(k, _ lua.LValue) {
		if _, isNumber := k.(lua.LNumber); !isNumber {
			found = true
		}
	})
	return found
}

func (c *call) readExpectKeys(t *lua.LTable, e *expectCall) {
	t.ForEach(func(k, v lua.LValue) {
		if _, isNumber := k.(lua.LNumber); isNumber {
			return
		}
		switch name := k.String(); name {
		case "timeout":
			e.timeout = c.Limit(v, "timeout")
		case "settle":
			e.settle = c.Limit(v, "settle")
		case "order":
			switch order := c.StringOption("order", v); order {
			case "text":
			case "list":
				e.listed = true
			default:
				c.FailHint("order must be \"text\" or \"list\", not "+strconv.Quote(order), `"text": the match that starts first wins; "list": the pattern listed first`)
			}
		default:
			c.FailHint("there is no option "+strconv.Quote(name), args.Suggest(name, expectKeys))
		}
	})
}

// readBranch reads entry i of a list.
func (c *call) readBranch(v lua.LValue, i int) branch {
	pair, ok := v.(*lua.LTable)
	if !ok {
		return branch{pattern: c.readPattern(v, i)}
	}
	if pair.Len() != 2 {
		c.FailHint("pattern "+strconv.Itoa(i)+" is a table of "+strconv.Itoa(pair.Len()), "a pair is {pattern, function(match, s) ... end}")
	}
	b := branch{pattern: c.readPattern(pair.RawGetInt(1), i)}
	if b.action, ok = pair.RawGetInt(2).(*lua.LFunction); !ok {
		c.WrongType("the action of pattern "+strconv.Itoa(i), "a function", pair.RawGetInt(2))
	}
	return b
}

func (c *call) readPattern(v lua.LValue, i int) patterns.Pattern {
	switch v := v.(type) {
	case lua.LString:
		return patterns.Pattern{Kind: patterns.Regex, Source: string(v)}
	case *lua.LUserData:
		if p, ok := v.Value.(patterns.Pattern); ok {
			return p
		}
	case *lua.LFunction:
		for _, name := range [...]string{"exact", "glob", "regex"} {
			if c.L.GetGlobal(name) == v {
				c.FailHint("pattern "+strconv.Itoa(i)+" is the function "+name, "call it: "+name+` "text"`)
			}
		}
	}
	c.WrongType("pattern "+strconv.Itoa(i), "a string, exact, glob, regex or an event such as EOF", v)
	return patterns.Pattern{}
}

// patternError puts a pattern's compile error into a script's words: places count
// from 1.
func patternError(fn string, err error, listed int) error {
	e, ok := errors.AsType[*match.Error](err)
	if !ok {
		// no test: the matcher gives no other error
		return &args.UsageError{Message: fn + ": " + err.Error()}
	}
	if e.Index < 0 { // it is about the list
		return &args.UsageError{Message: fn + ": " + e.Message, Hint: e.Hint}
	}
	what := "the pattern"
	if listed > 1 {
		what = "pattern " + strconv.Itoa(e.Index+1)
	}
	message := fn + ": " + what + " " + e.Pattern.String() + " is wrong"
	if e.Offset >= 0 {
		message += " at character " + strconv.Itoa(e.Offset+1)
	}
	return &args.UsageError{Message: message + ": " + e.Message, Hint: e.Hint}
}

// compile prepares the list, or finds it prepared.
func (c *call) compile(branches []branch, listed bool) (*patterns.List, error) {
	var room [8]patterns.Pattern // most lists are short
	list := room[:0]
	for _, b := range branches {
		list = append(list, b.pattern)
	}
	if listed {
		return c.in.patterns.CompileListed(list)
	}
	return c.in.patterns.Compile(list)
}
