package check

import (
	"errors"
	"slices"
	"strings"

	"github.com/yuin/gopher-lua/ast"

	"github.com/moonwire/moonwire/engine/dial"
	"github.com/moonwire/moonwire/engine/line/kinds"
	"github.com/moonwire/moonwire/engine/telnet"
	"github.com/moonwire/moonwire/luabind"
	"github.com/moonwire/moonwire/luabind/syntax"
)

// The rules, but for those on patterns.

// walk applies the rules to a chunk.
func (s *script) walk(chunk []ast.Stmt) {
	v := syntax.Visitor{
		Open:       s.open,
		Close:      func(b syntax.Block) { s.loops -= headedLoop(b.Owner) },
		Statement:  s.statement,
		Expression: s.expression,
		StatementDone: func(stmt *ast.Stmt) {
			s.loops -= conditionLoop(*stmt)
		},
	}
	v.Walk(chunk)
}

// headedLoop is 1 for a loop whose head is evaluated once, before it.
func headedLoop(owner any) int {
	switch owner.(type) {
	case *ast.NumberForStmt, *ast.GenericForStmt:
		return 1
	}
	return 0
}

// conditionLoop is 1 for a loop whose condition is part of it.
func conditionLoop(stmt ast.Stmt) int {
	switch stmt.(type) {
	case *ast.WhileStmt, *ast.RepeatStmt:
		return 1
	}
	return 0
}

func (s *script) open(b syntax.Block) {
	s.loops += headedLoop(b.Owner)
	asked := false // the statement before waited for the prompt of a password
	for _, stmt := range b.Stmts {
		if st, ok := stmt.(*ast.FuncCallStmt); ok {
			if call, ok := st.Expr.(*ast.FuncCallExpr); ok {
				s.ignored(call)
				if asked {
					s.password(call)
				}
			}
		}
		asked = s.asksPassword(stmt)
	}
}

func (s *script) statement(stmt ast.Stmt) {
	s.loops += conditionLoop(stmt)
	switch st := stmt.(type) {
	case *ast.AssignStmt:
		for i, lhs := range st.Lhs {
			if name, ok := lhs.(*ast.IdentExpr); ok && i < len(st.Rhs) {
				s.namedPassword(name.Value, st.Rhs[i])
			}
		}
	case *ast.LocalAssignStmt:
		for i, name := range st.Names {
			if i < len(st.Exprs) {
				s.namedPassword(name, st.Exprs[i])
			}
		}
	}
}

func (s *script) expression(e ast.Expr) {
	switch e := e.(type) {
	case *ast.AttrGetExpr:
		s.field(e)
	case *ast.FuncCallExpr:
		s.call(e)
	}
}

// unknownGlobals reports names that nothing makes.
func (s *script) unknownGlobals() {
	told := make(map[string]bool)
	for _, use := range s.names.reads {
		name := use.Value
		if told[name] || s.names.tested[name] || len(s.names.globals[name].values) > 0 {
			continue
		}
		if _, known := slices.BinarySearch(s.known.globals, name); known {
			continue
		}
		nearest := meant(name, s.known.globals)
		if s.foreign && nearest == "" {
			continue // what was loaded may have made it
		}
		told[name] = true
		s.report(use.Line(), "global", "there is no global %s%s", name, nearest)
	}
}

// global gives the name of the global that an expression is, if it is the
// interpreter's own.
func (s *script) global(e ast.Expr) string {
	name, ok := e.(*ast.IdentExpr)
	if !ok {
		return ""
	}
	if v := s.names.uses[name]; v == nil || v.local || len(v.values) > 0 {
		return ""
	}
	return name.Value
}

// field checks string.fromat and s.nmae.
func (s *script) field(e *ast.AttrGetExpr) {
	key, ok := e.Key.(*ast.StringExpr)
	if !ok || s.names.defined[key.Value] {
		return
	}
	if library := s.global(e.Object); library != "" {
		if fields := s.known.fields[library]; fields != nil && !slices.Contains(fields, key.Value) && !s.foreign {
			s.report(e.Line(), "field", "there is no %s.%s%s", library, key.Value, meant(key.Value, fields))
		}
		return
	}
	if s.isSession(e.Object) && !slices.Contains(s.c.methods, key.Value) {
		s.report(e.Line(), "method", "a session has no field or method %q%s", key.Value, meant(key.Value, s.c.methods))
	}
}

// isSession reports whether an expression is certainly a session.
func (s *script) isSession(e ast.Expr) bool {
	switch e := e.(type) {
	case *ast.IdentExpr:
		v := s.names.uses[e]
		if v == nil {
			return false
		}
		if v.session {
			return len(v.values) == 0 || v.values[0] == nil && len(v.values) == 1
		}
		for _, value := range v.values {
			call, ok := value.(*ast.FuncCallExpr)
			if !ok || !s.isSession(call) {
				return false
			}
		}
		return len(v.values) > 0
	case *ast.FuncCallExpr:
		switch s.global(e.Func) {
		case "connect", "spawn", "use", "current":
			return true
		}
	}
	return false
}

