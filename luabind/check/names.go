package check

import (
	"github.com/yuin/gopher-lua/ast"

	"github.com/moonwire/moonwire/luabind/syntax"
)

// What the names in a script stand for.

// variable is a local, or a global by its name.
type variable struct {
	name    string
	local   bool
	values  []ast.Expr // all that is assigned to it; nil entries are values that are not known
	session bool       // a parameter that the binding gives a session
}

// names resolves a script's names by Lua's rules of scope.
type names struct {
	uses    map[*ast.IdentExpr]*variable
	params  map[*ast.FunctionExpr][]*variable
	globals map[string]*variable
	reads   []*ast.IdentExpr               // of globals
	tested  map[string]bool                // globals that are asked for before they are used
	defined map[string]bool                // fields and methods that the script makes
	calls   map[string][]*ast.FuncCallExpr // of globals, by name
	asked   map[*ast.IdentExpr]bool        // of these only the truth counts
	inner   *block
}

type block struct {
	outer *block
	vars  map[string]*variable
}

func newNames() *names {
	return &names{
		uses: make(map[*ast.IdentExpr]*variable), params: make(map[*ast.FunctionExpr][]*variable),
		globals: make(map[string]*variable), tested: make(map[string]bool), defined: make(map[string]bool),
		calls: make(map[string][]*ast.FuncCallExpr), asked: make(map[*ast.IdentExpr]bool),
	}
}

// resolve looks at all the names of a chunk.
func (n *names) resolve(chunk []ast.Stmt) {
	v := syntax.Visitor{
		Open:       func(syntax.Block) { n.inner = &block{n.inner, make(map[string]*variable)} },
		Close:      func(syntax.Block) { n.inner = n.inner.outer },
		Declare:    n.declare,
		Target:     n.assign,
		Statement:  n.statement,
		Expression: n.expression,
		ExpressionDone: func(e *ast.Expr) {
			if call, ok := (*e).(*ast.FuncCallExpr); ok {
				n.call(call)
			}
		},
	}
	v.Walk(chunk)
}

func (n *names) declare(name string, by any, i int) {
	v := &variable{name: name, local: true}
	n.inner.vars[name] = v
	switch by := by.(type) {
	case *ast.LocalAssignStmt:
		if len(by.Exprs) > 0 {
			v.values = append(v.values, valueAt(by.Exprs, i))
		}
	case *ast.FunctionExpr:
		v.values = append(v.values, nil)
		if i >= 0 {
			n.params[by] = append(n.params[by], v)
		}
	default:
		v.values = append(v.values, nil)
	}
}

// find gives what a name stands for here.
func (n *names) find(name string) *variable {
	for b := n.inner; b != nil; b = b.outer {
		if v := b.vars[name]; v != nil {
			return v
		}
	}
	v := n.globals[name]
	if v == nil {
		v = &variable{name: name}
		n.globals[name] = v
	}
	return v
}

// valueAt is what variable i of a list gets, nil if that is not known.
func valueAt(exprs []ast.Expr, i int) ast.Expr {
	if i >= len(exprs) {
		return nil
	}
	if call, ok := exprs[i].(*ast.FuncCallExpr); ok && i == len(exprs)-1 {
		return call // the first result
	}
	return exprs[i]
}

func (n *names) assign(target ast.Expr, by ast.Stmt, i int) {
	var value ast.Expr
	switch by := by.(type) {
	case *ast.AssignStmt:
		value = valueAt(by.Rhs, i)
	case *ast.FuncDefStmt:
		value = by.Func
	}
	switch e := target.(type) {
	case *ast.IdentExpr:
		v := n.find(e.Value)
		n.uses[e] = v
		v.values = append(v.values, value)
	case *ast.AttrGetExpr:
		if key, ok := e.Key.(*ast.StringExpr); ok {
			n.defined[key.Value] = true
			if g, ok := e.Object.(*ast.IdentExpr); ok && g.Value == "_G" {
				v := n.find(key.Value)
				v.values = append(v.values, value)
			}
		}
	}
}

func (n *names) statement(stmt ast.Stmt) {
	switch st := stmt.(type) {
	case *ast.WhileStmt:
		n.condition(st.Condition)
	case *ast.RepeatStmt:
		n.condition(st.Condition)
	case *ast.IfStmt:
		n.condition(st.Condition)
	case *ast.FuncDefStmt:
		if st.Name.Func == nil { // function receiver:method()
			n.defined[st.Name.Method] = true
		}
	}
}

// condition notes the names in an expression of which only the truth counts: they may
// well be some that do not exist.
func (n *names) condition(e ast.Expr) {
	switch e := e.(type) {
	case *ast.IdentExpr:
		n.asked[e] = true
	case *ast.UnaryNotOpExpr:
		n.condition(e.Expr)
	case *ast.LogicalOpExpr:
		n.condition(e.Lhs)
		n.condition(e.Rhs)
	case *ast.RelationalOpExpr:
		if _, isNil := e.Rhs.(*ast.NilExpr); isNil {
			n.condition(e.Lhs)
		}
	}
}

func (n *names) expression(e ast.Expr) {
	switch e := e.(type) {
	case *ast.IdentExpr:
		v := n.find(e.Value)
		n.uses[e] = v
		if !v.local {
			n.reads = append(n.reads, e)
			n.tested[e.Value] = n.tested[e.Value] || n.asked[e]
		}
	case *ast.TableExpr:
		for _, f := range e.Fields {
			if key, ok := f.Key.(*ast.StringExpr); ok {
				n.defined[key.Value] = true
			}
		}
	case *ast.LogicalOpExpr:
		n.condition(e.Lhs)
	case *ast.RelationalOpExpr:
		n.condition(e)
	case *ast.UnaryNotOpExpr:
		n.condition(e.Expr)
	}
}

// call notes a call of a global function. The names in it are resolved.
func (n *names) call(call *ast.FuncCallExpr) {
	g, ok := call.Func.(*ast.IdentExpr)
	if !ok || n.uses[g].local {
		return
	}
	n.calls[g.Value] = append(n.calls[g.Value], call)
	if g.Value == "type" && len(call.Args) == 1 { // type(x) == "nil"
		if tested, ok := call.Args[0].(*ast.IdentExpr); ok {
			n.tested[tested.Value] = true
		}
	}
}

// only gives the one value that a variable ever has, nil if there is none.
func (v *variable) only() ast.Expr {
	if v == nil || len(v.values) != 1 {
		return nil
	}
	return v.values[0]
}
