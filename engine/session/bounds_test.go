package session_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/moonwire/moonwire/engine/session"
)

// TestMaxBufferDropsTheOldest during a wait, and never what a match needs.
func TestMaxBufferDropsTheOldest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, p := talk(t, session.Config{MaxBuffer: 1000})
		go func() {
			for i := range 100 {
				p.say(fmt.Sprintf("line %04d of the flood, which is dropped\r\n", i))
			}
			p.say("router# ")
		}()
		r, err := s.Expect(t.Context(), listOf(t, `(line 00(99)).*\n(router)# `), within(time.Second))
		if err != nil {
			t.Fatal(err)
		}
		if r.Truncated == 0 || len(r.Text) > 1100 || r.Truncated+int64(len(r.Text)) != 100*41+8 {
			t.Errorf("%d bytes of text, %d dropped", len(r.Text), r.Truncated)
		}
		if got := r.Text[r.Groups[4]:r.Groups[5]] + r.Text[r.Groups[6]:r.Groups[7]]; got != "99router" {
			t.Errorf("the groups hold %q", got)
		}
	})
}

// TestMaxBufferKeepsAnOpenMatch up to twice the size, then says so.
func TestMaxBufferKeepsAnOpenMatch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, p := talk(t, session.Config{MaxBuffer: 1000})
		go func() {
			for range 50 {
				if _, err := p.conn.Write([]byte(strings.Repeat("x", 100))); err != nil {
					return
				}
			}
		}()
		_, err := s.Expect(t.Context(), listOf(t, `(?s)^x.*router`), within(time.Second))
		if !errors.Is(err, session.ErrBufferFull) {
			t.Errorf("got %v", err)
		}
		_ = s.Close()
	})
}

// TestItem29BackPressure: while the script is busy the peer is held back at
// MaxBuffer, and nothing is lost.
func TestItem29BackPressure(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, p := talk(t, session.Config{MaxBuffer: 10_000})
		if err := s.Write(t.Context(), "go\n", session.WriteOptions{}); err != nil {
			t.Fatal(err)
		}
		var sent atomic.Int64
		go func() {
			for i := range 1000 {
				n, err := fmt.Fprintf(p.conn, "line %06d of the flood, all of which is read\r\n", i)
				sent.Add(int64(n))
				if err != nil {
					return
				}
			}
			_ = p.conn.Close()
		}()
		time.Sleep(time.Hour)
		if sent.Load() > 13_000 {
			t.Errorf("the peer could send %d bytes", sent.Load())
		}
		lines := 0
		for {
			line, err := s.ReadLine(t.Context(), within(time.Second))
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			if want := fmt.Sprintf("line %06d of the flood, all of which is read", lines); line != want {
				t.Fatalf("got %q, want %q", line, want)
			}
			lines++
		}
		if lines != 1000 {
			t.Errorf("%d lines", lines)
		}
	})
}

// TestFloodOfCommandsWhileThePeerDoesNotRead: reading goes on, the wait's time
// holds, Close returns at once.
func TestFloodOfCommandsWhileThePeerDoesNotRead(t *testing.T) {
	for name, piece := range map[string]string{
		"AYT": "\xff\xf6", "DO TTYPE": "\xff\xfd\x18", "DO TM": "\xff\xfd\x06", "WILL 99": "\xff\xfb\x63",
		"SB": "\xff\xfa\x18\x01\xff\xf0", "IAC": "\xff\xff", "endless SB": "\xff\xfa\x18xxxx",
	} {
		synctest.Test(t, func(t *testing.T) {
			ours, theirs := net.Pipe()
			s, err := connect(ours, session.Config{MaxBuffer: 1 << 16})
			if err != nil {
				t.Fatal(err)
			}
			flood := strings.Repeat(piece, 4000)
			done := make(chan struct{})
			go func() {
				defer close(done)
				for range 100 {
					if _, err := io.WriteString(theirs, flood); err != nil {
						return
					}
					time.Sleep(time.Millisecond)
				}
			}()
			begun := time.Now()
			if _, err := s.ReadUntil(t.Context(), "never", within(time.Second)); !errors.Is(err, session.ErrTimeout) {
				t.Errorf("%s: %v", name, err)
			}
			if took := time.Since(begun); took != time.Second {
				t.Errorf("%s: the wait took %v", name, took)
			}
			<-done
			begun = time.Now()
			_ = s.Close()
			if took := time.Since(begun); took != 0 {
				t.Errorf("%s: Close took %v", name, took)
			}
			_ = theirs.Close()
		})
	}
}

