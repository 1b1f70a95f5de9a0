package session_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/moonwire/moonwire/engine/session"
	"github.com/moonwire/moonwire/engine/telnet"
)

// manual opens a manual session whose hook notes what it is told of.
func manual(t *testing.T, told *[]string) (*session.Session, *peer) {
	t.Helper()
	return talk(t, setup{Telnet: telnet.Config{Manual: true}, Config: session.Config{
		Raw: true, Remove: "\x00",
		Hook: func(ctx context.Context, s *session.Session, r session.HookRequest) (session.HookAnswer, error) {
			*told = append(*told, fmt.Sprintf("%v %v %q", r.Command, r.Option, r.Data))
			if r.Command == telnet.DO {
				return session.HookAnswer{}, s.WriteWire(ctx, "\xff\xfc"+string([]byte{byte(r.Option)}), session.WriteOptions{})
			}
			return session.HookAnswer{Decision: session.Accept}, nil // has no meaning
		},
	}})
}

// TestManual: the hook is told of everything at its place, nothing is answered but
// what it writes, and nothing happens but during a call that reads.
func TestManual(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var told []string
		s, p := manual(t, &told)
		var wire []string
		if err := s.SetReceiver(func(_ context.Context, _ *session.Session, b []byte) error {
			wire = append(wire, string(b))
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		if err := s.WriteWire(t.Context(), "\xff", session.WriteOptions{}); err != nil {
			t.Fatal(err)
		}
		if got := p.heard(); got != "\xff" {
			t.Errorf("heard %q", got)
		}
		const said = "a\x00\xff\xfd\x18\xff\xfb\x01\xff\xfa\x18\x01\xff\xf0\xff\xf9b"
		go p.say(said)
		synctest.Wait()
		if text, err := s.Take(); text != "" || err != nil || len(told) > 0 {
			t.Errorf("before a wait: %q, %v, told %q", text, err, told)
		}
		n, err := s.Available(t.Context())
		if n != 2 || err != nil {
			t.Errorf("available %d, %v", n, err)
		}
		if text, err := s.Take(); text != "ab" || err != nil {
			t.Errorf("took %q, %v", text, err)
		}
		if got := strings.Join(told, ", "); got != `DO TTYPE "", WILL ECHO "", SB TTYPE "\x01", GA BINARY ""` {
			t.Errorf("told %s", got)
		}
		if got := p.heard(); got != "\xff\xfc\x18" {
			t.Errorf("heard %q", got)
		}
		if len(wire) != 1 || wire[0] != said {
			t.Errorf("received %q", wire)
		}
		s.SetRemove("")
		go p.say("\x00c")
		if text, err := s.ReadSome(t.Context(), within(time.Second)); text != "\x00c" || err != nil {
			t.Errorf("read %q, %v", text, err)
		}
	})
}

// TestReadWire: bytes taken from the wire are looked at by nobody else.
func TestReadWire(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var told []string
		s, p := manual(t, &told)
		go p.say("ab\xff\xfd\x18cd")
		for _, want := range []string{"ab", "\xff\xfd", "\x18"} {
			if got, err := s.ReadWire(t.Context(), len(want), within(time.Second)); got != want || err != nil {
				t.Errorf("read %q, %v; want %q", got, err, want)
			}
		}
		if got, err := s.ReadUntil(t.Context(), "d", within(time.Second)); got != "cd" || err != nil || len(told) > 0 {
			t.Errorf("read %q, %v, told %q", got, err, told)
		}
		if _, err := s.ReadWire(t.Context(), 1, within(time.Second)); !errors.Is(err, session.ErrTimeout) {
			t.Errorf("with nothing to read: %v", err)
		}
		_ = p.conn.Close()
		if _, err := s.ReadWire(t.Context(), 1, within(time.Second)); err != io.EOF { // a bare EOF
			t.Errorf("at the end: %v", err)
		}
	})
}

// TestManualOnly: what is for manual sessions is refused elsewhere.
func TestManualOnly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, _ := talk(t, session.Config{})
		if err := s.SetReceiver(nil); !errors.Is(err, session.ErrNotManual) {
			t.Error(err)
		}
		if _, err := s.ReadWire(t.Context(), 1, within(session.Now)); !errors.Is(err, session.ErrNotManual) {
			t.Error(err)
		}
	})
}
