package session_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/moonwire/moonwire/engine/session"
	"github.com/moonwire/moonwire/engine/telnet"
)

// A notebook is a tap that keeps what was negotiated and remarked.
type notebook struct{ lines []string }

func (n *notebook) Observe(o *session.Observation) {
	switch o.Kind {
	case session.Negotiated:
		n.lines = append(n.lines, o.Event.String())
	case session.Remark:
		n.lines = append(n.lines, "remark: "+o.Text)
	}
}

func (n *notebook) has(t *testing.T, want string) {
	t.Helper()
	if !slices.ContainsFunc(n.lines, func(line string) bool { return strings.Contains(line, want) }) {
		t.Errorf("no %q in\n%s", want, strings.Join(n.lines, "\n"))
	}
}

// TestTapsSeeWhatIsSentAtOnce: what a call sends is told before the peer says more.
func TestTapsSeeWhatIsSentAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var seen notebook
		s, p := talk(t, session.Config{Taps: []session.Tap{&seen}})
		for _, c := range []struct {
			call func() error
			want string
		}{
			{func() error { return s.Negotiate(telnet.Him, telnet.SGA, true) }, "DO SGA"},
			{func() error { return s.Send(telnet.AYT) }, "AYT"},
			{func() error { return s.Subnegotiate(telnet.GMCP, []byte("Core.Ping")) }, "Core.Ping"},
			{s.Synch, "DM"},
			{func() error { return s.Fence(t.Context(), within(session.Now)) }, "DO TIMING-MARK"},
		} {
			seen.lines = nil
			if err := c.call(); err != nil && !errors.Is(err, session.ErrTimeout) {
				t.Error(err)
			}
			seen.has(t, c.want)
		}
		if heard := p.heard(); heard != "\xff\xfd\x03\xff\xf6\xff\xfa\xc9Core.Ping\xff\xf0\xff\xf4\xff\xf2\xff\xfd\x06" {
			t.Errorf("the peer heard %q", heard)
		}
	})
}

// TestCallsWithinAHook do not settle the request that the hook is asked about.
func TestCallsWithinAHook(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var seen notebook
		s, p := talk(t, session.Config{Taps: []session.Tap{&seen}})
		s.SetHook(func(_ context.Context, s *session.Session, r session.HookRequest) (session.HookAnswer, error) {
			if r.Command != telnet.WILL || r.Option != telnet.GMCP {
				return session.HookAnswer{}, nil
			}
			return session.HookAnswer{Decision: session.Accept}, errors.Join(
				s.Negotiate(telnet.Us, telnet.SGA, true),
				s.Subnegotiate(telnet.GMCP, []byte("Core.Hello {}")))
		})
		go p.say("\xff\xfb\xc9ready")
		if _, err := s.ReadUntil(t.Context(), "ready", within(time.Second)); err != nil {
			t.Fatal(err)
		}
		if heard := p.heard(); !strings.Contains(heard, "\xff\xfd\xc9") || strings.Contains(heard, "\xff\xfe") {
			t.Errorf("the peer heard %q", heard)
		}
		seen.has(t, "Core.Hello")
		seen.has(t, "DO GMCP")
	})
}

// TestItem19EndInsideACommand: it is no end in order, earlier data stays, and taps are
// told of the rest.
func TestItem19EndInsideACommand(t *testing.T) {
	for tail, want := range map[string]string{
		"\xff": "IAC without", "\xff\xfd": "DO without", "\xff\xfa": "an empty subnegotiation without",
		"\xff\xfa\x18\x01": "TTYPE without", "\xff\xfa\x18\x01\xff": "TTYPE without",
	} {
		wire := "text\r" + tail
		for cut := range wire {
			synctest.Test(t, func(t *testing.T) {
				var seen notebook
				s, p := talk(t, session.Config{Taps: []session.Tap{&seen}})
				go func() {
					p.say(wire[:cut], wire[cut:])
					_ = p.conn.Close()
				}()
				if _, _, err := s.ReadAll(t.Context(), within(time.Second)); err == nil || !strings.Contains(err.Error(), want) {
					t.Errorf("cut at %d: %v", cut, err)
				}
				if text, err := s.Peek(t.Context()); text != "text" || err != nil {
					t.Errorf("cut at %d: it keeps %q, %v", cut, text, err)
				}
				seen.has(t, want)
			})
		}
	}
}