// TestInterrupt: a cancelled context ends a wait at once with its cause, and the
// session goes on.
func TestInterrupt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, p := talk(t, session.Config{})
		stop := errors.New("stop")
		ctx, cancel := context.WithCancelCause(t.Context())
		go func() {
			time.Sleep(time.Second)
			cancel(stop)
		}()
		begun := time.Now()
		if _, err := s.ReadUntil(ctx, "x", within(time.Hour)); !errors.Is(err, stop) || time.Since(begun) != time.Second {
			t.Errorf("after %v: %v", time.Since(begun), err)
		}
		go p.say("xyz")
		if text, err := s.ReadUntil(t.Context(), "y", within(time.Second)); text != "xy" || err != nil {
			t.Errorf("got %q, %v", text, err)
		}
	})
}

// TestKeepalive sends a NOP when nothing was written for the time given.
func TestKeepalive(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, p := talk(t, session.Config{Keepalive: time.Minute})
		if err := s.Write(t.Context(), "a", session.WriteOptions{}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(30 * time.Second)
		if err := s.Write(t.Context(), "b", session.WriteOptions{}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(59 * time.Second)
		if heard := p.heard(); heard != "ab" {
			t.Errorf("the peer heard %q", heard)
		}
		time.Sleep(62 * time.Second)
		if heard := p.heard(); heard != "\xff\xf1\xff\xf1" {
			t.Errorf("the peer heard %q", heard)
		}
	})
}

// TestPace writes a character at a time.
func TestPace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, p := talk(t, session.Config{Pace: 100 * time.Millisecond})
		begun := time.Now()
		if err := s.Write(t.Context(), "äbc", session.WriteOptions{}); err != nil {
			t.Fatal(err)
		}
		if took := time.Since(begun); took != 200*time.Millisecond {
			t.Errorf("it took %v", took)
		}
		if heard := p.heard(); heard != "äbc" {
			t.Errorf("the peer heard %q", heard)
		}
	})
}

// TestItem23PacedNewlines: CR LF in a write is one newline, however it is paced.
func TestItem23PacedNewlines(t *testing.T) {
	for _, cfg := range []setup{{}, {Plain: true}, {Config: session.Config{Raw: true}}} {
		synctest.Test(t, func(t *testing.T) {
			newline := "\r\n"
			cfg.Pace, cfg.Newline = 100*time.Millisecond, &newline
			s, p := talk(t, cfg)
			if err := s.Write(t.Context(), "a\r\n\nb", session.WriteOptions{}); err != nil {
				t.Fatal(err)
			}
			if heard := p.heard(); heard != "a\r\n\r\nb" {
				t.Errorf("the peer heard %q", heard)
			}
		})
	}
}

// TestEncodings: text is the peer's in both directions.
func TestEncodings(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, p := talk(t, session.Config{Encoding: "cp437"})
		go p.say("\x81ber: ")
		if text, err := s.ReadUntil(t.Context(), "über: ", within(time.Second)); err != nil {
			t.Errorf("got %q, %v", text, err)
		}
		if err := s.Write(t.Context(), "größe\n", session.WriteOptions{}); err != nil {
			t.Fatal(err)
		}
		if heard := p.heard(); heard != "gr\x94\xe1e\r\n" {
			t.Errorf("the peer heard %q", heard)
		}
		if err := s.Write(t.Context(), "€", session.WriteOptions{}); err == nil {
			t.Error("a character that the encoding lacks was written")
		}
	})
}

