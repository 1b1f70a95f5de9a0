package trace_test

import (
	"errors"
	"flag"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	tline "github.com/moonwire/moonwire/engine/line/telnet"
	"github.com/moonwire/moonwire/engine/mask"
	"github.com/moonwire/moonwire/engine/patterns"
	"github.com/moonwire/moonwire/engine/session"
	"github.com/moonwire/moonwire/engine/telnet"
	"github.com/moonwire/moonwire/engine/trace"
)

var update = flag.Bool("update", false, "write the traces that come out to testdata")

// talk opens a session to a peer that is written by hand, inside a synctest bubble.
func talk(t *testing.T, cfg session.Config) (s *session.Session, say func(pieces ...string)) {
	t.Helper()
	ours, theirs := net.Pipe()
	if cfg.Name == "" {
		cfg.Name = "core1"
	}
	cfg.Address = "192.0.2.1:23"
	s, err := session.New(tline.New(ours, tline.Config{Telnet: telnet.Config{Terminal: []string{"vt100"}, Columns: 511}}), cfg)
	if err != nil {
		t.Fatal(err)
	}
	go func() {
		buf := make([]byte, 4096)
		for {
			if _, err := theirs.Read(buf); err != nil {
				return
			}
		}
	}()
	t.Cleanup(func() {
		_ = s.Close()
		_ = theirs.Close()
	})
	return s, func(pieces ...string) {
		for _, p := range pieces {
			if _, err := theirs.Write([]byte(p)); err != nil {
				t.Errorf("the peer cannot write: %v", err)
			}
		}
	}
}

func compile(t *testing.T, list ...patterns.Pattern) *patterns.List {
	t.Helper()
	p, err := patterns.Compile(list)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func after(d time.Duration, where string) session.WaitOptions {
	return session.WaitOptions{Timeout: d, Where: where}
}

// later says pieces after all that happens now.
func later(say func(...string), pieces ...string) {
	time.Sleep(10 * time.Millisecond)
	say(pieces...)
}

// dialogue is what the golden traces show.
func dialogue(t *testing.T, s *session.Session, say func(...string)) {
	t.Helper()
	ctx := t.Context()
	go func() {
		time.Sleep(20 * time.Millisecond)
		say("\xff\xfb\x01\xff\xfd\x18\xff\xfd\x1f", "\x1b[1mWelcome\x1b[0m\r\nlog", "in: ")
	}()
	if _, err := s.ReadUntil(ctx, "login: ", after(5*time.Second, "login.lua:2")); err != nil {
		t.Fatal(err)
	}
	if err := s.Write(ctx, "brandon\n", session.WriteOptions{Where: "login.lua:3"}); err != nil {
		t.Fatal(err)
	}
	say("brandon\r\n\xff\xfa\x18\x01\xff\xf0Password: \xff\xf9")
	synctest.Wait()
	list := compile(t, patterns.Pattern{Source: "assword: "}, patterns.Pattern{Kind: patterns.Prompt}, patterns.Pattern{Kind: patterns.Exact, Source: "assword: "})
	if _, err := s.Expect(ctx, list, session.WaitOptions{Where: "login.lua:4"}); err != nil {
		t.Fatal(err)
	}
	if err := s.Write(ctx, "mypass\n", session.WriteOptions{Shown: "<secret password>\n", Where: "login.lua:5"}); err != nil {
		t.Fatal(err)
	}
	go func() {
		time.Sleep(10 * time.Millisecond)
		say("\r\nmypa", "ss is shown\r\n")
		time.Sleep(time.Second)
		say("core1# ")
	}()
	prompt := compile(t, patterns.Pattern{Source: "refused"}, patterns.Pattern{Source: `\w+# $`}, patterns.Pattern{Kind: patterns.Timeout})
	if _, err := s.Expect(ctx, prompt, session.WaitOptions{Where: "login.lua:6"}); err != nil {
		t.Fatal(err)
	}
	if r, err := s.Expect(ctx, prompt, after(250*time.Millisecond, "login.lua:7")); err != nil || r.Rule != session.AtTimeout {
		t.Fatal(r, err)
	}
	go later(say, strings.Repeat("a line of a flood\r\n", 100), "a long line: "+strings.Repeat("x", 1000)+"\r\n")
	if _, err := s.ReadUntil(ctx, "xx\n", after(time.Second, "")); err != nil {
		t.Fatal(err)
	}
	if _, err := s.ReadUntil(ctx, "never", after(time.Second, "login.lua:9")); err == nil {
		t.Fatal("it came")
	}
	go later(say, "what", "ever\r\n")
	if _, err := s.ReadLine(ctx, after(time.Second, "login.lua:10")); err != nil {
		t.Fatal(err)
	}
	if err := s.Negotiate(telnet.Him, telnet.SGA, true); err != nil {
		t.Fatal(err)
	}
	if err := s.Resize(80, 24); err != nil {
		t.Fatal(err)
	}
	_ = s.Write(ctx, "typed", session.WriteOptions{Where: session.ByOperator})
	time.Sleep(time.Second)
	_ = s.Close()
}

// TestGolden holds the format of the traces, under virtual time.
func TestGolden(t *testing.T) {
	for level, name := range map[trace.Level]string{trace.Dialogue: "dialogue", trace.Decisions: "decisions", trace.Bytes: "bytes"} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var out strings.Builder
				secrets := &mask.Secrets{}
				secrets.Add(mask.Secret{Name: "password", Value: "mypass"})
				s, say := talk(t, session.Config{Secrets: secrets})
				s.AddTap(trace.New(trace.Config{Out: &out, Level: level, Secrets: secrets}).Tap(s))
				dialogue(t, s, say)
				synctest.Wait()
				path := filepath.Join("testdata", name+".trace")
				got := strings.ReplaceAll(out.String(), time.Now().Format("15:04:"), "00:00:")
				if *update {
					if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
						t.Fatal(err)
					}
				}
				want, err := os.ReadFile(path)
				if err != nil {
					t.Fatal(err)
				}
				if got != string(want) {
					t.Errorf("the trace is\n%s\nnot\n%s", got, want)
				}
				if strings.Contains(got, "mypass") || strings.Contains(got, "6d 79 70") {
					t.Error("the secret is shown")
				}
			})
		})
	}
}

