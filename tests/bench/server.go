package main

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"time"
)

// The load server, a process of its own. A client says in its first line what it
// wants:
//
//	bulk N      N bytes of log lines and then the prompt
//	gigabit N   the same, no faster than 125 MB in a second
//	turn        an answer of 200 bytes and the prompt to each line
//	host        the same, after 5 ms, behind a login
//	command N M the prompt, and to each line its echo, N bytes and the prompt; with M=1
//	            the prompt is marked by GA
//	drip N      for N seconds 10 MB in small packets, and the prompt after each
//
// bulk, gigabit and drip leave the connection open after the last prompt. The server takes
// the time, the same way for every client: from the first line until the client
// closes, which it does as soon as it has its answer.

const prompt = "router# "

// A load is what the server sends.
type load struct {
	lines []byte // a stretch of log lines, sent over and over
}

const dripLines = 9 // times the lines, in a second

func newLoad() *load {
	var lines bytes.Buffer
	for i := 0; lines.Len() < 1<<20; i++ {
		fmt.Fprintf(&lines, "Nov 23 20:16:%02d router daemon[%d]: interface GigabitEthernet0/%d changed state to up\r\n", i%60, i, i%48)
	}
	l := &load{lines: lines.Bytes()}
	return l
}

// bulkText is how many bytes bulk n has: as they are sent, prompt included, and
// with CR LF as one newline.
func (l *load) bulkText(n int) (wire, text int) {
	for left := n; left > 0; {
		p := l.piece(left)
		wire += len(p)
		text += len(p) - bytes.Count(p, []byte("\r"))
		if left -= len(p); len(p) < len(l.lines) {
			break
		}
	}
	return wire + len(prompt), text + len(prompt)
}

// dripText is the same for drip n.
func (l *load) dripText(n int) (wire, text int) {
	wire = n * (dripLines*len(l.lines) + len(prompt))
	return wire, wire - n*dripLines*bytes.Count(l.lines, []byte("\r"))
}

// piece is at most n bytes of whole lines.
func (l *load) piece(n int) []byte {
	if n >= len(l.lines) {
		return l.lines
	}
	return l.lines[:bytes.LastIndexByte(l.lines[:n], '\n')+1]
}

// serve runs the server until its input ends. It writes its address, and then a
// line for each conversation that is over: how long it took, in nanoseconds.
func serve(in io.Reader, out io.Writer) error {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	defer l.Close()
	if _, err := fmt.Fprintln(out, l.Addr()); err != nil {
		return err
	}
	took := make(chan time.Duration, 1<<16)
	go func() {
		for d := range took {
			if _, err := fmt.Fprintln(out, d.Nanoseconds()); err != nil {
				return
			}
		}
	}()
	go (&server{newLoad(), took}).accept(l)
	_, err = io.Copy(io.Discard, in)
	return err
}

type server struct {
	*load
	took chan<- time.Duration
}

func (s *server) accept(l net.Listener) {
	for {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		go func() {
			defer conn.Close()
			in := bufio.NewReader(conn)
			line, err := in.ReadString('\n')
			if err != nil {
				return
			}
			begun := time.Now()
			s.serve(conn, in, line)
			s.took <- time.Since(begun)
		}()
	}
}

