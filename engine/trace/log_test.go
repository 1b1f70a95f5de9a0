package trace_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/moonwire/moonwire/engine/mask"
	"github.com/moonwire/moonwire/engine/session"
	"github.com/moonwire/moonwire/engine/trace"
)

// lines makes the peer of s say something and waits until it has come.
func lines(t *testing.T, s *session.Session, say func(...string), text string) {
	t.Helper()
	go later(say, text)
	if _, err := s.ReadSome(t.Context(), after(time.Second, "")); err != nil {
		t.Fatal(err)
	}
}

func read(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return strings.ReplaceAll(string(b), time.Now().Format("2006-01-02"), "DAY")
}

// TestLog: a log is appended to, sessions are told apart, a file that was moved is
// made again.
func TestLog(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "log")
		for range 2 {
			log := newLog(t, trace.LogConfig{Path: path})
			s, say := talk(t, session.Config{})
			s.AddTap(log.Tap(s))
			lines(t, s, say, "\x1b[1mhello\x1b[0m\r\n> ")
			_ = s.Close()
			if err := log.Close(); err != nil {
				t.Fatal(err)
			}
		}
		if got := read(t, path); got != "hello\n> ==> core1, DAY 00:00:00 <==\nhello\n> " {
			t.Errorf("one session, twice: %q", got)
		}

		path += "s"
		var warnings []string
		log := newLog(t, trace.LogConfig{Path: path, Headings: true, Warn: func(w string) { warnings = append(warnings, w) }})
		a, sayA := talk(t, session.Config{Name: "a"})
		b, sayB := talk(t, session.Config{Name: "b"})
		a.AddTap(log.Tap(a))
		b.AddTap(log.Tap(b))
		lines(t, a, sayA, "one\r\n")
		lines(t, b, sayB, "two")
		time.Sleep(time.Second) // the peer pauses
		lines(t, a, sayA, "three\r\n")
		lines(t, a, sayA, "four\r\n")
		want := "==> a, DAY 00:00:00 <==\none\n==> b, DAY 00:00:00 <==\ntwo\n==> a, DAY 00:00:01 <==\nthree\nfour\n"
		if got := read(t, path); got != want {
			t.Errorf("two sessions: %q, want %q", got, want)
		}

		if err := os.Rename(path, path+".1"); err != nil {
			t.Fatal(err)
		}
		time.Sleep(2 * time.Second)
		lines(t, a, sayA, "five\r\n")
		if got := read(t, path); got != "==> a, DAY 00:00:03 <==\nfive\n" {
			t.Errorf("after a rotation: %q", got)
		}
		if len(warnings) > 0 {
			t.Errorf("warnings: %q", warnings)
		}
	})
}

func newLog(t *testing.T, c trace.LogConfig) *trace.Log {
	t.Helper()
	log, err := trace.NewLog(c)
	if err != nil {
		t.Fatal(err)
	}
	return log
}

// TestLogFails: what cannot be opened is an error; what cannot be written later is one warning, and the session goes on.
func TestLogFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var warnings []string
		warn := func(w string) { warnings = append(warnings, w) }
		dir := filepath.Join(t.TempDir(), "dir")
		path := filepath.Join(dir, "log")
		if _, err := trace.NewLog(trace.LogConfig{Path: path, Warn: warn}); err == nil || err.Error() != "cannot write the log "+path+": no such file or directory" {
			t.Errorf("without its folder: %v", err)
		}
		if err := os.Mkdir(dir, 0o700); err != nil {
			t.Fatal(err)
		}
		vanishing := newLog(t, trace.LogConfig{Path: path, Warn: warn})
		logs := []*trace.Log{vanishing}
		if _, err := os.Stat("/dev/full"); err == nil {
			logs = append(logs, newLog(t, trace.LogConfig{Path: "/dev/full", Headings: true, Warn: warn}))
		}
		s, say := talk(t, session.Config{})
		for _, l := range logs {
			s.AddTap(l.Tap(s))
		}
		lines(t, s, say, "one\r\n")
		if err := os.RemoveAll(dir); err != nil {
			t.Fatal(err)
		}
		for range 3 {
			time.Sleep(2 * time.Second)
			lines(t, s, say, "two\r\n")
		}
		for _, l := range logs {
			if err := l.Close(); err != nil {
				t.Error(err)
			}
		}
		want := []string{
			"cannot write the log /dev/full: no space left on device; going on without it",
			"cannot write the log " + path + ": no such file or directory; going on without it",
		}
		want = want[2-len(logs):]
		if got := strings.Join(warnings, "\n"); got != strings.Join(want, "\n") {
			t.Errorf("the warnings are\n%s", got)
		}
	})
}

// TestLogBegunInAnEcho: a log that is started while a secret's echo comes has no end of
// it.
func TestLogBegunInAnEcho(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "log")
		secrets := &mask.Secrets{}
		secrets.Add(mask.Secret{Name: "p", Value: "hunter2"})
		log := newLog(t, trace.LogConfig{Path: path, Secrets: secrets})
		s, say := talk(t, session.Config{Secrets: secrets})
		lines(t, s, say, "login: hun")
		s.AddTap(log.Tap(s))
		lines(t, s, say, "ter2\r\n$ ")
		_ = s.Close()
		if err := log.Close(); err != nil {
			t.Fatal(err)
		}
		if got := read(t, path); got != "<secret p>\n$ " {
			t.Errorf("the log is %q", got)
		}
	})
}
