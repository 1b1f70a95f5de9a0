package session_test

// Everything at once: sessions of one attendant with peers on real sockets, operations
// chosen at random, and other goroutines that meddle with them. What each peer says
// must come exactly once and in order, what is written must arrive, and nobody hangs.

import (
	"bytes"
	"compress/zlib"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/moonwire/moonwire/engine/patterns"
	"github.com/moonwire/moonwire/engine/session"
	"github.com/moonwire/moonwire/engine/telnet"
)

// A talker is a peer that says numbered lines and telnet commands, cut anywhere, often
// waits for an answer, and hears what is written.
type talker struct {
	conn    *net.TCPConn
	text    string // what a session reads of it
	lines   []string
	heard   chan struct{} // a piece of text came; one that is not taken is forgotten
	marks   chan struct{} // DO TIMING-MARK came
	enough  chan struct{}
	letters int // that were heard, once it is over
}

func newTalker(rnd *rand.Rand, conn *net.TCPConn) *talker {
	t := &talker{
		conn:  conn,
		heard: make(chan struct{}, 1), marks: make(chan struct{}, 1<<10),
		enough: make(chan struct{}),
	}
	var all strings.Builder
	for n := range 300 {
		line := fmt.Sprintf("%d:%s\n", n, strings.Repeat("abc", rnd.IntN(4)))
		if rnd.IntN(20) == 0 {
			line = fmt.Sprintf("%d:%s\n", n, strings.Repeat("z", rnd.IntN(20000)))
		}
		all.WriteString(line)
		t.lines = append(t.lines, line+[]string{"", "", "", "\xff\xf9", "\xff\xf1", "\xff\xfb\x2a", "\xff\xfc\x2a", "\xff\xfd\x2a"}[rnd.IntN(8)])
	}
	t.text = all.String()
	return t
}

// say says it all; compress is the line before which MCCP2 begins, -1 for never.
func (t *talker) say(rnd *rand.Rand, compress int) {
	defer t.conn.Close()
	var heard sync.WaitGroup
	defer heard.Wait()
	heard.Go(t.hear)
	defer t.conn.CloseWrite()

	var squeezed bytes.Buffer
	var squeeze *zlib.Writer
	send := func(text string) bool {
		wire := []byte(text)
		if squeeze != nil {
			_, _ = squeeze.Write(wire)
			_ = squeeze.Flush()
			wire = bytes.Clone(squeezed.Bytes())
			squeezed.Reset()
		}
		for len(wire) > 0 {
			n := len(wire)
			if rnd.IntN(2) == 0 {
				n = 1 + rnd.IntN(n)
			}
			if _, err := t.conn.Write(wire[:n]); err != nil {
				return false
			}
			wire = wire[n:]
		}
		return true
	}
	for n, line := range t.lines {
		if n == compress {
			if !send("\xff\xfb\x56\xff\xfa\x56\xff\xf0") {
				return
			}
			squeeze = zlib.NewWriter(&squeezed)
		}
		for waits := rnd.IntN(3) == 0; waits; {
			select {
			case <-t.marks:
				if !send("\xff\xfc\x06") {
					return
				}
			case <-t.heard:
				waits = false
			case <-t.enough:
				waits = false
			}
		}
		if !send(line) {
			return
		}
	}
	for {
		select {
		case <-t.marks:
			if !send("\xff\xfc\x06") {
				return
			}
		case <-t.enough:
			return
		}
	}
}

// hear counts what is written to the peer, to the end.
func (t *talker) hear() {
	buf := make([]byte, 4096)
	command := []byte(nil)
	for {
		n, err := t.conn.Read(buf)
		for _, b := range buf[:n] {
			switch {
			case len(command) == 0 && b != 0xff:
				t.letters++
				select {
				case t.heard <- struct{}{}:
				default:
				}
				continue
			case len(command) == 1 && b < 0xfb: // a command without an option
				command = nil
				continue
			}
			if command = append(command, b); len(command) == 3 {
				if string(command) == "\xff\xfd\x06" {
					t.marks <- struct{}{}
				}
				command = nil
			}
		}
		if err != nil {
			return
		}
	}
}

