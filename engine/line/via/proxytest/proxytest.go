// Package proxytest is what tests of connections through others need: proxies and a host.
package proxytest

import (
	"bufio"
	"encoding/base64"
	"io"
	"net"
	"net/http"
	"strconv"
	"testing"
)

// Listen serves each connection by serve, and returns the address.
func Listen(t *testing.T, serve func(conn net.Conn)) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				serve(conn)
			}()
		}
	}()
	return l.Addr().String()
}

// Greeter is a host that says hello first and then echoes.
func Greeter(t *testing.T) string {
	return Listen(t, func(conn net.Conn) {
		_, _ = io.WriteString(conn, "hello\r\n\r\n")
		_, _ = io.Copy(conn, conn)
	})
}

// dribble writes byte by byte.
type dribble struct{ net.Conn }

func (d dribble) Write(p []byte) (int, error) {
	for i := range p {
		if _, err := d.Conn.Write(p[i : i+1]); err != nil {
			return i, err
		}
	}
	return len(p), nil
}

// Join carries bytes both ways until either side ends.
func Join(a, b net.Conn) {
	go func() {
		_, _ = io.Copy(a, b)
		_ = a.Close()
	}()
	_, _ = io.Copy(b, a)
}

// Socks is a SOCKS 5 proxy that wants user and password, if user is not "". names maps
// what is asked for to where it goes.
func Socks(t *testing.T, user, password string, names map[string]string) string {
	return Listen(t, func(conn net.Conn) {
		in := bufio.NewReader(conn)
		out := dribble{conn}
		b := make([]byte, 300)
		read := func(n int) []byte {
			if _, err := io.ReadFull(in, b[:n]); err != nil {
				return make([]byte, n)
			}
			return b[:n]
		}
		methods := string(read(int(read(2)[1])))
		switch {
		case user == "":
			_, _ = out.Write([]byte{5, 0})
		case len(methods) < 2:
			_, _ = out.Write([]byte{5, 0xff})
			return
		default:
			_, _ = out.Write([]byte{5, 2})
			u := string(read(int(read(2)[1])))
			p := string(read(int(read(1)[0])))
			if u != user || p != password {
				_, _ = out.Write([]byte{1, 1})
				return
			}
			_, _ = out.Write([]byte{1, 0})
		}
		host := ""
		switch head := read(4); head[3] {
		case 1:
			host = net.IP(read(4)).String()
		case 4:
			host = net.IP(read(16)).String()
		case 3:
			host = string(read(int(read(1)[0])))
		}
		port := read(2)
		to, err := net.Dial("tcp", where(names, net.JoinHostPort(host, strconv.Itoa(int(port[0])<<8|int(port[1])))))
		if err != nil {
			_, _ = out.Write([]byte{5, 5, 0, 1, 0, 0, 0, 0, 0, 0})
			return
		}
		_, _ = out.Write([]byte{5, 0, 0, 3, 2, 'm', 'e', 1, 2})
		Join(to, conn)
	})
}

func where(names map[string]string, address string) string {
	if to, ok := names[address]; ok {
		return to
	}
	return address
}

// Web is an HTTP proxy in the same way.
func Web(t *testing.T, user, password string, names map[string]string) string {
	return Listen(t, func(conn net.Conn) {
		in := bufio.NewReader(conn)
		request, err := http.ReadRequest(in)
		if err != nil || request.Method != http.MethodConnect {
			return
		}
		out := dribble{conn}
		want := ""
		if user != "" {
			want = "Basic " + base64.StdEncoding.EncodeToString([]byte(user+":"+password))
		}
		if request.Header.Get("Proxy-Authorization") != want {
			_, _ = io.WriteString(out, "HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm=x\r\n\r\n")
			return
		}
		to, err := net.Dial("tcp", where(names, request.Host))
		if err != nil {
			_, _ = io.WriteString(out, "HTTP/1.1 502 Bad Gateway\r\n\r\nnot there")
			return
		}
		_, _ = io.WriteString(out, "HTTP/1.1 200 Connection established\r\nVia: me\r\n\r\n")
		Join(to, conn)
	})
}
