package luabind

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestSpawn: programs are sessions like any other.
func TestSpawn(t *testing.T) {
	var out bytes.Buffer
	in := New(Config{Stdout: &out})
	err := in.Run(t.Context(), []byte(`
local s = spawn{ "sh", "-c", "stty -echo; printf 'Password: '; read x; stty echo; echo; stty size; echo $0 $A; exit 3", "two words",
	env = { A = "b", HOME = false }, cwd = "/", window = { columns = 90, rows = 30 } }
print(s.address)
print(s:read_until("Password: "))
print((s:expect(ECHO_OFF)))
s:writeln("secret")
print(s:read_all())
local b = spawn("bash --norc --noprofile", { env = { PS1 = "$ " } })
b:expect("\\$ $")
print(b:run("echo one; echo two"))
b:resize(77, 20)
print(b:run("stty size"))
b:close()
`), "spawn")
	if err := errors.Join(err, in.Close()); err != nil {
		t.Fatal(err)
	}
	want := `spawn:sh -c 'stty -echo; printf '\''Password: '\''; read x; stty echo; echo; stty size; echo $0 $A; exit 3' 'two words'
Password: 
1

30 90
two words b

one
two
20 77
`
	if out.String() != want {
		t.Errorf("it printed %q, want %q", out.String(), want)
	}
}

// TestSpawnNotStarted: a file that the system does not run says why.
func TestSpawnNotStarted(t *testing.T) {
	dir := t.TempDir()
	for name, test := range map[string]struct{ text, want string }{
		"garbage": {"\x01\x02", "exec format error\nhint: it is a program for another machine, or a script without a first line such as #!/bin/sh"},
		"script":  {"#! /no/such/sh -e\necho\n", "its first line names /no/such/sh, which is not there"},
		"windows": {"#!/bin/sh\r\necho\r\n", `its first line ends in \r\n` + "\nhint: it was written on Windows: dos2unix mends it"},
	} {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(test.text), 0o755); err != nil {
			t.Fatal(err)
		}
		in := New(Config{})
		for source, want := range map[string]string{
			fmt.Sprintf(`spawn{%q}`, path):       "cannot start " + path + ": " + test.want,
			fmt.Sprintf(`spawn{%q, "-x"}`, path): "cannot start " + path + " -x: " + path + ": " + test.want,
		} {
			err := in.Run(t.Context(), []byte(source), "spawn")
			if err == nil || !strings.HasSuffix(err.Error(), want) {
				t.Errorf("%s: %v, want %q", source, err, want)
			}
		}
		_ = in.Close()
	}
}

// TestSpawnMistakes are told as such.
func TestSpawnMistakes(t *testing.T) {
	for source, want := range map[string]string{
		`spawn("")`:                                  "spawn: the command is missing",
		`spawn("ssh", "-p")`:                         `spawn{"PROGRAM", "ARG", ...} starts a program with arguments`,
		`spawn{}`:                                    "spawn: the program is missing",
		`spawn(1)`:                                   `spawn: command must be a string or a table such as {"ls", "-l"}`,
		`spawn{"a\0"}`:                               "argument 0 holds a NUL",
		`spawn{"a", {}}`:                             "argument 1 must be a string",
		`spawn("x", { tls = true })`:                 "tls does not go with spawn:, which has no TLS",
		`spawn{"x", options = {}}`:                   "options does not go with spawn:, which does not speak telnet",
		`connect("tcp://h:1", { environ = {} })`:     "environ does not go with tcp://, which does not speak telnet",
		`connect("demo://", { cwd = "/" })`:          "cwd does not go with demo://, which starts no program",
		`spawn("x", { env = 1 })`:                    "env must be a table",
		`spawn("x", { env = { ["a=b"] = "" } })`:     `a variable cannot be called "a=b"`,
		`spawn{"no-such-program-here"}`:              "cannot start no-such-program-here: executable file not found in $PATH",
		`spawn{"/no/such/program"}`:                  "cannot start /no/such/program: no such file or directory",
		`spawn{"/no/such/program", "-x"}`:            "cannot start /no/such/program -x: /no/such/program: no such file or directory",
		`spawn{"/etc/passwd"}`:                       "cannot start /etc/passwd: permission denied\nhint: it is no program: chmod +x makes it one",
		`spawn{"/tmp"}`:                              "cannot start /tmp: is a directory",
		`spawn("x", { cwd = "/no/such/directory" })`: "cannot start x: there is no directory /no/such/directory",
		`spawn("x", { cwd = "/etc/passwd" })`:        "cannot start x: /etc/passwd is no directory",
		`spawn("x", { cwd = "/etc/passwd/x" })`:      "cannot start x: the directory /etc/passwd/x cannot be entered: not a directory",
		`spawn({"cat", timeout = 9}, { timeout = 0.1 }):expect("x")`: "waited 0.1 s",
		`spawn({"cat"}, { timout = 1 })`:                             `there is no option "timout"`,
		`spawn({"cat"}, "-p")`:                                       `spawn{"PROGRAM", "ARG", ...} starts a program with arguments`,
		`spawn("true"):command("AYT")`:                               "the connection is not telnet",
		`return spawn("true").before`:                                "waits return it: local n, match, text = s:expect{...}, and match.before",
		`spawn("true"):fence()`:                                      "the connection is not telnet",
	} {
		in := New(Config{})
		err := in.Run(t.Context(), []byte(source), "spawn")
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", source, err, want)
		}
		_ = in.Close()
	}
}
