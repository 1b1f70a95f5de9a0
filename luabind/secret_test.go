package luabind_test

import (
	"context"
	"strings"
	"testing"

	"github.com/moonwire/moonwire/luabind"
)

// TestSecretsShown: what the prompt shows of values and of errors has no secret in
// it, and what a script gets has.
func TestSecretsShown(t *testing.T) {
	var out strings.Builder
	in := luabind.New(luabind.Config{Stdout: &out, Secret: func(context.Context, string) (string, error) { return "my\tpass", nil }})
	c := in.Console(&out)
	for _, statement := range []string{
		`p = secret "word"; text = "my" .. "\tpass"`,
		`assert(#text == 7) return p, text, { [text] = text }, { deep = { text } }`,
		`s = connect("demo://"); s:read_until("login: ", 5); s:write(p, "\r\n"); s:expect("(?s)my.pass")`,
		`s:writeln("x") _, m, got = s:expect("[$] $|word: ", 5) return m, s:peek()`,
		`ok, e = pcall(s.read_until, s, text, 0) return e, e.pending, e.patterns, e.message`,
		`return s:why(text)`,
	} {
		if err := c.Run(t.Context(), statement); err != nil && !strings.Contains(err.Error(), "timeout") {
			t.Fatalf("%s: %v", statement, err)
		}
	}
	if err := in.Close(); err != nil {
		t.Fatal(err)
	}
	for _, shown := range []string{"my\tpass", `my\tpass`} {
		if strings.Contains(out.String(), shown) {
			t.Errorf("%q is in\n%s", shown, out.String())
		}
	}
	for _, want := range []string{"\"<secret word>\"\n{[\"<secret word>\"] = \"<secret word>\"}", `read_until exact "<secret word>"`} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no %q in\n%s", want, out.String())
		}
	}
}