// TestUnfinishedCommandIsTold by a wait that runs out.
func TestUnfinishedCommandIsTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, p := talk(t, session.Config{})
		go p.say("\xff\xfa\x18login: ")
		_, err := s.ReadUntil(t.Context(), "login: ", within(time.Second))
		we, ok := errors.AsType[*session.WaitError](err)
		if !ok || !strings.Contains(strings.Join(we.Report().Lines(), "\n"), "a subnegotiation of TTYPE without its SE") {
			t.Errorf("got %v\n%v", err, we)
		}
	})
}

// TestItem31CharsetAskedFor: a peer that asks by DO CHARSET is told the encoding that
// the session reads.
func TestItem31CharsetAskedFor(t *testing.T) {
	for _, c := range []struct{ encoding, offer, text, bytes string }{
		{"", "UTF-8", "größe", "gr\xc3\xb6\xc3\x9fe"},
		{"cp437", "CP437", "größe", "gr\x94\xe1e"},
	} {
		synctest.Test(t, func(t *testing.T) {
			s, p := talk(t, session.Config{Encoding: c.encoding})
			go p.say("\xff\xfd\x2a" + c.bytes + ".\xff\xfa\x2a\x02" + strings.ToLower(c.offer) + "\xff\xf0" + c.bytes + "!")
			if text, err := s.ReadUntil(t.Context(), "!", within(time.Second)); text != c.text+"."+c.text+"!" || err != nil {
				t.Errorf("got %q, %v", text, err)
			}
			if heard := p.heard(); heard != "\xff\xfb\x2a\xff\xfa\x2a\x01;"+c.offer+"\xff\xf0" {
				t.Errorf("the peer heard %q", heard)
			}
		})
	}
	synctest.Test(t, func(t *testing.T) { // bytes as they come have no encoding
		s, p := talk(t, session.Config{Raw: true})
		go p.say("\xff\xfd\x2a!")
		if _, err := s.ReadUntil(t.Context(), "!", within(time.Second)); err != nil {
			t.Error(err)
		}
		if heard := p.heard(); heard != "\xff\xfc\x2a" {
			t.Errorf("the peer heard %q", heard)
		}
	})
}

// TestItem31SwitchInMidStream: CHARSET holds from its very byte on, for what is
// written, too; a character cut before it is not completed behind it.
func TestItem31SwitchInMidStream(t *testing.T) {
	wire := "\xff\xfb\x2a\xc3\xb6\xff\xfa\x2a\x01;nonsense;ISO-8859-1\xff\xf0\xf6\r\xff\xf9\x00\n."
	for cut := range wire {
		synctest.Test(t, func(t *testing.T) {
			s, p := talk(t, session.Config{})
			go p.say(wire[:cut], wire[cut:])
			text, err := s.ReadUntil(t.Context(), ".", within(time.Second))
			if err != nil || text != "öö\n." {
				t.Errorf("cut at %d: %q, %v", cut, text, err)
			}
			if err := s.Write(t.Context(), "ö\n", session.WriteOptions{}); err != nil {
				t.Error(err)
			}
			if heard := p.heard(); heard != "\xff\xfd\x2a\xff\xfa\x2a\x02ISO-8859-1\xff\xf0\xf6\r\n" {
				t.Errorf("cut at %d: the peer heard %q", cut, heard)
			}
		})
	}
}

