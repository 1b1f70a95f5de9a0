package cli

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/moonwire/moonwire/luabind"
)

// scattered is a secret whose every two bytes can be looked for, with what is escaped
// between quotes, in JSON and in a shell.
const scattered = `Q7"Z9\W2'J5éK8<V4`

// leaked returns the lines of a text that show part of scattered.
func leaked(text string) (lines []string) {
	for line := range strings.Lines(text) {
		for _, part := range []string{"Q7", "Z9", "W2", "J5", "K8", "V4", "51 37", "5a 39", "57 32", "4a 35", "4b 38", "56 34"} {
			if strings.Contains(line, part) {
				lines = append(lines, line)
				break
			}
		}
	}
	return lines
}

// TestNoLeakInWhatIsKept: a script that has a secret's value in clear, and uses it as a
// name, a pattern, a line, an argument and an error, shows it in no trace, log,
// recording or message, wherever those cut their texts.
func TestNoLeakInWhatIsKept(t *testing.T) {
	dir := t.TempDir()
	script := filepath.Join(dir, "s.lua")
	source := `
local P, V = secret "p", ` + lua(scattered) + `
local s = connect("demo://", {name = "n" .. V, secret_warning = false, timeout = 0.02})
s:read_until("login: ", 5) s:writeln "brandon" s:read_until("assword: ", 5) s:writeln "mypass" s:read_until("$ ", 5)
pcall(connect, "unix:///nowhere/" .. V)
pcall(connect, "demo://", {[V] = 1})
s:writeln("echo " .. V) pcall(s.read_until, s, V .. "never")
pcall(s.expect, s, {exact(V .. "x"), "[" .. V, V:rep(5), regex(V:gsub("%p", "\\%0") .. "y")})
for n = 150, 200, 7 do
	s:write(("x"):rep(n), V, ("y"):rep(90), "\n")
	pcall(s.read_until, s, "never")
	pcall(s.read_until, s, ("x"):rep(n - 120) .. V .. "z")
end
s:write(V:sub(1, 9)) s:writeln(V:sub(10))
pcall(s.run, s, "echo " .. V, {errors = {V}})
pcall(s.run, s, V)
pcall(s.run, s, "echo " .. V .. "; cat", {answers = {{V, V}}})
local t = task(function() error(V) end) pcall(t.wait, t)
local r = parallel({V}, function(v) error(v) end)
pcall(expect_any, {{s, V .. "z"}}, 0.01)
s:close()
if ` + luaBool(runtime.GOOS == "linux") + ` then
	pcall(spawn, {V})
	spawn{"printf", "%s", V, env = {A = V}}:read_all()
	spawn("printf %s '" .. V .. "'", {name = V})
	pcall(spawn, {"true", cwd = "/nowhere/" .. V})
end
error(r[1].error)
`
	if err := os.WriteFile(script, []byte(source), 0o600); err != nil {
		t.Fatal(err)
	}
	cast, log := filepath.Join(dir, "a.cast"), filepath.Join(dir, "a.log")
	out, errs, status := ran(t, map[string]string{"MOONWIRE_SECRET_P": scattered}, "-dd", "-x", "-record", cast, "-log", log, script)
	if status != 1 || !strings.HasSuffix(errs, ": <secret p>\n") {
		t.Errorf("status %d: %.2000s", status, errs)
	}
	texts := map[string]string{"standard output": out, "standard error": errs}
	for _, file := range []string{cast, log} {
		kept, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		texts[filepath.Base(file)] = string(kept)
	}
	for where, text := range texts {
		if where != "standard output" && !strings.Contains(text, "<secret p>") {
			t.Errorf("%s does not get to it: %.2000q", where, text)
		}
		for _, line := range leaked(text) {
			t.Errorf("%s shows it: %s", where, line)
		}
	}
}

func luaBool(b bool) string {
	if b {
		return "true"
	}
	return "false"
}

// TestPromptHidesSecrets: what the prompt shows of values hides secrets, and what
// traceback() prints.
func TestPromptHidesSecrets(t *testing.T) {
	script := `P, V = secret "p", ` + lua(scattered) + `
V
{V, [V] = 1, {[{}] = V}}
W = "Q7Z9W2" secret "w"
{[W] = 1}
setmetatable({}, {__tostring = function() return ("%q"):format(V) end})
s = connect("demo://", {name = V, secret_warning = false})
s:read_until "login: " s:writeln("echo " .. V) i, m = s:expect{ [[(V4|never)]] , [[(?<a>Q7.*V4)]] }
m
_G["f\27[2J" .. V] = load("error 'x'", "=\27[2J" .. V)
_G["f\27[2J" .. V]()
traceback()
error(V)
traceback()
`
	dir := t.TempDir()
	typed, shown := filepath.Join(dir, "typed"), filepath.Join(dir, "shown")
	if err := os.WriteFile(typed, []byte(script), 0o600); err != nil {
		t.Fatal(err)
	}
	in, err := os.Open(typed)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	out, err := os.Create(shown)
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	env := map[string]string{"MOONWIRE_SECRET_P": scattered, "MOONWIRE_SECRET_W": "Q7Z9W2"}
	app := &App{Stdin: in, Stdout: out, Stderr: out, Getenv: func(name string) string { return env[name] }}
	app.Run([]string{"-i"})
	kept, err := os.ReadFile(shown)
	if err != nil {
		t.Fatal(err)
	}
	all := string(kept)
	for _, line := range leaked(all) {
		t.Errorf("it shows %s", line)
	}
	if bad := raw(all); bad != "" {
		t.Errorf("it shows %s", bad)
	}
	if n := strings.Count(all, "<secret "); n < 11 || !strings.Contains(all, "<match of") {
		t.Errorf("it does not get to them: %s", all)
	}
}

// TestQuestionHidesSecrets: what the prompt asks about open sessions holds their names.
func TestQuestionHidesSecrets(t *testing.T) {
	in := luabind.New(luabind.Config{Secret: func(context.Context, string) (string, error) { return scattered, nil }})
	defer in.Close()
	if err := in.Run(t.Context(), []byte("secret 'p' connect('demo://', {name = 'a\\27[2J\\nb' .. "+lua(scattered)+"})"), "x"); err != nil {
		t.Fatal(err)
	}
	if open := (statements{in.Console(io.Discard), in}).Open(); len(open) != 1 || open[0] != `a\x1b[2J\nb<secret p>` {
		t.Errorf("the open sessions are shown as %q", open)
	}
}
