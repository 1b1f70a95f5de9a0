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
// prints, and wants it to pass moonwire check; TestReadmeFailure does so with the failed
// wait, TestReadmeTrace with the dialogue. Commands of other blocks are run by
// TestReadmeRecording.
func TestReadmeScript(t *testing.T) {
	readme := readReadme(t)
	script := block(t, readme, "```lua\n#!/usr/bin/env moonwire\n")
	shown := block(t, readme, "```\n$ MOONWIRE_SECRET_PASSWORD=mypass moonwire login.lua\n")
	_, want, _ := strings.Cut(shown, "\n")
	path := filepath.Join(t.TempDir(), "login.lua")
	if err := os.WriteFile(path, []byte(script), 0o644); err != nil {
		t.Fatal(err)
	}
	t.Setenv("MOONWIRE_SECRET_PASSWORD", "mypass")
	if got, errs := command(t, "", path); got != want || errs != "" {
		t.Errorf("the script prints\n%s\n%s\nand the README shows\n%s", got, errs, want)
	}
	if out, errs := command(t, "", "check", path); out+errs != "" {
		t.Errorf("check says %s%s", out, errs)
	}
}

func TestReadmeFailure(t *testing.T) {
	got, want := shownAndSaid(t, "```\n$ moonwire -e ")
	if got != want {
		t.Errorf("moonwire says\n%s\nand the README shows\n%s", got, want)
	}
}

func TestReadmeTrace(t *testing.T) {
	got, want := shownAndSaid(t, "```\n$ moonwire -x ")
	clock := regexp.MustCompile(`(?m)^\d\d:\d\d:\d\d\.\d\d\d `)
	if got, want = clock.ReplaceAllString(got, ""), clock.ReplaceAllString(want, ""); strings.TrimSpace(got) != strings.TrimSpace(want) {
		t.Errorf("the dialogue is\n%s\nand the README shows\n%s", got, want)
	}
}

// shownAndSaid runs the command in the README's block that begins with start, and returns
// what it says on standard error and what the README shows.
func shownAndSaid(t *testing.T, start string) (said, shown string) {
	t.Helper()
	line, shown, _ := strings.Cut(block(t, readReadme(t), start), "\n")
	parts := regexp.MustCompile(`^\$ moonwire (.*)'(.*)'$`).FindStringSubmatch(line)
	if parts == nil {
		t.Fatalf("%q is no command with code", line)
	}
	_, said = command(t, "", append(strings.Fields(parts[1]), parts[2])...)
	return said, shown
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