func (s *server) serve(conn net.Conn, in *bufio.Reader, line string) {
	what, size, _ := strings.Cut(strings.TrimSpace(line), " ")
	n, _ := strconv.Atoi(size)
	switch what {
	case "bulk":
		if s.flood(conn, n, nil) == nil {
			_, _ = io.Copy(io.Discard, in)
		}
	case "gigabit":
		begun := time.Now()
		if s.flood(conn, n, func(sent int) { time.Sleep(time.Until(begun.Add(time.Duration(sent) * gigabitByte))) }) == nil {
			_, _ = io.Copy(io.Discard, in)
		}
	case "drip":
		if s.drip(conn, n) == nil {
			_, _ = io.Copy(io.Discard, in)
		}
	case "command":
		size, mark, _ := strings.Cut(size, " ")
		n, _ := strconv.Atoi(size)
		s.commands(conn, in, n, mark == "1")
	case "turn":
		s.dialogue(conn, in, 0)
	case "host":
		if _, err := io.WriteString(conn, "login: "); err != nil {
			return
		}
		for _, ask := range []string{"Password: ", prompt} {
			if _, err := in.ReadString('\n'); err != nil {
				return
			}
			time.Sleep(5 * time.Millisecond)
			if _, err := io.WriteString(conn, ask); err != nil {
				return
			}
		}
		s.dialogue(conn, in, 5*time.Millisecond)
	}
}

// gigabitByte is how long a byte takes at a gigabit in a second.
const gigabitByte = 8 * time.Nanosecond

// flood sends n bytes of whole lines, as many as fit, and the prompt. rest, if there
// is one, is called before each megabyte with how much has been sent.
func (s *server) flood(conn net.Conn, n int, rest func(sent int)) error {
	for sent := 0; n > 0; {
		if rest != nil {
			rest(sent)
		}
		p := s.piece(n)
		sent += len(p)
		if _, err := conn.Write(p); err != nil {
			return err
		}
		if n -= len(p); len(p) < len(s.lines) {
			break
		}
	}
	_, err := io.WriteString(conn, prompt)
	return err
}

// drip sends small packets, 100 bytes each, a hundred in a millisecond.
func (s *server) drip(conn net.Conn, seconds int) error {
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	second := append(bytes.Repeat(s.lines, dripLines), prompt...)
	for range seconds {
		for at, packet := 0, 0; at < len(second); packet++ {
			if packet%100 == 0 {
				<-tick.C
			}
			end := min(at+100, len(second))
			if _, err := conn.Write(second[at:end]); err != nil {
				return err
			}
			at = end
		}
	}
	return nil
}

// commands answers each line with its echo, n bytes of output and the prompt.
func (s *server) commands(conn net.Conn, in *bufio.Reader, n int, marked bool) {
	end := prompt
	if marked {
		end += "\xff\xf9" // IAC GA
	}
	if _, err := io.WriteString(conn, end); err != nil {
		return
	}
	var answer []byte
	for left := n; left > 0; left -= len(s.lines) {
		answer = append(answer, s.lines[:min(left, len(s.lines))]...)
	}
	answer = append(bytes.TrimRight(answer, "\r\n"), "\r\n"+end...)
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			return
		}
		echo := strings.TrimRight(line, "\r\n") + "\r\n"
		if _, err := (&net.Buffers{[]byte(echo), answer}).WriteTo(conn); err != nil {
			return
		}
	}
}

// commandText is the number of bytes that the output of one of its commands has, with CR LF as
// one newline.
func (l *load) commandText(n int) int {
	whole := bytes.ReplaceAll(l.lines, []byte("\r"), nil)
	text := n / len(l.lines) * len(whole)
	rest := l.lines[:n%len(l.lines)]
	text += len(rest) - bytes.Count(rest, []byte("\r"))
	if len(rest) > 0 && rest[len(rest)-1] == '\r' {
		return text
	}
	if len(rest) == 0 || rest[len(rest)-1] == '\n' {
		text-- // the newline before the prompt is no output
	}
	return text
}

// dialogue answers each line with 200 bytes and the prompt.
func (s *server) dialogue(conn net.Conn, in *bufio.Reader, latency time.Duration) {
	answer := append(bytes.Repeat([]byte("interface up 10.0.0."), 10)[:190], "\r\n"+prompt...)
	for {
		if _, err := in.ReadString('\n'); err != nil {
			return
		}
		if latency > 0 {
			time.Sleep(latency)
		}
		if _, err := conn.Write(answer); err != nil {
			return
		}
	}
}
