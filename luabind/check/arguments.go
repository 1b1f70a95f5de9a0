package check

import (
	"strconv"

	"github.com/yuin/gopher-lua/ast"

	"github.com/moonwire/moonwire/luabind"
)

// many checks a call of what runs several at once.
func (s *script) many(name string, call *ast.FuncCallExpr) {
	n := 2 // the argument that is a function
	if name == "task" {
		n = 1
	}
	if kind := argumentKind(call.Args, n); kind != "" {
		hint := ""
		if name == "task" {
			hint = "; task(f, a, b) calls f(a, b)"
		}
		s.report(call.Line(), "argument", "%s: f must be a function, not %s%s", name, kind, hint)
	}
	if name != "parallel" {
		return
	}
	if kind := argumentKind(call.Args, 1); kind != "" && kind != "a table" && kind != "nil" {
		s.report(call.Line(), "argument", "parallel: list must be a list, not %s", kind)
	}
	if len(call.Args) < 3 {
		return
	}
	s.options(name, call.Args[2], luabind.ParallelKeys())
	t, ok := call.Args[2].(*ast.TableExpr)
	if !ok {
		return
	}
	for _, f := range t.Fields { // both options are counts
		number, ok := f.Value.(*ast.NumberExpr)
		if !ok || f.Key == nil {
			continue
		}
		key, _ := s.key(f)
		if v, err := strconv.ParseFloat(number.Value, 64); err == nil && (v < 1 || v != float64(int(v))) {
			s.report(f.Key.Line(), "argument", "parallel: %s must be a whole number from 1 on, not %s", key, number.Value)
		}
	}
}

// argumentKind is what argument n is if it is plainly no function: one that is written out,
// or left out. "" is for what only a run can tell.
func argumentKind(args []ast.Expr, n int) string {
	if len(args) < n {
		if len(args) > 0 {
			switch args[len(args)-1].(type) {
			case *ast.FuncCallExpr, *ast.Comma3Expr: // which may have several values
				return ""
			}
		}
		return "nil"
	}
	switch args[n-1].(type) {
	case *ast.NumberExpr:
		return "a number"
	case *ast.StringExpr:
		return "a string"
	case *ast.TableExpr:
		return "a table"
	case *ast.NilExpr:
		return "nil"
	case *ast.TrueExpr, *ast.FalseExpr:
		return "a boolean"
	}
	return ""
}
