package session_test

import (
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/moonwire/moonwire/engine/session"
	"github.com/moonwire/moonwire/engine/telnet"
)

// What scripts see of hosts that people have met: each of these once spoilt the text. A
// script is a list of steps: ">" writes a line, "<" reads one, "=" waits for a pattern and
// keeps what came before it, "?" keeps the match.
var seenHosts = []struct {
	name     string
	config   setup
	greeting string
	answers  []answer
	script   []string
	want     []string
}{
	{
		name: "newlines that are CR LF CR", greeting: "\r\n\r\r\n\r\nUser:",
		answers: []answer{{"ops\r\n", "ops\r\n\rPassword:"}, {"pw\r\n", "**\r\n\r\r\n\rsw#"}, {"show\r\n", "show\r\n\rSW 1.3\r\n\rBoot 2.4\r\n\r\r\n\rsw#"}},
		script:  []string{"?User:", ">ops", "?Password:", ">pw", "?sw#$", ">show", "<", "<", `?(?m)^Boot (\S+)\n`},
		want:    []string{"User:", "Password:", "sw#", "show", "SW 1.3", "Boot 2.4\n"},
	},
	{
		name: "newlines that have passed a terminal twice", greeting: "\r\r\nUser: ",
		answers: []answer{{"ops\r\n", "ops\r\r\ncore#"}, {"show\r\n", "show\r\r\nGi0/1 up\r\r\nGi0/2 down\r\r\ncore#"}},
		script:  []string{"?User: ", ">ops", "?core#$", ">show", "<", "=core#$"},
		want:    []string{"User: ", "core#", "show", "Gi0/1 up\nGi0/2 down\n"},
	},
	{
		name: "bash's bracketed paste", greeting: "\x1b[?2004h\x1b]0;pi@x: ~\a\x1b[01;32mpi@x\x1b[00m:~ $ ",
		answers: []answer{{"uname\r\n", "uname\r\n\x1b[?2004l\r5.15+\r\n\x1b[?2004h\x1b]0;t\api@x:~ $ "}, {"id\r\n", "id\r\n\x1b[?2004l\r1000\r\npi@x:~ $ "}},
		script:  []string{`?\$ $`, ">uname", "<", "<", `?\$ $`, ">id", `?(?m)^(\d+)\n`},
		want:    []string{"$ ", "uname", "5.15+", "$ ", "1000\n"},
	},
	{
		name: "a pager erased by Backspaces", greeting: "sw# ",
		answers: []answer{
			{"show\r\n", "show\r\none\r\ntwo\r\n--More-- or (q)uit"},
			{" ", strings.Repeat("\b", 18) + strings.Repeat(" ", 18) + strings.Repeat("\b", 18) + "three\r\nsw# "},
		},
		script: []string{"?sw# $", ">show", "<", "=--More-- or \\(q\\)uit", "! ", "=sw# $"},
		want:   []string{"sw# ", "show", "one\ntwo\n", "three\n"},
	},
	{
		name: "a screen that is painted", greeting: "\x1b[1;1H\x1b[2JWelcome\x1b[K\x1b[3;1HC:\\>\x1b[K\x1b[3;5H",
		answers: []answer{{"dir\r\n", "\x1b[3;5Hd\x1b[3;6Hi\x1b[3;7Hr\x1b[4;1Hboot.ini" + strings.Repeat(" ", 20) + "\x1b[5;1Hlogs\x1b[7;1HC:\\>\x1b[K\x1b[7;5H"}},
		script:  []string{`?C:\\>$`, ">dir", "<", "<", "<", `?C:\\>$`},
		want:    []string{`C:\>`, "dir", "boot.ini" + strings.Repeat(" ", 20), "logs", `C:\>`},
	},
	{
		name: "lines that end in CR alone", config: setup{Plain: true, Config: session.Config{Newline: new("\r")}},
		answers: []answer{{"N\r", "TERA-9\r"}, {"S\r", "ST,12.5kg\r"}},
		script:  []string{">N", "<", ">S", "<"}, want: []string{"TERA-9", "ST,12.5kg"},
	},
	{
		name: "a banner without a newline", greeting: "**KEEP OUT**r1# ", answers: []answer{{"x\r\n", "x\r\ny\r\nr1# "}},
		script: []string{`?r1# $`, ">x", "<", "<"}, want: []string{"r1# ", "x", "y"},
	},
	{
		name: "a progress bar and a spinner", greeting: "$ ",
		answers: []answer{{"get\r\n", "get\r\n  0% [    ]\r 50% [==  ]\r100% [====]\r\nwait |\b/\b-\b\\\b \bdone\r\n$ "}},
		script:  []string{`?\$ $`, ">get", "<", "<", "<", `?\$ $`}, want: []string{"$ ", "get", "100% [====]", "wait done", "$ "},
	},
	{
		name: "a right-hand prompt", greeting: "vm% \x1b[40C12:00\x1b[45D", answers: []answer{{"x\r\n", "x\x1b[K\r\ny\r\nvm% "}},
		script: []string{`?% $`, ">x", "<", "<"}, want: []string{"% ", "x", "y"},
	},
	{
		name: "a completed word, and a line drawn again", greeting: "r1# ", answers: []answer{{"sh ver\r\n", "sh\b\bshow ver\x1b[3D\x1b[Kversion\r\nok\r\nr1# "}},
		script: []string{`?r1# $`, ">sh ver", "<", "<"}, want: []string{"r1# ", "show version", "ok"},
	},
	{
		name: "a message over the prompt, and the prompt again", greeting: "r1# ¦\rmail has come\r\nr1# ",
		script: []string{`?r1# $`, "<", `?r1# $`}, want: []string{"r1# ", "mail has come", "r1# "},
	},
	{
		name: "the prompt drawn again", greeting: "r1# ¦\r\x1b[Kr1# ¦x\r\n",
		script: []string{`?r1# $`, "<"}, want: []string{"r1# ", "x"},
	},
	{
		name: "controls and overrides that no one sees", greeting: "a\x05b\x07c\u0085d\u202ee\x00f\r\n", script: []string{"<", "<"}, want: []string{"abc", "def"},
	},
	{
		name: "an encoding with escapes in its characters", config: setup{Config: session.Config{Encoding: "big5"}}, greeting: "\xa4\x1b[1m\xa4\xa4\x1b[m\xe5: ",
		script: []string{"?中文: "}, want: []string{"中文: "},
	},
	{name: "half a character at a pause", greeting: "abc\xe4\xb8‖\xad\r\n", script: []string{`?(?s)abc.+$`, "<"}, want: []string{"abc\xe4\xb8", "\xad"}},
}

