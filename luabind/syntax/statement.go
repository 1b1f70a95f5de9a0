package syntax

// Statements, as Lua's own parser reads them.

// blockEnds reports whether the token cannot begin a statement as it ends a block.
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

// misplaced is a mistake that more text cannot mend.
func (g *grammar) misplaced(message string) {
	defer func() {
		err := recover().(*Error)
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
	first := g.tok.text
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
	if g.tok.kind == nameToken || g.tok.kind == stringToken {
		switch first {
		case "import", "from":
			g.faultNoted("'=' expected", ` (scripts are in Lua: local x = require "x")`)
		case "def", "let", "var", "const":
			g.faultNoted("'=' expected", ` (scripts are in Lua: local function f() ... end, local x = 1)`)
		case "spawn", "send", "set", "puts":
			g.faultNoted("'=' expected", ` (scripts are in Lua; moonwire doc "porting expect" has the words of Expect)`)
		}
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
