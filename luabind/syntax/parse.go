package syntax

import (
	"bytes"
	"strings"

	"github.com/yuin/gopher-lua/ast"
	"github.com/yuin/gopher-lua/parse"
)

// Parse returns a chunk as a tree. Its name is what errors call it, a script's path
// for instance. A byte order mark and a first line that begins with # are skipped.
//
// The error is an [*Error]. Compiling the tree may find more mistakes: a goto without its
// label, for instance.
func Parse(source []byte, name string) ([]ast.Stmt, error) {
	g := grammar{scanner: scanner{name: name, src: string(skipHead(source)), line: 1}}
	if err := g.check(); err != nil {
		return nil, err
	}
	chunk, err := parse.Parse(strings.NewReader(g.result()), name)
	if err != nil {
		return nil, fromParser(name, err)
	}
	return chunk, nil
}

// skipHead drops a byte order mark and the text of a first line that begins
// with #, but not the line's end.
func skipHead(source []byte) []byte {
	source = bytes.TrimPrefix(source, []byte("\xef\xbb\xbf"))
	if len(source) == 0 || source[0] != '#' {
		return source
	}
	if i := bytes.IndexAny(source, "\r\n"); i >= 0 {
		return source[i:]
	}
	return nil
}