// TestWhatIsSeen runs them whole, byte by byte and cut at random.
//
//go:fix inline
func TestWhatIsSeen(t *testing.T) {
	for _, c := range seenHosts {
		t.Run(c.name, func(t *testing.T) {
			cuts := map[string]func(string) []string{"whole": uncut, "byte by byte": func(s string) []string { return strings.Split(s, "") }}
			for seed := range uint64(5) {
				cuts[fmt.Sprintf("cut by seed %d", seed)] = cutAtRandom(rand.New(rand.NewPCG(seed, 9)))
			}
			for how, cut := range cuts {
				synctest.Test(t, func(t *testing.T) {
					ours, theirs := net.Pipe()
					s, err := connect(ours, c.config)
					if err != nil {
						t.Fatal(err)
					}
					go hosts(theirs, c.greeting, c.answers, cut)
					var got []string
					o := within(5 * time.Second)
					for _, step := range c.script {
						rest := step[1:]
						var err error
						var text string
						switch step[0] {
						case '>':
							err = s.Write(t.Context(), rest+"\n", session.WriteOptions{})
						case '!':
							err = s.Write(t.Context(), rest, session.WriteOptions{})
						case '<':
							text, err = s.ReadLine(t.Context(), o)
							got = append(got, text)
						default:
							var r session.Result
							if r, err = s.Expect(t.Context(), listOf(t, rest), o); err == nil {
								text = r.Text[r.Groups[0]:r.Groups[1]]
								if step[0] == '=' {
									text = r.Text[:r.Groups[0]]
								}
								got = append(got, text)
							}
						}
						if err != nil {
							t.Errorf("%s: %s: %v", how, step, err)
							break
						}
					}
					if fmt.Sprintf("%q", got) != fmt.Sprintf("%q", c.want) {
						t.Errorf("%s:\ngot  %q\nwant %q", how, got, c.want)
					}
					_ = s.Close()
					_ = theirs.Close()
					time.Sleep(time.Minute)
				})
			}
		})
	}
}

