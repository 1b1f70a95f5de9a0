package baselib

// The grammar of Lua 5.1 with goto, read as Lua's own parser reads it, for its
// errors and its limits: gopher-lua's parser says of a mistake only where it is, and
// its compiler goes as deep as a program is nested.

import (
	"fmt"
	"strings"
)

const (
	maxNesting = 200    // how deeply blocks and expressions may nest, as in Lua
	maxTree    = 50_000 // and the tree that gopher-lua makes of them, where 1+1+1+... is nested too
)

// A grammar checks a chunk. Its methods are called like Lua's productions, and
// return how deep the tree of what they read is. A mistake is a panic with a
// *SyntaxError.
type grammar struct {
	scanner
	tok, ahead token
	looked     bool // ahead is read
	last       int  // the line of the token before tok
	levels     int
	loops      int  // that the statement is in, within its function
	vararg     bool // the function has ...
}

// check reads the whole chunk.
func (g *grammar) check() (err *SyntaxError) {
	defer func() {
		switch r := recover().(type) {
		case nil:
		case *SyntaxError:
			err = r
		default:
			panic(r)
		}
	}()
	g.vararg = true
	g.advance()
	g.chunk()
	if g.tok.kind != endToken {
		g.expected("<eof>")
	}
	return nil
}

func (g *grammar) advance() {
	g.last = g.tok.line
	if g.looked {
		g.tok, g.looked = g.ahead, false
		return
	}
	g.tok = g.read()
}

func (g *grammar) read() token {
	t, err := g.next()
	if err != nil {
		panic(err)
	}
	if t.kind == endToken && t.line > 1 && strings.HasSuffix(g.src, "\n") {
		t.line-- // the last line that has text
	}
	return t
}

// fault is a mistake at the token that was read last.
func (g *grammar) fault(message string) {
	panic(&SyntaxError{
		Chunk: g.name, Line: g.tok.line, Column: g.tok.column, Message: message + " near '" + g.tok.shown() + "'",
		Incomplete: g.tok.kind == endToken,
	})
}

// shown is a token as a message shows it.
func (t token) shown() string {
	if c := t.text[0]; len(t.text) == 1 && (c < ' ' || c == 0x7f) {
		return fmt.Sprintf("char(%d)", c)
	}
	return t.text
}

func (g *grammar) expected(what string) { g.fault("'" + what + "' expected") }

// accept passes over a keyword or a sign if it is here.
func (g *grammar) accept(text string) bool {
	if !g.tok.is(text) {
		return false
	}
	g.advance()
	return true
}

func (g *grammar) want(text string) {
	if !g.accept(text) {
		g.expected(text)
	}
}

func (g *grammar) wantName() {
	if g.tok.kind != nameToken {
		g.expected("<name>")
	}
	g.advance()
}

// wantCloser passes over what ends what was opened by a token at a line.
func (g *grammar) wantCloser(closer, opener string, line int) {
	if g.accept(closer) {
		return
	}
	if line == g.tok.line {
		g.expected(closer)
	}
	g.fault(fmt.Sprintf("'%s' expected (to close '%s' at line %d)", closer, opener, line))
}

func (g *grammar) enter() {
	if g.levels++; g.levels > maxNesting {
		panic(&SyntaxError{Chunk: g.name, Line: g.tok.line, Column: g.tok.column, Message: "chunk has too many syntax levels"})
	}
}

func (g *grammar) leave() { g.levels-- }

// over returns the depth of a node over parts so deep.
func (g *grammar) over(depths ...int) int {
	depth := 1
	for _, d := range depths {
		depth = max(depth, d+1)
	}
	if depth > maxTree {
		panic(&SyntaxError{Chunk: g.name, Line: g.tok.line, Column: g.tok.column, Message: "chunk has too many syntax levels"})
	}
	return depth
}

// blockEnds reports whether the token can not begin a statement as it ends a block.
func (g *grammar) blockEnds() bool {
	return g.tok.kind == endToken || g.tok.is("else") || g.tok.is("elseif") || g.tok.is("end") || g.tok.is("until")
}

func (g *grammar) chunk() int {
	g.enter()
	defer g.leave()
	depth := 0
	for !g.blockEnds() {
		if g.accept(";") {
			continue
		}
		last := g.tok.is("return") || g.tok.is("break")
		depth = max(depth, g.statement())
		if last {
			g.accept(";")
			break
		}
	}
	return depth
}

