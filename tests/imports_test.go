// Package tests holds what crosses packages: the rules of the house, the command
// run as a user runs it, and real servers.
package tests

import (
	"encoding/json"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/moonwire/moonwire/"

// A rule says which packages may import something, and why no others.
type rule struct {
	imported string   // an import path; one that ends in / stands for everything below it
	allowed  []string // packages, relative to the module; one that ends in / stands for everything below it
	why      string
}

var rules = []rule{
	{"github.com/yuin/gopher-lua", []string{"luabind/", "internal/repl/", "tests/bench/stock/"}, "the engine is a library without Lua"},
	{"github.com/yuin/gopher-lua/parse", []string{"luabind/syntax/"}, "chunks are read in one place"},
	{"net", []string{"engine/dial/", "engine/fleet/workers/", "engine/line/", "engine/session/", "engine/record/", "engine/demo/", "tests/"}, "sockets are opened in few places"},
	{"golang.org/x/term", []string{"engine/terminal/", "internal/"}, "one owner of the terminal"},
	{"github.com/chzyer/readline", []string{"internal/repl/"}, "its faults are wrapped in one place"},
	{module + "engine/telnet", []string{"engine/line/", "engine/session/", "engine/demo/", "engine/record/", "engine/terminal/", "engine/trace/", "luabind/", "internal/", "tests/"}, "the codec lies under the session"},
	{module + "engine/line/telnet", []string{"engine", "engine/line/kinds/", "engine/line/rfc2217/", "luabind/", "tests/"}, "a session knows lines, not telnet's"},
	{module + "engine/line/pty", []string{"engine", "engine/line/kinds/", "luabind/", "tests/"}, "only the table knows the kinds of lines"},
	{module + "engine/line/ssh", []string{"engine", "engine/line/kinds/", "luabind/", "tests/"}, "only the table knows the kinds of lines"},
	{"go.bug.st/serial", []string{"engine/line/serial/"}, "ports are opened in one place"},
	{module + "engine/line/via", []string{"engine", "engine/line/", "luabind/", "tests/"}, "only the table knows what connections go through"},
	{module + "engine/line/kinds", []string{"engine", "luabind/", "internal/", "tests/"}, "the engine's stages are given their lines"},
	{module + "engine/session", []string{"engine", "examples/", "engine/demo/", "engine/record/", "engine/terminal/", "engine/trace/", "luabind/", "internal/", "tests/"}, "the pure stages know no session"},
	{"github.com/nats-io/nats.go", []string{"engine/fleet/workers/", "tests/bench/"}, "one package knows the queue's server"},
	{"github.com/nats-io/nats.go/jetstream", []string{"engine/fleet/workers/", "tests/bench/"}, "one package knows the queue's server"},
	{module + "engine/fleet/workers", []string{"internal/", "tests/"}, "the run does not know where its jobs are done"},
	{module + "engine/fleet", []string{"luabind/", "internal/", "tests/"}, "the fleet is built around sessions, and knows none"},
	{"go.yaml.in/yaml/v3", []string{"engine/fleet/"}, "inventories alone are in YAML"},
	{module + "engine/record", []string{"luabind/", "internal/", "tests/"}, "recording is built on sessions"},
	{module + "engine/terminal", []string{"luabind/", "internal/", "tests/"}, "the terminal is built on sessions"},
	{module + "engine/demo", []string{"engine/line/kinds/", "internal/", "tests/"}, "the demo host is no part of the engine's path"},
	{module + "luabind", []string{"internal/", "tests/"}, "the engine knows no binding"},
	{module + "luabind/syntax", []string{"luabind/", "internal/", "tests/"}, "the engine is a library without Lua"},
	{module + "luabind/args", []string{"luabind/", "internal/cli/"}, "the engine knows no binding"},
	{module + "luabind/spec", []string{"luabind/check/", "internal/cli/", "tests/"}, "tests of scripts are built on the binding"},
	{module + "internal/repl", []string{"internal/cli/", "internal/repl/", "tests/"}, "the prompt is below the command"},
	{module + "internal/cli", []string{"", "tests/"}, "the command is on top"},
}

// pure packages import nothing of ours, but for what pureMay says.
var pure = []string{"engine/vt", "engine/telnet", "engine/text", "engine/match", "engine/command", "engine/diagnose", "engine/dial", "engine/mask", "engine/patterns", "engine/words", "engine/buffer", "luabind/syntax", "stdlib"}

var pureMay = map[string][]string{
	"engine/text":     {"engine/vt"},
	"engine/diagnose": {"engine/vt", "engine/match"},
	"engine/buffer":   {"engine/match"},
	"engine/patterns": {"engine/match", "engine/mask", "engine/diagnose"},
}

type pkg struct {
	ImportPath string
	Imports    []string
}

// broken tells which rules a package's imports break.
func broken(p pkg) []string {
	var wrong []string
	name := strings.TrimPrefix(strings.TrimPrefix(p.ImportPath, strings.TrimSuffix(module, "/")), "/")
	for _, imported := range p.Imports {
		if slices.Contains(pure, name) && strings.HasPrefix(imported, module) && !slices.Contains(pureMay[name], strings.TrimPrefix(imported, module)) {
			wrong = append(wrong, name+" imports "+imported+": it is a pure stage and imports nothing else of ours")
		}
		for _, r := range rules {
			if imported != r.imported || within(name, strings.TrimPrefix(r.imported, module)+"/") {
				continue
			}
			if !slices.ContainsFunc(r.allowed, func(a string) bool { return a == name || strings.HasSuffix(a, "/") && within(name, a) }) {
				wrong = append(wrong, name+" imports "+imported+": "+r.why)
			}
		}
	}
	return wrong
}

func within(name, dir string) bool { return strings.HasPrefix(name+"/", dir) }

// TestImports holds every package to the rules.
func TestImports(t *testing.T) {
	out, err := exec.Command("go", "list", "-json=ImportPath,Imports", "../...").Output()
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	for d := json.NewDecoder(strings.NewReader(string(out))); d.More(); seen++ {
		var p pkg
		if err := d.Decode(&p); err != nil {
			t.Fatal(err)
		}
		for _, w := range broken(p) {
			t.Error(w)
		}
	}
	if seen < 10 {
		t.Errorf("only %d packages were looked at", seen)
	}
}

// TestImportRulesBite shows that each rule is broken by a package that it forbids.
func TestImportRulesBite(t *testing.T) {
	for _, r := range rules {
		if len(broken(pkg{ImportPath: module + "engine/text", Imports: []string{r.imported}})) == 0 {
			t.Errorf("engine/text may import %s", r.imported)
		}
	}
	for _, name := range pure {
		if len(broken(pkg{ImportPath: module + name, Imports: []string{module + "engine/other"}})) == 0 {
			t.Errorf("%s may import what is ours", name)
		}
	}
}

// TestEveryPackageIsSaid: the tour of the engine names each of its packages once.
func TestEveryPackageIsSaid(t *testing.T) {
	tour, err := os.ReadFile("../engine/doc.go")
	if err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command("go", "list", "../engine/...").Output()
	if err != nil {
		t.Fatal(err)
	}
	paths := strings.Fields(string(out))
	if len(paths) < 30 {
		t.Errorf("there are only %d packages", len(paths))
	}
	for _, path := range paths {
		if n := strings.Count(string(tour), "["+path+"]"); n != 1 && path != module+"engine" {
			t.Errorf("engine/doc.go names %s %d times", path, n)
		}
	}
}
