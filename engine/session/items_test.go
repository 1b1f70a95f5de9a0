package session_test

// What a telnet core must get right, line by line, as a session does it: the numbers
// are those of the tests in engine/telnet. Each line is run with the peer's bytes
// whole, cut at every place, and one by one.

import (
	"context"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/moonwire/moonwire/engine/session"
	"github.com/moonwire/moonwire/engine/telnet"
)

// items says what becomes of a wire: the text that a script reads, the
// subnegotiations that its hook is shown, and what the peer hears.
var items = [...]struct {
	name, wire string
	text       string
	shown      []string
	heard      string
	telnet     telnet.Config
}{
	{name: "02 refused each time", wire: "\xff\xfb\x63\xff\xfb\x63\xff\xfb\x63", heard: "\xff\xfe\x63\xff\xfe\x63\xff\xfe\x63"},
	{
		name: "03 the window asked for, and no longer", wire: "\xff\xfd\x1f\xff\xfe\x1f",
		heard: "\xff\xfb\x1f\xff\xfa\x1f\x00\x50\x00\x18\xff\xf0\xff\xfc\x1f",
	},
	{name: "04 DONT of what is off", wire: strings.Repeat("\xff\xfe\x00", 50)},
	{
		name: "05 offered again", wire: strings.Repeat("\xff\xfb\x01\xff\xfb\x03\xff\xfd\x03", 3),
		heard: "\xff\xfd\x01\xff\xfd\x03\xff\xfb\x03",
	},
	{name: "06 a mark each time", wire: "\xff\xfd\x06a\xff\xfd\x06\xff\xfd\x06", text: "a", heard: "\xff\xfb\x06\xff\xfb\x06\xff\xfb\x06"},
	{name: "07 echoing is the server's", wire: "\xff\xfd\x01", heard: "\xff\xfc\x01"},
	{name: "10 a lone IAC", wire: "a\xff\xffb\xff\xf1c", text: "a\xffbc"},
	{name: "11 no command", wire: "a\xff\x58b", text: "ab"},
	{name: "12 a mark after CR", wire: "a\r\xff\xf9b", text: "b"},
	{name: "13 carriage returns", wire: "\r\r\na\r\x00b\r\x00\nc\x00\r\nd\re\r\x00HOST-1# ", text: "\nb\nc\nHOST-1# "},
	{
		name: "13 carriage returns under BINARY", wire: "\r\x00\xff\xfb\x00\r\x00\x00\r\n\xff\xfc\x00\r\x00.",
		text: "\n.", heard: "\xff\xfd\x00\xff\xfe\x00",
	},
	{
		name: "14 a payload with IAC SE in it", wire: "a\xff\xfa\x18\x41\xff\xff\xf0\x42\xff\xf0b",
		text: "ab", shown: []string{`TTYPE "A\xff\xf0B"`},
	},
	{
		name: "15 odd subnegotiations", wire: "a\xff\xfa\xff\xf0b\xff\xfa\x1f\xff\xf0c\xff\xfa\x1f\x00\x50\x00\xff\xf0d",
		text: "abcd", shown: []string{`NAWS ""`, `NAWS "\x00P\x00"`},
	},
	{name: "16 no SE", wire: "a\xff\xfa\x18\x00\xff\xfb\x01b", text: "ab", heard: "\xff\xfd\x01"},
	{name: "18 an unknown option's", wire: "a\xff\xfa\x63secret\xff\xf0b", text: "ab", shown: []string{`99 "secret"`}},
	{name: "20 no SE at all", wire: "a\xff\xfa\x18xx\xff\xfa\x18yy\xff\xf9b", text: "ab"},
	{
		name: "21 IAC in what we tell", wire: "\xff\xfd\x18\xff\xfa\x18\x01\xff\xf0", telnet: telnet.Config{Terminal: []string{"a\xffb"}},
		shown: []string{`TTYPE "\x01"`}, heard: "\xff\xfb\x18\xff\xfa\x18\x00a\xff\xffb\xff\xf0",
	},
	{
		name: "22 an environment that needs escapes", wire: "\xff\xfd\x27\xff\xfa\x27\x01\x03A\x02\x01\xff\xf0",
		telnet: telnet.Config{Environ: []telnet.EnvVar{{Name: "A\x01", Value: "\x00\x01\x02\x03\xff"}}},
		shown:  []string{`NEW-ENVIRON "\x01\x03A\x02\x01"`},
		heard:  "\xff\xfb\x27\xff\xfa\x27\x00\x03A\x02\x01\x01\x02\x00\x02\x01\x02\x02\x02\x03\xff\xff\xff\xf0",
	},
	{
		name: "25 only what may be told", wire: "\xff\xfd\x27\xff\xfa\x27\x01\xff\xf0\xff\xfa\x27\x01\x00USER\xff\xf0",
		telnet: telnet.Config{Environ: []telnet.EnvVar{{Name: "LANG", Value: "C"}}},
		shown:  []string{`NEW-ENVIRON "\x01"`, `NEW-ENVIRON "\x01\x00USER"`},
		heard:  "\xff\xfb\x27\xff\xfa\x27\x00\x03LANG\x01C\xff\xf0\xff\xfa\x27\x00\x00USER\xff\xf0",
	},
	{
		name: "26 special characters", wire: "\xff\xfd\x22\xff\xfa\x22\x03" + strings.Repeat("\x0c\x02\x1c", 200) + "\xff\xf0a",
		text: "a", heard: "\xff\xfc\x22", shown: []string{fmt.Sprintf("LINEMODE %q", "\x03"+strings.Repeat("\x0c\x02\x1c", 200))},
	},
	{name: "27 are you there", wire: "a\xff\xf6b", text: "ab"},
	{name: "30 a DM that nothing announced", wire: "a\xff\xf2b", text: "ab"},
	{
		name: "31 only the side that offers may request", wire: "\xff\xfa\x2a\x01;latin1\xff\xf0\xc3\xb6",
		text: "ö", shown: []string{`CHARSET "\x01;latin1"`},
	},
	{
		name: "31 a table", wire: "\xff\xfb\x2a\xff\xfa\x2a\x04\x01;x\xff\xf0\xc3\xb6",
		text: "ö", shown: []string{`CHARSET "\x04\x01;x"`}, heard: "\xff\xfd\x2a\xff\xfa\x2a\x05\xff\xf0",
	},
	{
		name: "32 terminals in turn", wire: "\xff\xfd\x18" + strings.Repeat("\xff\xfa\x18\x01\xff\xf0", 4),
		telnet: telnet.Config{Terminal: []string{"xterm", "vt100"}}, shown: slices.Repeat([]string{`TTYPE "\x01"`}, 4),
		heard: "\xff\xfb\x18\xff\xfa\x18\x00xterm\xff\xf0\xff\xfa\x18\x00vt100\xff\xf0\xff\xfa\x18\x00vt100\xff\xf0\xff\xfa\x18\x00xterm\xff\xf0",
	},
	{
		name: "34 STATUS", wire: "\xff\xfd\x05\xff\xfb\x01\xff\xfa\x05\x01\xff\xf0",
		telnet: telnet.Config{Policies: map[telnet.Option]telnet.Policy{telnet.Status: telnet.Accept}},
		shown:  []string{`STATUS "\x01"`}, heard: "\xff\xfb\x05\xff\xfd\x01\xff\xfa\x05\x00\xfd\x01\xfb\x05\xff\xf0",
	},
	{name: "34 prompts", wire: "\xff\xfb\x19a\xff\xefb\xff\xf9c", text: "abc", heard: "\xff\xfd\x19"},
	{name: "34 LOGOUT", wire: "\xff\xfd\x12\xff\xfb\x12a", text: "a", heard: "\xff\xfc\x12\xff\xfe\x12"},
}

