package session_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/moonwire/moonwire/engine/diagnose"
	"github.com/moonwire/moonwire/engine/patterns"
	"github.com/moonwire/moonwire/engine/session"
	"github.com/moonwire/moonwire/engine/telnet"
)

// causes lists what the report of a failed wait hints at.
func causes(t *testing.T, err error) string {
	t.Helper()
	we, ok := errors.AsType[*session.WaitError](err)
	if !ok {
		t.Fatalf("no WaitError: %v", err)
	}
	report := we.Report()
	t.Logf("%v\n%s", we, report)
	return hinted(report)
}

func hinted(report diagnose.Report) string {
	var list []string
	for _, h := range report.Hints {
		list = append(list, string(h.Cause))
	}
	return strings.Join(list, " ")
}

// TestReport: what a session knows of a failed wait is what its diagnosis needs.
func TestReport(t *testing.T) {
	refuse := setup{Telnet: telnet.Config{Policies: map[telnet.Option]telnet.Policy{telnet.TTYPE: telnet.Refuse}}}
	for _, c := range []struct {
		name  string
		cfg   setup
		run   func(t *testing.T, s *session.Session, p *peer) error
		hints string
	}{
		{"another case", setup{}, func(t *testing.T, s *session.Session, p *peer) error {
			go p.say("Password: ")
			_, err := s.Expect(t.Context(), listOf(t, "password: "), within(2*time.Second))
			return err
		}, "case"},
		{"silence", setup{}, func(t *testing.T, s *session.Session, _ *peer) error {
			_, err := s.Expect(t.Context(), listOf(t, "login: "), within(2*time.Second))
			return err
		}, "silent"},
		{"a refused option and silence", refuse, func(t *testing.T, s *session.Session, p *peer) error {
			go p.say("\xff\xfd\x18")
			_, err := s.Expect(t.Context(), listOf(t, "login: "), within(2*time.Second))
			return err
		}, "option"},
		{"no newline", setup{}, func(t *testing.T, s *session.Session, p *peer) error {
			go p.say("\xff\xfb\x01r1# ")
			if _, err := s.Expect(t.Context(), listOf(t, "# "), within(2*time.Second)); err != nil {
				return err
			}
			if err := s.Write(t.Context(), "show version", session.WriteOptions{}); err != nil {
				return err
			}
			go p.say("show version")
			_, err := s.Expect(t.Context(), listOf(t, "# "), within(2*time.Second))
			return err
		}, "no-newline"},
		{"a command that is echoed and takes its time", setup{}, func(t *testing.T, s *session.Session, p *peer) error {
			go p.say("\xff\xfb\x01r1# ")
			if _, err := s.Expect(t.Context(), listOf(t, "# "), within(2*time.Second)); err != nil {
				return err
			}
			if err := s.Write(t.Context(), "reload\n", session.WriteOptions{}); err != nil {
				return err
			}
			go p.say("reload\r\n")
			_, err := s.Expect(t.Context(), listOf(t, "# "), within(2*time.Second))
			return err
		}, ""},
		{"a secret is never said to be missing", setup{}, func(t *testing.T, s *session.Session, p *peer) error {
			go p.say("\xff\xfb\x01Password: ")
			if _, err := s.Expect(t.Context(), listOf(t, "word: "), within(2*time.Second)); err != nil {
				return err
			}
			if err := s.Write(t.Context(), "hunter2\n", session.WriteOptions{Shown: "<secret password>\n"}); err != nil {
				return err
			}
			go p.say("\r\nwait")
			_, err := s.Expect(t.Context(), listOf(t, "# "), within(2*time.Second))
			return err
		}, ""},
		{"the same prompt twice", setup{}, func(t *testing.T, s *session.Session, p *peer) error {
			go p.say("joe@web:~$ ")
			ps := listOf(t, `\$ $`)
			if _, err := s.Expect(t.Context(), ps, within(2*time.Second)); err != nil {
				return err
			}
			_, err := s.Expect(t.Context(), ps, within(2*time.Second))
			return err
		}, "taken"},
		{"the end", setup{}, func(t *testing.T, s *session.Session, p *peer) error {
			go func() {
				p.say("10:24:43 up 5 days\r\n")
				_ = p.conn.Close()
			}()
			_, err := s.Expect(t.Context(), listOf(t, `\$ $`), within(2*time.Second))
			return err
		}, "closed"},
		{"a buffer too small", setup{Config: session.Config{MaxBuffer: 4096}}, func(t *testing.T, s *session.Session, p *peer) error {
			go p.say("BEGIN\r\n", strings.Repeat("0123456789\r\n", 1000))
			_, err := s.Expect(t.Context(), listOf(t, "^BEGIN END"), within(2*time.Second))
			return err
		}, "dropped"},
		{"the terminal type asked for and hooked away", setup{Config: session.Config{Hook: func(_ context.Context, _ *session.Session, r session.HookRequest) (session.HookAnswer, error) {
			if r.Command == telnet.SB {
				return session.HookAnswer{Decision: session.Refuse}, nil
			}
			return session.HookAnswer{}, nil
		}}}, func(t *testing.T, s *session.Session, p *peer) error {
			go p.say("\xff\xfd\x18", "\xff\xfa\x18\x01\xff\xf0")
			_, err := s.Expect(t.Context(), listOf(t, "login: "), within(2*time.Second))
			return err
		}, "option"},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s, p := talk(t, c.cfg)
				if got := causes(t, c.run(t, s, p)); got != c.hints {
					t.Errorf("hints %q, want %q", got, c.hints)
				}
			})
		})
	}
}

