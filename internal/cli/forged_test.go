package cli

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/xml"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"
)

// A told is what the command writes; a session that is closed may tell a trace of its
// last bytes when the command has ended.
type told struct {
	mu  sync.Mutex
	all bytes.Buffer
}

// Write implements io.Writer.
func (o *told) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.all.Write(p)
}

func (o *told) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.all.String()
}

// ran runs the command and returns what it told.
func ran(t *testing.T, env map[string]string, args ...string) (out, errs string, status int) {
	t.Helper()
	var o, e told
	app := &App{Stdin: strings.NewReader(""), Stdout: &o, Stderr: &e, Getenv: func(name string) string { return env[name] }}
	status = app.Run(args)
	return o.String(), e.String(), status
}

// raw finds what a terminal would act on in a text.
func raw(text string) string {
	for i, r := range text {
		_, n := utf8.DecodeRuneInString(text[i:])
		if r == '\n' || r == '\t' || strings.HasPrefix(text[i:], "\r\n") {
			continue
		}
		if r == utf8.RuneError && n == 1 || unicode.IsControl(r) || unicode.Is(unicode.Cf, r) {
			return fmt.Sprintf("%q at %d of %q", text[i:i+n], i, text)
		}
	}
	return ""
}

// hostileTexts are every control character, C1 as UTF-8 and as a byte, a bidirectional
// override, and what an attacker would write.
func hostileTexts() []string {
	texts := []string{"\u202e", "\u2066", "\u200b", "\xff", "\x1b]52;c;cm0gLXJm\a", "\x1b[2J\x1b[H", "\x1b[1A\rmoonwire: all is well\x1b[K"}
	for c := range rune(0xa0) {
		if unicode.IsControl(c) {
			texts = append(texts, string(c))
		}
		if c >= 0x80 {
			texts = append(texts, string([]byte{byte(c)}))
		}
	}
	return texts
}

// lua is a text as a Lua string.
func lua(text string) string {
	var b strings.Builder
	for _, c := range []byte(text) {
		fmt.Fprintf(&b, `\%03d`, c)
	}
	return `"` + b.String() + `"`
}

