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

// The load server. A client says in its first line what it wants:
//
//	bulk N      N bytes of log lines and then the prompt
//	turn        an answer of 200 bytes and the prompt to each line
//	host        the same, after 5 ms, behind a login
//	drip N      N bytes in small packets, 10 MB a second, and then the prompt
//
// bulk and drip end with the prompt and leave the connection open. The server takes
// the time, the same way for every client: from the first line until the client
// closes, which it does as soon as it has its answer.

const prompt = "router# "

type server struct {
	listener net.Listener
	lines    []byte // a stretch of log lines, sent over and over
	took     chan time.Duration
}

func newServer() (*server, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	var lines bytes.Buffer
	for i := 0; lines.Len() < 1<<20; i++ {
		fmt.Fprintf(&lines, "Nov 23 20:16:%02d router daemon[%d]: interface GigabitEthernet0/%d changed state to up\r\n", i%60, i, i%48)
	}
	s := &server{listener: l, lines: lines.Bytes(), took: make(chan time.Duration, 1<<16)}
	go s.accept()
	return s, nil
}

func (s *server) address() string { return s.listener.Addr().String() }

func (s *server) close() error { return s.listener.Close() }

func (s *server) accept() {
	for {
		conn, err := s.listener.Accept()
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
		if s.flood(conn, n) == nil {
			_, _ = io.Copy(io.Discard, in)
		}
	case "drip":
		if s.drip(conn, n) == nil {
			_, _ = io.Copy(io.Discard, in)
		}
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

// flood sends n bytes of whole lines, as many as fit, and the prompt.
func (s *server) flood(conn net.Conn, n int) error {
	for n > 0 {
		p := s.lines
		if n < len(p) {
			p = p[:bytes.LastIndexByte(p[:n], '\n')+1]
			n = len(p)
		}
		if _, err := conn.Write(p); err != nil {
			return err
		}
		n -= len(p)
	}
	_, err := io.WriteString(conn, prompt)
	return err
}

// drip sends small packets, 100 bytes each, 100 in a millisecond.
func (s *server) drip(conn net.Conn, n int) error {
	if c, ok := conn.(*net.TCPConn); ok {
		_ = c.SetNoDelay(true)
	}
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for at := 0; n > 0; {
		<-tick.C
		for range 100 {
			if at+100 > len(s.lines) {
				at = 0
			}
			if _, err := conn.Write(s.lines[at : at+100]); err != nil {
				return err
			}
			at += 100
			n -= 100
		}
	}
	_, err := io.WriteString(conn, "\r\n"+prompt)
	return err
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

// bulkText is how many bytes of text a client should return for bulk n: what is
// sent, prompt included, and the same with CR LF as one newline.
func (s *server) bulkText(n int) (wire, text int) {
	for left := n; left > 0; {
		p := s.lines
		if left < len(p) {
			p = p[:bytes.LastIndexByte(p[:left], '\n')+1]
			left = len(p)
		}
		wire += len(p)
		text += len(p) - bytes.Count(p, []byte("\r"))
		left -= len(p)
	}
	return wire + len(prompt), text + len(prompt)
}
