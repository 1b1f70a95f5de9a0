package luabind

import (
	"math"
	"strconv"
	"strings"
	"time"

	lua "github.com/yuin/gopher-lua"

	"github.com/moonwire/moonwire/engine/patterns"
	"github.com/moonwire/moonwire/engine/session"
	"github.com/moonwire/moonwire/luabind/baselib"
)

// call is one call of a bound function: its name for errors, and where its own
// arguments begin (after self, in a method).
type call struct {
	in   *Interp
	L    *lua.LState
	name string
	base int
	sent []string // the names of secrets among the options that were read
}

// arg is the function's own argument number i, from 1.
func (c *call) arg(i int) lua.LValue { return c.L.Get(c.base + i - 1) }

// count is the number of arguments that there are.
func (c *call) count() int { return c.L.GetTop() - c.base + 1 }

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

// fail raises a usage error.
func (c *call) fail(message string) { c.failHint(message, "") }

func (c *call) failHint(message, hint string) {
	baselib.Raise(c.L, &UsageError{Message: c.name + ": " + message, Hint: hint})
}

// wrongType raises the error of an argument that is not what it should be.
func (c *call) wrongType(arg, want string, got lua.LValue) {
	c.fail(arg + " must be " + want + ", not " + kindOf(got))
}

// kindOf names a value's type as a person would, with its article.
func kindOf(v lua.LValue) string {
	switch v := v.(type) {
	case *lua.LNilType:
		return "nil"
	case *lua.LUserData:
		switch x := v.Value.(type) {
		case *handle:
			return "a session"
		case *secretValue:
			return "a secret"
		case *matchValue:
			return "a match"
		case *task:
			return "a task"
		case patterns.Pattern:
			return "the pattern " + x.String()
		}
		return "a userdata"
	}
	name := v.Type().String()
	return "a " + name
}

func (c *call) text(i int, arg string) string {
	switch v := c.arg(i).(type) {
	case lua.LString:
		return string(v)
	case lua.LNumber:
		return baselib.Number(v)
	default:
		c.wrongType(arg, "a string", v)
	}
	return ""
}

// limit reads an optional time of a wait: 0, which leaves the session's, if it is not there;
// session.Now if it is 0.
func (c *call) limit(v lua.LValue, arg string) time.Duration {
	if v == lua.LNil {
		return 0
	}
	if d := c.seconds(v, arg); d > 0 {
		return d
	}
	return session.Now
}

// seconds reads a time.
func (c *call) seconds(v lua.LValue, arg string) time.Duration {
	n, ok := v.(lua.LNumber)
	if !ok {
		c.wrongType(arg, "a number of seconds", v)
	}
	d, wrong := toDuration(float64(n))
	if wrong != "" {
		c.fail(arg + " must be a number of seconds " + wrong)
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

func secondsOf(d time.Duration) lua.LNumber {
	if d == session.Forever {
		return lua.LNumber(math.Inf(1))
	}
	return lua.LNumber(d.Seconds())
}

// suggest is the hint for a name that is not known: the nearest of those that are.
func suggest(name string, known []string) string {
	if nearest := Nearest(name, known); nearest != "" {
		return "did you mean " + nearest + "?"
	}
	return ""
}

// Nearest is the one of the names known that name was probably meant to be, "" if
// none is near.
func Nearest(name string, known []string) string {
	best, least := "", (len(name)+1)/3
	for _, k := range known {
		d := distance(strings.ToLower(name), strings.ToLower(k))
		if d < least || d == least && (best == "" || apart(k, name) < apart(best, name)) {
			best, least = k, d
		}
	}
	return best
}

// apart is by how much the lengths differ.
func apart(a, b string) int { return max(len(a)-len(b), len(b)-len(a)) }

// distance is the number of letters to change, add, drop or swap between a and b.
func distance(a, b string) int {
	two, one, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range one {
		one[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			row[j] = min(one[j]+1, row[j-1]+1, one[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], two[j-2]+1)
			}
		}
		two, one, row = one, row, two
	}
	return one[len(b)]
}