// callee names the session's function that is called, as a method or as a plain
// function; self is what it is called on, nil for the current session. sure tells
// whether self is a session beyond doubt.
func (s *script) callee(call *ast.FuncCallExpr) (name string, self ast.Expr, sure bool) {
	if call.Receiver != nil {
		return call.Method, call.Receiver, s.isSession(call.Receiver)
	}
	return s.global(call.Func), nil, true
}

// call checks one call.
func (s *script) call(call *ast.FuncCallExpr) {
	name, self, sure := s.callee(call)
	if self != nil {
		s.method(call, sure)
	} else if a, ok := call.Func.(*ast.AttrGetExpr); ok {
		s.dot(call, a)
	}
	sure = sure || !s.peers && !s.foreign
	if !sure || self != nil && s.names.defined[name] {
		return
	}
	switch name {
	case "connect", "spawn":
		if self == nil {
			s.connect(name, call)
		}
	case "expect":
		s.expect(call)
		s.pagerByHand(call)
	case "expect_any":
		if self == nil && len(call.Args) > 0 {
			s.expectAny(call.Args[0])
		}
	case "run":
		if len(call.Args) > 1 {
			s.options("run", call.Args[1], luabind.RunKeys())
		}
	case "task", "parallel", "within":
		if self == nil {
			s.many(name, call)
		}
	case "interact":
		if len(call.Args) > 0 {
			s.options("interact", call.Args[0], luabind.InteractKeys())
			s.callbacks(call.Args[0])
		}
	case "read_until":
		s.readUntil(call)
		s.pagerByHand(call)
		s.barePrompt(call)
	case "regex", "exact", "glob":
		if self == nil {
			s.pattern(call)
		}
	case "why":
		if len(call.Args) > 0 {
			s.patterns(call.Args[:1], false)
		}
	case "on_option":
		if len(call.Args) > 0 {
			s.hook(call.Args[0])
		}
	}
}

// method checks the name of s:method().
func (s *script) method(call *ast.FuncCallExpr, sure bool) {
	name := call.Method
	if slices.Contains(s.c.methods, name) || s.names.defined[name] {
		return
	}
	nearest := meant(name, s.c.methods)
	switch {
	case sure:
		s.report(call.Line(), "method", "a session has no field or method %q%s", name, nearest)
	case nearest == "" || s.peers || s.foreign || slices.Contains(s.known.fields["string"], name) || isFileMethod(name):
		// It may be something else's.
	default:
		s.report(call.Line(), "method", "there is no method %q%s", name, nearest)
	}
}

func isFileMethod(name string) bool {
	return slices.Contains([]string{"close", "flush", "lines", "read", "seek", "setvbuf", "write"}, name)
}

// dot checks s.read_until("x"), which lacks its session.
func (s *script) dot(call *ast.FuncCallExpr, a *ast.AttrGetExpr) {
	key, ok := a.Key.(*ast.StringExpr)
	if !ok || !s.isSession(a.Object) || !slices.Contains(s.c.methods, key.Value) {
		return
	}
	if len(call.Args) > 0 {
		switch arg := call.Args[0].(type) {
		case *ast.StringExpr, *ast.NumberExpr, *ast.TableExpr, *ast.FunctionExpr:
		case *ast.IdentExpr:
			if self, ok := a.Object.(*ast.IdentExpr); !ok || self.Value != arg.Value {
				if v := s.names.uses[arg]; v == nil || v.only() == nil || s.isSession(arg) {
					return
				}
			} else {
				return
			}
		default:
			return
		}
	}
	s.report(call.Line(), "method", "%s is called with a dot; write it with a colon: s:%s(...)", key.Value, key.Value)
}

// connect checks the address and the options of connect and spawn. Those of spawn may
// stand beside the program and its arguments.
func (s *script) connect(name string, call *ast.FuncCallExpr) {
	first := 1
	a, known := s.address(call)
	if name == "spawn" {
		first = 0
		var err error
		a, err = kinds.Parse("spawn:program", "")
		known = err == nil
	}
	for _, arg := range call.Args[min(len(call.Args), first):] {
		t, ok := arg.(*ast.TableExpr)
		if !ok {
			continue
		}
		s.options(name, t, luabind.ConnectKeys())
		for _, f := range t.Fields {
			key, _ := s.key(f)
			if known {
				if why, _ := kinds.Of(a).Lacks(key); why != "" && !isFalse(f.Value) {
					s.report(f.Key.Line(), "option", "%s", why)
				}
			}
			if o, _ := kinds.OptionNamed(key); o != nil && o.Keys != nil {
				s.options(key, f.Value, o.Keys)
			}
			switch key {
			case "window":
				s.options("window", f.Value, []string{"columns", "rows"})
			case "via":
				s.via(f.Value)
			case "options":
				s.telnetOptions(f.Value)
			case "on_option":
				s.hook(f.Value)
			}
		}
	}
}

