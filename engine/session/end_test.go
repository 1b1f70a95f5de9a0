package session_test

// The ends of a conversation: ours, the peer's, and what is left after either.

import (
	"crypto/tls"
	"errors"
	"io"
	"net"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/moonwire/moonwire/engine/line"
	"github.com/moonwire/moonwire/engine/session"
	"github.com/moonwire/moonwire/engine/telnet"
)

// TestItem36HalfClose: after our end is closed, which the peer sees, what it says
// arrives, cut anywhere; its requests cannot be answered any more, and do no harm.
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
		if err := s.Write(t.Context(), "bye\n", session.WriteOptions{Timeout: session.Now}); !errors.Is(err, session.ErrTimeout) {
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

// TestPeerThatClosedReadsOn: what is written to a peer that has closed its end alone
// arrives. Once it has closed the other one as well, a write fails.
func TestPeerThatClosedReadsOn(t *testing.T) {
	for _, secured := range []bool{false, true} {
		var s *session.Session
		var peer net.Conn
		if secured {
			s, peer = overTLS(t)
		} else {
			s, peer = overTCP(t, session.Config{})
		}
		say(t, peer, "\xff\xfd\x18bye")
		half := peer.(interface{ CloseWrite() error }) // both have it
		if err := errors.Join(half.CloseWrite(), peer.SetReadDeadline(time.Now().Add(10*time.Second))); err != nil {
			t.Fatal(err)
		}
		if text, _, err := s.ReadAll(t.Context(), within(10*time.Second)); text != "bye" || err != nil {
			t.Errorf("got %q, %v", text, err)
		}
		if err := errors.Join(s.Write(t.Context(), "one\n", session.WriteOptions{}), s.Send(telnet.AYT), s.Write(t.Context(), "two\n", session.WriteOptions{})); err != nil {
			t.Error(err)
		}
		heard := make([]byte, len("\xff\xfc\x18one\r\n\xff\xf6two\r\n"))
		if _, err := io.ReadFull(peer, heard); err != nil || string(heard) != "\xff\xfc\x18one\r\n\xff\xf6two\r\n" {
			t.Errorf("the peer heard %q, %v", heard, err)
		}
		_ = peer.Close()
		var err error
		for range 1_000_000 { // the system tells when it knows
			if err = s.Write(t.Context(), "x", session.WriteOptions{}); err != nil {
				break
			}
		}
		if we, ok := errors.AsType[*session.WriteError](err); !ok || we.Err != io.EOF || we.Error() != "cannot write: the peer has closed the connection" { // bare
			t.Errorf("a write to nobody gives %v", err)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
}

// TestBothEndsClosed: a connection that neither side writes to is closed without the
// script doing more.
func TestBothEndsClosed(t *testing.T) {
	for _, first := range []bool{false, true} {
		s, peer := overTCP(t, session.Config{})
		say(t, peer, "bye")
		if first {
			if err := s.CloseWrite(); err != nil {
				t.Fatal(err)
			}
		}
		if err := errors.Join(peer.CloseWrite(), peer.SetReadDeadline(time.Now().Add(10*time.Second))); err != nil {
			t.Fatal(err)
		}
		if text, _, err := s.ReadAll(t.Context(), within(10*time.Second)); text != "bye" || err != nil {
			t.Errorf("got %q, %v", text, err)
		}
		if err := s.CloseWrite(); err != nil {
			t.Error(err)
		}
		if heard, err := io.ReadAll(peer); len(heard) != 0 || err != nil {
			t.Errorf("the peer heard %q, %v", heard, err)
		}
		if err := s.Write(t.Context(), "x", session.WriteOptions{}); !errors.Is(err, io.EOF) {
			t.Errorf("a write gives %v", err)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
}

// TestWriteToALostHost says why.
func TestWriteToALostHost(t *testing.T) {
	s, peer := overTCP(t, session.Config{})
	say(t, peer, "half a l")
	if _, err := s.ReadUntil(t.Context(), "half", within(10*time.Second)); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(peer.SetLinger(0), peer.Close()); err != nil {
		t.Fatal(err)
	}
	if _, _, err := s.ReadAll(t.Context(), within(10*time.Second)); !errors.Is(err, io.EOF) {
		t.Fatalf("got %v", err)
	}
	err := s.Write(t.Context(), "x", session.WriteOptions{})
	if we, ok := errors.AsType[*session.WriteError](err); !ok || !errors.Is(we.Cause, syscall.ECONNRESET) || !strings.HasSuffix(err.Error(), "(connection reset by peer)") {
		t.Errorf("got %v", err)
	}
	_ = s.Close()
}

// overTLS is overTCP under TLS.
func overTLS(t *testing.T) (*session.Session, net.Conn) {
	t.Helper()
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
	t.Cleanup(func() { _ = errors.Join(s.Close(), server.Close()) })
	return s, server
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
// what was written before, late as that may be; then our end closes.
func TestPeerThatClosedGetsTheRest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ours, theirs := net.Pipe()
		conn := deafConn{ours, make(chan struct{})}
		s, err := connect(conn, session.Config{})
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Write(t.Context(), "the rest\n", session.WriteOptions{Timeout: session.Now}); !errors.Is(err, session.ErrTimeout) {
			t.Fatalf("got %v", err)
		}
		close(conn.ended)
		if _, err := s.ReadUntil(t.Context(), "x", within(time.Hour)); !errors.Is(err, io.EOF) {
			t.Fatalf("got %v", err)
		}
		time.Sleep(time.Hour)
		if err := s.CloseWrite(); err != nil {
			t.Error(err)
		}
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
