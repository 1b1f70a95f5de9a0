package session_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/moonwire/moonwire/engine/patterns"
	"github.com/moonwire/moonwire/engine/session"
	"github.com/moonwire/moonwire/engine/telnet"
)

// A peer is the other end of a session in a test: what it says is written by
// hand, what it hears is collected.
type peer struct {
	t    *testing.T
	conn net.Conn
	got  chan []byte
}

// talk opens a session to a peer, inside a synctest bubble.
func talk[C session.Config | setup](t *testing.T, cfg C) (*session.Session, *peer) {
	t.Helper()
	ours, theirs := net.Pipe()
	return talkOver(t, ours, theirs, cfg)
}

// talkOver is talk over a connection with two ends.
func talkOver[C session.Config | setup](t *testing.T, ours, theirs net.Conn, cfg C) (*session.Session, *peer) {
	t.Helper()
	s, err := connect(ours, cfg)
	if err != nil {
		t.Fatal(err)
	}
	p := &peer{t: t, conn: theirs, got: make(chan []byte, 1024)}
	go func() {
		buf := make([]byte, 4096)
		for {
			n, err := theirs.Read(buf)
			if n > 0 {
				p.got <- append([]byte(nil), buf[:n]...)
			}
			if err != nil {
				close(p.got)
				return
			}
		}
	}()
	t.Cleanup(func() {
		_ = s.Close()
		_ = theirs.Close()
	})
	return s, p
}

func (p *peer) say(pieces ...string) {
	for _, piece := range pieces {
		if _, err := p.conn.Write([]byte(piece)); err != nil {
			p.t.Errorf("the peer cannot write: %v", err)
		}
	}
}

// heard is all that has come to the peer so far.
func (p *peer) heard() string {
	synctest.Wait()
	var all strings.Builder
	for {
		select {
		case b, ok := <-p.got:
			if !ok {
				return all.String()
			}
			all.Write(b)
		default:
			return all.String()
		}
	}
}

func listOf(t *testing.T, list ...string) *patterns.List {
	t.Helper()
	var ps []patterns.Pattern
	for _, p := range list {
		switch p {
		case "EOF":
			ps = append(ps, patterns.Pattern{Kind: patterns.EOF})
		case "TIMEOUT":
			ps = append(ps, patterns.Pattern{Kind: patterns.Timeout})
		case "PROMPT":
			ps = append(ps, patterns.Pattern{Kind: patterns.Prompt})
		case "ECHO_OFF":
			ps = append(ps, patterns.Pattern{Kind: patterns.EchoOff})
		default:
			ps = append(ps, patterns.Pattern{Source: p})
		}
	}
	c, err := patterns.Compile(ps)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func within(d time.Duration) session.WaitOptions { return session.WaitOptions{Timeout: d} }

// TestExpectAtEveryCut runs a dialogue cut at every byte: the results are the same.
func TestExpectAtEveryCut(t *testing.T) {
	const wire = "\xff\xfb\x01\x1b[1mWelcome\x1b[0m\r\nport 42\r\nrouter# \xff\xf9tail"
	want := ""
	for cut := 0; cut <= len(wire); cut++ {
		synctest.Test(t, func(t *testing.T) {
			s, p := talk(t, session.Config{})
			go p.say(wire[:cut], wire[cut:])
			var got []string
			for _, list := range [][]string{{`nothing`, `port (\d+)`}, {`router# `}, {"PROMPT"}, {`t\w+$`}} {
				r, err := s.Expect(t.Context(), listOf(t, list...), within(5*time.Second))
				got = append(got, fmt.Sprintf("%d %q %v %s %v", r.Index, r.Text, r.Groups, r.Rule, err))
			}
			all := strings.Join(got, "\n")
			if cut == 0 {
				want = all
				if !strings.Contains(all, `1 "Welcome\nport 42" [8 15 13 15] decided`) || !strings.Contains(all, `0 "tail" [0 4] settled`) {
					t.Errorf("got\n%s", all)
				}
			}
			if all != want {
				t.Errorf("cut at %d:\n%s\nuncut:\n%s", cut, all, want)
			}
		})
	}
}

// TestSettle: an open match is taken after a pause of the settle time, not before.
func TestSettle(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, p := talk(t, session.Config{})
		begun := time.Now()
		go func() {
			p.say("a$ ")
			time.Sleep(99 * time.Millisecond)
			p.say("b$ ")
		}()
		r, err := s.Expect(t.Context(), listOf(t, `\$ $`), within(5*time.Second))
		if err != nil || r.Text != "a$ b$ " || r.Rule != session.Settled {
			t.Errorf("got %q %s, %v", r.Text, r.Rule, err)
		}
		if took := time.Since(begun); took != 199*time.Millisecond {
			t.Errorf("it took %v", took)
		}
	})
}

