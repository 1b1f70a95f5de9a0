package baselib

// The parsed chunk, changed before it is compiled: every .. that may meet a
// number becomes a call of concatFunction, t[k] = nil one of clearFunction, and
// assignments, locals and constructors are put so that they are compiled as Lua means
// them. Loops have a file of their own.

import (
	"fmt"

	lua "github.com/yuin/gopher-lua"
	"github.com/yuin/gopher-lua/ast"

	"github.com/moonwire/moonwire/luabind/syntax"
)

// The string constants that stand for functions until the chunk is compiled:
// the tree has no place for a function's value.
const (
	concatMark = "\x00concatenation"
	clearMark  = "\x00clearing"
)

// bindMarks puts the functions where the constants hold their marks.
func bindMarks(proto *lua.FunctionProto) {
	for i, c := range proto.Constants {
		switch c {
		case lua.LValue(lua.LString(concatMark)):
			proto.Constants[i] = concatFunction
		case lua.LValue(lua.LString(clearMark)):
			proto.Constants[i] = clearFunction
		case lua.LValue(lua.LString(forMark)):
			proto.Constants[i] = forFunction
		}
	}
	for _, inner := range proto.FunctionPrototypes {
		bindMarks(inner)
	}
}

// isMarked reports whether a value is a function that a mark stands for.
func isMarked(fn lua.LValue) bool {
	return fn == lua.LValue(concatFunction) || fn == lua.LValue(clearFunction) || fn == lua.LValue(forFunction)
}

// callOf is a call of the function that a mark stands for.
func callOf(mark string, line int, args ...ast.Expr) *ast.FuncCallExpr {
	name := &ast.StringExpr{Value: mark}
	name.SetLine(line)
	call := &ast.FuncCallExpr{Func: name, Args: args, AdjustRet: true}
	call.SetLine(line)
	return call
}

// prepare changes a chunk's tree before it is compiled. In place of its lines it then
// has what the scoper knows.
func prepare(chunk []ast.Stmt) *scoper {
	r := rewriter{inner: make(map[ast.Expr]bool)}
	v := syntax.Visitor{StatementDone: rewriteStatement, Expression: r.expression, ExpressionDone: r.expressionDone, Close: rewriteLabels}
	v.Walk(chunk)
	s := newScoper(chunk)
	placeGotos(chunk)
	return s
}

// rewriteStatement is called when the parts of a statement are rewritten.
func rewriteStatement(stmt *ast.Stmt) {
	switch st := (*stmt).(type) {
	case *ast.AssignStmt:
		*stmt = rewriteAssign(st)
	case *ast.LocalAssignStmt:
		rewriteLocal(st)
	case *ast.NumberForStmt:
		rewriteBound(&st.Init)
		rewriteBound(&st.Limit)
		rewriteBound(&st.Step)
	case *ast.GenericForStmt:
		rewriteIterator(st)
	}
	*stmt = rewriteLoop(*stmt)
}

// A rewriter changes expressions.
type rewriter struct {
	inner map[ast.Expr]bool // the chains a .. b that end a longer one
}

func (r *rewriter) expression(expr ast.Expr) {
	if chain, ok := expr.(*ast.StringConcatOpExpr); ok {
		if rest, ok := chain.Rhs.(*ast.StringConcatOpExpr); ok {
			r.inner[rest] = true
		}
	}
}

func (r *rewriter) expressionDone(expr *ast.Expr) {
	switch ex := (*expr).(type) {
	case *ast.TableExpr:
		rewriteFields(ex)
	case *ast.StringConcatOpExpr:
		if !r.inner[ex] {
			*expr = rewriteConcat(ex)
		}
	}
}