// TestWhy asks about a live conversation, which goes on undisturbed.
func TestWhy(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, p := talk(t, session.Config{})
		go p.say("r1(config)# ")
		if _, err := s.Expect(t.Context(), listOf(t, `^r`), within(2*time.Second)); err != nil {
			t.Fatal(err)
		}
		why := func(p patterns.Pattern) diagnose.Report {
			r, err := s.Why(t.Context(), p)
			if err != nil {
				t.Fatal(err)
			}
			return r
		}
		if r := why(patterns.Pattern{Kind: patterns.Glob, Source: "config*#"}); !r.Misses[0].Matched {
			t.Errorf("does not match:\n%s", r)
		}
		if r := why(patterns.Pattern{Kind: patterns.Exact, Source: "r1"}); hinted(r) != "taken" {
			t.Errorf("an earlier wait took the r:\n%s", r)
		}
		if r := why(patterns.Pattern{Source: `1(config)# $`}); hinted(r) != "meta" {
			t.Errorf("the parentheses are to blame:\n%s", r)
		}
		if r := why(patterns.Pattern{Kind: patterns.Prompt}); hinted(r) != "no-mark" {
			t.Errorf("there was no GA:\n%s", r)
		}
		if got, err := s.ReadAvailable(t.Context(), session.WaitOptions{}); err != nil || got != "1(config)# " {
			t.Errorf("left: %q, %v", got, err)
		}
		_ = s.Close()
		if _, err := s.Why(t.Context(), patterns.Pattern{Source: "x"}); !errors.Is(err, session.ErrClosed) {
			t.Errorf("of a closed session: %v", err)
		}
	})
}

// Why and Expect take a glob for the same: there is one translation of it.
func TestWhyReadsGlobsAsExpectDoes(t *testing.T) {
	compiled := 0
	for glob, text := range map[string]string{
		`[\d]emo`: "demo", `[\w]oe`: "joe", `[!a]x`: "bx", `[]]x`: "]x", `a[b`: "a[b", `a\*`: "a*", `?emo*`: "demo$ ", `[a-`: "a",
	} {
		p := patterns.Pattern{Kind: patterns.Glob, Source: glob}
		list, err := patterns.Compile([]patterns.Pattern{p})
		if err != nil {
			continue // it is refused before anybody can ask why
		}
		compiled++
		synctest.Test(t, func(t *testing.T) {
			s, peer := talk(t, session.Config{})
			go peer.say("> " + text)
			if _, err := s.Expect(t.Context(), listOf(t, `^> `), within(2*time.Second)); err != nil {
				t.Fatal(err)
			}
			report, err := s.Why(t.Context(), p)
			if err != nil {
				t.Fatal(err)
			}
			_, err = s.Expect(t.Context(), list, within(2*time.Second))
			if matched := err == nil; matched != report.Misses[0].Matched {
				t.Errorf("glob %q in %q: expect %v, why %v", glob, text, err, report.Misses[0])
			}
		})
	}
	if compiled < 5 {
		t.Errorf("%d globs only", compiled)
	}
}