// TestPauseBeforeTheWait: a pause that happened while the script was busy counts
// as one that happened during the wait.
func TestPauseBeforeTheWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, p := talk(t, session.Config{})
		if _, err := s.ReadAvailable(t.Context(), session.WaitOptions{}); err != nil { // starts the session
			t.Fatal(err)
		}
		p.say("one$ ")
		time.Sleep(150 * time.Millisecond)
		p.say("two$ ")
		time.Sleep(150 * time.Millisecond)
		r, err := s.Expect(t.Context(), listOf(t, `\$ $`), within(time.Second))
		if err != nil || r.Text != "one$ " {
			t.Errorf("got %q, %v", r.Text, err)
		}
	})
}

// TestSettleZero takes the match as soon as all that arrived has been read.
func TestSettleZero(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, p := talk(t, session.Config{})
		go p.say("x$ ")
		limit := time.Second
		begun := time.Now()
		r, err := s.Expect(t.Context(), listOf(t, `\$ $`), session.WaitOptions{Settle: session.Now, Timeout: limit})
		if err != nil || r.Text != "x$ " || time.Since(begun) != 0 {
			t.Errorf("got %q after %v, %v", r.Text, time.Since(begun), err)
		}
	})
}

// TestTimeoutConsumesNothing and the next wait goes on.
func TestTimeoutConsumesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, p := talk(t, session.Config{})
		go p.say("almost")
		ps := listOf(t, `almost there`)
		_, err := s.Expect(t.Context(), ps, within(2*time.Second))
		we, ok := errors.AsType[*session.WaitError](err)
		if !ok || !errors.Is(err, session.ErrTimeout) || we.Pending != "almost" || we.Waited != 2*time.Second {
			t.Fatalf("got %v", err)
		}
		go p.say(" there")
		r, err := s.Expect(t.Context(), ps, within(2*time.Second))
		if err != nil || r.Text != "almost there" {
			t.Errorf("got %q, %v", r.Text, err)
		}
	})
}

// TestTimeoutUnderFlood: the time holds although data come without end.
func TestTimeoutUnderFlood(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, p := talk(t, session.Config{MaxBuffer: 1 << 16})
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() {
			defer close(done)
			line := []byte(strings.Repeat("x", 1000) + "\r\n")
			for ctx.Err() == nil {
				_ = p.conn.SetWriteDeadline(time.Now().Add(time.Second))
				if _, err := p.conn.Write(line); err != nil {
					return
				}
				time.Sleep(10 * time.Millisecond)
			}
		}()
		begun := time.Now()
		_, err := s.Expect(t.Context(), listOf(t, `never`), within(10*time.Second))
		took := time.Since(begun)
		cancel()
		<-done
		if !errors.Is(err, session.ErrTimeout) || took != 10*time.Second {
			t.Errorf("after %v: %v", took, err)
		}
	})
}