// rewriteAssign goes round gopher-lua's compiler, which evaluates into the
// variables that are assigned to while others still need their old values: in
// a, b = b, a or 1 the second value sees the new a, in a = (f(a)) the function
// itself takes a's place before it is called, a = b and c leaves a as it
// was if b is false, and a = ... drops the locals behind a. Where that may happen everything is evaluated into locals
// of a block first.
func rewriteAssign(stmt *ast.AssignStmt) ast.Stmt {
	last := len(stmt.Rhs) - 1
	call, isCall := stmt.Rhs[last].(*ast.FuncCallExpr)
	if len(stmt.Lhs) == 1 && last == 0 {
		if clearing := rewriteClear(stmt); clearing != nil {
			return clearing
		}
		if isCall {
			call.AdjustRet = false // one value is taken either way
		}
		switch stmt.Rhs[0].(type) {
		case *ast.LogicalOpExpr, *ast.Comma3Expr:
		default:
			return stmt
		}
		if !allNames(stmt.Lhs) {
			return stmt
		}
	}
	if last == 0 && isCall && !call.AdjustRet && allNames(stmt.Lhs) {
		return stmt // a, b = f() is compiled as it should be
	}
	block := &ast.DoBlockStmt{}
	line := stmt.Line()
	temporary := func(expr ast.Expr) ast.Expr {
		name := fmt.Sprintf("(temporary %d)", len(block.Stmts))
		local := &ast.LocalAssignStmt{Names: []string{name}, Exprs: []ast.Expr{expr}}
		local.SetLine(line)
		block.Stmts = append(block.Stmts, local)
		return identifier(name, line)
	}
	targets := make([]ast.Expr, len(stmt.Lhs))
	for i, target := range stmt.Lhs {
		targets[i] = target
		if field, ok := target.(*ast.AttrGetExpr); ok {
			object, key := temporary(field.Object), field.Key
			if _, constant := key.(*ast.StringExpr); !constant {
				key = temporary(key)
			}
			field := &ast.AttrGetExpr{Object: object, Key: key}
			field.SetLine(line)
			targets[i] = field
		}
	}
	values := &ast.LocalAssignStmt{Exprs: stmt.Rhs}
	values.SetLine(line)
	block.Stmts = append(block.Stmts, values)
	for i := range stmt.Lhs {
		values.Names = append(values.Names, fmt.Sprintf("(value %d)", i))
	}
	for i := len(targets) - 1; i >= 0; i-- {
		assign := &ast.AssignStmt{Lhs: targets[i : i+1], Rhs: []ast.Expr{identifier(values.Names[i], line)}}
		assign.SetLine(line)
		block.Stmts = append(block.Stmts, assign)
	}
	block.SetLine(line)
	block.SetLastLine(max(line, stmt.LastLine()))
	return block
}

// rewriteClear makes a call of t[k] = nil, where k is no constant string.
func rewriteClear(stmt *ast.AssignStmt) ast.Stmt {
	field, ok := stmt.Lhs[0].(*ast.AttrGetExpr)
	if !ok {
		return nil
	}
	if _, ok := stmt.Rhs[0].(*ast.NilExpr); !ok {
		return nil
	}
	if _, ok := field.Key.(*ast.StringExpr); ok {
		return nil
	}
	args := []ast.Expr{field.Object, field.Key}
	for _, arg := range args {
		switch ex := arg.(type) {
		case *ast.FuncCallExpr:
			ex.AdjustRet = true
		case *ast.Comma3Expr:
			ex.AdjustRet = true
		}
	}
	call := &ast.FuncCallStmt{Expr: callOf(clearMark, stmt.Line(), args...)}
	call.SetLine(stmt.Line())
	return call
}

func identifier(name string, line int) *ast.IdentExpr {
	ident := &ast.IdentExpr{Value: name}
	ident.SetLine(line)
	return ident
}

func allNames(exprs []ast.Expr) bool {
	for _, expr := range exprs {
		if _, ok := expr.(*ast.IdentExpr); !ok {
			return false
		}
	}
	return true
}

// rewriteFields keeps the last value of a constructor, if it has a key, to one
// value.
func rewriteFields(table *ast.TableExpr) {
	if len(table.Fields) == 0 {
		return
	}
	last := table.Fields[len(table.Fields)-1]
	if last.Key == nil {
		return
	}
	switch ex := last.Value.(type) {
	case *ast.FuncCallExpr:
		ex.AdjustRet = true
	case *ast.Comma3Expr:
		ex.AdjustRet = true
	}
}

// rewriteLocal keeps local f = function() ... end from seeing itself. Of one name
// and one function the compiler makes a local function, which alone has a last
// line; a second value, which is dropped, makes it an ordinary assignment.
func rewriteLocal(stmt *ast.LocalAssignStmt) {
	if len(stmt.Names) != 1 || len(stmt.Exprs) != 1 || syntax.IsLocalFunction(stmt) {
		return
	}
	if _, ok := stmt.Exprs[0].(*ast.FunctionExpr); ok {
		dropped := &ast.NilExpr{}
		dropped.SetLine(stmt.Line())
		stmt.Exprs = append(stmt.Exprs, dropped)
	}
}

// rewriteConcat makes one call of a chain a .. b .. c, which the parser nests
// to the right.
func rewriteConcat(chain *ast.StringConcatOpExpr) ast.Expr {
	var operands []ast.Expr
	literal := true
	for rest := ast.Expr(chain); ; {
		next, ok := rest.(*ast.StringConcatOpExpr)
		operand := rest
		if ok {
			operand, rest = next.Lhs, next.Rhs
		}
		switch ex := operand.(type) {
		case *ast.StringExpr:
		case *ast.FuncCallExpr:
			ex.AdjustRet = true
			literal = false
		case *ast.Comma3Expr:
			ex.AdjustRet = true
			literal = false
		default:
			literal = false
		}
		operands = append(operands, operand)
		if !ok {
			break
		}
	}
	if literal {
		return chain
	}
	return callOf(concatMark, chain.Line(), operands...)
}
