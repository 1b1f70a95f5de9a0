package session_test

import (
	"errors"
	"io"
	"net"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/moonwire/moonwire/engine/line"
	"github.com/moonwire/moonwire/engine/session"
	"github.com/moonwire/moonwire/engine/telnet"
)

// onDescriptor runs f with the connection's descriptor as soon as that is ready for
// reading or writing; f returns false to be called again then.
func onDescriptor(t *testing.T, run func(func(uintptr) bool) error, f func(fd int) error) {
	t.Helper()
	var failed error
	err := run(func(fd uintptr) bool {
		failed = f(int(fd))
		return failed != syscall.EAGAIN && failed != syscall.EINVAL // the latter: no urgent data yet
	})
	if err != nil || failed != nil {
		t.Fatal(err, failed)
	}
}

func sendUrgent(t *testing.T, conn *net.TCPConn, p string) {
	t.Helper()
	raw, err := conn.SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	onDescriptor(t, raw.Write, func(fd int) error {
		_, err := syscall.SendmsgN(fd, []byte(p), nil, nil, syscall.MSG_OOB)
		return err
	})
}

// TestItem30SynchReceived: what came before the DM is discarded, commands among it
// are obeyed, what follows is read; and that whichever byte of IAC DM is marked as
// urgent, since servers differ.
func TestItem30SynchReceived(t *testing.T) {
	for name, signal := range map[string]func(t *testing.T, peer *net.TCPConn){
		"DM is urgent":  func(t *testing.T, peer *net.TCPConn) { sendUrgent(t, peer, "\xff\xf2") },
		"IAC is urgent": func(t *testing.T, peer *net.TCPConn) { sendUrgent(t, peer, "\xff"); say(t, peer, "\xf2") },
	} {
		t.Run(name, func(t *testing.T) {
			s, peer := overTCP(t, session.Config{})
			say(t, peer, "stale \xff\xfd\x18 output\xff\xff")
			signal(t, peer)
			say(t, peer, "fresh prompt> ")
			text, err := s.ReadUntil(t.Context(), "> ", within(10*time.Second))
			if text != "fresh prompt> " || err != nil {
				t.Errorf("got %q, %v", text, err)
			}
			answer := make([]byte, 3)
			if _, err := io.ReadFull(peer, answer); err != nil || string(answer) != "\xff\xfc\x18" {
				t.Errorf("the peer heard %q, %v", answer, err)
			}
		})
	}
}

// TestItem30SynchAgain: of several SYNCHs that have arrived, all that came before
// the last one's DM is discarded. TCP marks only that one; the others' DMs are seen
// while urgent data are still ahead (RFC 854).
func TestItem30SynchAgain(t *testing.T) {
	s, peer := overTCP(t, session.Config{})
	say(t, peer, "stale")
	sendUrgent(t, peer, "\xff\xf2")
	say(t, peer, "stale, too \xff\xfd\x18")
	sendUrgent(t, peer, "\xff\xf2")
	say(t, peer, "and this")
	sendUrgent(t, peer, "\xff") // marked as others do
	say(t, peer, "\xf2fresh \xff\xf2prompt> ")
	text, err := s.ReadUntil(t.Context(), "> ", within(10*time.Second))
	if text != "fresh prompt> " || err != nil {
		t.Errorf("got %q, %v", text, err)
	}
	answer := make([]byte, 3)
	if _, err := io.ReadFull(peer, answer); err != nil || string(answer) != "\xff\xfc\x18" {
		t.Errorf("the peer heard %q, %v", answer, err)
	}
	// One that comes later is one of its own.
	say(t, peer, "stale again")
	sendUrgent(t, peer, "\xff\xf2")
	say(t, peer, "new")
	if text, err := s.ReadUntil(t.Context(), "new", within(10*time.Second)); !strings.HasSuffix(text, "new") || strings.Contains(text, "\xf2") || err != nil {
		t.Errorf("got %q, %v", text, err)
	}
}

// TestItem30SynchUnderWay: a wait that runs out because of a DM that does not come
// says so.
func TestItem30SynchUnderWay(t *testing.T) {
	s, peer := overTCP(t, session.Config{})
	say(t, peer, "stale")
	sendUrgent(t, peer, "!")
	say(t, peer, "login: ")
	_, err := s.ReadUntil(t.Context(), "login: ", within(50*time.Millisecond))
	we, ok := errors.AsType[*session.WaitError](err)
	if !ok || !strings.Contains(strings.Join(we.Report().Lines(), "\n"), "began a SYNCH without its DM") {
		t.Errorf("got %v", err)
	}
}

// TestUrgentBytesStayInPlace where the bytes are no telnet, or are the script's.
func TestUrgentBytesStayInPlace(t *testing.T) {
	for name, cfg := range map[string]setup{
		"plain": {Plain: true, Config: session.Config{Raw: true}}, "manual": {Config: session.Config{Raw: true}, Telnet: telnet.Config{Manual: true}},
	} {
		t.Run(name, func(t *testing.T) {
			s, peer := overTCP(t, cfg)
			say(t, peer, "one")
			sendUrgent(t, peer, "!")
			say(t, peer, "two")
			if text, err := s.ReadUntil(t.Context(), "two", within(10*time.Second)); text != "one!two" || err != nil {
				t.Errorf("got %q, %v", text, err)
			}
		})
	}
}

// TestItem30SynchSent: IP goes as any other command, the DM as urgent data, which a
// peer that has not asked for them in line finds beside the stream. What is written
// later comes after it.
func TestItem30SynchSent(t *testing.T) {
	s, peer := overTCP(t, session.Config{})
	if err := s.Write(t.Context(), "typed", session.WriteOptions{}); err != nil {
		t.Fatal(err)
	}
	if err := s.Synch(); err != nil {
		t.Fatal(err)
	}
	if err := s.Write(t.Context(), "after", session.WriteOptions{}); err != nil {
		t.Fatal(err)
	}
	heard := make([]byte, len("typed\xff\xf4\xff"))
	if _, err := io.ReadFull(peer, heard); err != nil || string(heard) != "typed\xff\xf4\xff" {
		t.Errorf("the peer heard %q, %v", heard, err)
	}
	raw, err := peer.SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	mark := make([]byte, 1)
	onDescriptor(t, raw.Read, func(fd int) error {
		_, _, err := syscall.Recvfrom(fd, mark, syscall.MSG_OOB)
		return err
	})
	if mark[0] != byte(telnet.DM) {
		t.Errorf("the urgent byte is %#x", mark[0])
	}
	if _, err := io.ReadFull(peer, heard[:5]); err != nil || string(heard[:5]) != "after" {
		t.Errorf("then the peer heard %q, %v", heard[:5], err)
	}
}

// TestUrgentDataWithoutItsDM: text that was discarded for a DM that never came is told
// of at the end, which is none in order.
func TestUrgentDataWithoutItsDM(t *testing.T) {
	for _, size := range []int{10, 3 << 20} {
		s, peer := overTCP(t, session.Config{})
		if err := s.Write(t.Context(), "go", session.WriteOptions{}); err != nil {
			t.Fatal(err)
		}
		sendUrgent(t, peer, "abcU")
		go func() {
			_, _ = io.WriteString(peer, strings.Repeat("x", size)+"end")
			_ = peer.CloseWrite()
		}()
		_, _, err := s.ReadAll(t.Context(), within(10*time.Second))
		layer, ok := errors.AsType[*line.Error](err)
		if !ok || !strings.Contains(layer.Error(), "the DM that ends it never came") {
			t.Errorf("%d bytes: %v", size, err)
		}
		_ = s.Close()
	}
}
