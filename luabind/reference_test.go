package luabind

import (
	"bytes"
	"os"
	"slices"
	"strings"
	"testing"

	lua "github.com/yuin/gopher-lua"

	"github.com/moonwire/moonwire/engine/fleet"
	"github.com/moonwire/moonwire/engine/line/kinds"
	"github.com/moonwire/moonwire/luabind/baselib"
	"github.com/moonwire/moonwire/stdlib/reference"
)

func loadReference(t *testing.T) *reference.Reference {
	t.Helper()
	r, err := reference.Load()
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// sameNames fails where what is registered and what is described differ.
func sameNames(t *testing.T, what string, registered, described []string) {
	t.Helper()
	for _, name := range registered {
		if !slices.Contains(described, name) {
			t.Errorf("%s: %s is not described in stdlib/meta", what, name)
		}
	}
	for _, name := range described {
		if !slices.Contains(registered, name) {
			t.Errorf("%s: stdlib/meta describes %s, which is not there", what, name)
		}
	}
}

func shorts(r *reference.Reference, keep func(*reference.Entry) bool) []string {
	var names []string
	for _, e := range r.Entries() {
		if keep(e) {
			names = append(names, e.Short)
		}
	}
	return names
}

func tableNames(v lua.LValue) []string {
	var names []string
	if t, ok := v.(*lua.LTable); ok {
		t.ForEach(func(k, _ lua.LValue) {
			if s, ok := k.(lua.LString); ok && !strings.HasPrefix(string(s), "_") {
				names = append(names, string(s))
			}
		})
	}
	return names
}

// TestReferenceNames holds the stubs to what is registered, in both directions.
func TestReferenceNames(t *testing.T) {
	r := loadReference(t)
	in := New(Config{})
	defer in.Close()
	in.SetArgs("x", nil)
	in.SetHost(&fleet.Host{Name: "x"})
	in.Console(&bytes.Buffer{})

	bare := tableNames(baselib.New(baselib.Config{}).G.Global)
	globals := slices.DeleteFunc(tableNames(in.L.G.Global), func(n string) bool { return slices.Contains(bare, n) })
	sameNames(t, "globals", globals, shorts(r, func(e *reference.Entry) bool {
		return e.Owner == "" && (e.Kind == reference.Function || e.Kind == reference.Constant) && !e.Test || e.Global
	}))
	ownedBy := func(owner string) []string {
		return shorts(r, func(e *reference.Entry) bool { return e.Owner == owner })
	}
	sameNames(t, "session", SessionNames(), ownedBy("session"))
	sameNames(t, "connect's options", ConnectKeys(), ownedBy("connect"))
	sameNames(t, "expect's options", expectKeys, ownedBy("expect"))
	sameNames(t, "run's options", runKeys, ownedBy("run"))
	sameNames(t, "parallel's options", ParallelKeys(), ownedBy("parallel"))
	sameNames(t, "step's options", StepKeys(), ownedBy("step"))
	sameNames(t, "task", TaskNames(), ownedBy("task"))
	sameNames(t, "interact's options", InteractKeys(), ownedBy("interact"))
	var global []string
	for _, m := range sessionMethods {
		if m.global {
			global = append(global, m.name)
		}
	}
	sameNames(t, "functions on the current session", global, shorts(r, func(e *reference.Entry) bool { return e.Global }))
}

// TestReferenceAddresses holds what connect says of addresses, and the README, to the table.
func TestReferenceAddresses(t *testing.T) {
	var written strings.Builder
	for _, e := range loadReference(t).Entries() {
		if e.Name == "connect" {
			written.WriteString(e.Text)
		}
	}
	readme, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range kinds.Kinds() {
		if !strings.Contains(written.String(), "`"+k.Written+"`") {
			t.Errorf("the reference of connect does not have %s", k.Written)
		}
		if !k.Bare && !strings.Contains(string(readme), "`"+k.Prefix()) {
			t.Errorf("the README does not have %s", k.Prefix())
		}
	}
}

// TestReferenceModules holds the stubs of modules to what require gives.
func TestReferenceModules(t *testing.T) {
	r := loadReference(t)
	for _, e := range r.Entries() {
		if e.Kind != reference.Module {
			continue
		}
		in := New(Config{})
		defer in.Close()
		if err := in.Run(t.Context(), []byte("module_under_test = require "+"'"+e.Name+"'"), "test"); err != nil {
			t.Fatal(err)
		}
		sameNames(t, e.Name, tableNames(in.L.GetGlobal("module_under_test")), shorts(r, func(f *reference.Entry) bool {
			return f.Owner == e.Name && !strings.Contains(f.Name, ":")
		}))
	}
}

// login is what examples begin with: s, at the demo host's prompt.
const login = `s = connect("demo://", { timeout = 10 })
s:read_until("login: ") s:writeln("brandon")
s:read_until("assword: ") s:writeln("mypass")
s:read_until("$ ")`

// TestReferenceObjects holds what is described of matches, errors and reports to what
// scripts get.
func TestReferenceObjects(t *testing.T) {
	r := loadReference(t)
	in := New(Config{})
	defer in.Close()
	code := login + `
s:writeln("uptime")
local _
_, a_match = s:expect({ "up" }, 5)
_, an_error = pcall(s.read_until, s, "never", 0.01)
assert(an_error.message) -- what takes long is there once it is asked for
a_report = s:why("never")`
	if err := in.Run(t.Context(), []byte(code), "test"); err != nil {
		t.Fatal(err)
	}
	for class, global := range map[string]string{"match": "a_match", "report": "a_report"} {
		for _, e := range r.Members(class) {
			if e.Short == "reason" { // nil unless the connection was lost
				continue
			}
			if err := in.Run(t.Context(), []byte("assert("+global+"."+e.Short+" ~= nil)"), e.Name); err != nil {
				t.Error(err)
			}
		}
	}
	of := append(tableNames(in.L.GetGlobal("an_error")), "command", "output", "line") // those of a command
	slices.Sort(of)
	sameNames(t, "errors", of, shorts(r, func(e *reference.Entry) bool { return e.Owner == "error" }))
	for _, e := range r.Entries() {
		kinds := []string{KindTimeout, KindEOF, KindConnect, KindClosed, KindProtocol, KindInterrupted, KindUsage, KindCommand, KindRun, KindSkipped, KindStep}
		if e.Name == "error.kind" && e.Type != `"`+strings.Join(kinds, `"|"`)+`"` {
			t.Errorf("error.kind is described as %s", e.Type)
		}
	}
	for _, e := range slices.Concat(r.Members("window"), r.Members("tls"), r.Members("ssh")) {
		value := map[string]string{"integer": "0", "string": `"x"`, "boolean": "true"}[e.Type]
		code := `connect("demo://", { ` + e.Owner + ` = { ` + e.Short + ` = ` + value + ` } }):close()`
		err := in.Run(t.Context(), []byte(code), e.Name)
		if err != nil && strings.Contains(err.Error(), "there is no") {
			t.Error(err)
		}
	}
}

// TestHelp asks about each kind of thing.
func TestHelp(t *testing.T) {
	for code, want := range map[string]string{
		`help()`:                      "Topics",
		`help(expect)`:                "s:expect(patterns [, timeout]) -> index, match, text",
		`help(s.options)`:             "s:options() -> options",
		`help(on_option)`:             "on_option(hook)\n",
		`help(s.on_option)`:           "s:on_option(hook)\n",
		`help "matching"`:             "Matching: ",
		`help "exit status"`:          "Exit status: ",
		`help "exit_status"`:          "Exit status: ",
		`help "connect.timeout"`:      "connect.timeout (number)",
		`help "s:expect"`:             "s:expect(",
		`help(s)`:                     "session\n",
		`help(EOF)`:                   "EOF (pattern)",
		`help(exact "x")`:             "pattern\n",
		`help(AGAIN)`:                 "AGAIN (userdata)\n",
		`help(string.format)`:         "string.format is part of Lua: https://www.lua.org/manual/5.1/manual.html#pdf-string.format\n",
		`help(print)`:                 "print is part of Lua",
		`help(require "json")`:        "require \"json\"\n",
		`help(require "json".decode)`: "json.decode(text) -> value",
		`help(function() end)`:        "a function of test, from line 1\n",
		`local _, e = pcall(s.read_until, s, "x", 0.01) help(e)`:   "error\n",
		`s:write("\n") local _, m = s:expect({ "n|\\$" }) help(m)`: "match\n",
		`help(s:why("x"))`: "report\n",
	} {
		t.Run(code, func(t *testing.T) {
			var out bytes.Buffer
			in := New(Config{Stdout: &out})
			defer in.Close()
			if err := in.Run(t.Context(), []byte(login), "login"); err != nil {
				t.Fatal(err)
			}
			if err := in.Run(t.Context(), []byte(code), "test"); err != nil {
				t.Fatal(err)
			}
			if !strings.HasPrefix(out.String(), want) && !(code == `help()` && strings.Contains(out.String(), want)) {
				t.Errorf("it prints %q", out.String())
			}
			for line := range strings.SplitSeq(out.String(), "\n") {
				if len([]rune(line)) > 80 && !strings.Contains(line, "https://") && !strings.HasPrefix(line, "    ") {
					t.Errorf("a line of %d: %s", len([]rune(line)), line)
				}
			}
		})
	}
}

// TestHelpMistakes are questions that have no answer.
func TestHelpMistakes(t *testing.T) {
	for code, want := range map[string]string{
		`help "expcet"`:  "there is nothing about \"expcet\"\nhint: did you mean expect?",
		`help(exepct)`:   "help: what is asked about is nil\nhint: is the name spelled right? help \"NAME\" finds names like it",
		`help(5)`:        "help: there is nothing about a number\nhint: ask about",
		`help {}`:        "help: there is nothing about a table\nhint: ask about",
		`help "qqqqqqq"`: "there is nothing about \"qqqqqqq\"\nhint: help() or moonwire doc lists what there is",
	} {
		in := New(Config{})
		defer in.Close()
		err := in.Run(t.Context(), []byte(code), "test")
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", code, err)
		}
	}
}

// TestTypesParse: what editors are given is Lua.
func TestTypesParse(t *testing.T) {
	in := New(Config{})
	defer in.Close()
	if _, err := baselib.Load(in.L, []byte(loadReference(t).Types()), "types"); err != nil {
		t.Error(err)
	}
}

// TestConsoleWords: what the prompt completes from the reference.
func TestConsoleWords(t *testing.T) {
	in := New(Config{})
	defer in.Close()
	c := in.Console(&bytes.Buffer{})
	if got := c.Options("expect"); !slices.Equal(got, []string{"order", "settle", "timeout"}) {
		t.Errorf("expect{ completes to %q", got)
	}
	if got := c.Words("help"); !slices.Contains(got, "matching") || !slices.Contains(got, "connect.timeout") {
		t.Errorf("help completes to %q", got)
	}
	if got := c.Words("connect"); got != nil {
		t.Errorf("connect completes to %q", got)
	}
}