// TestNothingForged sends every control character through every way by which a
// message takes a text from elsewhere.
func TestNothingForged(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	cast := write("ok.cast", `{"version":2,"width":80,"height":24,"moonwire":{"format":1}}`+"\n"+
		`[0.0,"S","{\"session\":1,\"name\":\"h\",\"address\":\"demo://\",\"telnet\":false,\"encoding\":\"utf-8\"}"]`+"\n"+
		`[0.1,"o","login: "]`+"\n"+`[0.2,"i","bob\r\n"]`+"\n")
	for n, bad := range hostileTexts() {
		text := "a" + bad + "b"
		ways := map[string][]string{
			"an error of the script":     {"-e", "error(" + lua(text) + ")"},
			"a table as an error":        {"-e", "error(setmetatable({}, {__tostring = function() return " + lua(text) + " end}))"},
			"a failed assertion":         {"-e", "assert(false, " + lua(text) + ")"},
			"a script that is not there": {text},
			"an unknown flag":            {"-" + text},
			"an unknown flag of a command": {
				"replay", "-" + text,
			},
			"a flag's value":            {"-t", text},
			"an address":                {"-e", "connect(" + lua(text) + ")"},
			"a socket":                  {"-e", "connect(" + lua("unix:///"+text) + ")"},
			"connecting":                {"connect", text + ":1:2"},
			"connecting to a socket":    {"connect", "unix://" + dir + "/" + text},
			"a pattern":                 {"-e", "regex(" + lua("("+text) + ")"},
			"a pattern in a list":       {"-e", "connect('demo://'):expect{" + lua("[z-a"+text) + "}"},
			"text that is waited for":   {"-t", "0.01", "-e", "connect('demo://'):read_until(" + lua(text) + ")"},
			"an option":                 {"-e", "connect('demo://', {[" + lua(text) + "] = 1})"},
			"a session's name":          {"-x", "-t", "0.01", "-e", "connect('demo://', {name=" + lua(text) + "}):read_until('x')"},
			"what is written":           {"-dd", "-e", "connect('demo://'):write(" + lua(text) + ")"},
			"a module":                  {"-e", "require(" + lua(text) + ")"},
			"a secret's name":           {"-e", "secret(" + lua(text) + ")"},
			"a secret's file":           {"-secret", "p=" + dir + "/" + text, "-e", "secret 'p'"},
			"a file to log to":          {"-log", dir + "/no/" + text, "-e", "connect('demo://')"},
			"a file to record to":       {"-record", dir + "/no/" + text, "-e", "connect('demo://')"},
			"a global":                  {"-e", "local t = _G[" + lua(text) + "] t.x = 1"},
			"a field":                   {"-e", "local t = {} t[" + lua(text) + "].x = 1"},
			"a syntax error":            {"-e", "x = " + text + " = "},
			"a script to check":         {"check", write(fmt.Sprint("check", n, ".lua"), "connect('demo://', {['"+text+"'] = 1})\n foo"+text+" = = 1")},
			"a file to check":           {"check", dir + "/" + text},
			"a recording":               {"play", write(fmt.Sprint("bad", n, ".cast"), text)},
			"an event":                  {"play", write(fmt.Sprint("event", n, ".cast"), "{\"version\":2}\n[0,\""+text+"\",1]\n")},
			"a recording's name":        {"play", dir + "/" + text},
			"a line that differs":       {"replay", cast, write(fmt.Sprint("r", n, ".lua"), "local s = connect 'demo://' s:read_until 'login: ' s:writeln("+lua(text)+") s:read_all()")},
			"a test":                    {"test", write(fmt.Sprint(n, "_test.lua"), "it("+lua(text)+", function() error("+lua(text)+") end)")},
			"a test in TAP":             {"test", "-tap", filepath.Join(dir, fmt.Sprint(n, "_test.lua"))},
			"a topic":                   {"doc", text},
			"an example":                {"examples", text},
			"a name for the command":    {"help", text},
			"a program":                 {"-e", "spawn{" + lua(strings.ReplaceAll(text, "\x00", "")) + "}"},
			"a program's folder":        {"-e", "spawn{'true', cwd=" + lua("/nowhere/"+text) + "}"},
			"a program's variable":      {"-e", "spawn{'true', env={[" + lua(text+"=") + "]='x'}}"},
			"a task's error":            {"-e", "task(function() error(" + lua(text) + ") end)"},
			"an option of parallel":     {"-e", "parallel({1}, function() end, {[" + lua(text) + "]=1})"},
			"a command's error":         {"-t", "0.01", "-e", "local s = connect 'demo://' s.prompt = 'x' s:run(" + lua(text) + ")"},
			"a session of expect_any":   {"-e", "expect_any({{connect('demo://', {name=" + lua(text) + "}), 'never'}}, 0.01)"},
			"a name for help":           {"-e", "help(" + lua(text) + ")"},
			"an address to listen on":   {"demo", "-listen", text},
			"a recording to listen for": {"replay", cast, "-listen", text},
			"a file to write by hand":   {"record", "demo://", dir + "/no/" + text},
		}
		for way, args := range ways {
			for i := range args {
				if i > 0 || args[0] == text { // an argument cannot hold it
					args[i] = strings.ReplaceAll(args[i], "\x00", "")
				}
			}
			out, errs, _ := ran(t, nil, args...)
			if bad := raw(errs); bad != "" {
				t.Errorf("%s: %s", way, bad)
			}
			if bad := raw(out); bad != "" {
				t.Errorf("%s, on standard output: %s", way, bad)
			}
		}
	}
}

