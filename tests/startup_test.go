package tests

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"strings"
	"testing"
)

// atStart returns where a file makes something costly as its package's variables are
// initialized: every start of the command would pay for it, whether it is used or not.
func atStart(t *testing.T, name string, source any) (found []string) {
	t.Helper()
	files := token.NewFileSet()
	file, err := parser.ParseFile(files, name, source, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range file.Decls {
		d, ok := d.(*ast.GenDecl)
		if !ok || d.Tok != token.VAR {
			continue
		}
		ast.Inspect(d, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.FuncLit:
				return false // runs when it is called
			case *ast.SelectorExpr:
				if n.Sel.Name == "MustCompile" || n.Sel.Name == "MakeTable" {
					found = append(found, fmt.Sprintf("%v: %s", files.Position(n.Pos()), n.Sel.Name))
				}
			}
			return true
		})
	}
	return found
}

// TestNothingCostlyAtStart: patterns and tables are made when they are first used, by
// sync.OnceValue.
func TestNothingCostlyAtStart(t *testing.T) {
	if got := atStart(t, "x.go", "package x\nvar a = regexp.MustCompile(``)\nvar b = sync.OnceValue(func() any { return regexp.MustCompile(``) })"); len(got) != 1 {
		t.Fatalf("the test does not see it: %q", got)
	}
	err := filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		for _, found := range atStart(t, path, nil) {
			t.Error(found)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
