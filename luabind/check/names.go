package check

import "github.com/yuin/gopher-lua/ast"

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
		calls: make(map[string][]*ast.FuncCallExpr),
	}
}

func (n *names) open()  { n.inner = &block{n.inner, make(map[string]*variable)} }
func (n *names) close() { n.inner = n.inner.outer }

func (n *names) declare(name string, values ...ast.Expr) *variable {
	v := &variable{name: name, local: true, values: values}
	n.inner.vars[name] = v
	return v
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

func (n *names) block(stmts []ast.Stmt) {
	n.open()
	defer n.close()
	n.stmts(stmts)
}

func (n *names) stmts(stmts []ast.Stmt) {
	for _, stmt := range stmts {
		n.stmt(stmt)
	}
}

func (n *names) stmt(stmt ast.Stmt) {
	switch st := stmt.(type) {
	case *ast.AssignStmt:
		n.exprs(st.Rhs)
		for i, lhs := range st.Lhs {
			n.assign(lhs, valueAt(st.Rhs, i))
		}
	case *ast.LocalAssignStmt:
		if len(st.Names) == 1 && len(st.Exprs) == 1 {
			if fn, ok := st.Exprs[0].(*ast.FunctionExpr); ok { // it can call itself
				n.declare(st.Names[0], fn)
				n.expr(fn)
				return
			}
		}
		n.exprs(st.Exprs)
		for i, name := range st.Names {
			if len(st.Exprs) == 0 {
				n.declare(name)
			} else {
				n.declare(name, valueAt(st.Exprs, i))
			}
		}
	case *ast.FuncCallStmt:
		n.expr(st.Expr)
	case *ast.DoBlockStmt:
		n.block(st.Stmts)
	case *ast.WhileStmt:
		n.condition(st.Condition)
		n.block(st.Stmts)
	case *ast.RepeatStmt:
		n.open()
		n.stmts(st.Stmts)
		n.condition(st.Condition) // sees the block's locals
		n.close()
	case *ast.IfStmt:
		n.condition(st.Condition)
		n.block(st.Then)
		n.block(st.Else)
	case *ast.NumberForStmt:
		n.exprs([]ast.Expr{st.Init, st.Limit, st.Step})
		n.open()
		n.declare(st.Name, nil)
		n.stmts(st.Stmts)
		n.close()
	case *ast.GenericForStmt:
		n.exprs(st.Exprs)
		n.open()
		for _, name := range st.Names {
			n.declare(name, nil)
		}
		n.stmts(st.Stmts)
		n.close()
	case *ast.FuncDefStmt:
		if st.Name.Func == nil { // function receiver:method()
			n.defined[st.Name.Method] = true
			n.expr(st.Name.Receiver)
			n.function(st.Func, "self")
			return
		}
		n.assign(st.Name.Func, st.Func)
		n.expr(st.Func)
	case *ast.ReturnStmt:
		n.exprs(st.Exprs)
	}
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

func (n *names) assign(lhs, value ast.Expr) {
	switch e := lhs.(type) {
	case *ast.IdentExpr:
		v := n.find(e.Value)
		n.uses[e] = v
		v.values = append(v.values, value)
	case *ast.AttrGetExpr:
		n.expr(e.Object)
		n.expr(e.Key)
		if key, ok := e.Key.(*ast.StringExpr); ok {
			n.defined[key.Value] = true
			if g, ok := e.Object.(*ast.IdentExpr); ok && g.Value == "_G" {
				v := n.find(key.Value)
				v.values = append(v.values, value)
			}
		}
	}
}

func (n *names) exprs(list []ast.Expr) {
	for _, e := range list {
		n.expr(e)
	}
}

// condition is an expression of which only the truth counts: a name in it may well
// be one that does not exist.
func (n *names) condition(e ast.Expr) {
	switch e := e.(type) {
	case *ast.IdentExpr:
		if v := n.find(e.Value); !v.local {
			n.tested[e.Value] = true
		}
	case *ast.UnaryNotOpExpr:
		n.condition(e.Expr)
		return
	case *ast.LogicalOpExpr:
		n.condition(e.Lhs)
		n.condition(e.Rhs)
		return
	case *ast.RelationalOpExpr:
		if _, isNil := e.Rhs.(*ast.NilExpr); isNil {
			n.condition(e.Lhs)
			return
		}
	}
	n.expr(e)
}

func (n *names) expr(e ast.Expr) {
	switch e := e.(type) {
	case *ast.IdentExpr:
		v := n.find(e.Value)
		n.uses[e] = v
		if !v.local {
			n.reads = append(n.reads, e)
		}
	case *ast.AttrGetExpr:
		n.expr(e.Object)
		n.expr(e.Key)
	case *ast.TableExpr:
		for _, f := range e.Fields {
			if key, ok := f.Key.(*ast.StringExpr); ok {
				n.defined[key.Value] = true
			}
			n.expr(f.Key)
			n.expr(f.Value)
		}
	case *ast.FuncCallExpr:
		n.expr(e.Func)
		n.expr(e.Receiver)
		n.exprs(e.Args)
		if g, ok := e.Func.(*ast.IdentExpr); ok && !n.uses[g].local {
			n.calls[g.Value] = append(n.calls[g.Value], e)
			if g.Value == "type" && len(e.Args) == 1 { // type(x) == "nil"
				if tested, ok := e.Args[0].(*ast.IdentExpr); ok {
					n.tested[tested.Value] = true
				}
			}
		}
	case *ast.LogicalOpExpr:
		n.condition(e.Lhs)
		n.expr(e.Rhs)
	case *ast.RelationalOpExpr:
		if _, isNil := e.Rhs.(*ast.NilExpr); isNil {
			n.condition(e.Lhs)
			return
		}
		n.expr(e.Lhs)
		n.expr(e.Rhs)
	case *ast.StringConcatOpExpr:
		n.expr(e.Lhs)
		n.expr(e.Rhs)
	case *ast.ArithmeticOpExpr:
		n.expr(e.Lhs)
		n.expr(e.Rhs)
	case *ast.UnaryMinusOpExpr:
		n.expr(e.Expr)
	case *ast.UnaryNotOpExpr:
		n.condition(e.Expr)
	case *ast.UnaryLenOpExpr:
		n.expr(e.Expr)
	case *ast.FunctionExpr:
		n.function(e)
	}
}

func (n *names) function(fn *ast.FunctionExpr, before ...string) {
	n.open()
	defer n.close()
	for _, name := range before {
		n.declare(name, nil)
	}
	for _, name := range fn.ParList.Names {
		n.params[fn] = append(n.params[fn], n.declare(name, nil))
	}
	n.stmts(fn.Stmts)
}

// only gives the one value that a variable ever has, nil if there is none.
func (v *variable) only() ast.Expr {
	if v == nil || len(v.values) != 1 {
		return nil
	}
	return v.values[0]
}
