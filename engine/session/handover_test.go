package session_test

// What may happen while the reading passes between the pump and the waiting goroutine.

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/moonwire/moonwire/engine/session"
	"github.com/moonwire/moonwire/engine/telnet"
)

// TestCompressionBesideARead: MCCP2 that begins in what a wait reads for itself holds
// for what comes while nobody reads.
func TestCompressionBesideARead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, p := inDialogue(t, setup{Telnet: mccp2})
		go p.say("go \xff\xfb\x56\xff\xfa\x56\xff\xf0")
		if _, err := s.ReadUntil(t.Context(), "go ", within(time.Second)); err != nil {
			t.Fatal(err)
		}
		p.say(compressed(t, "squeezed"))
		if text, err := s.ReadUntil(t.Context(), "squeezed", within(time.Second)); err != nil || text != "squeezed" {
			t.Errorf("%q %v", text, err)
		}
	})
}

// TestPollOfAFullBuffer: a wait with no time that has found its text before it has
// seen all that arrived ends though the buffer is full.
func TestPollOfAFullBuffer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ours, theirs := socketPair()
		s, p := talkOver(t, ours, theirs, session.Config{MaxBuffer: 8})
		p.say("$ ", strings.Repeat("0123456789", 1000))
		for range 2 {
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			text, err := s.ReadUntil(ctx, "$ ", within(session.Now))
			cancel()
			if err != nil || text != "$ " {
				t.Errorf("%q %v", text, err)
			}
			p.say("$ ")
			if _, err := s.ReadUntil(t.Context(), "9876", within(time.Second)); !errors.Is(err, session.ErrTimeout) {
				t.Fatal(err)
			}
			if _, err := s.ReadAvailable(t.Context(), session.WaitOptions{}); err != nil {
				t.Fatal(err)
			}
			p.say("$ ", strings.Repeat("0123456789", 1000))
		}
	})
}

// triedConn is a socket of which a test sees each try to read.
type triedConn struct {
	*socket
	try *atomic.Pointer[func()]
}

func (c triedConn) ReadNow(p []byte) (int, error, bool) {
	if try := c.try.Load(); try != nil {
		(*try)()
	}
	return c.socket.ReadNow(p)
}

// slowConn is a socket whose answer to a try takes a while.
type slowConn struct{ *socket }

func (c slowConn) ReadNow(p []byte) (int, error, bool) {
	n, err, ok := c.socket.ReadNow(p)
	time.Sleep(10 * time.Millisecond)
	return n, err, ok
}

// TestAnswerToAnEarlierQuestion: that nothing had arrived when an earlier poll asked,
// which has given up, says nothing of what has arrived for this one.
func TestAnswerToAnEarlierQuestion(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ours, theirs := socketPair()
		s, p := talkOver(t, slowConn{ours.(*socket)}, theirs, session.Config{})
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Millisecond)
		defer cancel()
		if _, err := s.ReadAvailable(ctx, session.WaitOptions{}); !errors.Is(err, context.DeadlineExceeded) {
			t.Fatal(err)
		}
		p.say("late")
		if text, err := s.ReadAvailable(t.Context(), session.WaitOptions{}); err != nil || text != "late" {
			t.Errorf("%q %v", text, err)
		}
		time.Sleep(time.Second) // the pump looks once more
	})
}

// TestInterruptBesideAQuestion: a context that ends late, while the pump looks whether
// anything has arrived, does not make it forget that it was asked.
func TestInterruptBesideAQuestion(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ours, theirs := socketPair()
		var try atomic.Pointer[func()]
		s, p := talkOver(t, triedConn{ours.(*socket), &try}, theirs, session.Config{})
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		for range 2 { // the second wait reads for itself
			go p.say("$ ")
			if _, err := s.ReadUntil(ctx, "$ ", session.WaitOptions{}); err != nil {
				t.Fatal(err)
			}
		}
		time.Sleep(10 * time.Millisecond) // the pump reads again
		late := func() {
			cancel()
			time.Sleep(time.Nanosecond) // what the context's end does is done
		}
		try.Store(&late)
		poll, enough := context.WithTimeout(t.Context(), time.Minute)
		defer enough()
		if text, err := s.ReadAvailable(poll, session.WaitOptions{}); err != nil || text != "" {
			t.Errorf("%q %v", text, err)
		}
	})
}

// TestSlowCatchUp: what the pump reads when it comes back is one piece however long
// that takes it: the time between its reads is no pause of the peer's.
func TestSlowCatchUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ours, theirs := socketPair()
		var try atomic.Pointer[func()]
		s, p := talkOver(t, triedConn{ours.(*socket), &try}, theirs, session.Config{})
		go p.say("$ ")
		if _, err := s.ReadUntil(t.Context(), "$ ", session.WaitOptions{}); err != nil {
			t.Fatal(err)
		}
		p.say(strings.Repeat("1", 3000))
		slow := func() { time.Sleep(200 * time.Millisecond) }
		try.Store(&slow)
		time.Sleep(250 * time.Millisecond) // between the first read and the second
		begun := time.Now()
		r, err := s.Expect(t.Context(), listOf(t, `\d+`), session.WaitOptions{})
		if err != nil || len(r.Text) != 3000 {
			t.Errorf("%d bytes, %v after %v", len(r.Text), err, time.Since(begun))
		}
	})
}

