package dial

// Names that have addresses of both kinds, of which one is dead.

import (
	"context"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"net/netip"
	"os"
	"testing"
	"time"
)

// names answers questions for any name with the addresses given, none if there is
// no such name, as the DNS server of a resolver that is told of no other.
func names(t *testing.T, addresses ...string) *net.Resolver {
	t.Helper()
	return &net.Resolver{PreferGo: true, Dial: func(context.Context, string, string) (net.Conn, error) {
		ours, theirs := net.Pipe()
		go func() {
			defer theirs.Close()
			for answer(theirs, addresses) == nil {
			}
		}()
		return ours, nil
	}}
}

// answer reads a question (RFC 1035, section 4, in the form that goes over TCP) and
// answers it.
func answer(conn net.Conn, addresses []string) error {
	var size [2]byte
	if _, err := io.ReadFull(conn, size[:]); err != nil {
		return err
	}
	q := make([]byte, binary.BigEndian.Uint16(size[:]))
	if _, err := io.ReadFull(conn, q); err != nil {
		return err
	}
	end := 12
	for q[end] != 0 { // the labels of the name
		end += 1 + int(q[end])
	}
	end += 5 // its end, type and class
	kind := binary.BigEndian.Uint16(q[end-4:])
	records, n := []byte(nil), uint16(0)
	for _, text := range addresses {
		addr := netip.MustParseAddr(text)
		if want := uint16(1); addr.Is4() && kind != want || addr.Is6() && kind != 28 { // A, AAAA
			continue
		}
		n++
		records = append(records, 0xc0, 12) // the name of the question
		records = binary.BigEndian.AppendUint16(records, kind)
		records = append(records, 0, 1, 0, 0, 0, 60) // class IN, for a minute
		records = binary.BigEndian.AppendUint16(records, uint16(addr.BitLen()/8))
		records = append(records, addr.AsSlice()...)
	}
	r := []byte{0, 0, q[0], q[1], 0x81, 0x80, 0, 1, byte(n >> 8), byte(n), 0, 0, 0, 0}
	if len(addresses) == 0 {
		r[5] |= 3 // no such name
	}
	r = append(append(r, q[12:end]...), records...)
	binary.BigEndian.PutUint16(r, uint16(len(r)-2))
	_, err := conn.Write(r)
	return err
}

// TestItem35RefusedIPv6: of a name with two addresses the one of IPv6 refuses; that
// of IPv4 is reached at once. And the other way round.
func TestItem35RefusedIPv6(t *testing.T) {
	resolver := names(t, "::1", "127.0.0.1")
	for _, listening := range []string{"127.0.0.1:0", "[::1]:0"} {
		l := serve(t, "tcp", listening, nil)
		_, port, err := net.SplitHostPort(l.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		begun := time.Now()
		got, err := greeting(t, address(t, "router.test:"+port), Options{Timeout: time.Minute, resolver: resolver})
		if got != "hello" || err != nil {
			t.Errorf("%s: %q, %v", listening, got, err)
		}
		if took := time.Since(begun); took > 10*time.Second {
			t.Errorf("%s: it took %v", listening, took)
		}
	}
}

// TestItem35SilentIPv6: the IPv6 address swallows every packet; that of IPv4 is
// reached after the net package's fallback delay, long before the time is up.
func TestItem35SilentIPv6(t *testing.T) {
	l := serve(t, "tcp", "127.0.0.1:0", nil)
	_, port, err := net.SplitHostPort(l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	swallow(t, port)
	_, err = Dial(t.Context(), address(t, "[::1]:"+port), Options{Timeout: 50 * time.Millisecond})
	if !errors.Is(err, context.DeadlineExceeded) && !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Fatalf("the IPv6 address is not silent: %v", err)
	}
	begun := time.Now()
	a := address(t, "router.test:"+port)
	if got, err := greeting(t, a, Options{Timeout: 20 * time.Second, resolver: names(t, "::1", "127.0.0.1")}); got != "hello" || err != nil {
		t.Errorf("%q, %v", got, err)
	}
	if took := time.Since(begun); took > 5*time.Second {
		t.Errorf("it took %v", took)
	}
}
