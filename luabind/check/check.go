// Package check finds mistakes in scripts without running them: what does not
// parse, names that do not exist, patterns that cannot be meant. It says only what
// is certain or nearly so; a script that it finds fault with deserves a look.
package check

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"

	lua "github.com/yuin/gopher-lua"

	"github.com/moonwire/moonwire/engine/words"
	"github.com/moonwire/moonwire/luabind"
	"github.com/moonwire/moonwire/luabind/baselib"
	"github.com/moonwire/moonwire/luabind/spec"
	"github.com/moonwire/moonwire/luabind/syntax"
)

// Problem is one mistake.
type Problem struct {
	File    string `json:"file"`
	Line    int    `json:"line"` // from 1
	Rule    string `json:"rule"` // which check found it: "syntax", "global", "field", "method", "address", "option", "argument", "pattern", "literal", "password", "ignored"
	Message string `json:"message"`
}

// String is "file:line: message".
func (p Problem) String() string { return fmt.Sprintf("%s:%d: %s", p.File, p.Line, p.Message) }

// Checker knows what scripts may use. It is made with New and may look at any
// number of scripts, one at a time.
type Checker struct {
	scripts  vocabulary
	tests    vocabulary // of files of tests
	methods  []string   // of sessions, fields among them
	readFile func(path string) ([]byte, error)
}

// A vocabulary is what there is beside what a script makes itself.
type vocabulary struct {
	globals []string            // names, sorted
	fields  map[string][]string // of the globals that are tables of functions
}

// New makes a Checker for what the interpreter offers now.
func New() (*Checker, error) {
	c := &Checker{methods: luabind.SessionNames(), readFile: os.ReadFile}
	in := luabind.New(luabind.Config{})
	c.scripts = vocabularyOf(in)
	spec.Open(in, "x"+testSuffix, func(error) int { return 1 })
	c.tests = vocabularyOf(in)
	return c, in.Close()
}

// testSuffix is what the files end in that moonwire test runs.
const testSuffix = "_test.lua"

func vocabularyOf(in *luabind.Interp) vocabulary {
	v := vocabulary{globals: []string{"arg", "host"}, fields: make(map[string][]string)} // the command sets them
	in.L.G.Global.ForEach(func(key, value lua.LValue) {
		name, ok := key.(lua.LString)
		if !ok {
			return
		}
		v.globals = append(v.globals, string(name))
		if t, ok := value.(*lua.LTable); ok && name != "_G" {
			t.ForEach(func(key, _ lua.LValue) {
				if field, ok := key.(lua.LString); ok {
					v.fields[string(name)] = append(v.fields[string(name)], string(field))
				}
			})
			slices.Sort(v.fields[string(name)])
		}
	})
	slices.Sort(v.globals)
	delete(v.fields, "package") // package.loaded and so on are for scripts to change
	return v
}

// once compiles an expression when it is first used: start-up is for all scripts,
// and few are checked.
func once(expression string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(expression) })
}

var atLine = once(` at line (\d+)$`)

// Source checks a script. name is what problems call it, and says where the modules
// next to it are. The problems are in the order of their lines.
func (c *Checker) Source(source []byte, name string) []Problem {
	if _, err := baselib.Compile(source, name); err != nil {
		if e, ok := errors.AsType[*syntax.Error](err); ok {
			line := e.Line
			if m := atLine().FindStringSubmatch(e.Message); m != nil { // of a goto the end of its block is told
				line, _ = strconv.Atoi(m[1]) // digits alone
			}
			return []Problem{{File: name, Line: line, Rule: "syntax", Message: atLine().ReplaceAllString(e.Message, "")}}
		}
		return []Problem{{File: name, Line: 1, Rule: "syntax", Message: err.Error()}}
	}
	chunk, err := syntax.Parse(source, name)
	if err != nil { // it has just been parsed
		return []Problem{{File: name, Line: 1, Rule: "syntax", Message: err.Error()}}
	}
	s := &script{c: c, known: &c.scripts, name: name, dir: filepath.Dir(name), names: newNames()}
	if strings.HasSuffix(name, testSuffix) {
		s.known = &c.tests
	}
	s.names.resolve(chunk)
	s.modules()
	s.walk(chunk)
	s.unknownGlobals()
	slices.SortStableFunc(s.problems, func(a, b Problem) int { return cmp.Compare(a.Line, b.Line) })
	return slices.Compact(s.problems)
}

// script is one script that is being checked.
type script struct {
	loops    int             // how many loops the walk is in
	bare     map[string]bool // the prompts of one sign that were waited for
	c        *Checker
	known    *vocabulary
	name     string
	dir      string
	names    *names
	foreign  bool // a module or a chunk that is not known may have made anything
	peers    bool // a module has sessions of its own kind: telnetlib
	problems []Problem
}

func (s *script) report(line int, rule, format string, args ...any) {
	s.problems = append(s.problems, Problem{File: s.name, Line: max(line, 1), Rule: rule, Message: fmt.Sprintf(format, args...)})
}

// meant is ", did you mean NAME?" for the nearest of the names known.
func meant(name string, known []string) string {
	if nearest := words.Nearest(name, known); nearest != "" {
		return "; did you mean " + nearest + "?"
	}
	return ""
}
