package tests

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestReadmeScript runs the script that the README shows and compares what it
// prints; TestReadmeFailure does so with the failed wait. Commands of other blocks
// are run by TestReadmeRecording.
func TestReadmeScript(t *testing.T) {
	readme := readReadme(t)
	script := block(t, readme, "```lua\n#!/usr/bin/env moonwire\n")
	shown := block(t, readme, "```\n$ moonwire login.lua\n")
	_, want, _ := strings.Cut(shown, "\n")
	path := filepath.Join(t.TempDir(), "login.lua")
	if err := os.WriteFile(path, []byte(script), 0o644); err != nil {
		t.Fatal(err)
	}
	got, _ := command(t, "", path)
	if strings.TrimSpace(got) != strings.TrimSpace(want) {
		t.Errorf("the script prints\n%s\nand the README shows\n%s", got, want)
	}
}

func TestReadmeFailure(t *testing.T) {
	shown := block(t, readReadme(t), "```\n$ moonwire -e ")
	line, want, _ := strings.Cut(shown, "\n")
	code := regexp.MustCompile(`'(.*)'`).FindStringSubmatch(line)[1]
	_, got := command(t, "", "-e", code)
	if got != want {
		t.Errorf("moonwire says\n%s\nand the README shows\n%s", got, want)
	}
}

func TestReadmeRecording(t *testing.T) {
	dir := t.TempDir()
	examples, err := filepath.Abs("../examples")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(block(t, readReadme(t), "```sh\nmoonwire -record ")) {
		line = strings.ReplaceAll(strings.TrimSpace(line), "examples/", examples+"/")
		args := strings.Fields(line)
		if args[0] != "moonwire" {
			t.Fatalf("%q is no command of ours", line)
		}
		out, said := command(t, dir, args[1:]...)
		if !strings.Contains(out, "up 5 days") {
			t.Errorf("%s printed %q and said %q", line, out, said)
		}
	}
}

func readReadme(t *testing.T) string {
	t.Helper()
	data, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// block is the fenced block that begins with start, without its fences.
func block(t *testing.T, text, start string) string {
	t.Helper()
	i := strings.Index(text, start)
	if i < 0 {
		t.Fatalf("there is no block that begins with %q", start)
	}
	text = text[i+strings.Index(start, "\n")+1:]
	return text[:strings.Index(text, "```")]
}

// command runs moonwire, which is this test's own program under that name.
func command(t *testing.T, dir string, args ...string) (stdout, stderr string) {
	t.Helper()
	path, err := exec.LookPath("moonwire")
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(path, args...)
	cmd.Dir = dir
	var out, errs strings.Builder
	cmd.Stdout, cmd.Stderr = &out, &errs
	_ = cmd.Run() // what it printed is looked at
	return out.String(), errs.String()
}
