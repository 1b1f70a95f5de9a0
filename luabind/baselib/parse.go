package baselib

import (
	"fmt"
	"strings"

	"github.com/yuin/gopher-lua/ast"
	"github.com/yuin/gopher-lua/parse"
)

// Parse gives a chunk as a tree, for those who look at scripts without running
// them. Name, heads and errors are those of [Compile], which finds more mistakes: a
// goto without its label, for instance.
func Parse(source []byte, name string) (chunk []ast.Stmt, err error) {
	s := scanner{name: name, src: string(skipHead(source)), line: 1}
	if err := s.scan(); err != nil {
		return nil, err
	}
	defer func() {
		if r := recover(); r != nil {
			chunk, err = nil, &SyntaxError{Chunk: name, Line: 1, Message: fmt.Sprintf("chunk is too complex (%v)", r)}
		}
	}()
	chunk, err = parse.Parse(strings.NewReader(s.result()), name)
	if err != nil {
		return nil, s.syntaxError(err)
	}
	return chunk, nil
}