// TestItems runs them.
func TestItems(t *testing.T) {
	for _, item := range items {
		t.Run(item.name, func(t *testing.T) {
			try := func(how string, pieces ...string) {
				synctest.Test(t, func(t *testing.T) {
					var shown []string
					cfg := item.telnet
					cfg.Columns, cfg.Rows = 80, 24
					s, p := talk(t, setup{Telnet: cfg, Config: session.Config{Hook: func(_ context.Context, _ *session.Session, r session.HookRequest) (session.HookAnswer, error) {
						if r.Command == telnet.SB {
							shown = append(shown, fmt.Sprintf("%v %q", r.Option, r.Data))
						}
						return session.HookAnswer{}, nil
					}}})
					go p.say(append(pieces, "<end>")...)
					text, err := s.ReadUntil(t.Context(), "<end>", within(time.Second))
					if text = strings.TrimSuffix(text, "<end>"); text != item.text || err != nil {
						t.Errorf("%s: read %q, %v; want %q", how, text, err, item.text)
					}
					if heard := p.heard(); heard != item.heard {
						t.Errorf("%s: the peer heard %q, want %q", how, heard, item.heard)
					}
					if !slices.Equal(shown, item.shown) {
						t.Errorf("%s: the hook was shown %q, want %q", how, shown, item.shown)
					}
				})
			}
			try("whole", item.wire)
			try("byte by byte", strings.Split(item.wire, "")...)
			for cut := 1; cut < len(item.wire) && !t.Failed(); cut++ {
				try(fmt.Sprintf("cut at %d", cut), item.wire[:cut], item.wire[cut:])
			}
		})
	}
}

