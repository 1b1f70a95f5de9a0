package tests

import (
	"errors"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

var updateMistakes = flag.Bool("mistakes", false, "write what the mistakes get anew")

// TestMistakes makes the mistakes of somebody's first hour, and wants the messages that
// stand behind them in testdata/mistakes: a line "$ COMMAND", its exit status unless it
// is 0, and what it prints. -mistakes writes them anew, to be read.
func TestMistakes(t *testing.T) {
	if os.PathSeparator != '/' {
		t.Skip("the messages of the system are others")
	}
	sh, err := exec.LookPath("sh")
	if err != nil {
		t.Skip("there is no shell")
	}
	const path = "testdata/mistakes/first_hour.txt"
	source, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for name, text := range map[string]string{
		"login.lua": "local t = connect(arg[1] or \"demo://\")\nt:read_until(\"login: \", 5)\nprint(\"ok\")\n",
		"half.lua":  "local t = connect(\"demo://\"\n",
		"bytes.lua": "\x7fELF\x00\x01\x02",
		"bad.cast":  "hello\n",
		"end.lua":   "if true then\n  print(1)\n",
		"folder/x":  "",
	} {
		name = filepath.Join(dir, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(name), 0o755), os.WriteFile(name, []byte(text), 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	version := regexp.MustCompile(`\(devel\)|v\d\S*`)
	head, rest, _ := strings.Cut(string(source), "\n$ ")
	got := head + "\n"
	count := 0
	for block := range strings.SplitSeq(rest, "\n$ ") {
		command, _, _ := strings.Cut(block, "\n")
		cmd := exec.CommandContext(t.Context(), sh, "-c", command)
		cmd.Dir = dir
		out, err := cmd.CombinedOutput()
		got += "$ " + command + "\n"
		if exit, ok := errors.AsType[*exec.ExitError](err); ok {
			got += "status " + strconv.Itoa(exit.ExitCode()) + "\n"
		} else if err != nil {
			t.Fatal(err)
		}
		got += version.ReplaceAllString(string(out), "VERSION")
		count++
	}
	if count < 60 {
		t.Errorf("there are %d mistakes only", count)
	}
	if got = strings.TrimSuffix(got, "\n") + "\n"; got == string(source) {
		return
	}
	if *updateMistakes {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want := strings.Split(string(source), "\n")
	for i, line := range strings.Split(got, "\n") {
		if i >= len(want) || line != want[i] {
			t.Fatalf("%s:%d: got %q; go test ./tests -run TestMistakes -mistakes writes what they get now", path, i+1, line)
		}
	}
}
