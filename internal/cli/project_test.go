package cli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestInitMakesAProject: what it makes passes check and its own test, and a second time
// replaces nothing.
func TestInitMakesAProject(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "routers")
	if _, errs, status := said(t, "init", dir); status != exitOK {
		t.Fatalf("init: %d, %s", status, errs)
	}
	script := filepath.Join(dir, "login.lua")
	for _, args := range [][]string{{"check", script}, {"test", dir}, {script}, {filepath.Join(dir, ".moonwire", "moonwire.lua")}} {
		if out, errs, status := said(t, args...); status != exitOK || errs != "" {
			t.Errorf("%v: %d, %s%s", args, status, out, errs)
		}
	}
	if err := os.WriteFile(script, []byte("mine"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, errs, status := said(t, "init", dir); status != exitUsage || !strings.Contains(errs, "is there already") {
		t.Errorf("again: %d, %s", status, errs)
	}
	if text, err := os.ReadFile(script); err != nil || string(text) != "mine" {
		t.Errorf("the script was replaced: %q, %v", text, err)
	}
	if _, errs, status := said(t, "init", filepath.Join(script, "x")); status == exitOK || !strings.Contains(errs, "moonwire: init: ") {
		t.Errorf("below a file: %d, %s", status, errs)
	}
	if _, errs, status := said(t, "init", "a", "b"); status != exitUsage || !strings.Contains(errs, "it takes one DIR") {
		t.Errorf("two: %d, %s", status, errs)
	}
}

func TestExamples(t *testing.T) {
	out, _, status := said(t, "examples")
	if status != exitOK || !strings.Contains(out, "telnet_login: Log in to a host by telnet, run one command, print what it says\n") {
		t.Errorf("%d, %s", status, out)
	}
	source, err := os.ReadFile("../../examples/telnet_login.lua")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"telnet_login", "telnet_login.lua", "examples/telnet_login.lua"} {
		if out, _, status := said(t, "examples", name); status != exitOK || out != string(source) {
			t.Errorf("%s: %d, %s", name, status, out)
		}
	}
	for name, hint := range map[string]string{"telnet_logn": "hint: did you mean telnet_login?\n", "zzz": "hint: moonwire examples lists them\n"} {
		if _, errs, status := said(t, "examples", name); status != exitUsage || !strings.HasSuffix(errs, hint) {
			t.Errorf("%s: %d, %s", name, status, errs)
		}
	}
	if _, errs, status := said(t, "examples", "a", "b"); status != exitUsage || !strings.Contains(errs, "it takes one NAME") {
		t.Errorf("two: %d, %s", status, errs)
	}
}