// A listener is the script's side of one session.
type listener struct {
	s       *session.Session
	peer    *talker
	rest    string // what is not read yet
	small   bool   // the buffer: text that is too much for it is lost to waits with patterns
	over    bool
	written int
}

var errLost = errors.New("not what the peer said")

// took checks what was read.
func (l *listener) took(text string) error {
	if !strings.HasPrefix(l.rest, text) {
		return fmt.Errorf("%w: %.60q in place of %.60q", errLost, text, l.rest)
	}
	l.rest = l.rest[len(text):]
	return nil
}

// step does something at random. Errors are those that must not be.
func (l *listener) step(ctx context.Context, rnd *rand.Rand, open, decided *patterns.List) error {
	s := l.s
	timeout := time.Duration(rnd.IntN(6)-1) * 500 * time.Microsecond
	if timeout <= 0 {
		timeout = session.Now
	}
	settle := time.Duration(1+rnd.IntN(6)) * time.Millisecond
	o := session.WaitOptions{Timeout: timeout, Settle: settle}
	kind := rnd.IntN(12)
	if l.small && kind < 4 {
		kind += 4
	}
	var text string
	var err error
	switch kind {
	case 0, 1:
		long := 20 * time.Millisecond
		if rnd.IntN(2) == 0 {
			o.Timeout = long
		}
		var r session.Result
		r, err = s.Expect(ctx, []*patterns.List{open, decided}[kind], o)
		text = r.Text
	case 2:
		text, err = s.ReadUntil(ctx, "\n", o)
	case 3: // a context that ends beside the wait
		inner, cancel := context.WithCancelCause(ctx)
		go cancel(session.ErrTimeout)
		text, err = s.ReadUntil(inner, "\n", session.WaitOptions{})
		cancel(nil)
	case 4:
		text, err = s.ReadSome(ctx, o)
	case 5:
		text, err = s.ReadLine(ctx, o)
		if err == nil && strings.HasPrefix(l.rest, text+"\n") {
			text += "\n"
		}
		if errors.Is(err, session.ErrBufferFull) {
			err = nil
		}
	case 6:
		text, err = s.ReadAvailable(ctx, o)
	case 7:
		var peeked string
		if peeked, err = s.Peek(ctx); !strings.HasPrefix(l.rest, peeked) {
			return errLost
		}
	case 8:
		if l.small {
			break // the answer may lie behind more than the buffer holds
		}
		if err = s.Fence(ctx, session.WaitOptions{}); errors.Is(err, session.ErrTimeout) {
			return err
		}
	case 9:
		quiet := settle / 2
		var n int64
		n, err = s.Drain(ctx, quiet, o)
		if n > int64(len(l.rest)) {
			return errLost
		}
		text = l.rest[:n]
		if terr := l.took(text); terr != nil {
			return terr
		}
		text = ""
	case 10:
		text, err = l.join(ctx, rnd)
	default:
		if err = s.Write(ctx, "wwww"[:1+rnd.IntN(4)], session.WriteOptions{}); err == nil {
			l.written++
		}
	}
	switch {
	case ctx.Err() != nil:
		return fmt.Errorf("operation %d hangs: %w", kind, err)
	case errors.Is(err, io.EOF) || errors.Is(err, session.ErrClosed):
		l.over = s.Closed() // else there is text that was not asked for
	case err != nil && !errors.Is(err, session.ErrTimeout):
		return err
	}
	if err := l.took(text); err != nil {
		return fmt.Errorf("operation %d: %w", kind, err)
	}
	return nil
}

// join joins a terminal for a moment.
func (l *listener) join(ctx context.Context, rnd *rand.Rand) (string, error) {
	live, err := l.s.Live()
	if err != nil {
		return "", err
	}
	defer live.End()
	text := ""
	for range rnd.IntN(4) {
		inner, cancel := context.WithTimeoutCause(ctx, time.Millisecond, session.ErrTimeout)
		data, err := live.Output(inner)
		cancel()
		if err != nil && !errors.Is(err, session.ErrTimeout) {
			return text, nil // the next wait tells
		}
		data = data[:rnd.IntN(len(data)+1)]
		text += string(data)
		live.Consume(len(data))
		if err := l.s.Attendant().Serve(ctx); err != nil {
			return text, err
		}
	}
	return text, nil
}