// TestReadAvailableAndPeek give what is there, on a real socket, where the answer
// must not depend on whether the pump has been scheduled.
func TestReadAvailableAndPeek(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	ours, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	theirs, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer theirs.Close()
	s, err := connect(ours, session.Config{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for i := range 1000 {
		want := fmt.Sprintf("%d,", i)
		if _, err := io.WriteString(theirs, want); err != nil {
			t.Fatal(err)
		}
		if got, err := s.Peek(t.Context()); got != want || err != nil {
			t.Fatalf("peek %q, %v; want %q", got, err, want)
		}
		if got, err := s.ReadAvailable(t.Context(), session.WaitOptions{}); got != want || err != nil {
			t.Fatalf("read %q, %v; want %q", got, err, want)
		}
		if got, err := s.ReadAvailable(t.Context(), session.WaitOptions{}); got != "" || err != nil {
			t.Fatalf("then %q, %v", got, err)
		}
	}
}

// TestMaxBufferAtEveryCut: how much of a flood is kept does not depend on the
// network's cuts, nor on when the wait begins.
func TestMaxBufferAtEveryCut(t *testing.T) {
	wire := strings.Repeat("flood ~$\r\n", 500) + "done\r\nrouter$ "
	for _, list := range [][]string{{`done`}, {`never`, `\$ $`}, {`EOF`}, {`r\w+`}} {
		want := ""
		for _, cut := range []int{1, 3, 100, 1500, len(wire)} {
			for _, late := range []bool{false, true} {
				synctest.Test(t, func(t *testing.T) {
					s, p := talk(t, session.Config{MaxBuffer: 100})
					said := make(chan struct{})
					go func() {
						defer close(said)
						for piece := range slices.Chunk([]byte(wire), cut) {
							_, _ = p.conn.Write(piece)
						}
						time.Sleep(time.Second)
						_ = p.conn.Close()
					}()
					if late {
						if _, err := s.Peek(t.Context()); err != nil {
							t.Fatal(err)
						}
						time.Sleep(50 * time.Millisecond)
					}
					r, err := s.Expect(t.Context(), listOf(t, list...), within(5*time.Second))
					got := fmt.Sprintf("%d %q %v %d %v", r.Index, r.Text, r.Groups, r.Truncated, err)
					if want == "" {
						want = got
					}
					if got != want || err != nil {
						t.Errorf("%q cut at %d, late %v:\n%s\nnot\n%s", list, cut, late, got, want)
					}
					_ = s.Close()
					<-said
				})
			}
		}
	}
}

// TestWriteWithoutTimeout: waits that only look at what is there do not make writes
// fail that take a moment.
func TestWriteWithoutTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, p := talk(t, session.Config{})
		s.SetTimeout(0)
		if err := s.Write(t.Context(), "hello\n", session.WriteOptions{}); err != nil {
			t.Error(err)
		}
		if got := p.heard(); got != "hello\r\n" {
			t.Errorf("the peer heard %q", got)
		}
	})
}

// TestEndlessPagerIsBounded: a peer may show as many pages as it likes in one place.
func TestEndlessPagerIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ours, theirs := net.Pipe()
		s, err := connect(ours, session.Config{})
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		if err := s.SetPrompt("> $"); err != nil {
			t.Fatal(err)
		}
		heap := func() uint64 {
			var m runtime.MemStats
			runtime.GC()
			runtime.ReadMemStats(&m)
			return m.HeapAlloc
		}
		grown := make(chan uint64)
		go func() {
			defer close(grown)
			defer theirs.Close()
			var heard [64]byte
			if _, err := theirs.Read(heard[:]); err != nil {
				return
			}
			_, _ = io.WriteString(theirs, "x\r\n"+strings.Repeat("text\r\n", 4000)) // a read tells of the end
			begun := heap()
			for range 4000 {
				if _, err := io.WriteString(theirs, " --More-- \xff\xf9"); err != nil {
					return
				}
				if _, err := theirs.Read(heard[:]); err != nil {
					return
				}
				if _, err := io.WriteString(theirs, "\r\x1b[K"); err != nil {
					return
				}
			}
			grown <- heap() - min(begun, heap())
		}()
		go func() { _, _ = s.Run(t.Context(), "x", session.RunOptions{}) }() // the peer closes
		if n, ok := <-grown; !ok || n > 1<<20 {
			t.Errorf("4000 pages took %d bytes, %v", n, ok)
		}
	})
}

// A line without end that is edited all the while costs no more for each edit once text is
// dropped: before, each of them had what is kept of the line looked through.
func TestMaxBufferOfAnEditedLine(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, p := talk(t, session.Config{MaxBuffer: 100_000})
		go func() { p.say(strings.Repeat("abc\b\bd", 60_000) + "\r\nrouter# ") }()
		r, err := s.Expect(t.Context(), listOf(t, `router# `), within(time.Second))
		if err != nil {
			t.Fatal(err)
		}
		if !strings.HasSuffix(r.Text, "\nrouter# ") || r.Truncated == 0 || len(r.Text) > 101_000 {
			t.Errorf("%d bytes of text, %d dropped: %.40q", len(r.Text), r.Truncated, r.Text[max(0, len(r.Text)-40):])
		}
	})
}