// TestLogout: where the script grants LOGOUT our end closes after the answer, and the
// peer's last words are read; by default it is refused and nothing ends.
func TestLogout(t *testing.T) {
	for _, accept := range []bool{true, false} {
		t.Run(fmt.Sprint(accept), func(t *testing.T) {
			s, peer := overTCP(t, setup{Telnet: telnet.Config{Policies: map[telnet.Option]telnet.Policy{telnet.Logout: map[bool]telnet.Policy{true: telnet.Accept, false: telnet.Refuse}[accept]}}})
			say(t, peer, "\xff\xfd\x12go")
			if _, err := s.ReadUntil(t.Context(), "go", within(10*time.Second)); err != nil {
				t.Fatal(err)
			}
			heard := make([]byte, 3)
			want := "\xff\xfc\x12"
			if accept {
				want = "\xff\xfb\x12"
			}
			if _, err := io.ReadFull(peer, heard); err != nil || string(heard) != want {
				t.Errorf("the peer heard %q, %v", heard, err)
			}
			err := s.Write(t.Context(), "x", session.WriteOptions{})
			if errors.Is(err, session.ErrLoggedOut) != accept {
				t.Errorf("writing gives %v", err)
			}
			if accept {
				if n, err := peer.Read(heard); n != 0 || !errors.Is(err, io.EOF) {
					t.Errorf("the peer reads %q, %v", heard[:n], err)
				}
			}
			if !accept { // a close with unread input is a reset
				if _, err := io.ReadFull(peer, heard[:1]); err != nil {
					t.Error(err)
				}
			}
			say(t, peer, "bye")
			_ = peer.Close()
			if text, _, err := s.ReadAll(t.Context(), within(10*time.Second)); text != "bye" || err != nil {
				t.Errorf("got %q, %v", text, err)
			}
		})
	}
}

// TestLiveServesHooks: the options of a peer that speaks up while a terminal is
// joined are decided by the hook, as the Thread is served; the terminal's own type
// is told meanwhile, the script's before and after.
func TestLiveServesHooks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, p := talk(t, setup{Telnet: telnet.Config{Terminal: []string{"vt100"}}})
		asked := 0
		s.SetHook(func(context.Context, *session.Session, session.HookRequest) (session.HookAnswer, error) {
			asked++
			return session.HookAnswer{}, nil
		})
		const send = "\xff\xfa\x18\x01\xff\xf0"
		l, err := s.Live()
		if err != nil {
			t.Fatal(err)
		}
		before := s.SetTerminal("xterm")
		go p.say("\xff\xfd\x18" + send + "x")
		for asked < 2 {
			<-s.Attendant().Bell()
			if err := s.Attendant().Serve(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		if got, err := l.Output(t.Context()); string(got) != "x" || err != nil {
			t.Errorf("got %q, %v", got, err)
		}
		if heard := p.heard(); heard != "\xff\xfb\x18\xff\xfa\x18\x00xterm\xff\xf0" {
			t.Errorf("the peer heard %q", heard)
		}
		if got := s.SetTerminal(before...); fmt.Sprint(got, before) != "[xterm] [vt100]" {
			t.Errorf("the terminals were %v, %v", got, before)
		}
		l.End()
		go p.say(send + "y")
		if _, err := s.ReadUntil(t.Context(), "y", within(time.Second)); err != nil {
			t.Fatal(err)
		}
		if heard := p.heard(); heard != "\xff\xfa\x18\x00vt100\xff\xf0" {
			t.Errorf("then the peer heard %q", heard)
		}
	})
}

// TestCloseWhileAHookIsDue that nobody serves.
func TestCloseWhileAHookIsDue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, p := talk(t, session.Config{})
		s.SetHook(func(context.Context, *session.Session, session.HookRequest) (session.HookAnswer, error) {
			return session.HookAnswer{}, nil
		})
		l, err := s.Live()
		if err != nil {
			t.Fatal(err)
		}
		go p.say("\xff\xfd\x18")
		synctest.Wait()
		begun := time.Now()
		if err := s.Close(); err != nil || time.Since(begun) > 0 {
			t.Errorf("Close took %v: %v", time.Since(begun), err)
		}
		if _, err := l.Output(t.Context()); !errors.Is(err, io.EOF) {
			t.Errorf("got %v", err)
		}
	})
}