// body is a loop's.
func (g *grammar) body() int {
	g.loops++
	defer func() { g.loops-- }()
	return g.chunk()
}

func (g *grammar) statement() int {
	line := g.tok.line
	if g.tok.kind != otherToken {
		return g.expressionStatement()
	}
	switch word := g.tok.text; word {
	case "if":
		return g.conditional(line)
	case "while":
		g.advance()
		condition := g.expression()
		g.want("do")
		body := g.body()
		g.wantCloser("end", word, line)
		return g.over(condition, body)
	case "do":
		g.advance()
		depth := g.chunk()
		g.wantCloser("end", word, line)
		return g.over(depth)
	case "for":
		return g.loop(line)
	case "repeat":
		g.advance()
		body := g.body()
		g.wantCloser("until", word, line)
		return g.over(body, g.expression())
	case "function":
		g.advance()
		g.wantName()
		depth := 0
		for g.accept(".") {
			g.wantName()
			depth = g.over(depth)
		}
		if g.accept(":") {
			g.wantName()
		}
		return g.over(depth, g.function(line))
	case "local":
		g.advance()
		if g.accept("function") {
			g.wantName()
			return g.over(g.function(line))
		}
		g.wantName()
		for g.accept(",") {
			g.wantName()
		}
		if g.accept("=") {
			return g.over(g.list())
		}
		return 1
	case "return":
		g.advance()
		if g.blockEnds() || g.tok.is(";") {
			return 1
		}
		return g.over(g.list())
	case "break":
		g.advance()
		if g.loops == 0 {
			g.misplaced("no loop to break")
		}
		return 1
	case "goto":
		g.advance()
		g.wantName()
		return 1
	case "::":
		g.advance()
		g.wantName()
		g.want("::")
		return 1
	}
	return g.expressionStatement()
}

// misplaced is a mistake that more text can not mend.
func (g *grammar) misplaced(message string) {
	defer func() {
		err := recover().(*SyntaxError)
		err.Incomplete = false
		panic(err)
	}()
	g.fault(message)
}

func (g *grammar) conditional(line int) int {
	depth := 0
	for {
		g.advance() // if or elseif
		condition := g.expression()
		g.want("then")
		depth = g.over(depth, condition, g.chunk())
		if !g.tok.is("elseif") {
			break
		}
	}
	if g.accept("else") {
		depth = g.over(depth, g.chunk())
	}
	g.wantCloser("end", "if", line)
	return depth
}

func (g *grammar) loop(line int) int {
	g.advance()
	g.wantName()
	depth := 0
	switch {
	case g.accept("="):
		depth = g.expression()
		g.want(",")
		depth = max(depth, g.expression())
		if g.accept(",") {
			depth = max(depth, g.expression())
		}
	case g.tok.is(",") || g.tok.is("in"):
		for g.accept(",") {
			g.wantName()
		}
		g.want("in")
		depth = g.list()
	default:
		g.fault("'=' or 'in' expected")
	}
	g.want("do")
	depth = g.over(depth, g.body())
	g.wantCloser("end", "for", line)
	return depth
}

// expressionStatement is a call or an assignment.
func (g *grammar) expressionStatement() int {
	depth, kind := g.primary()
	if kind == callKind {
		return g.over(depth)
	}
	for {
		if kind != targetKind {
			g.fault("syntax error")
		}
		if !g.accept(",") {
			break
		}
		var d int
		d, kind = g.primary()
		depth = max(depth, d)
	}
	g.want("=")
	return g.over(depth, g.list())
}

func (g *grammar) list() int {
	depth := g.expression()
	for g.accept(",") {
		depth = max(depth, g.expression())
	}
	return depth
}

// function reads a function from its parameters on.
func (g *grammar) function(line int) int {
	loops, vararg := g.loops, g.vararg
	g.loops, g.vararg = 0, false
	g.want("(")
	if !g.tok.is(")") {
		g.parameters()
	}
	g.want(")")
	depth := g.chunk()
	g.wantCloser("end", "function", line)
	g.loops, g.vararg = loops, vararg
	return g.over(depth)
}

