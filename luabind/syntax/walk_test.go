package syntax_test

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/yuin/gopher-lua/ast"

	"github.com/moonwire/moonwire/luabind/syntax"
)

// transcript tells what a walk comes by.
func transcript(t *testing.T, source string) string {
	t.Helper()
	chunk, err := syntax.Parse([]byte(source), "test")
	if err != nil {
		t.Fatal(err)
	}
	var told []string
	tell := func(format string, args ...any) { told = append(told, fmt.Sprintf(format, args...)) }
	kind := func(node any) string {
		if node == nil {
			return "chunk"
		}
		return strings.TrimSuffix(strings.TrimSuffix(reflect.TypeOf(node).Elem().Name(), "Expr"), "Stmt")
	}
	v := syntax.Visitor{
		Statement:     func(stmt ast.Stmt) { tell("%s", kind(stmt)) },
		StatementDone: func(stmt *ast.Stmt) { tell("/%s", kind(*stmt)) },
		Expression: func(expr ast.Expr) {
			if name, ok := expr.(*ast.IdentExpr); ok {
				tell("%s", name.Value)
			}
		},
		ExpressionDone: func(expr *ast.Expr) {
			if _, name := (*expr).(*ast.IdentExpr); !name {
				tell("%s.", kind(*expr))
			}
		},
		Target:  func(target ast.Expr, by ast.Stmt, i int) { tell("=%s %s %d", kind(target), kind(by), i) },
		Open:    func(b syntax.Block) { tell("{%s %d", kind(b.Owner), len(b.Stmts)) },
		Close:   func(b syntax.Block) { tell("%s}", kind(b.Owner)) },
		Declare: func(name string, by any, i int) { tell("+%s %s %d", name, kind(by), i) },
	}
	v.Walk(chunk)
	return strings.Join(told, ", ")
}

func TestWalk(t *testing.T) {
	for _, test := range []struct{ source, want string }{
		{"local a, b = c", "LocalAssign, c, +a LocalAssign 0, +b LocalAssign 1, /LocalAssign"},
		{"local function f() f() end", "LocalAssign, +f LocalAssign 0, {Function 1, FuncCall, f, FuncCall., /FuncCall, Function}, Function., /LocalAssign"},
		{"local f = function() f() end", "LocalAssign, {Function 1, FuncCall, f, FuncCall., /FuncCall, Function}, Function., +f LocalAssign 0, /LocalAssign"},
		{"function t:m(x, ...) end", "FuncDef, t, {Function 0, +self Function -1, +x Function 0, Function}, /FuncDef"},
		{"function t.f() end", "FuncDef, t, String., =AttrGet FuncDef 0, {Function 0, Function}, /FuncDef"},
		{"a, b.c[d] = e", "Assign, e, =Ident Assign 0, b, String., AttrGet., d, =AttrGet Assign 1, /Assign"},
		{"while a do b() end", "While, a, {While 1, FuncCall, b, FuncCall., /FuncCall, While}, /While"},
		{"repeat local a until a", "Repeat, {Repeat 1, LocalAssign, +a LocalAssign 0, /LocalAssign, a, Repeat}, /Repeat"},
		{"if a then elseif b then else c() end", "If, a, {If 0, If}, {If 1, If, b, {If 0, If}, {If 1, FuncCall, c, FuncCall., /FuncCall, If}, /If, If}, /If"},
		{"for i = a, b do end", "NumberFor, a, b, {NumberFor 0, +i NumberFor 0, NumberFor}, /NumberFor"},
		{"for i = a, b, c do end", "NumberFor, a, b, c, {NumberFor 0, +i NumberFor 0, NumberFor}, /NumberFor"},
		{"for k, v in a do goto x ::x:: end", "GenericFor, a, {GenericFor 2, +k GenericFor 0, +v GenericFor 1, Goto, /Goto, Label, /Label, GenericFor}, /GenericFor"},
		{"while a do do break end end", "While, a, {While 1, DoBlock, {DoBlock 1, Break, /Break, DoBlock}, /DoBlock, While}, /While"},
		{"return a and b or c, a == b, a .. b, a + b, -a, not a, #a", "Return, a, b, LogicalOp., c, LogicalOp., a, b, RelationalOp., a, b, StringConcatOp., a, b, ArithmeticOp., a, UnaryMinusOp., a, UnaryNotOp., a, UnaryLenOp., /Return"},
		{"return {a, b = c, [d] = e}, a:m(b), ..., 1", "Return, a, String., c, d, e, Table., a, b, FuncCall., Comma3., Number., /Return"},
	} {
		want := "{chunk 1, " + test.want + ", chunk}"
		if got := transcript(t, test.source); got != want {
			t.Errorf("%s\n got %s\nwant %s", test.source, got, want)
		}
	}
}

// TestWalkReplaces puts other statements and expressions in place of those that are done.
func TestWalkReplaces(t *testing.T) {
	chunk, err := syntax.Parse([]byte("if a then f(b, {c = b}) end"), "test")
	if err != nil {
		t.Fatal(err)
	}
	v := syntax.Visitor{
		ExpressionDone: func(expr *ast.Expr) {
			if name, ok := (*expr).(*ast.IdentExpr); ok && name.Value == "b" {
				*expr = &ast.NumberExpr{Value: "1"}
			}
		},
		StatementDone: func(stmt *ast.Stmt) {
			if call, ok := (*stmt).(*ast.FuncCallStmt); ok {
				*stmt = &ast.ReturnStmt{Exprs: []ast.Expr{call.Expr}}
			}
		},
	}
	v.Walk(chunk)
	returned, ok := chunk[0].(*ast.IfStmt).Then[0].(*ast.ReturnStmt)
	if !ok {
		t.Fatalf("the call is a %T", chunk[0].(*ast.IfStmt).Then[0])
	}
	args := returned.Exprs[0].(*ast.FuncCallExpr).Args
	for _, b := range []ast.Expr{args[0], args[1].(*ast.TableExpr).Fields[0].Value} {
		if n, ok := b.(*ast.NumberExpr); !ok || n.Value != "1" {
			t.Errorf("b is a %T", b)
		}
	}
}
