package tests

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/moonwire/moonwire/engine/telnet"
)

// TestLibtelnetAgrees sends a long random telnet stream through libtelnet's
// telnet-proxy, which prints what it understands of it, and holds the codec to
// the same reading. The stream keeps to what both read alike: no subnegotiation
// is left unended, and none is of an option that the proxy takes apart itself.
func TestLibtelnetAgrees(t *testing.T) {
	proxy := needs(t, "telnet-proxy")
	stdbuf := needs(t, "stdbuf") // the proxy's output would come at its end, if at all
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()

	wire := randomTelnet(rand.New(rand.NewPCG(7, 7)), 20000)
	server, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	go func() {
		conn, err := server.Accept()
		if err != nil {
			return
		}
		_, _ = conn.Write(wire)
		_ = conn.Close()
	}()

	port := freePort(t)
	cmd := exec.CommandContext(ctx, stdbuf, "-oL", proxy, "127.0.0.1", portOf(server.Addr()), port)
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { cancel(); _ = cmd.Wait() }()

	lines := bufio.NewScanner(stdout)
	lines.Buffer(nil, 1<<20)
	if !lines.Scan() {
		t.Fatal("the proxy does not start")
	}
	client, err := net.Dial("tcp", "127.0.0.1:"+port)
	for err != nil && ctx.Err() == nil { // it says that it listens just before it does
		client, err = net.Dial("tcp", "127.0.0.1:"+port)
	}
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	go func() { _, _ = io.Copy(io.Discard, client) }()

	var theirs readings
	for lines.Scan() && !strings.Contains(lines.Text(), "CONNECTIONS CLOSED") {
		theirs.libtelnet(lines.Text())
	}
	ours := ownReading(wire)
	if len(ours) < 10000 {
		t.Fatalf("only %d events", len(ours))
	}
	for i := range min(len(ours), len(theirs.lines)) {
		if ours[i] != theirs.lines[i] {
			t.Fatalf("event %d of %d: we read %s, libtelnet %s", i, len(ours), ours[i], theirs.lines[i])
		}
	}
	if len(ours) != len(theirs.lines) {
		t.Errorf("we read %d events, libtelnet %d", len(ours), len(theirs.lines))
	}
}

// randomTelnet returns a stream of n items.
func randomTelnet(random *rand.Rand, n int) []byte {
	const text = "abcdefghijklmnop \r\x00\x80\x7f\xff\xff"
	options := []byte{0, 1, 3, 5, 31, 33, 42, 99, 200, 201, 240, 250}
	escaped := func(most int) (p []byte) {
		for range random.IntN(most) {
			b := text[random.IntN(len(text))]
			if p = append(p, b); b == 0xff {
				p = append(p, 0xff)
			}
		}
		return p
	}
	var wire []byte
	for range n {
		option := options[random.IntN(len(options))]
		switch random.IntN(4) {
		case 0:
			wire = append(wire, escaped(60)...)
		case 1:
			wire = append(wire, 0xff, byte(241+random.IntN(9))) // NOP to GA
		case 2:
			wire = append(wire, 0xff, byte(251+random.IntN(4)), option)
		case 3:
			wire = append(append(append(wire, 0xff, 250, option), escaped(20)...), 0xff, 240)
		}
	}
	return wire
}

// readings are events as lines, data that comes in pieces joined.
type readings struct{ lines []string }

func (r *readings) add(line string) {
	if last := len(r.lines) - 1; last >= 0 && strings.HasPrefix(line, "data ") && strings.HasPrefix(r.lines[last], "data ") {
		r.lines[last] += line[len("data "):]
		return
	}
	r.lines = append(r.lines, line)
}

// The proxy's lines, and its way to print a byte: with its sign.
var (
	proxyData    = regexp.MustCompile(`^SERVER DATA: (.*)$`)
	proxySub     = regexp.MustCompile(`^SERVER SUB (\d+) \([^)]*\)(?: \[\d+ bytes\]: (.*))?$`)
	proxyVerb    = regexp.MustCompile(`^SERVER IAC (WILL|WONT|DO|DONT) (\d+)`)
	proxyCommand = regexp.MustCompile(`^SERVER IAC (\w+)$`)
	proxyByte    = regexp.MustCompile(`<0x(?:FFFFFF)?(..)>`)
)

func (r *readings) libtelnet(line string) {
	plain := func(s string) string { return proxyByte.ReplaceAllString(s, "<$1>") }
	if m := proxyData.FindStringSubmatch(line); m != nil {
		r.add("data " + plain(m[1]))
	} else if m := proxySub.FindStringSubmatch(line); m != nil {
		r.add("subnegotiation " + m[1] + " " + plain(m[2]))
	} else if m := proxyVerb.FindStringSubmatch(line); m != nil {
		r.add("request " + m[1] + " " + m[2])
	} else if m := proxyCommand.FindStringSubmatch(line); m != nil {
		r.add("command " + strings.Replace(m[1], "BREAK", "BRK", 1))
	} else if strings.HasPrefix(line, "SERVER ") && !strings.Contains(line, "CONNECT") {
		r.add("unknown line " + line)
	}
}

// ownReading is what the codec makes of the wire.
func ownReading(wire []byte) []string {
	spell := func(p []byte) string {
		var s strings.Builder
		for _, b := range p {
			if b >= ' ' && b < 0x7f {
				s.WriteByte(b)
			} else {
				fmt.Fprintf(&s, "<%02X>", b)
			}
		}
		return s.String()
	}
	var r readings
	c := telnet.New(telnet.Config{Manual: true})
	for {
		event, n := c.Next(wire)
		wire = wire[n:]
		switch event.Kind {
		case telnet.None:
			return r.lines
		case telnet.Data:
			r.add("data " + spell(event.Data))
		case telnet.Request:
			r.add(fmt.Sprintf("request %v %d", event.Command, byte(event.Option)))
		case telnet.Subnegotiation:
			r.add(fmt.Sprintf("subnegotiation %d %s", byte(event.Option), spell(event.Data)))
		case telnet.CommandEvent:
			r.add("command " + event.Command.String())
		default:
			r.add(event.String())
		}
	}
}

// needs finds a program, and skips the test without it; where the real servers
// are promised, that is a failure.
func needs(t *testing.T, program string) string {
	t.Helper()
	path, err := exec.LookPath(program)
	if err != nil {
		if os.Getenv("MOONWIRE_REAL") == "1" {
			t.Fatalf("there is no %s here, and MOONWIRE_REAL is set", program)
		}
		t.Skipf("there is no %s here", program)
	}
	return path
}

func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return portOf(l.Addr())
}

func portOf(addr net.Addr) string {
	_, port, _ := net.SplitHostPort(addr.String())
	return port
}
