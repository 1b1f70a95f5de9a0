package session_test

import (
	"bytes"
	"compress/zlib"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"math/big"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/moonwire/moonwire/engine/line"
	"github.com/moonwire/moonwire/engine/session"
	"github.com/moonwire/moonwire/engine/telnet"
)

// compressed gives text as MCCP2 sends it, and ends the stream.
func compressed(t *testing.T, text string) string {
	t.Helper()
	var b bytes.Buffer
	w := zlib.NewWriter(&b)
	if _, err := io.WriteString(w, text); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

var mccp2 = telnet.Config{Policies: map[telnet.Option]telnet.Policy{telnet.MCCP2: telnet.Accept}}

// TestItem28MCCP2 reads a stream that turns compressed and back, cut at every byte.
func TestItem28MCCP2(t *testing.T) {
	wire := "plain \xff\xfb\x56\xff\xfa\x56\xff\xf0" + compressed(t, "squeezed \xff\xf9") + "and plain again"
	for cut := 0; cut <= len(wire); cut++ {
		synctest.Test(t, func(t *testing.T) {
			s, p := talk(t, setup{Telnet: mccp2})
			go func() {
				p.say(wire[:cut], wire[cut:])
				_ = p.conn.Close()
			}()
			r, err := s.Expect(t.Context(), listOf(t, "PROMPT"), within(time.Second))
			if err != nil || r.Text != "plain squeezed " {
				t.Errorf("cut at %d: %q, %v", cut, r.Text, err)
			}
			if text, _, err := s.ReadAll(t.Context(), within(time.Second)); text != "and plain again" || err != nil {
				t.Errorf("cut at %d: %q, %v", cut, text, err)
			}
		})
	}
}

// TestItem28Bomb: what expands a thousandfold is inflated as it is read, and the
// session holds no more of it than max_buffer.
func TestItem28Bomb(t *testing.T) {
	bomb := compressed(t, strings.Repeat("boom ", 4<<20))
	synctest.Test(t, func(t *testing.T) {
		s, p := talk(t, setup{Telnet: mccp2, Config: session.Config{MaxBuffer: 1 << 20}})
		go func() {
			p.say("\xff\xfb\x56\xff\xfa\x56\xff\xf0" + bomb + "done")
			_ = p.conn.Close()
		}()
		var total int
		for {
			text, err := s.ReadSome(t.Context(), within(time.Second))
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			if len(text) > 3<<20/2 {
				t.Errorf("%d bytes were held", len(text))
			}
			total += len(text)
		}
		if total != 5*4<<20+4 {
			t.Errorf("%d bytes came", total)
		}
	})
}

// TestItem28Corrupt: a broken stream is an error that names it.
func TestItem28Corrupt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, p := talk(t, setup{Telnet: mccp2})
		go func() {
			_, _ = io.WriteString(p.conn, "\xff\xfb\x56\xff\xfa\x56\xff\xf0this is no zlib stream")
		}()
		_, err := s.ReadUntil(t.Context(), "x", within(time.Second))
		if _, ok := errors.AsType[*line.Error](err); !ok || !strings.Contains(err.Error(), "mccp2") {
			t.Errorf("got %v", err)
		}
	})
}

func serverConfig(t *testing.T) *tls.Config {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), DNSNames: []string{"router.test"}, NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	return &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}
}

// TestStartTLS: the peer offers option 46, both sides go over to TLS at the exact
// byte, and what is said then is not to be seen on the wire.
func TestStartTLS(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, p := talk(t, setup{
			Telnet:   telnet.Config{TLS: true},
			StartTLS: &tls.Config{InsecureSkipVerify: true},
		})
		result := make(chan string, 1)
		go func() {
			p.say("clear \xff\xfd\x2e")
			heard := ""
			for !strings.HasSuffix(heard, "\xff\xfa\x2e\x01\xff\xf0") {
				heard += string(<-p.got)
			}
			p.say("\xff\xfa\x2e\x01\xff\xf0")
			conn := tls.Server(&rest{peer: p}, serverConfig(t))
			if err := conn.HandshakeContext(context.Background()); err != nil {
				result <- err.Error()
				return
			}
			_, _ = io.WriteString(conn, "secret prompt: ")
			line := make([]byte, 8)
			n, _ := io.ReadFull(conn, line)
			result <- string(line[:n])
		}()
		if text, err := s.ReadUntil(t.Context(), "prompt: ", within(5*time.Second)); text != "clear secret prompt: " || err != nil {
			t.Fatalf("%q, %v", text, err)
		}
		if err := s.Write(t.Context(), "answer\n", session.WriteOptions{}); err != nil {
			t.Fatal(err)
		}
		if got := <-result; got != "answer\r\n" {
			t.Errorf("the peer got %q", got)
		}
	})
}

