package console_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	lua "github.com/yuin/gopher-lua"

	"github.com/moonwire/moonwire/luabind/baselib"
	"github.com/moonwire/moonwire/luabind/console"
)

func newConsole() (*console.Console, *strings.Builder) {
	out := &strings.Builder{}
	return console.New(baselib.New(baselib.Config{Stdout: out}), out), out
}

func TestRun(t *testing.T) {
	tests := []struct{ name, typed, shown string }{
		{"expression", "1 + 1", "2\n"},
		{"with equals", "= 'a' .. 'b', nil", "\"ab\"\tnil\n"},
		{"statement", "x = 1", ""},
		{"several statements", "x = 2; y = x * 2\nprint(y)", "4\n"},
		{"call without results", "print 'hi'", "hi\n"},
		{"the last result", "6 * 7\n_ + 1", "42\n43\n"},
		{"nil is a result", "nil", "nil\n"},
		{"nothing", "-- nothing", ""},
		{"a local that is typed alone stays", "local a, b = 1\nlocal c\na, b, c", "1\tnil\tnil\n"},
		{"so does a function", "local function f(n) return n and f() or 'f' end\nf(1)", "\"f\"\n"},
		{"a local among statements does not", "local d = 1; e = d\nd, e", "nil\t1\n"},
		{"long results take a line each", "('x'):rep(50), ('y'):rep(50)", `"` + strings.Repeat("x", 50) + "\"\n\"" + strings.Repeat("y", 50) + "\"\n"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c, out := newConsole()
			for statement := range strings.SplitSeq(test.typed, "\n") {
				if test.name == "several statements" {
					statement = test.typed
				}
				if err := c.Run(t.Context(), statement); err != nil {
					t.Fatal(err)
				}
				if statement == test.typed {
					break
				}
			}
			if out.String() != test.shown {
				t.Errorf("shown %q, want %q", out, test.shown)
			}
		})
	}
}

// TestNothingForged: results are shown with nothing in them that a terminal acts on.
func TestNothingForged(t *testing.T) {
	c, out := newConsole()
	for _, statement := range []string{
		`"\27[2J\155\194\155\226\128\174"`,
		`{ ["\27[2J"] = "\127\7" }`,
		`setmetatable({}, { __tostring = function() return "\27]52;c;x\7\155\194\155" end })`,
		`setmetatable({}, { __tostring = function() error "\27[2J" end })`,
	} {
		if err := c.Run(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
	if strings.ContainsFunc(out.String(), func(r rune) bool { return r != '\n' && !unicode.IsPrint(r) || r == utf8.RuneError }) {
		t.Errorf("shown %q", out)
	}
}

func TestIncomplete(t *testing.T) {
	c, _ := newConsole()
	for statement, want := range map[string]bool{
		"for i = 1, 3 do":           true,
		"for i = 1, 3 do\nprint(i)": true,
		"f(":                        true,
		"x = [[long":                true,
		"--[[ long":                 true,
		"local x =":                 true,
		"= 1 +":                     true,
		"1 + 1":                     false,
		"x = 1":                     false,
		"":                          false,
		"end":                       false,
		"x = = 1":                   false,
		"print 'unfinished":         false,
	} {
		if got := c.Incomplete(statement); got != want {
			t.Errorf("%q: incomplete %v", statement, got)
		}
	}
}

func TestErrors(t *testing.T) {
	c, out := newConsole()
	err := c.Run(t.Context(), "local function deep() error('oops') end\ndeep()")
	if err == nil || err.Error() != "stdin:1: oops" {
		t.Errorf("error: %v", err)
	}
	if err := c.Run(t.Context(), "traceback()"); err != nil || !strings.Contains(out.String(), "stdin:1") {
		t.Errorf("traceback: %v, %q", err, out)
	}
	var syntax *baselib.SyntaxError
	if err := c.Run(t.Context(), "x = = 1"); !errors.As(err, &syntax) || syntax.Line != 1 {
		t.Errorf("a syntax error: %v", err)
	}
	var exit *baselib.Exit
	if err := c.Run(t.Context(), "os.exit(3)"); !errors.As(err, &exit) || exit.Code != 3 {
		t.Errorf("os.exit: %v", err)
	}
}

func TestInspect(t *testing.T) {
	tests := []struct{ expression, want string }{
		{`"a\n\t\r\0\\\"é\255"`, `"a\n\t\r\000\\\"é\255"`},
		{`1e15, 0.5, -3, 2^53`, "1e+15\t0.5\t-3\t9.007199254741e+15"},
		{`{}`, "{}"},
		{`{1, "two", {3}}`, `{1, "two", {3}}`},
		{`{1, nil, 3}`, "{1, nil, 3}"},
		{`{b = 1, a = 2, ["c d"] = 3, ["end"] = 4, [10] = 5, [true] = 6}`, `{[10] = 5, a = 2, b = 1, ["c d"] = 3, ["end"] = 4, [true] = 6}`},
		{`{{{{{{}}}}}}`, "{{{{{...}}}}}"},
		{`(function() local t = {}; t.self = t; return t end)()`, "{self = <cycle>}"},
		{`setmetatable({}, {__tostring = function() return "mine" end})`, "mine"},
		{`setmetatable({}, {__tostring = function() error("no") end})`, "<table: stdin:1: no>"},
	}
	for _, test := range tests {
		c, out := newConsole()
		if err := c.Run(t.Context(), test.expression); err != nil {
			t.Errorf("%s: %v", test.expression, err)
		} else if got := strings.TrimSuffix(out.String(), "\n"); got != test.want {
			t.Errorf("%s is shown as %s, not %s", test.expression, got, test.want)
		}
	}
}

func TestInspectCutsWhatIsLong(t *testing.T) {
	c, _ := newConsole()
	long := c.Inspect(lua.LString(strings.Repeat("é", 5000)))
	if len(long) > 1100 || !strings.HasSuffix(long, `é"... (10000 bytes)`) {
		t.Errorf("a long string: %q", long)
	}
	list := &lua.LTable{Metatable: lua.LNil}
	for i := range 1000 {
		list.Append(lua.LNumber(i))
	}
	if got := c.Inspect(list); !strings.Contains(got, "... 960 more") || strings.Count(got, "\n") < 10 {
		t.Errorf("a long list: %s", got)
	}
}

func TestFieldsCallNothing(t *testing.T) {
	c, _ := newConsole()
	err := c.Run(t.Context(), `
		object = setmetatable({own = 1}, {__index = setmetatable({inherited = print}, {__index = function() error "called" end})})
		list = {{name = "x"}, n = {print}}`)
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		path    []any
		methods bool
		want    string
	}{
		{[]any{"object"}, false, "inherited own"},
		{[]any{"object"}, true, "inherited"},
		{[]any{"list", 1.0}, false, "name"},
		{[]any{"list", "nothing", "deeper"}, false, ""},
		{[]any{"object", "missing"}, false, ""},
	}
	for _, test := range tests {
		if got := strings.Join(c.Fields(test.path, test.methods), " "); got != test.want {
			t.Errorf("%v: %q, want %q", test.path, got, test.want)
		}
	}
	globals := c.Fields(nil, false)
	for _, name := range []string{"print", "string", "while", "object"} {
		if !slices.Contains(globals, name) {
			t.Errorf("%s is not among the globals", name)
		}
	}
	if methods := c.Fields([]any{"list", 1.0, "name"}, true); !slices.Contains(methods, "upper") {
		t.Errorf("methods of a string: %v", methods)
	}
}