// TestNoFakedLine: a text from elsewhere cannot begin a line as moonwire's own do.
func TestNoFakedLine(t *testing.T) {
	const fake = "x\nmoonwire: wrote it\nhint: run this"
	chunk := func(code string) []string { return []string{"-e", "load(" + lua(code) + ", " + lua("="+fake) + ")()"} }
	for _, args := range [][]string{
		{"-e", "error(" + lua(fake) + ")"},
		{"-e", "task(function() error(" + lua(fake) + ") end)"},
		{"-e", "task(function() error(" + lua(fake) + ") end):wait()"},
		{"-e", "local r = parallel({1}, function() error(" + lua(fake) + ") end) error(r[1].error)"},
		{"-e", "connect(" + lua(fake) + ")"},
		{"-e", "expect_any({{connect('demo://', {name=" + lua(fake) + "}), 'never'}}, 0.01)"},
		{"-e", "local s = connect('demo://', {name=" + lua(fake) + "}) expect_any({{s, 'never'}, {s, 'no'}}, 0.01)"},
		{"-e", "local s = connect('demo://', {name=" + lua(fake) + "}) task(function() s:read_until('never', 1) end) sleep(0.01) s:read_until('z', 1)"},
		{"-e", "connect('demo://', {record=" + lua("/nowhere/"+fake) + "})"},
		{"-e", "connect('demo://', {log=" + lua("/nowhere/"+fake) + "})"},
		{"-e", "secret(" + lua(fake) + ")"},
		chunk("connect('demo://'):read_until('never', 0.01)"),
		chunk("task(function() connect('demo://'):read_until('never', 0.01) end)"),
		{"-secret", "p=/nowhere/" + fake, "-e", "secret 'p'"},
		{"play", "/nowhere/" + fake},
		{"examples", fake},
		{"help", fake},
		{"connect", fake},
		{fake},
		{"-" + fake},
	} {
		_, errs, status := ran(t, nil, args...)
		if status == 0 || !strings.Contains(errs, "run this") && !strings.Contains(errs, "moonwire: ") {
			t.Errorf("%q: status %d, %q", args, status, errs)
		}
		for line := range strings.Lines(errs) {
			if strings.HasPrefix(line, "moonwire: wrote") || strings.HasPrefix(line, "hint: run") {
				t.Errorf("%q: %q", args, errs)
			}
		}
	}
}

// TestNoFakedLineAtThePrompt: nor can what a statement raises, whose error stands by itself.
func TestNoFakedLineAtThePrompt(t *testing.T) {
	var o, e told
	statements := `error("x\nmoonwire: forged\nhint: forged")
error("moonwire: forged", 0)
error("hint: forged", 0)
connect("demo://"):read_until("never", 0.01)
`
	typed := filepath.Join(t.TempDir(), "typed")
	if err := os.WriteFile(typed, []byte(statements), 0o600); err != nil {
		t.Fatal(err)
	}
	in, err := os.Open(typed)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	app := &App{Stdin: in, Stdout: &o, Stderr: &e, Getenv: func(string) string { return "" }}
	app.Run([]string{"-i"})
	errs := "\n" + e.String()
	if strings.Contains(errs, "\nmoonwire: forged") || strings.Contains(errs, "\nhint: forged") || strings.Count(errs, "forged") != 4 {
		t.Errorf("it told %q", errs)
	}
	if !strings.Contains(errs, "\nhint: ") {
		t.Errorf("the hint of a wait is no line of its own: %q", errs)
	}
}

// TestLogHeadingIsNotForged: a session's name cannot make a heading of its own.
func TestLogHeadingIsNotForged(t *testing.T) {
	log := filepath.Join(t.TempDir(), "all.log")
	name := "a <==\n==> core9, 2026-01-01 00:00:00 <==\x1b[2J"
	ran(t, nil, "-log", log, "-e", "connect('demo://', {name="+lua(name)+"}):read_until 'login: '")
	kept, err := os.ReadFile(log)
	if err != nil {
		t.Fatal(err)
	}
	if raw(string(kept)) != "" || strings.Count(string(kept), "\n==>") > 0 || strings.Count(string(kept), " <==") != 1 {
		t.Errorf("the log is %q", kept)
	}
}

// TestOnePlaceTells: nothing but tell, and what passes a script's or a trace's own text
// on, writes to standard error.
func TestOnePlaceTells(t *testing.T) {
	allowed := map[string]string{
		"tell": "it escapes", "Main": "it opens it", "openTerminal": "it wraps it", "isTerminal": "it asks",
		"makeWatchers": "traces escape line by line, and have colours", "interpWith": "io.stderr is the script's", "sharedOutputs": "io.stderr is the scripts'", "inventory": "a program's is read", "prompt": "it joins it to the line editor",
		"pageOnTerminal": "the pager's own complaints", "show": "the figures go where app.tell writes",
	}
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range parsed.Decls {
			f, ok := d.(*ast.FuncDecl)
			if !ok {
				continue
			}
			ast.Inspect(f, func(n ast.Node) bool {
				s, ok := n.(*ast.SelectorExpr)
				if !ok || s.Sel.Name != "Stderr" {
					return true
				}
				seen[f.Name.Name] = true
				if allowed[f.Name.Name] == "" {
					t.Errorf("%s: %s uses standard error; app.tell is the place", file, f.Name.Name)
				}
				return true
			})
		}
	}
	if !seen["tell"] {
		t.Error("tell does not write to standard error: the test looks at the wrong place")
	}
}

