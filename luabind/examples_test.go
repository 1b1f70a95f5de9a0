package luabind_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"github.com/moonwire/moonwire/luabind"
	"github.com/moonwire/moonwire/luabind/spec"
	"github.com/moonwire/moonwire/stdlib/reference"
)

// demoLogin is what examples begin with: s, at the demo host's prompt.
const demoLogin = `s = connect("demo://", { timeout = 10 })
s:read_until("login: ") s:writeln("brandon")
s:read_until("assword: ") s:writeln("mypass")
s:read_until("$ ")`

// TestReferenceExamples runs every example, and compares what it prints with what
// stands behind its "-->".
func TestReferenceExamples(t *testing.T) {
	r, err := reference.Load()
	if err != nil {
		t.Fatal(err)
	}
	count := 0
	for _, e := range r.Entries() {
		for _, example := range e.Examples {
			if !example.Run {
				continue
			}
			count++
			t.Run(e.Name, func(t *testing.T) {
				t.Parallel()
				runExample(t, example.Code, e.Test)
			})
		}
	}
	if count < 50 {
		t.Errorf("only %d examples were run", count)
	}
}

func runExample(t *testing.T, code string, isTest bool) {
	var out bytes.Buffer
	in := luabind.New(luabind.Config{Stdout: &out})
	defer in.Close()
	if err := in.Run(t.Context(), []byte(demoLogin), "login"); err != nil {
		t.Fatal(err)
	}
	in.SetArgs("example.lua", nil)
	if isTest {
		file := spec.Open(in, "example_test.lua", func(error) int { return 1 })
		defer func() {
			err := file.Run(t.Context(), func(r spec.Result) {
				if r.Err != nil {
					t.Errorf("%s: %v", r.Name, r.Err)
				}
			})
			if err != nil {
				t.Error(err)
			}
		}()
	}
	if err := in.Run(t.Context(), []byte(code), "example"); err != nil {
		t.Fatal(err)
	}
	if err := in.Flush(); err != nil {
		t.Fatal(err)
	}
	var want []string
	for line := range strings.SplitSeq(code, "\n") {
		if _, printed, ok := strings.Cut(line, "--> "); ok {
			want = append(want, strings.Join(strings.Fields(printed), " "))
		}
	}
	if want == nil {
		return
	}
	var got []string
	for line := range strings.SplitSeq(strings.TrimRight(out.String(), "\n"), "\n") {
		got = append(got, strings.Join(strings.Fields(line), " "))
	}
	if !slices.Equal(got, want) {
		t.Errorf("it prints %q, not %q:\n%s", got, want, code)
	}
}