// stubbornConn is a socket with a descriptor whose reads have no deadlines.
type stubbornConn struct{ *net.TCPConn }

func (stubbornConn) SetReadDeadline(time.Time) error { return os.ErrNoDeadline }

// TestNoDeadlines: where a read cannot be called back the pump does it, and a wait
// runs out in time.
func TestNoDeadlines(t *testing.T) {
	ours, theirs := connected(t)
	s, err := connect(stubbornConn{ours}, session.Config{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	for range 3 {
		say(t, theirs, "$ ")
		if _, err := s.ReadUntil(t.Context(), "$ ", within(10*time.Second)); err != nil {
			t.Fatal(err)
		}
		if _, err := s.ReadUntil(t.Context(), "never", within(time.Millisecond)); !errors.Is(err, session.ErrTimeout) {
			t.Fatal(err)
		}
	}
}

// ownContext is a context that is not of package context.
type ownContext struct {
	context.Context
	over chan struct{}
}

func (c ownContext) Done() <-chan struct{} { return c.over }

func (c ownContext) Err() error {
	select {
	case <-c.over:
		return context.Canceled
	default:
		return nil
	}
}

// TestEndForgetsTheContext: a session at its end, closed or not, keeps nothing of a
// context that goes on.
func TestEndForgetsTheContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, p := inDialogue(t, session.Config{})
		ctx := ownContext{t.Context(), make(chan struct{})}
		defer close(ctx.over)
		if _, err := s.ReadUntil(ctx, "never", within(time.Millisecond)); !errors.Is(err, session.ErrTimeout) {
			t.Fatal(err)
		}
		before := runtime.NumGoroutine() // one of which waits for the context's end, another is the pump
		_ = p.conn.Close()
		if _, _, err := s.ReadAll(ctx, session.WaitOptions{}); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if after := runtime.NumGoroutine(); after > before-2 {
			t.Errorf("%d goroutines, %d before the end", after, before)
		}
	})
}

// TestCloseWriteBesideStartTLS: our end that is closed once START-TLS is agreed on
// closes under TLS.
func TestCloseWriteBesideStartTLS(t *testing.T) {
	const follows = "\xff\xfa\x2e\x01\xff\xf0"
	for _, shaking := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			ours, theirs := net.Pipe()
			var cut atomic.Bool
			s, p := talkOver(t, halfConn{ours, &cut}, theirs, setup{
				Telnet:   telnet.Config{TLS: true},
				StartTLS: &tls.Config{InsecureSkipVerify: true},
			})
			if err := s.Write(t.Context(), "in clear\n", session.WriteOptions{}); err != nil {
				t.Fatal(err)
			}
			p.say("\xff\xfd\x2e")
			synctest.Wait()
			if shaking {
				p.say(follows)
				synctest.Wait()
			}
			if err := s.CloseWrite(); err != nil {
				t.Fatal(err)
			}
			if !shaking {
				p.say(follows)
			}
			if heard := p.heard(); !strings.HasPrefix(heard, "in clear\r\n\xff\xfb\x2e"+follows) {
				t.Errorf("in the clear the peer heard %q", heard)
			} else if rest := (&rest{peer: p, unread: []byte(heard[len("in clear\r\n\xff\xfb\x2e"+follows):])}); true {
				conn := tls.Server(rest, serverConfig(t))
				if err := conn.HandshakeContext(t.Context()); err != nil || cut.Load() {
					t.Fatalf("%v; the connection was cut: %v", err, cut.Load())
				}
				told := make(chan error, 1)
				go func() {
					_, err := conn.Read(make([]byte, 1))
					told <- err
				}()
				synctest.Wait()
				select {
				case err := <-told:
					if !errors.Is(err, io.EOF) {
						t.Error(err)
					}
				default:
					t.Error("the peer was not told of our end")
					_ = s.Close()
				}
			}
		})
	}
}

// TestLiveAfterAFlood: a terminal that joins when much is unread gets all of it, as it
// came as far as that is kept, and what it leaves is read by the script.
func TestLiveAfterAFlood(t *testing.T) {
	var flood strings.Builder
	for flood.Len() < 1<<20 {
		fmt.Fprintf(&flood, "line %d\n", flood.Len())
	}
	synctest.Test(t, func(t *testing.T) {
		ours, theirs := socketPair()
		s, p := talkOver(t, ours, theirs, session.Config{})
		p.say(flood.String())
		if _, err := s.Peek(t.Context()); err != nil {
			t.Fatal(err)
		}
		rest := flood.String()
		for range 3 {
			live, err := s.Live()
			if err != nil {
				t.Fatal(err)
			}
			data, err := live.Output(t.Context())
			if err != nil || string(data) != rest {
				t.Fatalf("%d bytes of %d, %v", len(data), len(rest), err)
			}
			live.Consume(len(data) / 4)
			rest = rest[len(data)/4:]
			live.End()
		}
		if text, err := s.ReadAvailable(t.Context(), session.WaitOptions{}); err != nil || text != rest {
			t.Fatalf("%d bytes of %d, %v", len(text), len(rest), err)
		}
	})
}
