package syntax

import "github.com/yuin/gopher-lua/ast"

// A Visitor is what is done on a walk over a chunk. A function that is nil does nothing.
// The order is that in which Lua sees names: the values of a local before its name, but
// local function f before its function.
type Visitor struct {
	// Statement is called before the parts of a statement, StatementDone after them;
	// that may put another statement in its place.
	Statement     func(stmt ast.Stmt)
	StatementDone func(stmt *ast.Stmt)

	// Expression is called before the parts of an expression, ExpressionDone after
	// them; that may put another expression in its place.
	Expression     func(expr ast.Expr)
	ExpressionDone func(expr *ast.Expr)

	// Target is called after the parts of what is assigned to, a name or a field, which
	// is no expression of the walk itself. i is its place among the targets.
	Target func(target ast.Expr, by ast.Stmt, i int)

	// Open and Close are called where a block begins and ends. The condition of repeat is
	// inside its block, the head of a for is not.
	Open  func(b Block)
	Close func(b Block)

	// Declare is called for each name that becomes a local: by a *ast.LocalAssignStmt,
	// *ast.NumberForStmt or *ast.GenericForStmt; or by a *ast.FunctionExpr, whose
	// parameter it is. i is its place among the names, -1 of self, which a method has.
	Declare func(name string, by any, i int)
}

// A Block is a list of statements with locals of its own.
type Block struct {
	// Owner is what the block belongs to: a statement, or a *ast.FunctionExpr; nil is
	// the chunk. An if has two.
	Owner any
	// Stmts are the statements, of an else those behind it.
	Stmts []ast.Stmt
}

// IsLocalFunction reports whether a statement is local function f, and not
// local f = function: only the first sees itself. The parser makes the same tree of
// both, but that it gives a last line to the first alone.
func IsLocalFunction(stmt *ast.LocalAssignStmt) bool {
	if len(stmt.Names) != 1 || len(stmt.Exprs) != 1 || stmt.LastLine() == 0 {
		return false
	}
	_, ok := stmt.Exprs[0].(*ast.FunctionExpr)
	return ok
}

// Walk walks over a chunk.
func (v *Visitor) Walk(chunk []ast.Stmt) {
	v.block(nil, chunk, nil)
}

// block walks a block; declare, which may be nil, declares the names that are there from
// its beginning.
func (v *Visitor) block(owner any, stmts []ast.Stmt, declare func()) {
	b := Block{owner, stmts}
	v.open(b)
	if declare != nil {
		declare()
	}
	v.statements(stmts)
	v.close(b)
}

func (v *Visitor) open(b Block) {
	if v.Open != nil {
		v.Open(b)
	}
}

func (v *Visitor) close(b Block) {
	if v.Close != nil {
		v.Close(b)
	}
}

func (v *Visitor) declare(name string, by any, i int) {
	if v.Declare != nil {
		v.Declare(name, by, i)
	}
}

func (v *Visitor) statements(stmts []ast.Stmt) {
	for i := range stmts {
		if v.Statement != nil {
			v.Statement(stmts[i])
		}
		v.parts(stmts[i])
		if v.StatementDone != nil {
			v.StatementDone(&stmts[i])
		}
	}
}

// parts walks what a statement consists of.
func (v *Visitor) parts(stmt ast.Stmt) {
	switch st := stmt.(type) {
	case *ast.AssignStmt:
		v.expressions(st.Rhs)
		for i, target := range st.Lhs {
			v.target(target, st, i)
		}
	case *ast.LocalAssignStmt:
		v.local(st)
	case *ast.FuncCallStmt:
		v.expression(&st.Expr)
	case *ast.DoBlockStmt:
		v.block(st, st.Stmts, nil)
	case *ast.WhileStmt:
		v.expression(&st.Condition)
		v.block(st, st.Stmts, nil)
	case *ast.RepeatStmt:
		b := Block{st, st.Stmts}
		v.open(b)
		v.statements(st.Stmts)
		v.expression(&st.Condition)
		v.close(b)
	case *ast.IfStmt:
		v.expression(&st.Condition)
		v.block(st, st.Then, nil)
		v.block(st, st.Else, nil)
	case *ast.NumberForStmt:
		v.expression(&st.Init)
		v.expression(&st.Limit)
		v.expression(&st.Step)
		v.block(st, st.Stmts, func() { v.declare(st.Name, st, 0) })
	case *ast.GenericForStmt:
		v.expressions(st.Exprs)
		v.block(st, st.Stmts, func() {
			for i, name := range st.Names {
				v.declare(name, st, i)
			}
		})
	case *ast.FuncDefStmt:
		if st.Name.Func != nil {
			v.target(st.Name.Func, st, 0)
		}
		v.expression(&st.Name.Receiver)
		v.function(st.Func, st.Name.Func == nil)
	case *ast.ReturnStmt:
		v.expressions(st.Exprs)
	}
}

func (v *Visitor) local(st *ast.LocalAssignStmt) {
	if IsLocalFunction(st) {
		v.declare(st.Names[0], st, 0)
		v.expressions(st.Exprs)
		return
	}
	v.expressions(st.Exprs)
	for i, name := range st.Names {
		v.declare(name, st, i)
	}
}

func (v *Visitor) target(target ast.Expr, by ast.Stmt, i int) {
	if field, ok := target.(*ast.AttrGetExpr); ok {
		v.expression(&field.Object)
		v.expression(&field.Key)
	}
	if v.Target != nil {
		v.Target(target, by, i)
	}
}

// function walks a function's parameters and body.
func (v *Visitor) function(fn *ast.FunctionExpr, method bool) {
	v.block(fn, fn.Stmts, func() {
		if method {
			v.declare("self", fn, -1)
		}
		for i, name := range fn.ParList.Names {
			v.declare(name, fn, i)
		}
	})
}

func (v *Visitor) expressions(exprs []ast.Expr) {
	for i := range exprs {
		v.expression(&exprs[i])
	}
}

// expression walks an expression; nil is none.
func (v *Visitor) expression(expr *ast.Expr) {
	if *expr == nil {
		return
	}
	if v.Expression != nil {
		v.Expression(*expr)
	}
	switch ex := (*expr).(type) {
	case *ast.AttrGetExpr:
		v.expression(&ex.Object)
		v.expression(&ex.Key)
	case *ast.TableExpr:
		for _, field := range ex.Fields {
			v.expression(&field.Key)
			v.expression(&field.Value)
		}
	case *ast.FuncCallExpr:
		v.expression(&ex.Func)
		v.expression(&ex.Receiver)
		v.expressions(ex.Args)
	case *ast.LogicalOpExpr:
		v.expression(&ex.Lhs)
		v.expression(&ex.Rhs)
	case *ast.RelationalOpExpr:
		v.expression(&ex.Lhs)
		v.expression(&ex.Rhs)
	case *ast.StringConcatOpExpr:
		v.expression(&ex.Lhs)
		v.expression(&ex.Rhs)
	case *ast.ArithmeticOpExpr:
		v.expression(&ex.Lhs)
		v.expression(&ex.Rhs)
	case *ast.UnaryMinusOpExpr:
		v.expression(&ex.Expr)
	case *ast.UnaryNotOpExpr:
		v.expression(&ex.Expr)
	case *ast.UnaryLenOpExpr:
		v.expression(&ex.Expr)
	case *ast.FunctionExpr:
		v.function(ex, false)
	}
	if v.ExpressionDone != nil {
		v.ExpressionDone(expr)
	}
}
