package luabind_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/moonwire/moonwire/luabind"
)

// run runs a script and gives what it printed.
func run(t *testing.T, script string) string {
	t.Helper()
	var out strings.Builder
	in := luabind.New(luabind.Config{Stdin: strings.NewReader(""), Stdout: &out, Stderr: &out})
	err := in.Run(t.Context(), []byte(script), "script.lua")
	if err := errors.Join(err, in.Close()); err != nil {
		t.Fatalf("%v\n%s", err, out.String())
	}
	return out.String()
}

// TestWhy: a report prints as text and has what a script can use.
func TestWhy(t *testing.T) {
	got := run(t, `
		local s = connect("demo://")
		s:read_until("login: ", 10)
		s:writeln("brandon")
		s:expect{ "Pass", timeout=10 }
		repeat local r = s:why("WORD: ") until #r.hints == 1
		local r = s:why("WORD: ")
		print(r)
		print(r.matched, r.hints[1].fix, s:why("word").matched, r.nothing)
		print(select(2, pcall(s.why, s, "(")))
		s:close()
		print(pcall(s.why, s, "x"))
	`)
	for _, want := range []string{
		"looked for \"WORD: \"\n",
		"  pending: \"word: \"\n  nearest: nothing like it came\nhint: it would match with another case: the peer sent \"word: \": regex(\"WORD: \", \"i\")\n",
		"false\tregex(\"WORD: \", \"i\")\ttrue\tnil\n",
		"missing closing )",
		"the session is closed",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in\n%s", want, got)
		}
	}
}

// TestFailedWaitExplains: the message of a failed wait says why.
func TestFailedWaitExplains(t *testing.T) {
	got := run(t, `
		local s = connect("demo://")
		s:read_until("login: ", 10)
		local _, e = pcall(s.read_until, s, "Password: ", 0.01)
		print(e.kind, e.message)
		print(tostring(select(2, pcall(s.expect, s, {}))))
	`)
	if !strings.Contains(got, "taken before: \"moonwire demo host\\n\\nlogin: \"\n  pending: \"\"\n  nearest: nothing like it came\n") {
		t.Errorf("no tail in\n%s", got)
	}
}
