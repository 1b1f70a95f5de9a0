package session_test

// The ends of a conversation: ours, the peer's, and what is left after either.

import (
	"crypto/tls"
	"errors"
	"io"
	"net"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/moonwire/moonwire/engine/line"
	"github.com/moonwire/moonwire/engine/session"
	"github.com/moonwire/moonwire/engine/telnet"
)

// TestItem36HalfClose: after our end is closed, which the peer sees, what it says
// arrives, cut anywhere; its requests can not be answered any more, and do no harm.
func TestItem36HalfClose(t *testing.T) {
	const wire = "and \xff\xfd\x18you\r\n\xff\xf9, \xff\xffbye"
	for cut := range len(wire) {
		s, peer := overTCP(t, session.Config{})
		if err := s.Write(t.Context(), "so long\n", session.WriteOptions{}); err != nil {
			t.Fatal(err)
		}
		if err := s.CloseWrite(); err != nil {
			t.Fatal(err)
		}
		if heard, err := io.ReadAll(peer); string(heard) != "so long\r\n" || err != nil {
			t.Fatalf("the peer heard %q, %v", heard, err)
		}
		say(t, peer, wire[:cut])
		say(t, peer, wire[cut:])
		_ = peer.Close()
		if text, _, err := s.ReadAll(t.Context(), within(10*time.Second)); text != "and you\n, \xffbye" || err != nil {
			t.Errorf("cut at %d: %q, %v", cut, text, err)
		}
		_ = s.Close()
	}
}

// halfConn is a connection of which one end can be closed alone.
type halfConn struct {
	net.Conn
	closedWrite *atomic.Bool
}

func (c halfConn) CloseWrite() error {
	c.closedWrite.Store(true)
	return nil
}

// TestItem36WaitsForTheRest: our end closes when the peer has taken what was
// written before, and what the peer says then is still read.
func TestItem36WaitsForTheRest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ours, theirs := net.Pipe()
		var closed atomic.Bool
		s, err := connect(halfConn{ours, &closed}, session.Config{})
		if err != nil {
			t.Fatal(err)
		}
		zero := time.Duration(0)
		if err := s.Write(t.Context(), "bye\n", session.WriteOptions{Timeout: &zero}); !errors.Is(err, session.ErrTimeout) {
			t.Fatalf("got %v", err)
		}
		if err := s.CloseWrite(); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if closed.Load() {
			t.Error("our end was closed before all was written")
		}
		heard := make([]byte, 5)
		if _, err := io.ReadFull(theirs, heard); err != nil || string(heard) != "bye\r\n" {
			t.Errorf("the peer heard %q, %v", heard, err)
		}
		synctest.Wait()
		if !closed.Load() {
			t.Error("our end was not closed")
		}
		go func() {
			_, _ = theirs.Write([]byte("and you"))
			_ = theirs.Close()
		}()
		if text, _, err := s.ReadAll(t.Context(), session.WaitOptions{}); err != nil || text != "and you" {
			t.Errorf("got %q, %v", text, err)
		}
		_ = s.Close()
	})
}

// TestCloseWriteOverTLS: a peer that does not read keeps nobody from the session
// while it is told of our end.
func TestCloseWriteOverTLS(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ours, theirs := net.Pipe()
		client := tls.Client(line.Wrap(ours), &tls.Config{InsecureSkipVerify: true})
		server := tls.Server(theirs, serverConfig(t))
		shaken := make(chan error, 1)
		go func() { shaken <- server.Handshake() }()
		if err := errors.Join(client.Handshake(), <-shaken); err != nil {
			t.Fatal(err)
		}
		s, err := connect(client, session.Config{})
		if err != nil {
			t.Fatal(err)
		}
		begun := time.Now()
		if err := s.CloseWrite(); err != nil {
			t.Error(err)
		}
		if took := time.Since(begun); s.Closed() || took != 0 {
			t.Errorf("it took %v", took)
		}
		if n, err := server.Read(make([]byte, 1)); n != 0 || !errors.Is(err, io.EOF) {
			t.Errorf("the peer reads %d bytes, %v", n, err)
		}
		go func() {
			_, _ = io.WriteString(server, "and you")
			_ = server.Close()
		}()
		if text, _, err := s.ReadAll(t.Context(), within(time.Second)); err != nil || text != "and you" {
			t.Errorf("got %q, %v", text, err)
		}
		if err := s.Write(t.Context(), "x", session.WriteOptions{}); !errors.Is(err, io.EOF) {
			t.Errorf("a write gives %v", err)
		}
		_ = s.Close()
	})
}

