package luabind

import (
	"strconv"
	"strings"

	lua "github.com/yuin/gopher-lua"
)

// spawn is spawn(command [, options]) or spawn{program, argument, ..., option=value}. Options
// that are given behind such a table come before those in it.
func spawn(c *call) int {
	var args []string
	options, words := c.Arg(2), ""
	switch v := c.Arg(1).(type) {
	case lua.LString:
		if words = string(v); strings.TrimSpace(words) == "" {
			c.FailHint("the command is missing", `write it as spawn("bash")`)
		}
	case *lua.LTable:
		var beside *lua.LTable
		args, beside = c.program(v)
		words = shellWords(args)
		switch more := options.(type) {
		case *lua.LTable:
			more.ForEach(beside.RawSet)
			options = beside
		case *lua.LNilType:
			options = beside
		}
	default:
		c.WrongType("command", "a string or a table such as {\"ls\", \"-l\"}", v)
	}
	o := c.readConnectOptions(options)
	o.line.Program.Args = args
	a := c.address("spawn:"+words, "")
	c.applies(a, o)
	h, err := c.in.open(a, o)
	if err != nil {
		c.Raise(err)
	}
	c.L.Push(h.value)
	return 1
}

// program reads the program and its arguments out of a table, and returns what else is in
// it: the options.
func (c *call) program(t *lua.LTable) (args []string, options *lua.LTable) {
	options = c.L.NewTable()
	for i := 1; i <= t.Len(); i++ {
		s := c.StringOption("argument "+strconv.Itoa(i-1), t.RawGetInt(i))
		if strings.ContainsRune(s, 0) {
			c.Fail("argument " + strconv.Itoa(i-1) + " holds a NUL")
		}
		args = append(args, s)
	}
	t.ForEach(func(k, v lua.LValue) {
		if n, ok := k.(lua.LNumber); !ok || n < 1 || int(n) > len(args) {
			options.RawSet(k, v)
		}
	})
	if len(args) == 0 {
		c.FailHint("the program is missing", `write it as spawn{"ls", "-l"}`)
	}
	return args, options
}

// shellWords joins words as they would be written in a shell.
func shellWords(words []string) string {
	quoted := make([]string, len(words))
	for i, w := range words {
		if w == "" || strings.ContainsAny(w, " \t\n'\"\\$`*?[]{}()<>|&;#~!") {
			w = "'" + strings.ReplaceAll(w, "'", `'\''`) + "'"
		}
		quoted[i] = w
	}
	return strings.Join(quoted, " ")
}
