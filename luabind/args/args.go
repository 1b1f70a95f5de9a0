// Package args reads the arguments of the Go functions that Lua calls, and says what is
// wrong with them.
package args

import (
	"errors"
	"math"
	"slices"
	"strconv"
	"time"

	lua "github.com/yuin/gopher-lua"

	"github.com/moonwire/moonwire/engine/patterns"
	"github.com/moonwire/moonwire/engine/session"
	"github.com/moonwire/moonwire/engine/words"
	"github.com/moonwire/moonwire/luabind/baselib"
)

// A Call is one call of a bound function.
type Call struct {
	L    *lua.LState
	Name string // of the function, for errors
	Base int    // where its own arguments begin: 1, or 2 after a method's self
}

// Arg returns the function's own argument number i, from 1.
func (c *Call) Arg(i int) lua.LValue { return c.L.Get(c.Base + i - 1) }

// Count returns the number of the function's own arguments.
func (c *Call) Count() int { return c.L.GetTop() - c.Base + 1 }

// A UsageError is a call that makes no sense: a wrong type, an unknown option.
type UsageError struct{ Message, Hint string }

// Error gives the message without the hint.
func (e *UsageError) Error() string { return e.Message }

// Kind is what scripts see as the error's kind.
func (e *UsageError) Kind() string { return "usage" }

// Hints tells what may help.
func (e *UsageError) Hints() []string {
	if e.Hint == "" {
		return nil
	}
	return []string{e.Hint}
}

// Fail raises a usage error.
func (c *Call) Fail(message string) { c.FailHint(message, "") }

// FailHint raises a usage error with what may help.
func (c *Call) FailHint(message, hint string) {
	baselib.Raise(c.L, &UsageError{Message: c.Name + ": " + message, Hint: hint})
}

// Raise raises a Go error in Lua. An interruption cannot be caught. What a hook has raised
// comes out of the wait as it was.
func (c *Call) Raise(err error) {
	if raised, ok := errors.AsType[*baselib.Error](err); ok {
		err = raised
	}
	baselib.Raise(c.L, err)
}

// WrongType raises the error of an argument that is not what it should be.
func (c *Call) WrongType(arg, want string, got lua.LValue) {
	c.Fail(arg + " must be " + want + ", not " + Kind(got))
}

// A Named value says what it is, with its article: "a session".
type Named interface{ LuaKind() string }

// Kind names a value's type as a person would, with its article.
func Kind(v lua.LValue) string {
	switch v := v.(type) {
	case *lua.LNilType:
		return "nil"
	case *lua.LUserData:
		switch x := v.Value.(type) {
		case Named:
			return x.LuaKind()
		case patterns.Pattern:
			return "the pattern " + x.String()
		}
		return "a userdata"
	}
	return "a " + v.Type().String()
}

// Quote returns a string or a number in quotes, and the kind of anything else.
func Quote(v lua.LValue) string {
	if s, ok := baselib.Text(v); ok {
		return strconv.Quote(s)
	}
	return Kind(v)
}

// Text reads argument i, which errors call arg: a string, or a number as Lua prints it.
func (c *Call) Text(i int, arg string) string {
	switch v := c.Arg(i).(type) {
	case lua.LString:
		return string(v)
	case lua.LNumber:
		return baselib.Number(v)
	default:
		c.WrongType(arg, "a string", v)
	}
	return ""
}

// Limit reads an optional time of a wait: 0, which leaves the session's, if it is not there;
// session.Now if it is 0.
func (c *Call) Limit(v lua.LValue, arg string) time.Duration {
	if v == lua.LNil {
		return 0
	}
	if d := c.Seconds(v, arg); d > 0 {
		return d
	}
	return session.Now
}

// Seconds reads a time that is given in seconds.
func (c *Call) Seconds(v lua.LValue, arg string) time.Duration {
	n, ok := v.(lua.LNumber)
	if !ok {
		c.WrongType(arg, "a number of seconds", v)
	}
	d, wrong := toDuration(float64(n))
	if wrong != "" {
		c.Fail(arg + " must be a number of seconds " + wrong)
	}
	return d
}

// toDuration converts seconds; wrong says what is wrong with them.
func toDuration(n float64) (d time.Duration, wrong string) {
	switch {
	case math.IsNaN(n):
		return 0, "and is not a number"
	case n < 0:
		return 0, "from 0 on, not " + strconv.FormatFloat(n, 'g', -1, 64)
	case n > 1e9: // thirty years: math.huge is meant
		return session.Forever, ""
	}
	return time.Duration(n * float64(time.Second)), ""
}

// SecondsOf returns a time in seconds, as scripts see it.
func SecondsOf(d time.Duration) lua.LNumber {
	if d == session.Forever {
		return lua.LNumber(math.Inf(1))
	}
	return lua.LNumber(d.Seconds())
}

// Function reads argument i, which must be a function; errors call it arg.
func (c *Call) Function(i int, arg string) *lua.LFunction {
	fn, ok := c.Arg(i).(*lua.LFunction)
	if !ok {
		c.WrongType(arg, "a function", c.Arg(i))
	}
	return fn
}

// Keys lists the keys of a table that may only have names, sorted. Errors call the table
// arg.
func (c *Call) Keys(t *lua.LTable, arg string) []string {
	var names []string
	t.ForEach(func(k, _ lua.LValue) {
		s, ok := k.(lua.LString)
		if !ok {
			c.Fail(arg + " has an entry without a name: " + Quote(k))
		}
		names = append(names, string(s))
	})
	slices.Sort(names)
	return names
}

// StringOption reads the value of the option name, which must be a string.
func (c *Call) StringOption(name string, v lua.LValue) string {
	s, ok := v.(lua.LString)
	if !ok {
		c.WrongType(name, "a string", v)
	}
	return string(s)
}

// BoolOption reads the value of the option name, which must be true or false.
func (c *Call) BoolOption(name string, v lua.LValue) bool {
	b, ok := v.(lua.LBool)
	if !ok {
		c.WrongType(name, "true or false", v)
	}
	return bool(b)
}

// Suggest returns the hint for a name that is not known: the nearest of those
// that are, "" if none is near.
func Suggest(name string, known []string) string {
	if nearest := words.Nearest(name, known); nearest != "" {
		return "did you mean " + nearest + "?"
	}
	return ""
}
