package baselib

// Loops, jumps and constructors, prepared so that gopher-lua's compiler makes of
// them what Lua means: rewriteLoop and rewriteFields change the tree, placeGotos
// looks at the tree when it is finished, and repair changes the compiled code.

import (
	"fmt"

	lua "github.com/yuin/gopher-lua"
	"github.com/yuin/gopher-lua/ast"
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
	if len(stmt.Names) != 1 || len(stmt.Exprs) != 1 || stmt.LastLine() != 0 {
		return
	}
	if _, ok := stmt.Exprs[0].(*ast.FunctionExpr); ok {
		dropped := &ast.NilExpr{}
		dropped.SetLine(stmt.Line())
		stmt.Exprs = append(stmt.Exprs, dropped)
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
		return len(st.Exprs) > 0 && mayJump(st.Exprs[0])
	case *ast.IfStmt:
		return mayJump(st.Condition)
	case *ast.AssignStmt:
		for _, target := range st.Lhs {
			if field, ok := target.(*ast.AttrGetExpr); ok && (mayJump(field.Object) || mayJump(field.Key)) {
				return true
			}
		}
		return len(st.Rhs) > 0 && mayJump(st.Rhs[0])
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
		return mayJump(ex.Object)
	case *ast.FuncCallExpr:
		if ex.Func == nil {
			return mayJump(ex.Receiver)
		}
		if _, mark := ex.Func.(*ast.StringExpr); mark {
			return false // loads the function first
		}
		return mayJump(ex.Func)
	case *ast.RelationalOpExpr:
		return mayJump(ex.Lhs)
	}
	return true
}

// A pendingGoto is a goto whose label has not been found yet.
type pendingGoto struct {
	stmt *ast.GotoStmt
	live int // locals live at the goto that its way so far leaves
}

// A jumpScope is a block while placeGotos walks it.
type jumpScope struct {
	live    int // locals live here
	labels  map[string]jumpTarget
	pending []pendingGoto
}

type jumpTarget struct {
	live int
	last bool // nothing but labels follows
}

// placeGotos tells each goto how many locals are live behind its label. The
// compiler has it close all of them. The number is kept in the statement's line,
// where repair finds it.
func placeGotos(block []ast.Stmt, live int, untilFollows bool) []pendingGoto {
	s := &jumpScope{live: live}
	for i, stmt := range block {
		s.statement(stmt, i, block, untilFollows)
	}
	var left []pendingGoto
	for _, g := range s.pending {
		target, ok := s.labels[g.stmt.Label]
		switch {
		case !ok:
			g.live = min(g.live, live)
			left = append(left, g)
		case target.live <= g.live || target.last:
			g.stmt.SetLine(encodeGoto(g.stmt.Line(), min(g.live, target.live)))
		}
	}
	return left
}

func (s *jumpScope) statement(stmt ast.Stmt, i int, block []ast.Stmt, untilFollows bool) {
	inner := func(block []ast.Stmt, locals int, until bool) {
		s.pending = append(s.pending, placeGotos(block, s.live+locals, until)...)
	}
	switch st := stmt.(type) {
	case *ast.LocalAssignStmt:
		s.live += len(st.Names)
	case *ast.DoBlockStmt:
		inner(st.Stmts, 0, false)
	case *ast.WhileStmt:
		inner(st.Stmts, 0, false)
	case *ast.RepeatStmt:
		inner(st.Stmts, 0, true)
	case *ast.IfStmt:
		inner(st.Then, 0, false)
		inner(st.Else, 0, false)
	case *ast.NumberForStmt:
		inner(st.Stmts, 4, false)
	case *ast.GenericForStmt:
		inner(st.Stmts, 3+len(st.Names), false)
	case *ast.GotoStmt:
		s.pending = append(s.pending, pendingGoto{st, s.live})
	case *ast.LabelStmt:
		last := !untilFollows
		for _, next := range block[i+1:] {
			if _, ok := next.(*ast.LabelStmt); !ok {
				last = false
				break
			}
		}
		if s.labels == nil {
			s.labels = map[string]jumpTarget{}
		}
		if _, twice := s.labels[st.Name]; !twice {
			s.labels[st.Name] = jumpTarget{s.live, last}
		}
	}
}

// placeGotosIn does so for a function. Methods that are defined with a colon have
// one local more, and so has a function with varargs: arg.
func placeGotosIn(fn *ast.FunctionExpr, method bool) {
	live := len(fn.ParList.Names)
	if method {
		live++
	}
	if fn.ParList.HasVargs {
		live++
	}
	placeGotos(fn.Stmts, live, false)
}

func encodeGoto(line, live int) int { return -(line<<8 | live&0xff) - 1 }

func decodeGoto(coded int) (line, live int) {
	coded = -coded - 1
	return coded >> 8, coded & 0xff
}

// repair puts right what the compiler laid out wrongly: what a goto closes, and
// the parts of long constructors.
func repair(p *lua.FunctionProto) {
	type list struct{ c, b int }
	lists := map[int]list{} // the last part of the constructor in a register
	for pc := 0; pc < len(p.Code); pc++ {
		inst := p.Code[pc]
		op, a, b, c := int(inst>>26), int(inst>>18)&0xff, int(inst)&0x1ff, int(inst>>9)&0x1ff
		if p.DbgSourcePositions[pc] < 0 {
			line, live := decodeGoto(p.DbgSourcePositions[pc])
			p.DbgSourcePositions[pc] = line
			if op == lua.OP_CLOSE {
				p.Code[pc] = inst&^(0xff<<18) | uint32(live)<<18
			}
		}
		switch op {
		case lua.OP_CLOSURE:
			pc += int(p.FunctionPrototypes[inst&0x3ffff].NumUpvalues)
		case lua.OP_NEWTABLE:
			delete(lists, a)
		case lua.OP_SETLIST:
			before := lists[a]
			keyed := pc > 0 && isSetField(p.Code[pc-1], a)
			switch {
			case b == lua.FieldsPerFlush && before.b == b && keyed && (c == before.c || c == 0):
				// The same part again, its registers overwritten by a key and its value.
				p.Code[pc] = uint32(lua.OP_NOP) << 26
				if c == 0 {
					p.Code[pc+1] = uint32(lua.OP_NOP) << 26
					pc++
				}
				continue
			case c == 0:
				c = before.c + 1
				p.Code[pc+1] = uint32(c)
				pc++
			case b == 0 && before.b == lua.FieldsPerFlush && c == before.c:
				c++ // the values of a call, or of ..., behind full parts
				p.Code[pc] = inst&^(0x1ff<<9) | uint32(c)<<9
			}
			lists[a] = list{c, b}
		}
	}
	for _, inner := range p.FunctionPrototypes {
		repair(inner)
	}
}

func isSetField(inst uint32, table int) bool {
	op := int(inst >> 26)
	return (op == lua.OP_SETTABLE || op == lua.OP_SETTABLEKS) && int(inst>>18)&0xff == table
}
