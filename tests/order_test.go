package tests

import (
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// sessionFiles are the files of engine/session, the ground first: each uses what those
// before it declare.
var sessionFiles = strings.Fields(`
	wait observation marks history errors clock reading session ends rest facts feed commanderror
	secured stepaside tap close attendant owner arrive hook items receive handover pump turns await
	write open waitreport runsearch runner commands runlook waiterror program expect any live read
	join port learn explain run manual`)

// upward are the arrows that run back up, each with its reason.
var upward = map[[2]string]string{
	{"observation", "session"}: "an observation names its session",
	{"session", "attendant"}:   "a session rings the goroutines that wait on it",
	{"session", "live"}:        "a session has the terminal that is joined to it",
	{"arrive", "live"}:         "a joined terminal has a view of its own, from which taps are told",
}

// A user is a name that a file uses, and the file that declares it.
type user struct{ file, name, declaredIn string }

// usersIn lists which names of other files the files of a package use: types, functions and
// so on, and methods that are not exported and have a name that no field has.
func usersIn(t *testing.T, dir string) (files []string, users []user) {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	parsed := make(map[string]*ast.File)
	for _, p := range paths {
		if strings.HasSuffix(p, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), p, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		parsed[strings.TrimSuffix(filepath.Base(p), ".go")] = f
	}
	each := func(visit func(file string, f *ast.File)) {
		for _, file := range slices.Sorted(maps.Keys(parsed)) {
			visit(file, parsed[file])
		}
	}
	declared := make(map[string]string) // the file that declares a name, "" where it is declared twice
	fields := make(map[string]bool)
	each(func(file string, f *ast.File) {
		files = append(files, file)
		for _, d := range f.Decls {
			for _, name := range declares(d) {
				if _, twice := declared[name]; twice {
					declared[name] = ""
				} else {
					declared[name] = file
				}
			}
		}
		ast.Inspect(f, func(n ast.Node) bool {
			if s, ok := n.(*ast.StructType); ok {
				for _, field := range s.Fields.List {
					for _, name := range field.Names {
						fields[name.Name] = true
					}
				}
			}
			return true
		})
	})
	each(func(file string, f *ast.File) {
		skip := make(map[*ast.Ident]bool) // keys of literals
		use := func(name string) {
			if in := declared[name]; in != "" && in != file {
				users = append(users, user{file, name, in})
			}
		}
		ast.Inspect(f, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.KeyValueExpr:
				if key, ok := n.Key.(*ast.Ident); ok {
					skip[key] = true
				}
			case *ast.SelectorExpr:
				if !n.Sel.IsExported() && !fields[n.Sel.Name] {
					use("." + n.Sel.Name)
				}
			}
			return true
		})
		var imported []string
		for _, i := range f.Imports {
			imported = append(imported, path.Base(strings.Trim(i.Path.Value, `"`)))
		}
		for _, name := range f.Unresolved {
			if !skip[name] && !slices.Contains(imported, name.Name) {
				use(name.Name)
			}
		}
	})
	return files, users
}

// declares lists the names of a declaration, a dot before those of methods.
func declares(d ast.Decl) (names []string) {
	switch d := d.(type) {
	case *ast.FuncDecl:
		if d.Recv != nil {
			return []string{"." + d.Name.Name}
		}
		return []string{d.Name.Name}
	case *ast.GenDecl:
		for _, s := range d.Specs {
			switch s := s.(type) {
			case *ast.TypeSpec:
				names = append(names, s.Name.Name)
			case *ast.ValueSpec:
				for _, name := range s.Names {
					names = append(names, name.Name)
				}
			}
		}
	}
	return names
}

// TestSessionFilesGoOneWay: the session can be read from the ground up.
func TestSessionFilesGoOneWay(t *testing.T) {
	files, users := usersIn(t, "../engine/session")
	for _, f := range files {
		if !slices.Contains(sessionFiles, f) {
			t.Errorf("engine/session/%s.go has no place in the order", f)
		}
	}
	if len(files) != len(sessionFiles) || len(users) < 500 {
		t.Errorf("%d files use names of others %d times", len(files), len(users))
	}
	seen := make(map[[2]string]bool)
	for _, u := range users {
		arrow := [2]string{u.file, u.declaredIn}
		if slices.Index(sessionFiles, u.file) > slices.Index(sessionFiles, u.declaredIn) || seen[arrow] {
			continue
		}
		seen[arrow] = true
		if upward[arrow] == "" {
			t.Errorf("engine/session/%s.go uses %s of %s.go, which stands above it", u.file, u.name, u.declaredIn)
		}
	}
	for arrow, why := range upward {
		if !seen[arrow] {
			t.Errorf("no arrow runs from %s.go up to %s.go any more: %s", arrow[0], arrow[1], why)
		}
	}
}
