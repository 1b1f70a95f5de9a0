// Messages lists the error messages of the program that no test has produced. It is
// given the coverage profile of all tests:
//
//	go test -coverpkg=./engine/...,./luabind/...,./internal/... -coverprofile=cover.out ./...
//	go run ./tests/messages cover.out
//
// A message is a string that is made in a call or a literal which makes an error, or
// which tells one. Those that a test cannot produce say why in a comment on their
// line or the line before it, which begins with "no test:".
package main

import (
	"bufio"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

const module = "github.com/moonwire/moonwire/"

// makers are the functions that make errors or tell them, by their last name.
var makers = []string{"New", "Errorf", "fail", "failHint", "wrongType", "say", "misused", "hint", "report", "Raise", "RaiseError"}

// A block is a part of a file that was run or not.
type block struct {
	from, to position
	run      bool
}

type position struct{ line, column int }

func (p position) before(q position) bool {
	return p.line < q.line || p.line == q.line && p.column < q.column
}

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: messages COVERAGE-PROFILE")
		os.Exit(2)
	}
	blocks, err := readProfile(os.Args[1])
	if err != nil {
		fmt.Fprintln(os.Stderr, "messages:", err)
		os.Exit(2)
	}
	status := 0
	for _, path := range slices.Sorted(mapKeys(blocks)) {
		if strings.Contains(path, "/linetest/") { // what it says is for who writes a line
			continue
		}
		missing, err := look(path, blocks[path])
		if err != nil {
			fmt.Fprintln(os.Stderr, "messages:", err)
			os.Exit(2)
		}
		for _, m := range missing {
			fmt.Println(m)
			status = 1
		}
	}
	os.Exit(status)
}

func mapKeys(m map[string][]block) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		for k := range m {
			if !yield(k) {
				return
			}
		}
	}
}

// readProfile reads a coverage profile: by file, what was run by any test.
func readProfile(path string) (map[string][]block, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	run := make(map[string]bool)
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		where, counts, ok := strings.Cut(lines.Text(), " ")
		if !ok || strings.HasPrefix(where, "mode:") {
			continue
		}
		run[where] = run[where] || !strings.HasSuffix(counts, " 0")
	}
	blocks := make(map[string][]block)
	for where, ran := range run { // FILE:1.2,3.4
		at := strings.LastIndexByte(where, ':')
		var b block
		if _, err := fmt.Sscanf(where[at+1:], "%d.%d,%d.%d", &b.from.line, &b.from.column, &b.to.line, &b.to.column); err != nil {
			return nil, fmt.Errorf("%s: %w", where, err)
		}
		b.run = ran
		file := strings.TrimPrefix(where[:at], module)
		blocks[file] = append(blocks[file], b)
	}
	return blocks, lines.Err()
}

// look gives the messages of a file that were not produced.
func look(path string, blocks []block) ([]string, error) {
	files := token.NewFileSet()
	file, err := parser.ParseFile(files, filepath.FromSlash(path), nil, parser.ParseComments)
	if err != nil {
		return nil, err
	}
	excused := make(map[int]bool)
	for _, group := range file.Comments {
		for _, c := range group.List {
			if strings.HasPrefix(c.Text, "// no test: ") {
				line := files.Position(c.Pos()).Line
				excused[line], excused[files.Position(group.End()).Line+1] = true, true
			}
		}
	}
	var missing []string
	ast.Inspect(file, func(n ast.Node) bool {
		text := message(n)
		if text == "" {
			return true
		}
		at := files.Position(n.Pos())
		if excused[at.Line] || covered(blocks, position{at.Line, at.Column}) {
			return true
		}
		missing = append(missing, fmt.Sprintf("%s:%d: no test produces %s", path, at.Line, text))
		return true
	})
	return missing, nil
}

// message gives the text that a node makes an error of, "" if it makes none.
func message(n ast.Node) string {
	switch n := n.(type) {
	case *ast.CallExpr:
		name := ""
		switch f := n.Fun.(type) {
		case *ast.Ident:
			name = f.Name
		case *ast.SelectorExpr:
			name = f.Sel.Name
			if x, ok := f.X.(*ast.Ident); ok && name == "New" && x.Name != "errors" {
				return ""
			}
		}
		if slices.Contains(makers, name) {
			for _, arg := range n.Args {
				if text := literal(arg); text != "" {
					return text
				}
			}
		}
	case *ast.KeyValueExpr:
		if key, ok := n.Key.(*ast.Ident); ok && (key.Name == "Message" || key.Name == "What") {
			return literal(n.Value)
		}
	}
	return ""
}

// literal gives the first string that is written out in an expression.
func literal(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.BasicLit:
		if e.Kind == token.STRING {
			if text, err := strconv.Unquote(e.Value); err == nil && strings.Contains(text, " ") {
				return strconv.Quote(text)
			}
		}
	case *ast.BinaryExpr:
		if text := literal(e.X); text != "" {
			return text
		}
		return literal(e.Y)
	}
	return ""
}

// covered reports whether a place was run; what lies in no block is not run but
// compiled in.
func covered(blocks []block, at position) bool {
	inside := false
	for _, b := range blocks {
		if !at.before(b.from) && at.before(b.to) {
			inside = true
			if b.run {
				return true
			}
		}
	}
	return !inside
}