// TestPeerThatClosedIsLetGo: once the peer has closed its end and has all that was
// written, the connection is closed without the script doing anything; what came can
// be read.
func TestPeerThatClosedIsLetGo(t *testing.T) {
	s, peer := overTCP(t, session.Config{})
	say(t, peer, "\xff\xfd\x18bye")
	if err := s.Write(t.Context(), "bye\n", session.WriteOptions{}); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(peer.CloseWrite(), peer.SetReadDeadline(time.Now().Add(10*time.Second))); err != nil {
		t.Fatal(err)
	}
	heard, err := io.ReadAll(peer)
	if err != nil || len(heard) != len("bye\r\n\xff\xfc\x18") {
		t.Errorf("the peer heard %q, %v", heard, err)
	}
	if text, _, err := s.ReadAll(t.Context(), within(10*time.Second)); text != "bye" || err != nil {
		t.Errorf("got %q, %v", text, err)
	}
	if err := errors.Join(s.CloseWrite(), s.Close()); err != nil {
		t.Error(err)
	}
}

// deafConn is a connection whose reading side can end alone.
type deafConn struct {
	net.Conn
	ended chan struct{}
}

func (c deafConn) Read([]byte) (int, error) {
	<-c.ended
	return 0, io.EOF
}

// TestPeerThatClosedGetsTheRest: a peer that has closed its end and reads on gets
// what was written before, late as that may be; then the connection closes.
func TestPeerThatClosedGetsTheRest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ours, theirs := net.Pipe()
		conn := deafConn{ours, make(chan struct{})}
		s, err := connect(conn, session.Config{})
		if err != nil {
			t.Fatal(err)
		}
		zero := time.Duration(0)
		if err := s.Write(t.Context(), "the rest\n", session.WriteOptions{Timeout: &zero}); !errors.Is(err, session.ErrTimeout) {
			t.Fatalf("got %v", err)
		}
		close(conn.ended)
		if _, err := s.ReadUntil(t.Context(), "x", within(time.Hour)); !errors.Is(err, io.EOF) {
			t.Fatalf("got %v", err)
		}
		time.Sleep(time.Hour)
		if heard, err := io.ReadAll(theirs); string(heard) != "the rest\r\n" || err != nil {
			t.Errorf("the peer heard %q, %v", heard, err)
		}
		_ = s.Close()
	})
}

// TestManualOutlivesThePeersEnd: a script that minds the protocol itself may go on
// writing to a peer that has closed its end and only listens.
func TestManualOutlivesThePeersEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ours, theirs := net.Pipe()
		conn := deafConn{ours, make(chan struct{})}
		s, err := connect(conn, setup{Config: session.Config{Raw: true}, Telnet: telnet.Config{Manual: true}})
		if err != nil {
			t.Fatal(err)
		}
		close(conn.ended)
		if _, _, err := s.ReadAll(t.Context(), within(time.Second)); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		heard := make(chan string)
		go func() {
			b := make([]byte, 10)
			n, _ := io.ReadFull(theirs, b)
			heard <- string(b[:n])
		}()
		if err := s.Write(t.Context(), "still here", session.WriteOptions{}); err != nil {
			t.Error(err)
		}
		if got := <-heard; got != "still here" {
			t.Errorf("the peer heard %q", got)
		}
		_ = s.Close()
	})
}