// address returns the address that connect is called with, if it is written out and right.
// It reports one that is wrong.
func (s *script) address(call *ast.FuncCallExpr) (dial.Address, bool) {
	if s.global(call.Func) != "connect" || len(call.Args) == 0 {
		return dial.Address{}, false
	}
	address, ok := call.Args[0].(*ast.StringExpr)
	if !ok {
		return dial.Address{}, false
	}
	ports := []string{""}
	if len(call.Args) > 1 {
		switch arg := call.Args[1].(type) {
		case *ast.NumberExpr:
			ports = []string{arg.Value}
		case *ast.StringExpr:
			ports = []string{arg.Value}
		case *ast.TableExpr:
		default: // it may be a port
			ports = append(ports, "1")
		}
	}
	var wrong *dial.Error
	for _, port := range ports {
		a, err := kinds.Parse(address.Value, port)
		if err == nil {
			return a, true
		}
		wrong, _ = errors.AsType[*dial.Error](err)
	}
	s.report(address.Line(), "address", "the address %q is wrong: %s", wrong.Address, wrong.What)
	return dial.Address{}, false
}

func isFalse(e ast.Expr) bool {
	_, ok := e.(*ast.FalseExpr)
	return ok
}

// via checks the hops of a connection, as far as they are written out.
func (s *script) via(e ast.Expr) {
	switch e := e.(type) {
	case *ast.StringExpr:
		if _, err := kinds.HopOf(e.Value); err != nil {
			s.report(e.Line(), "option", "via has the hop %q: %s", kinds.Shown(e.Value), err)
		}
	case *ast.TableExpr:
		for _, f := range e.Fields {
			key, named := s.key(f)
			switch {
			case !named:
				s.via(f.Value)
			case key == "password":
				s.namedPassword(key, f.Value)
			}
		}
	}
}

// options checks the keys of a table of options that is written out.
func (s *script) options(of string, e ast.Expr, known []string) {
	t, ok := e.(*ast.TableExpr)
	if !ok {
		return
	}
	for _, f := range t.Fields {
		if key, ok := s.key(f); ok && !slices.Contains(known, key) {
			s.report(f.Key.Line(), "option", "%s has no option %q%s", of, key, meant(key, known))
		}
	}
}

func (s *script) key(f *ast.Field) (string, bool) {
	key, ok := f.Key.(*ast.StringExpr)
	if !ok {
		return "", false
	}
	return key.Value, true
}

func (s *script) telnetOptions(e ast.Expr) {
	t, ok := e.(*ast.TableExpr)
	if !ok {
		return
	}
	for _, f := range t.Fields {
		if key, ok := s.key(f); ok {
			if _, known := telnet.OptionByName(key); !known {
				s.report(f.Key.Line(), "option", "there is no telnet option %q%s", key, meant(key, kinds.TelnetOptions()))
			}
		}
	}
}

// hook marks the first parameter of an option hook as a session.
func (s *script) hook(e ast.Expr) { s.sessionParam(e, 0) }

func (s *script) sessionParam(e ast.Expr, i int) {
	if fn, ok := e.(*ast.FunctionExpr); ok {
		if params := s.names.params[fn]; i < len(params) {
			params[i].session = true
		}
	}
}

// Passwords.

var (
	passwordPrompt = once(`(?i)assword|passwd|passphrase|passcode`)
	passwordName   = once(`(?i)^(.*_)?(password|passwd|passphrase|passcode)$`)
)

// asksPassword reports whether a statement waits for the prompt of a password.
func (s *script) asksPassword(stmt ast.Stmt) bool {
	var calls []ast.Expr
	switch st := stmt.(type) {
	case *ast.FuncCallStmt:
		calls = []ast.Expr{st.Expr}
	case *ast.LocalAssignStmt:
		calls = st.Exprs
	case *ast.AssignStmt:
		calls = st.Rhs
	}
	for _, e := range calls {
		call, ok := e.(*ast.FuncCallExpr)
		if !ok || len(call.Args) == 0 {
			continue
		}
		name, _, _ := s.callee(call)
		if name != "read_until" && name != "expect" {
			continue
		}
		last := call.Args[0]
		if t, ok := last.(*ast.TableExpr); ok {
			if len(t.Fields) == 0 {
				continue
			}
			last = t.Fields[0].Value
		}
		if text, ok := s.text(last); ok && passwordPrompt().MatchString(text) {
			return true
		}
	}
	return false
}

// password checks what is written in answer to that prompt.
func (s *script) password(call *ast.FuncCallExpr) {
	name, _, _ := s.callee(call)
	if name != "write" && name != "writeln" || len(call.Args) == 0 {
		return
	}
	if text, ok := call.Args[0].(*ast.StringExpr); ok && strings.TrimSpace(text.Value) != "" {
		s.report(text.Line(), "password", `a password is written in the script; use secret "password"`)
	}
}

// namedPassword checks a variable that is called password.
func (s *script) namedPassword(name string, value ast.Expr) {
	text, ok := value.(*ast.StringExpr)
	if ok && passwordName().MatchString(name) && strings.TrimSpace(text.Value) != "" && !passwordPrompt().MatchString(text.Value) {
		s.report(text.Line(), "password", `a password is written in the script; use secret %q`, strings.ToLower(name))
	}
}
