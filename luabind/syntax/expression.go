package syntax

// Expressions, as Lua's own parser reads them.

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
			if g.tok.is("=") {
				g.faultNoted("')' expected", " (options go into a table: {name = value})")
			}
		}
		g.wantCloser(")", "(", line)
		return depth
	}
	g.faultNoted("function arguments expected", " (a method is called with parentheses, as in s:close())")
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