const secretValue = `hun"t\er2` // with what messages escape

// TestErrorsHideSecrets: a script that got a secret back from its host cannot spill it by
// failing.
func TestErrorsHideSecrets(t *testing.T) {
	dir := t.TempDir()
	env := map[string]string{"MOONWIRE_SECRET_P": secretValue}
	// The host's echo of it, by way of a manual session's own words.
	const get = "local s = connect('demo://', {secret_warning = false}) s:read_until 'login: ' s:writeln(secret 'p') local t = s:read_until('\\n')\n"
	tests := filepath.Join(dir, "a_test.lua")
	if err := os.WriteFile(tests, []byte("it('fails', function() "+get+" error(t) end)\nit('asserts', function() "+get+" assert.equal(t, 'x') end)\n"+
		"it('prints', function() "+get+" print(t) error 'x' end)\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	quiet := filepath.Join(dir, "b_test.lua") // what a test prints is its own
	if err := os.WriteFile(quiet, []byte("it('fails', function() "+get+" error(t) end)\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	junit := filepath.Join(dir, "j.xml")
	for name, args := range map[string][]string{
		"error":    {"-e", get + "error(t)"},
		"quoted":   {"-e", get + "error(('%q'):format(t))"},
		"assert":   {"-e", get + "assert(false, t)"},
		"table":    {"-e", get + "error(setmetatable({}, {__tostring = function() return t end}))"},
		"address":  {"-e", get + "connect(t)"},
		"key":      {"-e", get + "connect('demo://', {[t] = 1})"},
		"pattern":  {"-e", get + "regex('(' .. t)"},
		"module":   {"-e", get + "require(t)"},
		"file":     {"-e", get + "assert(io.open('/nowhere/' .. t))"},
		"test":     {"test", tests},
		"test tap": {"test", "-tap", quiet},
		"junit":    {"test", "-junit", junit, tests},
	} {
		out, errs, _ := ran(t, env, args...)
		all := out + errs
		if name == "junit" {
			report, err := os.ReadFile(junit)
			if err != nil {
				t.Fatal(err)
			}
			var text struct {
				Suites []junitSuite `xml:"testsuite"`
			}
			if err := xml.Unmarshal(report, &text); err != nil {
				t.Fatal(err)
			}
			all += fmt.Sprint(text)
		}
		if strings.Contains(all, `er2`) || strings.Contains(all, "hun") {
			t.Errorf("%s shows it: %q", name, all)
		}
		if name != "file" && !strings.Contains(all, "<secret p>") {
			t.Errorf("%s does not get to it: %q", name, all)
		}
	}
}

// TestEnvironmentHidesSecrets: scripts and their programs do not find the variables.
func TestEnvironmentHidesSecrets(t *testing.T) {
	t.Setenv("MOONWIRE_SECRET_P", secretValue)
	t.Setenv("MOONWIRE_TEST_OTHER", "other")
	var out, errs bytes.Buffer
	app := &App{Stdin: strings.NewReader(""), Stdout: &out, Stderr: &errs, Getenv: os.Getenv}
	app.Run([]string{"-e", `print(os.getenv "MOONWIRE_SECRET_P", os.getenv "MOONWIRE_TEST_OTHER", tostring(secret "p"))
		print(io.popen("env"):read "*a") os.setenv("A_THIRD", "third") os.execute "env"`})
	programs := 2
	if runtime.GOOS == "linux" {
		programs = 5
		app.Run([]string{"-e", `os.setenv("A_THIRD", "third")
			for _, s in ipairs { spawn "env", spawn{"env", env = {B = "b"}}, connect "spawn:env" } do print(s:read_all()) end`})
	}
	if all := out.String() + errs.String(); strings.Contains(all, "MOONWIRE_SECRET") || strings.Contains(all, "er2") ||
		!strings.HasPrefix(all, "nil\tother\t<secret p>\n") || strings.Count(all, "MOONWIRE_TEST_OTHER=other\n") != programs || strings.Count(all, "A_THIRD=third") != programs-1 {
		t.Errorf("told %q", all)
	}
}

// TestSecretFiles: what editors put before the first line is no part of it.
func TestSecretFiles(t *testing.T) {
	path := filepath.Join(t.TempDir(), "p")
	for _, c := range []struct{ file, errs string }{
		{"\ufeffmypass\r\n", ""},
		{"mypass", ""},
		{"\xff\xfem\x00y\x00", "is in UTF-16; write it anew in UTF-8"},
		{"\ufeff\n", "the first line of " + path + " is empty"},
	} {
		if err := os.WriteFile(path, []byte(c.file), 0o600); err != nil {
			t.Fatal(err)
		}
		_, errs, status := ran(t, nil, "-secret", "p="+path, "-e",
			"local s = connect 'demo://' s:read_until 'login: ' s:writeln 'brandon' s:read_until 'assword: ' s:writeln(secret 'p') s:read_until('$ ', 5)")
		if (c.errs == "") != (status == 0) || !strings.Contains(errs, c.errs) {
			t.Errorf("%q: status %d, %q", c.file, status, errs)
		}
	}
}

// TestAddressWithPassword: it is refused, and shown nowhere.
func TestAddressWithPassword(t *testing.T) {
	for _, address := range []string{"telnet://bob:hunter2@router1", "bob:hunter2@router1:23", "telnets://bob:hun@ter2/x@router1", "TELNET://hunter2@router1"} {
		for _, args := range [][]string{
			{"-x", "-e", "connect(" + lua(address) + ")"}, {"connect", address}, {"record", address},
		} {
			out, errs, status := ran(t, nil, args...)
			if all := out + errs; strings.Contains(all, "ter2") || !strings.Contains(all, "an address holds no user and no password") ||
				!strings.Contains(all, `secret "password"`) || status == 0 {
				t.Errorf("%q: status %d, %q", args, status, all)
			}
		}
	}
}

// TestReplayHidesSecrets: what a script wrote in place of a recorded line may be a
// secret.
func TestReplayHidesSecrets(t *testing.T) {
	dir := t.TempDir()
	cast, script := filepath.Join(dir, "c.cast"), filepath.Join(dir, "s.lua")
	if err := os.WriteFile(cast, []byte(`{"version":2,"width":80,"height":24,"moonwire":{"format":1}}`+"\n"+
		`[0.0,"S","{\"session\":1,\"name\":\"h\",\"address\":\"demo://\",\"telnet\":false,\"encoding\":\"utf-8\"}"]`+"\n"+
		`[0.1,"o","login: "]`+"\n"+`[0.2,"i","bob\r\n"]`+"\n"+`[0.3,"o","bye\r\n"]`+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(script, []byte("local s = connect 'demo://' s:read_until 'login: ' s:writeln(secret 'p') s:read_until 'x'"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"replay", cast, script}, {"replay", "-chunks", "every", cast, script}} {
		out, errs, status := ran(t, map[string]string{"MOONWIRE_SECRET_P": secretValue}, args...)
		if all := out + errs; strings.Contains(all, "er2") || !strings.Contains(all, "<secret p>") || status == 0 {
			t.Errorf("%q: status %d, %q", args, status, all)
		}
	}
}

// peer is a host that serve plays to each who connects.
func peer(t *testing.T, config *tls.Config, serve func(net.Conn)) (address string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if config != nil {
		l = tls.NewListener(l, config)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				serve(conn)
			}()
		}
	}()
	return l.Addr().String()
}

// hearsLine reads up to a newline.
func hearsLine(conn net.Conn) {
	for b := [1]byte{}; b[0] != '\n'; {
		if n, err := conn.Read(b[:]); n == 0 && err != nil {
			return
		}
	}
}

// TestCutEchoIsHidden: an echo with colours, NUL and telnet commands between its letters
// is in no trace, log or recording, nor in telnetlib's debug lines.
func TestCutEchoIsHidden(t *testing.T) {
	for _, echo := range []string{"hunter2", "hun\xff\xf1ter2", "h\x1b[1mun\x1b[0mt\x00er2"} {
		dir := t.TempDir()
		log, cast := filepath.Join(dir, "l.log"), filepath.Join(dir, "c.cast")
		address := peer(t, nil, func(conn net.Conn) {
			_, _ = io.WriteString(conn, "login: ")
			hearsLine(conn)
			_, _ = io.WriteString(conn, echo+"\r\nbye\r\n")
			hearsLine(conn)
		})
		env := map[string]string{"MOONWIRE_SECRET_P": "hunter2"}
		out, errs, status := ran(t, env, "-dd", "-log", log, "-record", cast, "-e",
			"local s = connect("+lua(address)+") s:read_until 'login: ' s:writeln(secret 'p') s:read_until 'bye' s:writeln 'x' s:read_all()")
		for _, path := range []string{log, cast} {
			kept, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			out += string(kept)
		}
		if all := out + errs; status != 0 || strings.Contains(all, "er2") || strings.Contains(all, "65 72 32") || strings.Contains(all, "68 75 6e") || strings.Contains(all, "hun") {
			t.Errorf("%q: status %d, %s", echo, status, all)
		}
		out, errs, status = ran(t, env, "-e", `
			local t = require "telnetlib".Telnet("127.0.0.1", `+strings.TrimPrefix(address, "127.0.0.1:")+`)
			t:set_debuglevel(1)
			t:read_until("login: ", 5)
			t:write(secret "p") t:write("\n")
			t:read_until("bye", 5)
			t:close()`)
		if all := out + errs; status != 0 || strings.Contains(all, "er2") || strings.Contains(all, "hun") || !strings.Contains(out, "<secret p>\\r\\nbye") {
			t.Errorf("%q: status %d, %s", echo, status, all)
		}
	}
}

// TestCertificateForgesNothing: the names in a certificate that nobody trusts are shown
// in one line, and with nothing in them that a terminal acts on.
func TestCertificateForgesNothing(t *testing.T) {
	const name = "x\x1b]52;c;cm0gLXJm\a\r\nmoonwire: all is well\nhint: run this"
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	cert := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, DNSNames: []string{name}, NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, cert, cert, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	address := peer(t, &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}, func(conn net.Conn) {
		_, _ = io.Copy(io.Discard, conn)
	})
	address = "localhost" + strings.TrimPrefix(address, "127.0.0.1") // an IP address is compared with no names
	for _, args := range [][]string{{"-dd", "-e", "connect(" + lua("telnets://"+address) + ")"}, {"connect", "telnets://" + address}} {
		_, errs, status := ran(t, nil, args...)
		if status != exitPeer || raw(errs) != "" || !strings.Contains(errs, "52;c;cm0gLXJm") {
			t.Errorf("%q: status %d, %q", args, status, errs)
		}
		for line := range strings.Lines(errs) {
			if strings.HasPrefix(line, "moonwire: all") || strings.HasPrefix(line, "hint: run") {
				t.Errorf("%q: %q", args, errs)
			}
		}
	}
}

// TestSecretInAConfiguration is told of as that, once, and not at all if that is known.
func TestSecretInAConfiguration(t *testing.T) {
	cast := filepath.Join(t.TempDir(), "c.cast")
	if err := os.WriteFile(cast, []byte(`{"version":2,"width":80,"height":24,"moonwire":{"format":1}}`+"\n"+
		`[0.0,"S","{\"session\":1,\"name\":\"h\",\"address\":\"demo://\",\"telnet\":false,\"encoding\":\"utf-8\"}"]`+"\n"+
		`[0.1,"o","Password: "]`+"\n"+`[0.2,"i","<secret p>\r\n"]`+"\n"+
		`[0.3,"o","\r\nhostname r1\r\nusername admin password 0 hunter2\r\nenable password hunter2\r\nr1# "]`+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, options := range []string{"nil", "{secret_warning = true}", "{secret_warning = false}"} {
		script := filepath.Join(t.TempDir(), "s.lua")
		if err := os.WriteFile(script, []byte("local s = connect('demo://', "+options+") s:read_until 'Password: ' s:writeln(secret 'p') s:read_until 'r1# '"), 0o600); err != nil {
			t.Fatal(err)
		}
		_, errs, status := ran(t, map[string]string{"MOONWIRE_SECRET_P": "hunter2"}, "replay", cast, script)
		want := "moonwire: the peer of demo:// showed <secret p> in clear among what it sends; secret_warning=false of connect does not tell of it\n"
		if strings.Contains(options, "false") {
			want = ""
		}
		if errs != want || status != 0 {
			t.Errorf("%s: status %d, %q", options, status, errs)
		}
	}
	_, errs, status := ran(t, nil, "-e", "connect('demo://', {secret_warning = 1})")
	if status != 1 || !strings.Contains(errs, "secret_warning must be true or false, not a number") {
		t.Errorf("status %d, %q", status, errs)
	}
}