// TestSecretsAreHidden echoes a secret cut at every byte: no trace, log or error has
// it, however it is looked at.
func TestSecretsAreHidden(t *testing.T) {
	const secret = "s\u00e9cr\"e\xfft"
	const wire = "echo: s\u00e9cr\"e\xff\xfft\r\n> "
	for cut := 0; cut <= len(wire); cut++ {
		synctest.Test(t, func(t *testing.T) {
			var out strings.Builder
			secrets := &mask.Secrets{}
			s, say := talk(t, session.Config{Secrets: secrets})
			path := filepath.Join(t.TempDir(), "log")
			log := newLog(t, trace.LogConfig{Path: path, Secrets: secrets, Warn: func(w string) { t.Error(w) }})
			s.AddTap(trace.New(trace.Config{Out: &out, Level: trace.Bytes, Secrets: secrets}).Tap(s))
			s.AddTap(log.Tap(s))
			warned := 0
			guard := trace.NewEchoGuard(func(w string) {
				if warned++; w != "the peer of core1 showed <secret p> in clear; was it written before its prompt?" {
					t.Errorf("the warning is %q", w)
				}
			})
			s.AddTap(guard)
			secrets.Add(mask.Secret{Name: "p", Value: secret}) // learned after the taps were made
			guard.Wrote(mask.Secret{Name: "p", Value: secret})
			if err := s.Write(t.Context(), secret+"\n", session.WriteOptions{Shown: "<secret p>\n"}); err != nil {
				t.Fatal(err)
			}
			go func() {
				say(wire[:cut])
				time.Sleep(time.Second)
				say(wire[cut:])
			}()
			// A match that cuts it as well, in what has come by then.
			_, _ = s.Expect(t.Context(), compile(t, patterns.Pattern{Source: "(?s)echo: .{0,3}"}), after(500*time.Millisecond, ""))
			_, err := s.ReadUntil(t.Context(), "never", after(3*time.Second, ""))
			e, ok := errors.AsType[*session.WaitError](err)
			if !ok {
				t.Fatal(err)
			}
			report := e.Report().String()
			_ = s.Close()
			if err := log.Close(); err != nil {
				t.Error(err)
			}
			kept, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			all := out.String() + string(kept) + e.Error() + e.Shown() + report
			for _, shown := range []string{secret, "s\u00e9", "cr\"e", `cr\"e`, "c3 a9 63", "63 72 22", "22 65 ff"} {
				if strings.Contains(all, shown) {
					t.Errorf("cut at %d: %q is shown in\n%s\n%s\n%s", cut, shown, out.String(), kept, report)
				}
			}
			if string(kept) != "echo: <secret p>\n> " {
				t.Errorf("cut at %d: the log is %q", cut, kept)
			}
			if warned != 1 {
				t.Errorf("cut at %d: %d warnings", cut, warned)
			}
		})
	}
}

// TestFloods: floods of options and of bytes end as counts.
func TestFloods(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out strings.Builder
		s, say := talk(t, session.Config{Name: "two words"})
		s.AddTap(trace.New(trace.Config{Out: &out, Level: trace.Decisions, Color: true}).Tap(s))
		go later(say, strings.Repeat("\xff\xfb\xc8", 1000))
		_, _ = s.ReadSome(t.Context(), after(time.Second, ""))
		if n := strings.Count(out.String(), "\n"); n > 110 || !strings.Contains(out.String(), "option lines left out") {
			t.Errorf("%d lines\n%s", n, out.String())
		}
		if !strings.Contains(out.String(), "\x1b[2m") || !strings.Contains(out.String(), ` "two words"`) {
			t.Errorf("no colours, or no quotes: %q", out.String()[:100])
		}
	})
}

// TestFullTrace: an output that fails is not written to again.
func TestFullTrace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, say := talk(t, session.Config{})
		w := &failing{}
		s.AddTap(trace.New(trace.Config{Out: w}).Tap(s))
		go later(say, "one\r\n", "two\r\n")
		_, _ = s.ReadUntil(t.Context(), "two", after(time.Second, ""))
		if w.calls != 1 {
			t.Errorf("written to %d times", w.calls)
		}
	})
}

type failing struct{ calls int }

func (f *failing) Write([]byte) (int, error) { f.calls++; return 0, errors.New("full") }