// TestItem17OverTheCap: of a subnegotiation that is too long nothing is shown, and
// nothing leaks; what follows it is read. The cuts are near its ends and its bound.
func TestItem17OverTheCap(t *testing.T) {
	for _, filling := range []string{"x", "\xff\xff", "\xff\xff\xf0"} {
		head, tail := "a\xff\xfa\x18", "\xff\xf0b<end>"
		wire := head + strings.Repeat(filling, 70_000) + tail
		bound := len(head) + 65535*len(filling)
		for _, cut := range []int{0, 1, 2, 3, 4, 5, bound - 1, bound, bound + 1, bound + 2, bound + 3, len(wire) - 8, len(wire) - 7, len(wire) - 6} {
			synctest.Test(t, func(t *testing.T) {
				s, p := talk(t, session.Config{Hook: func(_ context.Context, _ *session.Session, r session.HookRequest) (session.HookAnswer, error) {
					t.Errorf("the hook was shown %d bytes", len(r.Data))
					return session.HookAnswer{}, nil
				}})
				go p.say(wire[:cut], wire[cut:])
				if text, err := s.ReadUntil(t.Context(), "<end>", within(time.Second)); text != "ab<end>" || err != nil {
					t.Errorf("%q cut at %d: read %.40q of %d bytes, %v", filling, cut, text, len(text), err)
				}
				if heard := p.heard(); heard != "" {
					t.Errorf("%q cut at %d: the peer heard %q", filling, cut, heard)
				}
			})
		}
	}
}

// TestItem08SilentServer: a script writes at once to a peer that says nothing, and
// item 9: that is all that goes out, whatever the session could tell.
func TestItem08SilentServer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		begun := time.Now()
		s, p := talk(t, setup{
			Telnet: telnet.Config{Terminal: []string{"vt100"}, Columns: 80, Rows: 24, TLS: true, Environ: []telnet.EnvVar{{Name: "A"}}},
			Config: session.Config{Encoding: "cp437"},
		})
		if err := s.Write(t.Context(), "hello\n", session.WriteOptions{}); err != nil || time.Since(begun) != 0 {
			t.Errorf("after %v: %v", time.Since(begun), err)
		}
		_, err := s.ReadUntil(t.Context(), "x", within(time.Hour))
		if heard := p.heard(); heard != "hello\r\n" || err == nil {
			t.Errorf("the peer heard %q, %v", heard, err)
		}
	})
}

// TestItem24ConcurrentWriters: text, commands, options, subnegotiations and replies
// from many goroutines come to the peer each in one piece, also when it reads slowly.
func TestItem24ConcurrentWriters(t *testing.T) {
	const writers, rounds = 8, 25
	synctest.Test(t, func(t *testing.T) {
		ours, theirs := net.Pipe()
		s, err := connect(ours, setup{Telnet: telnet.Config{Terminal: []string{"v\xfft"}}})
		if err != nil {
			t.Fatal(err)
		}
		line := strings.Repeat("\xff\n", 100)
		forever := session.Forever
		var working sync.WaitGroup
		for range writers {
			working.Go(func() {
				for range rounds {
					if err := s.Write(t.Context(), "<"+line+">", session.WriteOptions{Timeout: forever, Aside: true}); err != nil {
						t.Error(err)
					}
				}
			})
			working.Go(func() {
				for range rounds {
					if err := s.Subnegotiate(telnet.GMCP, []byte(line)); err != nil {
						t.Error(err)
					}
					_ = s.Send(telnet.AYT)
				}
			})
		}
		working.Go(func() { // replies
			for range rounds {
				_, _ = io.WriteString(theirs, "\xff\xfd\x18\xff\xfa\x18\x01\xff\xf0\xff\xfe\x18")
			}
		})
		go func() {
			working.Wait()
			_ = s.Fence(t.Context(), within(session.Forever))
		}()
		read := telnet.New(telnet.Config{Manual: true})
		buf, data, counts := make([]byte, 7), "", map[string]int{}
		for counts["DO TIMING-MARK"] == 0 {
			n, err := theirs.Read(buf)
			if err != nil {
				t.Fatal(err)
			}
			for in := buf[:n]; ; {
				event, used := read.Next(in)
				if in = in[used:]; event.Kind == telnet.None {
					break
				}
				switch event.Kind {
				case telnet.Data:
					data += string(event.Data)
				case telnet.Subnegotiation:
					counts[fmt.Sprintf("SB %v %d", event.Option, len(event.Data))]++
				case telnet.Request:
					counts[fmt.Sprint(event.Command, " ", event.Option)]++
				default:
					counts[event.String()]++
				}
			}
		}
		if want := strings.Repeat("<"+strings.Repeat("\xff\r\n", 100)+">", writers*rounds); data != want {
			t.Error("a text was cut by another")
		}
		want := map[string]int{
			"SB GMCP 200": writers * rounds, "command AYT": writers * rounds, "DO TIMING-MARK": 1,
			"WILL TTYPE": rounds, "WONT TTYPE": rounds, "SB TTYPE 4": rounds,
		}
		if fmt.Sprint(counts) != fmt.Sprint(want) {
			t.Errorf("the peer heard %v, want %v", counts, want)
		}
		_ = s.Close()
		_ = theirs.Close()
	})
}
