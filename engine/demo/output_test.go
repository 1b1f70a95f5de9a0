package demo_test

import (
	"fmt"
	"io"
	"net"
	"strings"
	"testing"

	"github.com/moonwire/moonwire/engine/demo"
	"github.com/moonwire/moonwire/engine/telnet"
)

func TestLogIsExactlyAsLongAsAskedFor(t *testing.T) {
	c := dial(t, new(demo.Server), telnet.Config{})
	c.login()
	for size, want := range map[string]int{
		"0": 0, "1": 1, "2": 2, "71": 71, "72": 72, "73": 73, "74": 74, "4k": 4096, "100000": 100000, "1M": 1 << 20, "3m": 3 << 20, "0G": 0,
	} {
		got := c.run("log " + size)
		if len(got) != want || want > 0 && !strings.HasSuffix(got, "\n") {
			t.Errorf("log %s: %d bytes, ending in %q", size, len(got), got[max(0, len(got)-80):])
		}
		lines := strings.Split(strings.TrimSuffix(got, "\n"), "\n")
		for i, line := range lines[:len(lines)-1] {
			if !strings.Contains(line, fmt.Sprintf(" request %09d ", i+1)) {
				t.Fatalf("log %s: line %d is %q", size, i+1, line)
			}
		}
	}
}

func TestLogCanBeInterrupted(t *testing.T) {
	for _, key := range []string{"\x03", "\xff\xf4"} { // ^C and IP
		c := dial(t, new(demo.Server), telnet.Config{})
		c.login()
		c.raw("log 16G\r\n")
		c.until("request 000010000")
		c.raw("echo never" + key + "echo $?\r\n")
		c.until("^C\r\n" + prompt + "echo $?\r\n130\r\n")
	}
}

func TestMore(t *testing.T) {
	for _, x := range []struct {
		rows, lines int
		keys        string // one for each prompt
		want        string // p is a prompt, a digit a line
	}{
		{0, 5, "", "12345"},
		{24, 5, "", "12345"},
		{6, 5, "", "12345"},
		{5, 5, " ", "1234p5"},
		{3, 7, "   ", "12p34p56p7"},
		{3, 7, "  \r", "12p34p56p7"},
		{3, 7, "\r\n\r\x00\n ", "12p3p4p5p67"},
		{3, 7, "xyq", "12p"},
		{3, 7, " \x03", "12p34p"},
		{3, 7, " \xff\xf4", "12p34p"},
		{3, 7, "\x04", "12p"},
		{1, 3, "  ", "1p2p3"},
		{2, 3, "  ", "1p2p3"},
	} {
		c := dial(t, new(demo.Server), telnet.Config{Columns: 80, Rows: x.rows})
		c.login()
		c.raw(fmt.Sprintf("more %d\r\n%s", x.lines, x.keys))
		c.until("\r\n")
		got := c.until(prompt)
		got = strings.ReplaceAll(got, " --More-- ", "p")
		got = strings.ReplaceAll(got, "\r\x00"+strings.Repeat(" ", 10)+"\r\x00", "")
		got = strings.NewReplacer(fmt.Sprintf(" of %d\r\n", x.lines), "", "line ", "", prompt, "", "\a", "").Replace(got)
		if got != x.want {
			t.Errorf("%d rows, %d lines, keys %q: got %q, want %q", x.rows, x.lines, x.keys, got, x.want)
		}
	}
}

func TestMoreWithoutPagesCanBeInterrupted(t *testing.T) {
	c := dial(t, new(demo.Server), telnet.Config{})
	c.login()
	c.raw("more 1000000\r\n")
	c.until("line 5000 ")
	c.raw("\x03")
	c.until("^C\r\n" + prompt)
}

// BenchmarkLog is the speed at which the host sends and a client drains.
func BenchmarkLog(b *testing.B) {
	address, stop, err := demo.Start()
	if err != nil {
		b.Fatal(err)
	}
	defer stop()
	conn, err := net.Dial("tcp", address)
	if err != nil {
		b.Fatal(err)
	}
	defer conn.Close()
	if _, err := io.WriteString(conn, "brandon\r\nmypass\r\n"); err != nil {
		b.Fatal(err)
	}
	tail := make([]byte, 0, 64)
	buffer := make([]byte, 64<<10)
	drain := func() (total int) {
		tail = tail[:0]
		for !strings.HasSuffix(string(tail), prompt) {
			n, err := conn.Read(buffer)
			if err != nil {
				b.Fatal(err)
			}
			total += n
			tail = append(tail, buffer[max(0, n-32):n]...)
			tail = append(tail[:0], tail[max(0, len(tail)-32):]...)
		}
		return total
	}
	drain()
	for b.Loop() {
		if _, err := io.WriteString(conn, "log 64M\r\n"); err != nil {
			b.Fatal(err)
		}
		b.SetBytes(int64(drain()))
	}
}