// TestEOF: all data first, then the end, again and again.
func TestEOF(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, p := talk(t, session.Config{})
		go func() {
			p.say("last words\r")
			_ = p.conn.Close()
		}()
		if r, err := s.Expect(t.Context(), listOf(t, "last", "EOF"), within(time.Second)); err != nil || r.Index != 0 {
			t.Errorf("got %v, %v", r, err)
		}
		if _, err := s.Expect(t.Context(), listOf(t, "more"), within(time.Second)); !errors.Is(err, io.EOF) {
			t.Errorf("got %v", err)
		}
		if r, err := s.Expect(t.Context(), listOf(t, "more", "EOF"), within(time.Second)); err != nil || r.Index != 1 || r.Text != " words" {
			t.Errorf("got %v, %v", r, err)
		}
		if text, err := s.ReadSome(t.Context(), within(time.Second)); text != "" || !errors.Is(err, io.EOF) {
			t.Errorf("got %q, %v", text, err)
		}
		if text, _, err := s.ReadAll(t.Context(), within(time.Second)); text != "" || err != nil {
			t.Errorf("got %q, %v", text, err)
		}
	})
}

// TestHookSeesTheFirstOption although the peer spoke before the hook was set.
func TestHookSeesTheFirstOption(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, p := talk(t, setup{Telnet: telnet.Config{Terminal: []string{"vt100"}}})
		go p.say("\xff\xfd\x18\xff\xfd\x1f", "\xff\xfb\x01login: ")
		synctest.Wait()
		if heard := p.heard(); heard != "" {
			t.Errorf("before the first wait the peer heard %q", heard)
		}
		var seen []string
		s.SetHook(func(_ context.Context, _ *session.Session, r session.HookRequest) (session.HookAnswer, error) {
			seen = append(seen, fmt.Sprint(r.Command, " ", r.Option))
			if r.Option == telnet.TTYPE {
				return session.HookAnswer{Decision: session.Accept}, nil
			}
			return session.HookAnswer{Decision: session.Refuse}, nil
		})
		if _, err := s.ReadUntil(t.Context(), "login: ", within(time.Second)); err != nil {
			t.Fatal(err)
		}
		if got := strings.Join(seen, ", "); got != "DO TTYPE, DO NAWS, WILL ECHO" {
			t.Errorf("the hook saw %s", got)
		}
		if heard := p.heard(); heard != "\xff\xfb\x18\xff\xfc\x1f\xff\xfe\x01" {
			t.Errorf("the peer heard %q", heard)
		}
	})
}

// TestRepliesWhileTheScriptSleeps: options are answered without a wait.
func TestRepliesWhileTheScriptSleeps(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, p := talk(t, setup{Telnet: telnet.Config{Columns: 511}})
		if err := s.Write(t.Context(), "", session.WriteOptions{}); err != nil {
			t.Fatal(err)
		}
		p.say("\xff\xfd\x1f")
		if err := s.Attendant().Sleep(t.Context(), session.RealClock{}, time.Minute); err != nil {
			t.Fatal(err)
		}
		if heard := p.heard(); heard != "\xff\xfb\x1f\xff\xfa\x1f\x01\xff\xff\x00\x00\xff\xf0" {
			t.Errorf("the peer heard %q", heard)
		}
	})
}

// TestHookError refuses the request and comes out of the wait.
func TestHookError(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, p := talk(t, session.Config{})
		broken := errors.New("broken hook")
		s.SetHook(func(context.Context, *session.Session, session.HookRequest) (session.HookAnswer, error) {
			return session.HookAnswer{Decision: session.Accept}, broken
		})
		go p.say("\xff\xfb\x01hello")
		if _, err := s.ReadUntil(t.Context(), "hello", within(time.Second)); !errors.Is(err, broken) {
			t.Errorf("got %v", err)
		}
		if heard := p.heard(); heard != "\xff\xfe\x01" {
			t.Errorf("the peer heard %q", heard)
		}
	})
}

// TestWriteMapsNewlines as the session's options say.
func TestWriteMapsNewlines(t *testing.T) {
	bare := "\r"
	for _, c := range []struct {
		name string
		cfg  setup
		want string
	}{
		{"telnet", setup{}, "a\r\nb\r\x00c\r\n\xff\xff"},
		{"newline", setup{Config: session.Config{Newline: &bare}}, "a\rb\r\x00c\r\xff\xff"},
		{"raw", setup{Config: session.Config{Raw: true}}, "a\nb\rc\r\n\xff\xff"},
		{"plain", setup{Plain: true}, "a\r\nb\rc\r\n\xff"},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s, p := talk(t, c.cfg)
				if err := s.Write(t.Context(), "a\nb\rc\r\n\xff", session.WriteOptions{}); err != nil {
					t.Fatal(err)
				}
				if heard := p.heard(); heard != c.want {
					t.Errorf("the peer heard %q, want %q", heard, c.want)
				}
			})
		})
	}
}

