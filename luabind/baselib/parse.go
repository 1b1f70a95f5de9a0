package baselib

import (
	"strings"

	"github.com/yuin/gopher-lua/ast"
	"github.com/yuin/gopher-lua/parse"
)

// Parse returns a chunk as a tree, for those who look at scripts without running
// them. Name, heads and errors are those of [Compile], which finds more mistakes: a
// goto without its label, for instance.
func Parse(source []byte, name string) (chunk []ast.Stmt, err error) {
	g := grammar{scanner: scanner{name: name, src: string(skipHead(source)), line: 1}}
	if err := g.check(); err != nil {
		return nil, err
	}
	defer tooComplex(name, &err)
	chunk, err = parse.Parse(strings.NewReader(g.result()), name)
	if err != nil {
		return nil, syntaxError(name, err)
	}
	return chunk, nil
}
