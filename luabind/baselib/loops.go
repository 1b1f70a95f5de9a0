package baselib

// Loops, changed in the tree so that gopher-lua's compiler makes of them what Lua means.

import (
	"fmt"

	lua "github.com/yuin/gopher-lua"
	"github.com/yuin/gopher-lua/ast"

	"github.com/moonwire/moonwire/luabind/syntax"
)

// forMark stands for forFunction, which makes numbers of strings in the head of
// a numeric for.
const forMark = "\x00for"

var forFunction = &lua.LFunction{IsG: true, GFunction: forNumber}

func forNumber(L *lua.LState) int {
	L.SetTop(1)
	if text, ok := L.Get(1).(lua.LString); ok {
		if number, ok := ParseNumber(string(text)); ok {
			L.Push(number)
		}
	}
	return 1
}

// rewriteBound lets a string that holds a number stand in the head of a for.
func rewriteBound(expr *ast.Expr) {
	switch ex := (*expr).(type) {
	case nil, *ast.NumberExpr, *ast.ArithmeticOpExpr, *ast.UnaryMinusOpExpr, *ast.UnaryLenOpExpr:
		return
	case *ast.FuncCallExpr:
		ex.AdjustRet = true
	case *ast.Comma3Expr:
		ex.AdjustRet = true
	}
	*expr = callOf(forMark, (*expr).Line(), *expr)
}

// rewriteIterator gives a for three variables at least. With fewer the compiler sets only as
// many of its function, state and control, and the function is called with whatever lies in
// the place of the others. A call that stands alone behind in sets all three.
func rewriteIterator(stmt *ast.GenericForStmt) {
	if len(stmt.Exprs) == 1 {
		switch ex := stmt.Exprs[0].(type) {
		case *ast.FuncCallExpr:
			if !ex.AdjustRet {
				return
			}
		case *ast.Comma3Expr:
			if !ex.AdjustRet {
				return
			}
		}
	}
	for len(stmt.Names) < 3 {
		stmt.Names = append(stmt.Names, "(nothing)")
	}
}

// rewriteLoop goes round two faults of the compiler: a jump back to a jump goes
// wrong, and a break leaves the captured locals of inner blocks open. A loop's
// body begins with a local that is never used where it might begin with a jump,
// and a break becomes a goto behind the loop.
func rewriteLoop(stmt ast.Stmt) ast.Stmt {
	var body *[]ast.Stmt
	switch st := stmt.(type) {
	case *ast.WhileStmt:
		if mayJump(st.Condition) {
			split := &ast.IfStmt{Condition: st.Condition, Then: st.Stmts, Else: []ast.Stmt{at(&ast.BreakStmt{}, st.Line())}}
			if len(split.Then) == 0 {
				split.Then = []ast.Stmt{first(st.Line())}
			}
			split.SetLine(st.Line())
			split.SetLastLine(st.LastLine())
			always := &ast.TrueExpr{}
			always.SetLine(st.Line())
			st.Condition, st.Stmts = always, []ast.Stmt{split}
		}
		body = &st.Stmts
	case *ast.RepeatStmt:
		body = &st.Stmts
		if len(*body) == 0 && mayJump(st.Condition) {
			*body = []ast.Stmt{first(st.Line())}
		}
	case *ast.NumberForStmt:
		body = &st.Stmts
	case *ast.GenericForStmt:
		body = &st.Stmts
	default:
		return stmt
	}
	if len(*body) > 0 && beginsWithJump((*body)[0]) {
		*body = append([]ast.Stmt{first((*body)[0].Line())}, *body...)
	}
	label := &ast.LabelStmt{Name: fmt.Sprintf("(break at line %d)", stmt.Line())}
	label.SetLine(max(stmt.Line(), stmt.LastLine()))
	if !replaceBreaks(*body, label.Name) {
		return stmt
	}
	block := &ast.DoBlockStmt{Stmts: []ast.Stmt{stmt, label}}
	block.SetLine(stmt.Line())
	block.SetLastLine(max(stmt.Line(), stmt.LastLine()))
	return block
}