// What no one sees does not keep a wait from settling.
func TestUnseenBytesArePauses(t *testing.T) {
	for name, beat := range map[string]string{"NUL": "\x00", "the cursor": "\x1b[?25l\x1b[?25h", "NOP": "\xff\xf1", "colours": "\x1b[1m\x1b[m", "a bell": "\a"} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s, p := talk(t, session.Config{})
				go func() {
					p.say("r1# ")
					for {
						time.Sleep(40 * time.Millisecond)
						if _, err := io.WriteString(p.conn, beat); err != nil {
							return
						}
					}
				}()
				begun := time.Now()
				if _, err := s.Expect(t.Context(), listOf(t, `# $`), within(5*time.Second)); err != nil || time.Since(begun) > 150*time.Millisecond {
					t.Errorf("%v after %v", err, time.Since(begun))
				}
				_ = s.Close()
				time.Sleep(time.Second) // the peer notices
			})
		})
	}
}

// A redraw ends a pause though it changes nothing, however it is cut.
func TestRedrawsAreNoPauses(t *testing.T) {
	const line = "copying $ "
	for name, pieces := range map[string][]string{
		"whole": {"\r" + line}, "cut": {"\rcop", "ying $ "}, "cut behind CR": {"\r", line}, "byte by byte": strings.Split("\r"+line, ""),
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s, p := talk(t, session.Config{})
				go func() {
					p.say(line)
					for range 20 {
						time.Sleep(60 * time.Millisecond)
						for _, piece := range pieces {
							p.say(piece)
						}
					}
				}()
				begun := time.Now()
				r, err := s.Expect(t.Context(), listOf(t, `\$ $`), within(5*time.Second))
				if took := time.Since(begun); err != nil || took != 1300*time.Millisecond || r.Text != line {
					t.Errorf("%q, %v after %v", r.Text, err, took)
				}
				_ = s.Close()
				time.Sleep(time.Second) // the peer notices
			})
		})
	}
}

// A pause at which nothing matched does not keep the next one from ending the wait.
func TestTheSecondPauseSettles(t *testing.T) {
	for _, settle := range []time.Duration{session.Now, 40 * time.Millisecond} {
		synctest.Test(t, func(t *testing.T) {
			s, p := talk(t, session.Config{})
			go func() {
				p.say("caf\xc3")
				time.Sleep(time.Second)
				p.say("\xa9\r\nr1# ")
			}()
			o := within(time.Minute)
			o.Settle = settle
			begun := time.Now()
			if _, err := s.Expect(t.Context(), listOf(t, `# $`), o); err != nil || time.Since(begun) > 1100*time.Millisecond {
				t.Errorf("%v after %v", err, time.Since(begun))
			}
			_ = s.Close()
			time.Sleep(time.Second) // the peer notices
		})
	}
}

// Questions to the terminal are answered once each, and not without end.
func TestQuestionsAreAnswered(t *testing.T) {
	answers := func(t *testing.T, cfg setup, wire string) string {
		t.Helper()
		var heard string
		synctest.Test(t, func(t *testing.T) {
			s, p := talk(t, cfg)
			go p.say(wire + "!")
			if _, err := s.ReadUntil(t.Context(), "!", within(time.Second)); err != nil {
				t.Error(err)
			}
			synctest.Wait()
			heard = p.heard()
			_ = s.Close()
		})
		return heard
	}
	window := setup{Telnet: telnet.Config{Columns: 80, Rows: 24}}
	for _, c := range []struct {
		name, wire, want string
		config           setup
	}{
		{"what it is", "\x1b[c\x1b[>c", "\x1b[?1;2c\x1b[>0;0;0c", setup{}},
		{"whether it works", "\x1b[5n", "\x1b[0n", setup{}},
		{"where the cursor is", "abc\x1b[6n", "\x1b[1;4R", setup{}},
		{"how large the window is", "\x1b[999;999H\x1b[6n", "\x1b[24;80R", window},
		{"not at all", "\x1b[c\x1b[6n\x1b[5n", "", setup{Config: session.Config{Silent: true}}},
		{"without end", strings.Repeat("\x1b[5n", 1000), strings.Repeat("\x1b[0n", 16), setup{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := answers(t, c.config, c.wire); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

// A log of edits counts for max_buffer, and is no slower for being long.
func TestEditsAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, p := talk(t, session.Config{MaxBuffer: 1 << 20})
		go p.say("work ", strings.Repeat("\b|\b/\b-\b\\", 1<<20), "\r\ndone\r\n")
		r, err := s.Expect(t.Context(), listOf(t, `(?m)^work.\ndone$`), within(time.Minute))
		if err != nil || r.Truncated == 0 || !strings.HasSuffix(r.Text, "work\\\ndone") {
			t.Errorf("got %v, dropped %d", err, r.Truncated)
		}
		_ = s.Close()
		time.Sleep(time.Second) // the peer notices
	})
}
