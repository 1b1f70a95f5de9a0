package cli

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
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

// TestLimitedKeepsWholeLines: what the recorder writes at once is a matter of timing,
// so the lines that fit are kept.
func TestLimitedKeepsWholeLines(t *testing.T) {
	l := &limited{most: 9}
	if n, err := l.Write([]byte("one\ntwo\nthree\n")); n != 8 || err == nil {
		t.Errorf("%d bytes, %v", n, err)
	}
	if l.String() != "one\ntwo\n" {
		t.Errorf("%q is kept", l.String())
	}
}

// TestByHandIsWrittenElsewhere: a folder that is gone at the end does not lose what was
// done.
func TestByHandIsWrittenElsewhere(t *testing.T) {
	temporary := t.TempDir()
	t.Setenv("TMPDIR", temporary)
	t.Setenv("TMP", temporary)
	dir := filepath.Join(t.TempDir(), "gone")
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	script := filepath.Join(dir, "x.lua")
	for _, usable := range []bool{true, false} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		if !usable {
			if err := os.RemoveAll(temporary); err != nil {
				t.Fatal(err)
			}
		}
		var errs locked
		app := &App{
			Stdin:  strings.NewReader("brandon\nmypass\nexit\n"),
			Stdout: io.Discard, Stderr: removing{&errs, dir}, Getenv: func(string) string { return "" },
		}
		if status := app.Run([]string{"record", "demo://", script}); status != exitError {
			t.Errorf("status %d", status)
		}
		left, err := filepath.Glob(filepath.Join(temporary, "moonwire-*", "x.*"))
		if err != nil || usable != (len(left) == 2) {
			t.Errorf("%v, %v\n%s", left, err, errs.String())
		}
		if want := map[bool]string{true: " instead\n", false: "what was done is lost: "}[usable]; !strings.Contains(errs.String(), want) {
			t.Errorf("%q is missing in\n%s", want, errs.String())
		}
	}
}

// removing removes a directory when the session is there.
type removing struct {
	*locked
	dir string
}

func (r removing) Write(p []byte) (int, error) {
	if strings.Contains(string(p), "connected to") {
		if err := os.RemoveAll(r.dir); err != nil {
			return 0, err
		}
	}
	return r.locked.Write(p)
}

// WriteString is Write: the builder's own must not be taken for it.
func (r removing) WriteString(s string) (int, error) { return r.Write([]byte(s)) }

// locked takes what the session's goroutine and the recorder's say.
type locked struct {
	mu sync.Mutex
	strings.Builder
}

func (l *locked) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.Builder.Write(p)
}

// WriteString is Write, likewise.
func (l *locked) WriteString(s string) (int, error) { return l.Write([]byte(s)) }

// TestRecordByHandIsBounded fills the recording in the middle of a session: the session
// goes on, and both files hold what was taken until then.
func TestRecordByHandIsBounded(t *testing.T) {
	script := filepath.Join(t.TempDir(), "full.lua")
	var errs locked
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
		"moonwire: demo:// closed the connection\n", // to exit, long after
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
