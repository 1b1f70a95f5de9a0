package record

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"
	"time"

	tline "github.com/moonwire/moonwire/engine/line/telnet"
	"github.com/moonwire/moonwire/engine/patterns"
	"github.com/moonwire/moonwire/engine/session"
	"github.com/moonwire/moonwire/engine/telnet"
)

// script is a recording written by hand: "<1.5 text" came at 1.5 s, ">2 text" went
// at 2 s, "x3 how" is the end.
func script(t *testing.T, lines ...string) *Recording {
	t.Helper()
	s := &Session{Name: "host", Address: "telnet://host", Telnet: true, Closed: closedByUs}
	for _, line := range lines {
		at, text, _ := strings.Cut(line[1:], " ")
		var seconds float64
		if _, err := fmt.Sscan(at, &seconds); err != nil {
			t.Fatal(err)
		}
		d := time.Duration(seconds * float64(time.Second))
		if line[0] == 'x' {
			s.Closed, s.ClosedAt = text, d
			continue
		}
		s.Steps = append(s.Steps, Step{Time: d, Out: line[0] == '>', Bytes: []byte(text)})
	}
	return &Recording{Sessions: []*Session{s}}
}

// on opens a session to a replay.
func on(t *testing.T, r *Replay, cfg session.Config, terminal ...string) *session.Session {
	t.Helper()
	conn, err := r.Dial(Opening{Address: "telnet://host"})
	if err != nil {
		t.Fatal(err)
	}
	cfg.Clock = r.Clock()
	s, err := session.New(tline.New(conn, tline.Config{Telnet: telnet.Config{Terminal: terminal}}), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func options() ReplayOptions { return ReplayOptions{Faults: NoFaults} }

func compile(t *testing.T, list ...patterns.Pattern) *patterns.List {
	t.Helper()
	p, err := patterns.Compile(list)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func write(t *testing.T, s *session.Session, text string) {
	t.Helper()
	if err := s.Write(t.Context(), text, session.WriteOptions{}); err != nil {
		t.Fatal(err)
	}
}

// Waits take as long as they did, to the microsecond, and no time at all.
func TestVirtualTime(t *testing.T) {
	rec := script(t,
		"<0.5 login: ", ">3 brandon\r\n", "<3.25 brandon\r\n", "<63.25 Last login: today\r\n$ ", ">70 exit\r\n", "<70.01 bye\r\n", "x70.02 closed by the peer")
	begun := time.Now()
	for range 20 {
		r := rec.Replay(options())
		s := on(t, r, session.Config{Timeout: 100 * time.Second})
		start := r.Clock().Now()
		var times []string
		note := func(what string, err error) {
			times = append(times, fmt.Sprintf("%s %v", what, r.Clock().Now().Sub(start)))
			if err != nil {
				times = append(times, err.Error())
			}
		}
		_, err := s.ReadUntil(t.Context(), "login: ", session.WaitOptions{})
		note("login", err)
		write(t, s, "brandon\n")
		_, err = s.Expect(t.Context(), compile(t, patterns.Pattern{Source: `\$ $`}), session.WaitOptions{})
		note("prompt", err)
		short := 2 * time.Second
		_, err = s.Expect(t.Context(), compile(t, patterns.Pattern{Kind: patterns.Timeout}), session.WaitOptions{Timeout: short})
		note("timeout", err)
		if err := s.Attendant().Sleep(t.Context(), s.Clock(), time.Hour); err != nil {
			t.Fatal(err)
		}
		write(t, s, "exit\n")
		text, _, err := s.ReadAll(t.Context(), session.WaitOptions{})
		note(fmt.Sprintf("%q", text), err)
		const want = `login 500ms; prompt 1m0.85s; timeout 1m2.85s; "bye\n" 1h1m2.87s`
		if got := strings.Join(times, "; "); got != want {
			t.Fatalf("got  %s\nwant %s", got, want)
		}
		if d := r.Differences(); len(d) > 0 {
			t.Fatal(d)
		}
	}
	if took := time.Since(begun); took > 20*time.Second {
		t.Errorf("20 replays took %v", took)
	}
}

// Time stands still while the script is at work.
func TestNoTimePassesAtWork(t *testing.T) {
	r := script(t, "<5 late").Replay(options())
	s := on(t, r, session.Config{})
	start := r.Clock().Now()
	write(t, s, "x") // the pump begins, the script does not wait
	conn := r.conns[0]
	for parked := false; !parked; runtime.Gosched() { // until the pump has nothing to do
		conn.lock()
		parked = conn.parked || conn.clock.now.After(start)
		conn.unlock()
	}
	if passed := r.Clock().Now().Sub(start); passed != 0 {
		t.Errorf("%v passed while nobody waited", passed)
	}
}

// A look at what is there sees what came by then, and a script that polls gets on.
func TestPolling(t *testing.T) {
	r := script(t, "<0 one", "<0.01 two").Replay(options())
	s := on(t, r, session.Config{})
	var got []string
	for looks := 0; strings.Join(got, "") != "onetwo"; looks++ {
		if looks > 1000 {
			t.Fatal("time does not pass")
		}
		text, err := s.ReadAvailable(t.Context(), session.WaitOptions{})
		if err != nil {
			t.Fatal(err)
		}
		if text != "" {
			got = append(got, text)
		}
	}
	if len(got) != 2 {
		t.Errorf("got %q", got)
	}
}

// A wait without end that nothing can end is an error.
func TestStuck(t *testing.T) {
	r := script(t, "<0 login: ", ">1 name\r\n", "<2 Password: ").Replay(options())
	s := on(t, r, session.Config{Timeout: session.Forever})
	_, err := s.ReadUntil(t.Context(), "assword: ", session.WaitOptions{})
	if !errors.Is(err, ErrStuck) {
		t.Errorf("got %v", err)
	}
	if got := r.Unheard(); len(got) != 1 || got[0] != "name" {
		t.Errorf("unheard: %q", got)
	}
}

// Option hooks run in the script's goroutine while it waits; a command that this
// client does not send is passed over, a fence is waited for.
func TestOptionsInReplay(t *testing.T) {
	rec := script(t,
		"<0 \xff\xfd\x18\xff\xfb\x01", ">0 \xff\xfb\x18", ">0 \xff\xfd\x01", "<0.1 \xff\xfa\x18\x01\xff\xf0",
		">0.1 \xff\xfa\x18\x00xterm\xff\xf0", "<0.2 login: ", ">1 \xff\xfd\x06", "<1.1 \xff\xfb\x06", "<5 late")
	r := rec.Replay(options())
	var asked []string
	s := on(t, r, session.Config{
		Hook: func(_ context.Context, _ *session.Session, r session.HookRequest) (session.HookAnswer, error) {
			asked = append(asked, fmt.Sprint(r.Command, " ", r.Option))
			return session.HookAnswer{}, nil
		},
	}, "vt100")
	if _, err := s.ReadUntil(t.Context(), "login: ", session.WaitOptions{}); err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(asked, ", "); got != "DO TTYPE, WILL ECHO, SB TTYPE" {
		t.Errorf("the hook was asked %s", got)
	}
	if err := s.Fence(t.Context(), session.WaitOptions{}); err != nil {
		t.Fatal(err)
	}
	if text, err := s.ReadAvailable(t.Context(), session.WaitOptions{}); text != "" || err != nil {
		t.Errorf("after the fence: %q %v", text, err)
	}
}

// What the client does otherwise is told as lines, in time to see it.
func TestDifferences(t *testing.T) {
	for _, test := range []struct {
		name    string
		lenient bool
		writes  []string
		want    string
	}{
		{"the same", false, []string{"show version\n", "exit\n"}, ""},
		{"in pieces", false, []string{"show ", "vers", "ion\nex", "it\n"}, ""},
		{"another line", false, []string{"show ver\n"}, `the recording has "show version", the client sent "show ver"`},
		{"another key", false, []string{"q"}, `the recording has "show version", the client sent "q"`},
		{"leniently", true, []string{"show ver\n", "exit\n"}, `the recording has "show version", the client sent "show ver"`},
		{"too much", false, []string{"show version\n", "exit\n", "more\n"}, `the recording is over, the client sent "more"`},
		{"too much, leniently", true, []string{"show version\n", "exit\n", "more\n", "and more\n"}, `the recording is over, the client sent "more"; the recording is over, the client sent "and more"`},
		{"a second line", false, []string{"show version\n", "quit\n"}, `the recording has "exit", the client sent "quit"`},
	} {
		t.Run(test.name, func(t *testing.T) {
			o := options()
			o.Lenient = test.lenient
			r := script(t, "<0 # ", ">1 show version\r\n", "<2 show version\r\nv1\r\n# ", ">3 exit\r\n", "<4 bye\r\n").Replay(o)
			s := on(t, r, session.Config{})
			quiet := 2 * time.Second
			for _, w := range test.writes {
				if _, err := s.Drain(t.Context(), quiet, session.WaitOptions{}); err != nil && !errors.Is(err, io.EOF) {
					t.Fatal(err)
				}
				_ = s.Write(t.Context(), w, session.WriteOptions{}) // fails when it has been hung up on
			}
			_, _ = s.Drain(t.Context(), quiet, session.WaitOptions{})
			text, err := s.ReadSome(t.Context(), session.WaitOptions{})
			var got []string
			for _, d := range r.Differences() {
				got = append(got, d.Error())
			}
			if all := strings.Join(got, "; "); all != test.want {
				t.Errorf("got %s, want %s", all, test.want)
			}
			if hungUp := errors.Is(err, io.EOF); hungUp != (test.want != "" && !test.lenient) {
				t.Errorf("after that: %q %v", text, err)
			}
		})
	}
}

// What an operator typed key by key, with the host's echo between and mistakes
// erased, is heard as the line that a script writes.
func TestTypedByHand(t *testing.T) {
	r := script(t, "<0 # ", ">1 s", "<1.1 s", ">1.2 x", "<1.3 x", ">1.4 \x7f", "<1.5 \b \b", ">2 h\r\x00", "<2.1 h\r\n", "<2.2 ok\r\n# ").Replay(options())
	s := on(t, r, session.Config{})
	if _, err := s.ReadUntil(t.Context(), "# ", session.WaitOptions{}); err != nil {
		t.Fatal(err)
	}
	write(t, s, "sh\n")
	if _, err := s.ReadUntil(t.Context(), "ok\n# ", session.WaitOptions{}); err != nil || len(r.Differences()) > 0 {
		t.Errorf("%v %v", err, r.Differences())
	}
}

// Any value is taken for a secret.
func TestSecretsInReplay(t *testing.T) {
	r := script(t, "<0 Password: ", ">1 <secret password>\r\n", "<2 # ", ">3 set <secret key> now\r\n", "<4 done").Replay(options())
	s := on(t, r, session.Config{})
	for _, step := range [][2]string{{"Password: ", "whatever\n"}, {"# ", "set 1234 now\n"}, {"done", ""}} {
		if _, err := s.ReadUntil(t.Context(), step[0], session.WaitOptions{}); err != nil {
			t.Fatal(err)
		}
		write(t, s, step[1])
	}
	if d := r.Differences(); len(d) > 0 {
		t.Error(d)
	}
}

// Every way to cut gives the same bytes, and pieces of the size it says.
func TestCuts(t *testing.T) {
	rec := script(t, "<0 abc", "<0.001 defghi", "<1 jkl", "x2 closed by the peer")
	for _, test := range []struct{ cuts, want string }{
		{"recorded", "abc|defghi|jkl"},
		{"whole", "abcdefghi|jkl"},
		{"bytes", "a|b|c|d|e|f|g|h|i|j|k|l"},
		{"random:3", ""},
		{"random:4", ""},
		{"at 4", "abcd|efghi|jkl"},
	} {
		cuts := Cuts{Mode: Single, At: 4}
		if test.cuts != "at 4" {
			var err error
			if cuts, err = ParseCuts(test.cuts); err != nil {
				t.Fatal(err)
			}
		}
		pieces := func() string {
			r := rec.Replay(ReplayOptions{Cuts: cuts, Faults: NoFaults})
			s := on(t, r, session.Config{})
			var pieces []string
			for {
				p, err := s.ReadSome(t.Context(), session.WaitOptions{})
				if err != nil {
					return strings.Join(pieces, "|")
				}
				pieces = append(pieces, p)
			}
		}
		got := pieces()
		if test.want != "" && got != test.want || strings.ReplaceAll(got, "|", "") != "abcdefghijkl" || got != pieces() {
			t.Errorf("%s: %s, want %s", test.cuts, got, test.want)
		}
	}
	if all := rec.All(); len(all) != 10 || all[0].At != 1 || all[8].At != 10 {
		t.Errorf("all cuts: %v", all)
	}
	for _, bad := range []string{"", "halves", "random:x", "whole:3", "random:-1"} {
		if _, err := ParseCuts(bad); err == nil {
			t.Errorf("%q was taken", bad)
		}
	}
}

func TestFaults(t *testing.T) {
	rec := script(t, "<0 abc", "<1 def", "x2 closed by the peer")
	for _, test := range []struct {
		faults Faults
		want   string
	}{
		{Faults{DropAt: 4, StallAt: -1}, "abcd, EOF, reset: true"},
		{Faults{DropAt: 0, StallAt: -1}, ", EOF, reset: true"},
		{Faults{DropAt: -1, StallAt: 4}, "abcd, ran out of time, reset: false"},
		{Faults{DropAt: -1, StallAt: -1, Jitter: 100 * time.Millisecond}, "abcdef, EOF, reset: false"},
	} {
		r := rec.Replay(ReplayOptions{Faults: test.faults})
		s := on(t, r, session.Config{})
		var text strings.Builder
		for {
			p, err := s.ReadSome(t.Context(), session.WaitOptions{})
			text.WriteString(p)
			if err == nil {
				continue
			}
			how := "ran out of time"
			if errors.Is(err, io.EOF) {
				how = "EOF"
			}
			_, err = s.Expect(t.Context(), compile(t, patterns.Pattern{Source: "never"}), session.WaitOptions{})
			var failed *session.WaitError
			reset := errors.As(err, &failed) && failed.Cause != nil && strings.Contains(failed.Cause.Error(), "reset")
			if got := fmt.Sprintf("%s, %s, reset: %v", text.String(), how, reset); got != test.want {
				t.Errorf("%+v: got %s, want %s", test.faults, got, test.want)
			}
			break
		}
	}
}

// A full buffer holds the peer back while the script sleeps, also in virtual time.
func TestFullBufferInReplay(t *testing.T) {
	r := script(t, "<0 0123456789", "<0.1 0123456789", "<0.2 0123456789", "x1 closed by the peer").Replay(options())
	s := on(t, r, session.Config{MaxBuffer: 10})
	if _, err := s.ReadUntil(t.Context(), "0", session.WaitOptions{}); err != nil {
		t.Fatal(err)
	}
	if err := s.Attendant().Sleep(t.Context(), s.Clock(), time.Minute); err != nil {
		t.Fatal(err)
	}
	var text strings.Builder
	for {
		p, err := s.ReadSome(t.Context(), session.WaitOptions{})
		if err != nil {
			break
		}
		text.WriteString(p)
	}
	if want := strings.Repeat("0123456789", 3)[1:]; text.String() != want {
		t.Errorf("got %q, want %q", text.String(), want)
	}
}

// Timers run in virtual time: a keepalive is sent after an hour of sleep in no time.
func TestTimersInReplay(t *testing.T) {
	r := script(t, "<0 hello").Replay(options())
	s := on(t, r, session.Config{Keepalive: time.Minute})
	if _, err := s.ReadUntil(t.Context(), "hello", session.WaitOptions{}); err != nil {
		t.Fatal(err)
	}
	out := newScribe(Options{})
	out.Add(s)
	if err := s.Attendant().Sleep(t.Context(), s.Clock(), time.Hour); err != nil {
		t.Fatal(err)
	}
	out.Remove(s)
	if n := strings.Count(string(out.recording(t).Sessions[0].Sent()), "\xff\xf1"); n < 59 || n > 60 {
		t.Errorf("%d NOPs in an hour", n)
	}
}

// Sessions of one recording are found by their address, and no more than there are.
func TestDialByAddress(t *testing.T) {
	rec := script(t, "<0 first")
	second := script(t, "<0 second")
	second.Sessions[0].Address = "telnet://other"
	rec.Sessions = append(rec.Sessions, second.Sessions[0])
	r := rec.Replay(options())
	for i, want := range []string{"telnet://other", "anything"} {
		conn, err := r.Dial(Opening{Address: want})
		if err != nil || conn.which != 1-i {
			t.Errorf("%s is session %v, %v", want, conn, err)
		}
	}
	if _, err := r.Dial(Opening{Address: "telnet://host"}); err == nil || err.Error() != "the recording has 2 sessions, and the script opens one more" {
		t.Errorf("a third: %v", err)
	}
}

// Sessions to one address are told apart by the name that the script gives them, and by the
// task that opens them. A difference names its session.
func TestDialByTask(t *testing.T) {
	rec := script(t, "<0 first", ">1 a\n")
	rec.Sessions[0].Opener = "was.lua:3 in task 1"
	for _, opener := range []string{"was.lua:3 in task 2", ""} {
		s := *rec.Sessions[0]
		s.Opener = opener
		rec.Sessions = append(rec.Sessions, &s)
	}
	rec.Sessions[0].Name, rec.Sessions[1].Name, rec.Sessions[2].Name = "one", "two", "three"
	address := rec.Sessions[0].Address
	for _, test := range []struct {
		o    Opening
		want int
	}{
		{Opening{address, "", "is in.lua:7 in task 2"}, 1},
		{Opening{address, "", ""}, 2},
		{Opening{address, "two", "is.lua:7 in task 1"}, 1},
		{Opening{address, "new", "is.lua:7 in task 9"}, 0},
		{Opening{"telnet://other", "three", "is.lua:7 in task 1"}, 2},
	} {
		conn, err := rec.Replay(options()).Dial(test.o)
		if err != nil || conn.which != test.want {
			t.Errorf("%+v is session %d, %v", test.o, conn.which, err)
		}
	}
	r := rec.Replay(options())
	for range 3 {
		if _, err := r.Dial(Opening{Address: address}); err != nil {
			t.Fatal(err)
		}
	}
	r.conns[2].peer.differs(&Difference{Want: "a", Got: "b"})
	if d := r.Differences(); len(d) != 1 || d[0].Error() != `the recording of two has "a", the client sent "b"` {
		t.Errorf("the differences are %v", d)
	}
}

// A wait whose context ends is at work again from there on, though it has not seen it yet.
func TestCancelledWaitIsAtWork(t *testing.T) {
	for range 200 {
		began := time.Unix(0, 0)
		clock := NewClock(began)
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan time.Duration, 1)
		clock.Go(func(counted context.Context) {
			_ = clock.Wait(joined{counted, ctx}, nil, time.Time{})
			ended <- clock.Now().Sub(began)
		})
		if err := clock.Wait(t.Context(), nil, began.Add(time.Second)); err != nil {
			t.Fatal(err)
		}
		cancel()
		if err := clock.Wait(t.Context(), nil, began.Add(time.Minute)); err != nil {
			t.Fatal(err)
		}
		if at := <-ended; at != time.Second {
			t.Fatalf("it goes on at %v", at)
		}
	}
}

// A joined is a context with the values of one and the end of another.
type joined struct {
	context.Context
	end context.Context
}

func (j joined) Done() <-chan struct{} { return j.end.Done() }
func (j joined) Err() error            { return j.end.Err() }
