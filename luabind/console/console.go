// Package console runs Lua as it is typed: statement by statement, with the
// results shown. It also knows what a name could be completed to, and how a
// person wants to see a value.
package console

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	lua "github.com/yuin/gopher-lua"
	"github.com/yuin/gopher-lua/ast"

	"github.com/moonwire/moonwire/engine/diagnose"
	"github.com/moonwire/moonwire/luabind/baselib"
	"github.com/moonwire/moonwire/luabind/syntax"
)

// chunkName is what errors call typed text, as in Lua's own interpreter.
const chunkName = "stdin"

// Console runs what is typed in one Lua state. It belongs to the goroutine that
// the state belongs to.
type Console struct {
	L   *lua.LState
	Out io.Writer // where results go

	// Call calls a function of the state; nil means baselib.Call.
	Call func(ctx context.Context, fn lua.LValue, args ...lua.LValue) ([]lua.LValue, error)
	// Describe shows a value of the host program's own; ok is false for any
	// other. It may be nil.
	Describe func(lua.LValue) (text string, ok bool)
	// Hide puts placeholders in place of the secrets in a text that is going to
	// be shown. It may be nil.
	Hide func(text string) string
	// Sessions returns the names of the sessions that are open. It may be nil.
	Sessions func() []string
	// OptionKeys returns the keys of the table of options that a function
	// takes, nil if it takes none. It may be nil.
	OptionKeys func(function string) []string
	// Texts returns the strings that a function may be called with, nil if they
	// are not known. It may be nil.
	Texts func(function string) []string

	traceback string // of the last error
}

// New returns a Console of L that prints to out. It gives the state the
// function traceback, which shows where the last error came from.
func New(L *lua.LState, out io.Writer) *Console {
	c := &Console{L: L, Out: out}
	L.SetGlobal("traceback", L.NewFunction(func(L *lua.LState) int {
		if c.traceback == "" {
			return 0
		}
		fmt.Fprintln(c.Out, diagnose.Visible((&inspector{c: c}).hide(c.traceback)))
		return 0
	}))
	return c
}

// Remember makes an error the last one, whose traceback can be asked for.
func (c *Console) Remember(err *baselib.Error) { c.traceback = err.Traceback }

// Open returns the names of the sessions that are open.
func (c *Console) Open() []string {
	if c.Sessions == nil {
		return nil
	}
	return c.Sessions()
}

// Incomplete reports whether more text could complete a statement.
func (c *Console) Incomplete(statement string) bool {
	if _, err := compileTyped(statement); err != nil {
		e, ok := errors.AsType[*syntax.Error](err)
		return ok && e.Incomplete
	}
	return false
}

// Run runs a statement and prints its results, which "_" then has the first
// of. The error is one of baselib's.
func (c *Console) Run(ctx context.Context, statement string) error {
	proto, err := compileTyped(statement)
	if err != nil {
		return err
	}
	fn := c.L.NewFunctionFromProto(proto)
	var results []lua.LValue
	if c.Call != nil {
		results, err = c.Call(ctx, fn)
	} else {
		results, err = baselib.Call(ctx, c.L, fn)
	}
	if ferr := baselib.Flush(c.L); err == nil {
		err = ferr
	}
	if err != nil {
		if failed, ok := errors.AsType[*baselib.Error](err); ok {
			c.Remember(failed)
		}
		return err
	}
	if len(results) == 0 {
		return nil
	}
	c.L.SetGlobal("_", results[0])
	shown := make([]string, len(results))
	for i, v := range results {
		shown[i] = c.Inspect(v)
	}
	separator := "\t"
	if all := strings.Join(shown, separator); strings.Contains(all, "\n") || len(all) > lineWidth {
		separator = "\n"
	}
	_, err = fmt.Fprintln(c.Out, strings.Join(shown, separator))
	return err
}

// compileTyped compiles typed text: as an expression if it is one, and else as
// statements. "=x" means "return x", as in Lua 5.1. A "local" that is typed
// alone makes a variable that stays, for it would be gone before it could be
// used.
func compileTyped(text string) (*lua.FunctionProto, error) {
	source := text
	if expression, ok := strings.CutPrefix(strings.TrimLeft(text, " \t"), "="); ok {
		source = "return " + expression
		return baselib.Compile([]byte(source), chunkName)
	}
	if proto, err := baselib.Compile([]byte("return "+text), chunkName); err == nil {
		return proto, nil
	}
	if global, ok := withoutLocal(text); ok {
		source = global
	}
	return baselib.Compile([]byte(source), chunkName)
}

// withoutLocal makes one statement that declares locals an assignment.
func withoutLocal(text string) (string, bool) {
	rest, ok := strings.CutPrefix(strings.TrimLeft(text, " \t\n"), "local")
	if !ok {
		return "", false
	}
	chunk, err := syntax.Parse([]byte(text), chunkName)
	if err != nil || len(chunk) != 1 {
		return "", false
	}
	declaration, ok := chunk[0].(*ast.LocalAssignStmt)
	if !ok {
		return "", false
	}
	if len(declaration.Exprs) == 0 {
		rest = strings.TrimRight(rest, " \t\n;") + " = nil"
	}
	return rest, true
}
