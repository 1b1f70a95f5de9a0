package check

import (
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/yuin/gopher-lua/ast"

	"github.com/moonwire/moonwire/luabind/syntax"
	"github.com/moonwire/moonwire/stdlib"
)

// modules looks at what the script loads: it may bring globals.
func (s *script) modules() {
	for _, name := range []string{"dofile", "loadfile", "setfenv", "module"} {
		if len(s.names.calls[name]) > 0 {
			s.foreign = true
		}
	}
	for _, call := range s.names.calls["setmetatable"] {
		if len(call.Args) > 0 {
			if g, ok := call.Args[0].(*ast.IdentExpr); ok && g.Value == "_G" {
				s.foreign = true
			}
		}
	}
	seen := make(map[string]bool)
	for _, call := range s.names.calls["require"] {
		s.module(call, seen)
	}
}

// module takes over the globals of a module that stands next to the script.
func (s *script) module(call *ast.FuncCallExpr, seen map[string]bool) {
	if len(call.Args) == 0 {
		return
	}
	name, ok := s.text(call.Args[0])
	if !ok {
		s.foreign = true
		return
	}
	if seen[name] {
		return
	}
	seen[name] = true
	if _, err := stdlib.Modules.ReadFile(name + ".lua"); err == nil {
		s.peers = s.peers || name == "telnetlib"
		return
	}
	if slices.Contains(s.known.globals, name) {
		return
	}
	path := filepath.Join(s.dir, strings.ReplaceAll(name, ".", string(filepath.Separator))+".lua")
	source, err := s.c.readFile(path)
	if err != nil {
		s.foreign = true
		return
	}
	chunk, err := syntax.Parse(source, path)
	if err != nil {
		s.foreign = true
		return
	}
	n := newNames()
	n.resolve(chunk)
	s.peers = true // what it returns may have methods with any name
	for name, v := range n.globals {
		if len(v.values) > 0 {
			own := s.names.globals[name]
			if own == nil {
				own = &variable{name: name}
				s.names.globals[name] = own
			}
			own.values = append(own.values, nil)
		}
	}
	for name := range n.defined {
		s.names.defined[name] = true
	}
	for _, call := range n.calls["require"] {
		s.module(call, seen)
	}
}

// Required returns the modules that a script requires, and that stand next to it, by the
// names that require has, and where each lies. Names that are not written as text are not
// found.
func Required(source []byte, path string) (sources map[string][]byte, paths map[string]string) {
	sources, paths = make(map[string][]byte), make(map[string]string)
	require(source, path, filepath.Dir(path), sources, paths)
	return sources, paths
}

func require(source []byte, path, dir string, sources map[string][]byte, paths map[string]string) {
	chunk, err := syntax.Parse(source, path)
	if err != nil {
		return
	}
	s := &script{names: newNames()}
	s.names.resolve(chunk)
	for _, call := range s.names.calls["require"] {
		if len(call.Args) == 0 {
			continue
		}
		name, ok := s.text(call.Args[0])
		if !ok || sources[name] != nil {
			continue
		}
		if _, err := stdlib.Modules.ReadFile(name + ".lua"); err == nil {
			continue
		}
		file := filepath.Join(dir, strings.ReplaceAll(name, ".", string(filepath.Separator))+".lua")
		if module, err := os.ReadFile(file); err == nil {
			sources[name], paths[name] = module, file
			require(module, file, dir, sources, paths)
		}
	}
}