// TestCloseDuringWait ends the wait at once.
func TestCloseDuringWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, _ := talk(t, session.Config{})
		go func() {
			time.Sleep(time.Second)
			_ = s.Close()
		}()
		_, err := s.ReadUntil(t.Context(), "x", within(time.Hour))
		if !errors.Is(err, session.ErrClosed) {
			t.Errorf("got %v", err)
		}
		if err := s.Write(t.Context(), "x", session.WriteOptions{}); !errors.Is(err, session.ErrClosed) {
			t.Errorf("write after close: %v", err)
		}
	})
}

// TestBlockedWrite: a peer that does not read costs the timeout, no more.
func TestBlockedWrite(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ours, theirs := net.Pipe()
		defer theirs.Close()
		s, err := connect(ours, session.Config{Timeout: 3 * time.Second})
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		begun := time.Now()
		err = s.Write(t.Context(), "hello", session.WriteOptions{})
		if we, ok := errors.AsType[*session.WriteError](err); !ok || !errors.Is(err, session.ErrTimeout) || we.Blocked != 5 {
			t.Errorf("got %v", err)
		}
		if took := time.Since(begun); took != 3*time.Second {
			t.Errorf("it took %v", took)
		}
	})
}

// TestLines reads lines cut anywhere, and a last one without newline.
func TestLines(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, p := talk(t, session.Config{})
		go func() {
			p.say("one\r", "\ntwo\r\n\r\nlast")
			_ = p.conn.Close()
		}()
		var got []string
		for {
			line, err := s.ReadLine(t.Context(), within(time.Second))
			if err != nil {
				if !errors.Is(err, io.EOF) {
					t.Error(err)
				}
				break
			}
			got = append(got, line)
		}
		if fmt.Sprintf("%q", got) != `["one" "two" "" "last"]` {
			t.Errorf("got %q", got)
		}
	})
}

// TestLive gives a terminal the bytes as they came, the unread ones first.
func TestLive(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, p := talk(t, session.Config{})
		go p.say("login: \x1b[1mhi\x1b[0m")
		if _, err := s.ReadUntil(t.Context(), "login: ", within(time.Second)); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		l, err := s.Live()
		if err != nil {
			t.Fatal(err)
		}
		got, err := l.Output(t.Context())
		if string(got) != "\x1b[1mhi\x1b[0m" || err != nil {
			t.Errorf("got %q, %v", got, err)
		}
		l.Consume(len(got))
		go p.say("\x1b[2Jmore")
		got, err = l.Output(t.Context())
		if string(got) != "\x1b[2Jmore" || err != nil {
			t.Errorf("got %q, %v", got, err)
		}
		l.Consume(4)
		l.End()
		if text, err := s.ReadUntil(t.Context(), "more", within(time.Second)); text != "more" || err != nil {
			t.Errorf("got %q, %v", text, err)
		}
	})
}

// TestLiveGivesTheWindowBack: a terminal's size holds while it is joined.
func TestLiveGivesTheWindowBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, p := talk(t, setup{Telnet: telnet.Config{Columns: 511}})
		go p.say("\xff\xfd\x1f> ")
		if _, err := s.ReadUntil(t.Context(), "> ", within(time.Second)); err != nil {
			t.Fatal(err)
		}
		l, err := s.Live()
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Resize(80, 24); err != nil {
			t.Fatal(err)
		}
		p.heard()
		l.End()
		if heard := p.heard(); heard != "\xff\xfa\x1f\x01\xff\xff\x00\x00\xff\xf0" {
			t.Errorf("the peer heard %q", heard)
		}
	})
}
