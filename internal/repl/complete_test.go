package repl_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/moonwire/moonwire/internal/repl"
)

// names is an environment of known names.
type names struct{}

func (names) Fields(path []any, methods bool) []string {
	if len(path) == 0 {
		return []string{"connect", "print", "t", "table", "then", "time"}
	}
	s := []string{}
	for _, step := range path {
		switch v := step.(type) {
		case string:
			s = append(s, v)
		case float64:
			s = append(s, "#")
		}
	}
	switch strings.Join(s, ".") {
	case "t":
		if methods {
			return []string{"read_line", "read_until"}
		}
		return []string{"name", "read_line", "read_until"}
	case "a.b.#":
		return []string{"deep"}
	case "a.key":
		return []string{"keyed"}
	}
	return nil
}

func (names) Options(function string) []string {
	if function == "connect" {
		return []string{"name", "timeout"}
	}
	return nil
}

func (names) Words(function string) []string {
	if function == "help" {
		return []string{"connect", "connect.timeout", "matching"}
	}
	return nil
}

func (names) Open() []string { return []string{"demo://"} }

func TestComplete(t *testing.T) {
	t.Chdir(t.TempDir())
	if err := os.WriteFile("login.lua", nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Join("logs", "today"), 0o755); err != nil {
		t.Fatal(err)
	}
	tests := []struct{ line, from, want string }{
		{"pr", "pr", "print"},
		{"", "", "connect print t table then time"},
		{"x = t", "t", "t table then time"},
		{"t:re", "re", "read_line read_until"},
		{"t:", "", "read_line read_until"},
		{"t.", "", "name read_line read_until"},
		{"print(t . n", "n", "name"},
		{"a.b[1].", "", "deep"},
		{"a['key'].k", "k", "keyed"},
		{`a["key"].`, "", "keyed"},
		{"f().", "", ""},
		{"a[i].", "", ""},
		{"1..t", "t", "t table then time"},
		{"12", "", ""},
		{"connect{", "", "name= timeout="},
		{"connect{ na", "na", "name="},
		{"connect('x', { name = 'y', ti", "ti", "timeout="},
		{"connect{ name = t", "t", "t table then time"},
		{"other{ na", "na", ""},
		{`connect "lo`, "lo", "login.lua logs/"},
		{`dofile("logs/`, "logs/", "logs/today/"},
		{`connect("unix://lo`, "lo", "login.lua logs/"},
		{`help "con`, "con", "connect connect.timeout"},
		{`help("m`, "m", "matching"},
		{`help[[m`, "m", "matching"},
		{`help("m", "lo`, "lo", ""},
		{`help "m" x = "lo`, "lo", "login.lua logs/"},
		{`use "de`, "de", "demo://"},
		{`x = "done" .. pr`, "pr", "print"},
		{`x = 'it\'s lo`, `it\'s lo`, ""},
		{`x = [[lo`, "lo", "login.lua logs/"},
	}
	for _, test := range tests {
		start, words := repl.Complete(names{})(test.line+" rest", len(test.line))
		if got := strings.Join(words, " "); got != test.want || test.line[start:] != test.from && got != "" {
			t.Errorf("%s: %q from %q, want %q", test.line, got, test.line[start:], test.want)
		}
	}
}
