package baselib

// Jumps: which locals a goto keeps.

import (
	"github.com/yuin/gopher-lua/ast"

	"github.com/moonwire/moonwire/luabind/syntax"
)

// A pendingGoto is a goto whose label has not been found yet.
type pendingGoto struct {
	stmt *ast.GotoStmt
	live int // locals live at the goto that its way so far leaves
}

// A jumpScope is a block on the walk of a gotoPlacer.
type jumpScope struct {
	outer   int // locals live around the block
	live    int // locals live here
	labels  map[string]jumpTarget
	pending []pendingGoto
}

type jumpTarget struct {
	live int
	last bool // nothing but labels follows
}

// A gotoPlacer tells each goto how many locals are live behind its label: the
// compiler has it close all of them. The number is kept in the statement's line,
// where repair finds it.
type gotoPlacer struct{ scopes []*jumpScope }

// placeGotos does so for a chunk that is rewritten.
func placeGotos(chunk []ast.Stmt) {
	var p gotoPlacer
	v := syntax.Visitor{
		Statement: p.statement, Open: p.open, Close: p.close,
		Declare: func(string, any, int) { p.inner().live++ },
	}
	v.Walk(chunk)
}

func (p *gotoPlacer) inner() *jumpScope { return p.scopes[len(p.scopes)-1] }

// The locals without a name in which a for keeps its state, and that of a function with
// varargs: arg.
const (
	numberForLocals  = 3
	genericForLocals = 3
	varargLocals     = 1
)

func (p *gotoPlacer) open(b syntax.Block) {
	s := &jumpScope{}
	fn, isFunction := b.Owner.(*ast.FunctionExpr)
	if len(p.scopes) > 0 && !isFunction {
		s.outer = p.inner().live
	}
	s.live = s.outer
	switch b.Owner.(type) {
	case *ast.NumberForStmt:
		s.live += numberForLocals
	case *ast.GenericForStmt:
		s.live += genericForLocals
	}
	if isFunction && fn.ParList.HasVargs {
		s.live += varargLocals
	}
	p.scopes = append(p.scopes, s)
}

func (p *gotoPlacer) statement(stmt ast.Stmt) {
	s := p.inner()
	switch st := stmt.(type) {
	case *ast.GotoStmt:
		s.pending = append(s.pending, pendingGoto{st, s.live})
	case *ast.LabelStmt:
		if s.labels == nil {
			s.labels = map[string]jumpTarget{}
		}
		if _, twice := s.labels[st.Name]; !twice {
			s.labels[st.Name] = jumpTarget{live: s.live}
		}
	}
}

// close finds the labels of the block's gotos, and hands those that it lacks to the block
// around it.
func (p *gotoPlacer) close(b syntax.Block) {
	s := p.inner()
	p.scopes = p.scopes[:len(p.scopes)-1]
	if _, untilFollows := b.Owner.(*ast.RepeatStmt); !untilFollows {
		s.markLast(b.Stmts)
	}
	_, isFunction := b.Owner.(*ast.FunctionExpr)
	for _, g := range s.pending {
		target, ok := s.labels[g.stmt.Label]
		switch {
		case ok && (target.live <= g.live || target.last):
			g.stmt.SetLine(encodeGoto(g.stmt.Line(), min(g.live, target.live)))
		case !ok && !isFunction && len(p.scopes) > 0:
			g.live = min(g.live, s.outer)
			p.inner().pending = append(p.inner().pending, g)
		}
	}
}

// markLast notes which labels stand at the block's end: a goto to them may jump over
// locals.
func (s *jumpScope) markLast(stmts []ast.Stmt) {
	for i := len(stmts) - 1; i >= 0; i-- {
		label, ok := stmts[i].(*ast.LabelStmt)
		if !ok {
			return
		}
		target := s.labels[label.Name]
		target.last = true
		s.labels[label.Name] = target
	}
}

func encodeGoto(line, live int) int { return -(line<<8 | live&0xff) - 1 }

func decodeGoto(coded int) (line, live int) {
	coded = -coded - 1
	return coded >> 8, coded & 0xff
}