// rest is a peer's connection, read through what its goroutine collects.
type rest struct {
	*peer
	unread []byte
}

func (r *rest) Read(p []byte) (int, error) {
	for len(r.unread) == 0 {
		b, ok := <-r.got
		if !ok {
			return 0, io.EOF
		}
		r.unread = b
	}
	n := copy(p, r.unread)
	r.unread = r.unread[n:]
	return n, nil
}

func (r *rest) LocalAddr() net.Addr  { return r.conn.LocalAddr() }
func (r *rest) RemoteAddr() net.Addr { return r.conn.RemoteAddr() }

func (r *rest) Write(p []byte) (int, error)      { return r.conn.Write(p) }
func (r *rest) Close() error                     { return r.conn.Close() }
func (r *rest) SetDeadline(time.Time) error      { return nil }
func (r *rest) SetReadDeadline(time.Time) error  { return nil }
func (r *rest) SetWriteDeadline(time.Time) error { return nil }

// TestStartTLSHoldsBack: what is written between our FOLLOWS and the end of the
// handshake never goes out in the clear; if there is no handshake the writer is told.
func TestStartTLSHoldsBack(t *testing.T) {
	const follows = "\xff\xfa\x2e\x01\xff\xf0"
	for _, secured := range []bool{true, false} {
		synctest.Test(t, func(t *testing.T) {
			s, p := talk(t, setup{
				Telnet:   telnet.Config{TLS: true},
				StartTLS: &tls.Config{InsecureSkipVerify: true},
			})
			if err := s.Write(t.Context(), "in clear\n", session.WriteOptions{}); err != nil {
				t.Fatal(err)
			}
			p.say("\xff\xfd\x2e")
			synctest.Wait() // else the write may come before what the peer said is looked at
			written := make(chan error, 1)
			go func() {
				err := errors.Join(s.Send(telnet.AYT), s.Negotiate(telnet.Him, telnet.SGA, true), s.Synch())
				written <- errors.Join(err, s.Write(t.Context(), "secret\n", session.WriteOptions{Aside: true}))
			}()
			synctest.Wait()
			time.Sleep(time.Second)
			if heard := p.heard(); heard != "in clear\r\n\xff\xfb\x2e"+follows {
				t.Errorf("in the clear the peer heard %q", heard)
			}
			if !secured {
				_ = p.conn.Close()
				err := <-written
				if _, ok := errors.AsType[*line.Error](err); !ok {
					t.Errorf("the write gives %v", err)
				}
				return
			}
			p.say(follows)
			conn := tls.Server(&rest{peer: p}, serverConfig(t))
			want := "\xff\xf6\xff\xfd\x03\xff\xf4\xff\xf2secret\r\n"
			line := make([]byte, len(want))
			if n, err := io.ReadFull(conn, line); string(line[:n]) != want || err != nil {
				t.Errorf("under TLS the peer heard %q, %v", line[:n], err)
			}
			if err := <-written; err != nil {
				t.Error(err)
			}
		})
	}
}

// TestStartTLSFails: a write that waits for the handshake is told when that fails,
// and does not wait for its own time to run out.
func TestStartTLSFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, p := talk(t, setup{
			Telnet:   telnet.Config{TLS: true},
			StartTLS: &tls.Config{InsecureSkipVerify: true},
		})
		go func() {
			p.say("\xff\xfd\x2e")
			heard := ""
			for !strings.HasSuffix(heard, "\xff\xfa\x2e\x01\xff\xf0") {
				heard += string(<-p.got)
			}
			p.say("\xff\xfa\x2e\x01\xff\xf0")
			time.Sleep(time.Second)
			p.say("login: no TLS here\r\n")
		}()
		written := make(chan error, 1)
		go func() {
			time.Sleep(500 * time.Millisecond)
			written <- s.Write(t.Context(), "answer\n", session.WriteOptions{Aside: true})
		}()
		begun := time.Now()
		if _, err := s.ReadUntil(t.Context(), "never", within(20*time.Second)); errors.Is(err, io.EOF) || !strings.Contains(err.Error(), "START-TLS failed") {
			t.Errorf("got %v", err)
		}
		err := <-written
		if _, ok := errors.AsType[*line.Error](err); !ok || time.Since(begun) > 2*time.Second {
			t.Errorf("the write ended after %v: %v", time.Since(begun), err)
		}
	})
}