// rewriteLabels puts a local that is never used between each label of a block and what may
// begin with a jump, for a goto may go back to the label.
func rewriteLabels(b syntax.Block) {
	for i := 1; i < len(b.Stmts); i++ {
		_, isLabel := b.Stmts[i].(*ast.LabelStmt)
		if _, behind := b.Stmts[i-1].(*ast.LabelStmt); !behind || isLabel || !beginsWithJump(b.Stmts[i]) {
			continue
		}
		line := b.Stmts[i].Line()
		switch st := b.Stmts[i].(type) {
		case *ast.LocalAssignStmt: // what it declares must be known behind it
			nothing := &ast.NilExpr{}
			nothing.SetLine(line)
			st.Names, st.Exprs = append([]string{"(nothing)"}, st.Names...), append([]ast.Expr{nothing}, st.Exprs...)
		default:
			block := &ast.DoBlockStmt{Stmts: []ast.Stmt{first(line), st}}
			block.SetLine(line)
			block.SetLastLine(max(line, st.LastLine()))
			b.Stmts[i] = block
		}
	}
}

func at(stmt ast.Stmt, line int) ast.Stmt {
	stmt.SetLine(line)
	return stmt
}

// first is a statement that begins with no jump and does nothing.
func first(line int) ast.Stmt {
	return at(&ast.LocalAssignStmt{Names: []string{"(nothing)"}}, line)
}

// replaceBreaks makes a goto of each break of the loop whose body it is given,
// and reports whether there is one. Inner loops have theirs replaced already.
func replaceBreaks(block []ast.Stmt, label string) (found bool) {
	for i, stmt := range block {
		switch st := stmt.(type) {
		case *ast.BreakStmt:
			block[i] = at(&ast.GotoStmt{Label: label}, st.Line())
			found = true
		case *ast.DoBlockStmt:
			found = replaceBreaks(st.Stmts, label) || found
		case *ast.IfStmt:
			found = replaceBreaks(st.Then, label) || found
			found = replaceBreaks(st.Else, label) || found
		}
	}
	return found
}

// beginsWithJump reports whether the code of a statement may begin with a jump.
// It errs on the side of yes.
func beginsWithJump(stmt ast.Stmt) bool {
	switch st := stmt.(type) {
	case *ast.FuncCallStmt:
		return mayJump(st.Expr)
	case *ast.LocalAssignStmt:
		return len(st.Exprs) > 0 && operandMayJump(st.Exprs[0])
	case *ast.IfStmt:
		return mayJump(st.Condition)
	case *ast.AssignStmt:
		for _, target := range st.Lhs {
			if field, ok := target.(*ast.AttrGetExpr); ok && mayJump(field) {
				return true
			}
		}
		return len(st.Rhs) > 0 && operandMayJump(st.Rhs[0])
	}
	return true
}

// mayJump reports whether the code of an expression, or of a condition, may
// begin with a jump.
func mayJump(expr ast.Expr) bool {
	switch ex := expr.(type) {
	case *ast.IdentExpr, *ast.StringExpr, *ast.Comma3Expr, *ast.FunctionExpr, *ast.TableExpr:
		_, constant := ex.(*ast.StringExpr)
		return constant
	case *ast.AttrGetExpr:
		return operandMayJump(ex.Object) || operandMayJump(ex.Key)
	case *ast.FuncCallExpr:
		if ex.Func == nil {
			return mayJump(ex.Receiver)
		}
		if _, mark := ex.Func.(*ast.StringExpr); mark {
			return false // loads the function first
		}
		return mayJump(ex.Func)
	case *ast.RelationalOpExpr:
		return operandMayJump(ex.Lhs) || operandMayJump(ex.Rhs)
	case *ast.ArithmeticOpExpr:
		return operandMayJump(ex.Lhs) || operandMayJump(ex.Rhs)
	}
	return true
}

// operandMayJump is mayJump for an expression whose value is used. There is no code at all
// for a constant and a local, so what stands behind may come first.
func operandMayJump(expr ast.Expr) bool {
	switch expr.(type) {
	case *ast.StringExpr, *ast.NumberExpr, *ast.NilExpr, *ast.TrueExpr, *ast.FalseExpr:
		return false
	}
	return mayJump(expr)
}