func (g *grammar) parameters() {
	for {
		switch {
		case g.tok.kind == nameToken:
			g.advance()
		case g.accept("..."):
			g.vararg = true
			return
		default:
			g.fault("<name> or '...' expected")
		}
		if !g.accept(",") {
			return
		}
	}
}

// What a primary expression can be used for.
type primaryKind int

const (
	valueKind  primaryKind = iota
	targetKind             // an assignment
	callKind               // a statement
)

func (g *grammar) primary() (depth int, kind primaryKind) {
	switch {
	case g.tok.kind == nameToken:
		g.advance()
		depth, kind = 1, targetKind
	case g.tok.is("("):
		line := g.tok.line
		g.advance()
		depth = g.expression()
		g.wantCloser(")", "(", line)
	default:
		g.fault("unexpected symbol")
	}
	for {
		switch {
		case g.accept("."):
			g.wantName()
			depth, kind = g.over(depth), targetKind
		case g.tok.is("["):
			depth, kind = g.over(depth, g.index()), targetKind
		case g.accept(":"):
			g.wantName()
			depth, kind = g.over(depth, g.arguments()), callKind
		case g.tok.kind == stringToken || g.tok.is("(") || g.tok.is("{"):
			depth, kind = g.over(depth, g.arguments()), callKind
		default:
			return depth, kind
		}
	}
}

func (g *grammar) index() int {
	g.want("[")
	depth := g.expression()
	g.want("]")
	return depth
}

func (g *grammar) arguments() int {
	line := g.tok.line
	switch {
	case g.tok.kind == stringToken:
		g.advance()
		return 1
	case g.tok.is("{"):
		return g.table()
	case g.tok.is("("):
		if line != g.last {
			g.fault("ambiguous syntax (function call x new statement)")
		}
		g.advance()
		depth := 0
		if !g.tok.is(")") {
			depth = g.list()
		}
		g.wantCloser(")", "(", line)
		return depth
	}
	g.fault("function arguments expected")
	return 0
}

func (g *grammar) table() int {
	line := g.tok.line
	g.want("{")
	depth := 0
	for !g.tok.is("}") && g.tok.kind != endToken {
		if g.tok.kind == nameToken && !g.looked {
			g.ahead, g.looked = g.read(), true
		}
		switch {
		case g.tok.is("["):
			depth = max(depth, g.index())
			g.want("=")
		case g.tok.kind == nameToken && g.ahead.is("="):
			g.advance()
			g.advance()
		}
		depth = max(depth, g.expression())
		if !g.accept(",") && !g.accept(";") {
			break
		}
	}
	g.wantCloser("}", "{", line)
	return g.over(depth)
}

// A precedence is how strongly an operator binds what is left and right of it.
type precedence struct{ left, right int }

var precedences = map[string]precedence{
	"or": {1, 1}, "and": {2, 2},
	"<": {3, 3}, ">": {3, 3}, "<=": {3, 3}, ">=": {3, 3}, "~=": {3, 3}, "==": {3, 3},
	"..": {5, 4}, "+": {6, 6}, "-": {6, 6}, "*": {7, 7}, "/": {7, 7}, "%": {7, 7}, "^": {10, 9},
}

const unaryPrecedence = 8

func (g *grammar) expression() int { return g.operation(0) }

// operation reads an expression of operators that bind more strongly than limit.
func (g *grammar) operation(limit int) int {
	g.enter()
	defer g.leave()
	var depth int
	if g.accept("not") || g.accept("-") || g.accept("#") {
		depth = g.over(g.operation(unaryPrecedence))
	} else {
		depth = g.simple()
	}
	for g.tok.kind == otherToken {
		p, ok := precedences[g.tok.text]
		if !ok || p.left <= limit {
			break
		}
		g.advance()
		depth = g.over(depth, g.operation(p.right))
	}
	return depth
}

func (g *grammar) simple() int {
	switch {
	case g.tok.kind == numberToken, g.tok.kind == stringToken, g.tok.is("nil"), g.tok.is("true"), g.tok.is("false"):
		g.advance()
		return 1
	case g.tok.is("..."):
		if !g.vararg {
			g.fault("cannot use '...' outside a vararg function")
		}
		g.advance()
		return 1
	case g.tok.is("{"):
		return g.table()
	case g.tok.is("function"):
		line := g.tok.line
		g.advance()
		return g.function(line)
	}
	depth, _ := g.primary()
	return depth
}
