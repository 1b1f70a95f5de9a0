package cli

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestLimitedTakesNoMoreThanItMay(t *testing.T) {
	l := &limited{most: 2e6}
	line := []byte(strings.Repeat("x", 1e6))
	for range 2 {
		if n, err := l.Write(line); n != len(line) || err != nil {
			t.Fatalf("what fits was not taken: %d bytes, %v", n, err)
		}
	}
	n, err := l.Write([]byte("y"))
	const want = "the recording is full with 2 MB; the session goes on, but what comes now is in neither file"
	if n != 0 || err == nil || err.Error() != want {
		t.Errorf("one byte more: %d, %v", n, err)
	}
	if l.Len() != 2e6 {
		t.Errorf("%d bytes are kept", l.Len())
	}
}

// TestRecordByHandIsBounded fills the recording in the middle of a session: the session
// goes on, and both files hold what was taken until then.
func TestRecordByHandIsBounded(t *testing.T) {
	script := filepath.Join(t.TempDir(), "full.lua")
	var errs strings.Builder
	app := &App{
		Stdin:  strings.NewReader("brandon\nmypass\nhelp\nhelp\nhelp\nexit\n"),
		Stdout: io.Discard, Stderr: &errs, Getenv: func(string) string { return "" },
		byHand: 1500,
	}
	if status := app.Run([]string{"record", "demo://", script}); status != exitError {
		t.Errorf("status %d", status)
	}
	for _, want := range []string{
		"moonwire: record: the recording is full with 0.0015 MB; the session goes on, but what comes now is in neither file\n",
		"in neither file\nmoonwire: demo:// closed the connection\n", // to exit, long after
		"moonwire: wrote " + script,
		"hint: both end where the recording was full\n",
	} {
		if !strings.Contains(errs.String(), want) {
			t.Errorf("%q is missing in\n%s", want, errs.String())
		}
	}
	for _, path := range []string{script, strings.TrimSuffix(script, ".lua") + ".cast"} {
		if info, err := os.Stat(path); err != nil || info.Size() == 0 {
			t.Errorf("%s: %v", path, err)
		}
	}
}
