package baselib

// Where each local variable ends. gopher-lua's compiler notes the end of a block's
// variables with others that had the same registers before. So each node of the tree gets
// the number of its place, a line in a block, for a line; the compiler hands it on to the
// instructions; and afterwards each variable ends behind the last instruction of its block.

import (
	lua "github.com/yuin/gopher-lua"
	"github.com/yuin/gopher-lua/ast"

	"github.com/moonwire/moonwire/luabind/syntax"
)

// A place is a line in a block.
type place struct{ line, block int }

// A localName is a variable as the compiler will note it.
type localName struct {
	name  string
	block int
}

// A functionScope is a function of the tree.
type functionScope struct {
	block  int
	locals []localName
	inner  []*functionScope // in their order
}

// A scoper numbers the places of a chunk.
type scoper struct {
	places    []place // the first is none
	last      []int   // for each block the last one inside it
	blocks    []int   // those that are open
	functions []*functionScope
	main      *functionScope
}

// newScoper numbers the places of a chunk that is rewritten.
func newScoper(chunk []ast.Stmt) *scoper {
	main := &functionScope{}
	s := &scoper{places: make([]place, 1), functions: []*functionScope{main}, main: main}
	v := syntax.Visitor{
		Statement: func(stmt ast.Stmt) {
			s.number(stmt)
			if def, ok := stmt.(*ast.FuncDefStmt); ok {
				s.number(def.Func) // is no expression of the walk
			}
		},
		Expression: func(expr ast.Expr) { s.number(expr) },
		Target:     func(target ast.Expr, _ ast.Stmt, _ int) { s.number(target) },
		Open:       s.open,
		Close:      s.close,
		Declare:    func(name string, _ any, _ int) { s.declare(name) },
	}
	v.Walk(chunk)
	return s
}

func (s *scoper) number(node ast.PositionHolder) {
	node.SetLine(s.place(node.Line()))
	if line := node.LastLine(); line != 0 {
		node.SetLastLine(s.place(line))
	}
}

func (s *scoper) place(line int) int {
	p := place{line, s.blocks[len(s.blocks)-1]}
	if s.places[len(s.places)-1] != p {
		s.places = append(s.places, p)
	}
	return len(s.places) - 1
}

// line is that of a place that the compiler tells. It takes the chunk's end for one more.
func (s *scoper) line(number int) int {
	switch {
	case number < 0 || number > len(s.places):
		return 0
	case number == len(s.places):
		return s.lineBefore(number)
	}
	return s.places[number].line
}

func (s *scoper) declare(name string) {
	f := s.functions[len(s.functions)-1]
	f.locals = append(f.locals, localName{name, s.blocks[len(s.blocks)-1]})
}

func (s *scoper) open(b syntax.Block) {
	s.blocks = append(s.blocks, len(s.last))
	s.last = append(s.last, 0)
	switch b.Owner.(type) {
	case *ast.FunctionExpr:
		outer, inner := s.functions[len(s.functions)-1], &functionScope{block: len(s.last) - 1}
		outer.inner = append(outer.inner, inner)
		s.functions = append(s.functions, inner)
	case *ast.NumberForStmt:
		s.declare("(for index)")
		s.declare("(for limit)")
		s.declare("(for step)")
	case *ast.GenericForStmt:
		s.declare("(for generator)")
		s.declare("(for state)")
		s.declare("(for control)")
	}
}

func (s *scoper) close(b syntax.Block) {
	s.last[s.blocks[len(s.blocks)-1]] = len(s.last) - 1
	s.blocks = s.blocks[:len(s.blocks)-1]
	if _, ok := b.Owner.(*ast.FunctionExpr); ok {
		s.functions = s.functions[:len(s.functions)-1]
	}
}

// lineBefore is the line behind that of the place before: the compiler adds 1 to some.
func (s *scoper) lineBefore(number int) int { return s.line(number-1) + 1 }

// finish puts lines for the numbers in a compiled chunk, and ends its variables.
func (s *scoper) finish(main *lua.FunctionProto) {
	if last := len(main.DbgSourcePositions) - 1; main.LastLineDefined > 0 {
		s.places = append(s.places, place{line: s.lineBefore(main.LastLineDefined)})
		main.LastLineDefined = len(s.places) - 1
		main.DbgSourcePositions[last] = main.LastLineDefined
	}
	s.finishFunction(main, s.main)
}

// finishFunction does so for a function. f is nil where the compiler made something else
// of the tree.
func (s *scoper) finishFunction(p *lua.FunctionProto, f *functionScope) {
	p.LineDefined, p.LastLineDefined = s.line(p.LineDefined), s.line(p.LastLineDefined)
	blocks := make([]int, len(p.DbgSourcePositions))
	for pc, number := range p.DbgSourcePositions {
		blocks[pc] = s.places[number].block
		p.DbgSourcePositions[pc] = s.places[number].line
	}
	if f != nil {
		s.end(p, f, blocks)
	}
	for i, inner := range p.FunctionPrototypes {
		var scope *functionScope
		if f != nil && len(f.inner) == len(p.FunctionPrototypes) {
			scope = f.inner[i]
		}
		s.finishFunction(inner, scope)
	}
}

// end ends a function's variables. blocks are those of its instructions.
func (s *scoper) end(p *lua.FunctionProto, f *functionScope, blocks []int) {
	ends := make(map[int]int) // of a block
	endOf := func(block int) int {
		if end, known := ends[block]; known {
			return end
		}
		end := len(blocks)
		for end > 0 && (blocks[end-1] < block || blocks[end-1] > s.last[block]) {
			end--
		}
		ends[block] = end
		return end
	}
	next := 0
	for _, local := range p.DbgLocals {
		switch {
		case next < len(f.locals) && f.locals[next].name == local.Name:
			if block := f.locals[next].block; block == f.block {
				local.EndPc = len(blocks)
			} else {
				local.EndPc = max(endOf(block), local.StartPc)
			}
			next++
		case local.Name == "arg": // of a function with varargs
			local.EndPc = len(blocks)
		default:
			return
		}
	}
}
