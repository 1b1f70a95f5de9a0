package luabind_test

import (
	"bufio"
	"bytes"
	"fmt"
	"net"
	"testing"

	"github.com/moonwire/moonwire/luabind"
)

// listen answers each line with 200 bytes and the prompt, and gives host and port.
func listen(b *testing.B) (host, port string) {
	b.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = l.Close() })
	answer := append(bytes.Repeat([]byte("interface up 10.0.0."), 10)[:190], "\r\nrouter# "...)
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
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
		}
	}()
	host, port, err = net.SplitHostPort(l.Addr().String())
	if err != nil {
		b.Fatal(err)
	}
	return host, port
}

// BenchmarkTurn is what a script does at a prompt, over a loopback socket: a line
// written and its answer waited for, in several ways.
func BenchmarkTurn(b *testing.B) {
	for _, bench := range []struct{ name, turn string }{
		{"read_until", `s:read_until("router# ")`},
		{"expect", `s:expect({ "Login incorrect", [[(?m)^router[#>] ]], "--More--" }, 10)`},
		{"match", `local _, m = s:expect{ [[(?P<what>\w+) up (\d+)\.(\d+)]] }
			local _ = m[0] .. m[1] .. m.what .. m.before
			s:read_until("router# ")`},
	} {
		b.Run(bench.name, func(b *testing.B) {
			b.ReportAllocs()
			host, port := listen(b)
			in := luabind.New(luabind.Config{})
			defer in.Close()
			source := fmt.Sprintf("local host, port, n = ...\nlocal s = connect(host, tonumber(port))\n"+
				"for _ = 1, tonumber(n) do\n\ts:writeln('show')\n\t%s\nend\ns:close()\n", bench.turn)
			b.ResetTimer()
			if err := in.Run(b.Context(), []byte(source), "bench", host, port, fmt.Sprint(b.N)); err != nil {
				b.Fatal(err)
			}
		})
	}
}

// BenchmarkNew is an interpreter made and a script run that does nothing.
func BenchmarkNew(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		in := luabind.New(luabind.Config{})
		if err := in.Run(b.Context(), []byte("return 1"), "bench"); err != nil {
			b.Fatal(err)
		}
		if err := in.Close(); err != nil {
			b.Fatal(err)
		}
	}
}