// meddle does something from another goroutine.
func (l *listener) meddle(kind int) {
	hook := func(_ context.Context, _ *session.Session, r session.HookRequest) (session.HookAnswer, error) {
		if r.Option == telnet.MCCP2 {
			return session.HookAnswer{}, nil
		}
		return session.HookAnswer{Decision: session.Accept}, nil
	}
	switch kind {
	case 0, 1:
		l.s.SetHook(hook)
	case 2, 3, 4:
		l.s.SetHook(nil)
	case 5:
		_ = l.s.Send(telnet.NOP)
	case 6:
		_ = l.s.Options()
	case 7:
		l.s.SetSettle(5 * time.Millisecond)
	}
}

// stress runs one conversation of two sessions; if closes, they are closed at some
// moment by another goroutine.
func stress(t *testing.T, seed uint64, closes bool) {
	rnd := rand.New(rand.NewPCG(seed, 0))
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	attendant := session.NewAttendant()
	open, decided := listOf(t, `\d+`, `[a-z]+$`), listOf(t, `c\n`, `(\d+):\n`, "PROMPT")
	var both [2]*listener
	var others sync.WaitGroup
	for i := range both {
		ours, theirs := connected(t)
		l := &listener{peer: newTalker(rnd, theirs), small: rnd.IntN(3) == 0}
		cfg := setup{Telnet: mccp2, Config: session.Config{Attendant: attendant, Keepalive: time.Millisecond}}
		if l.small {
			cfg.MaxBuffer = 1 << 10
		}
		l.rest = l.peer.text
		var err error
		if l.s, err = connect(ours, cfg); err != nil {
			t.Fatal(err)
		}
		own, compress := rand.New(rand.NewPCG(seed, uint64(i+1))), rnd.IntN(600)
		others.Go(func() { l.peer.say(own, compress) })
		both[i] = l
	}
	meddling := make(chan func(), 4)
	others.Go(func() {
		for f := range meddling {
			f()
		}
	})
	for n, most := 0, rnd.IntN(400); !both[0].over || !both[1].over; n++ {
		l := both[rnd.IntN(2)]
		if l.over {
			continue
		}
		if n == most {
			for _, l := range both {
				if closes {
					meddling <- func() { _ = l.s.Close() }
				} else {
					close(l.peer.enough) // it says the rest and closes
				}
			}
		}
		kind := rnd.IntN(16)
		meddling <- func() { l.meddle(kind) }
		if err := l.step(ctx, rnd, open, decided); err != nil {
			t.Errorf("at step %d: %v", n, err)
			break
		}
	}
	close(meddling)
	for _, l := range both {
		_ = l.s.Close()
		if closes {
			close(l.peer.enough)
		} else if l.rest != "" && !t.Failed() {
			t.Errorf("%d bytes did not come, from %.60q on", len(l.rest), l.rest)
		}
	}
	others.Wait()
	for _, l := range both {
		if l.peer.letters < l.written {
			t.Errorf("%d writes, of which the peer heard %d letters", l.written, l.peer.letters)
		}
	}
}

// TestAllAtOnce runs conversations for about a second.
func TestAllAtOnce(t *testing.T) {
	begun := time.Now()
	for n := 0; time.Since(begun) < time.Second && !t.Failed(); n++ {
		seed := rand.Uint64()
		stress(t, seed, n%2 == 1)
		if t.Failed() {
			t.Logf("the seed was %d", seed)
		}
	}
	// Nothing goes on after the end.
	for stacks := make([]byte, 1<<20); time.Since(begun) < 30*time.Second; runtime.Gosched() {
		if !bytes.Contains(stacks[:runtime.Stack(stacks, true)], []byte("session.(*Session)")) {
			return
		}
	}
	t.Error("goroutines of sessions are left")
}
