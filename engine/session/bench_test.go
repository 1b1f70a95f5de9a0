package session_test

import (
	"bufio"
	"bytes"
	"net"
	"testing"

	"github.com/moonwire/moonwire/engine/session"
)

// BenchmarkTurn is a line written and an answer of 200 bytes waited for, over a
// loopback socket; bare is the same with nothing but the socket.
func BenchmarkTurn(b *testing.B) {
	answer := append(bytes.Repeat([]byte("interface up 10.0.0."), 10)[:190], "\r\nrouter# "...)
	dial := func(b *testing.B) net.Conn {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			b.Fatal(err)
		}
		b.Cleanup(func() { _ = l.Close() })
		go func() {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			defer conn.Close()
			for in := bufio.NewReader(conn); ; {
				if _, err := in.ReadString('\n'); err != nil {
					return
				}
				if _, err := conn.Write(answer); err != nil {
					return
				}
			}
		}()
		conn, err := net.Dial("tcp", l.Addr().String())
		if err != nil {
			b.Fatal(err)
		}
		b.Cleanup(func() { _ = conn.Close() })
		return conn
	}
	b.Run("bare", func(b *testing.B) {
		conn := dial(b)
		buf := make([]byte, 4096)
		for b.Loop() {
			if _, err := conn.Write([]byte("show\r\n")); err != nil {
				b.Fatal(err)
			}
			for got := 0; got < len(answer); {
				n, err := conn.Read(buf)
				if err != nil {
					b.Fatal(err)
				}
				got += n
			}
		}
	})
	b.Run("session", func(b *testing.B) {
		b.ReportAllocs()
		s, err := connect(dial(b), session.Config{})
		if err != nil {
			b.Fatal(err)
		}
		defer s.Close()
		for b.Loop() {
			if err := s.Write(b.Context(), "show\n", session.WriteOptions{}); err != nil {
				b.Fatal(err)
			}
			if _, err := s.ReadUntil(b.Context(), "router# ", session.WaitOptions{}); err != nil {
				b.Fatal(err)
			}
		}
	})
}
