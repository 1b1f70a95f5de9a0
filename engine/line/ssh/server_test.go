package ssh

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"

	"github.com/moonwire/moonwire/engine/dial"
)

// A server is a host of the test's own.
type server struct {
	cfg  *ssh.ServerConfig
	key  ssh.Signer
	addr string
	home string

	mu       sync.Mutex
	conn     net.Conn                           // the last
	conns    int                                // so many logged in
	limit    int                                // sessions for each connection, 0 is any number
	run      func(ch ssh.Channel, line string)  // what a session does
	refuse   string                             // requests of this type
	hangUp   string                             // at requests of this type
	requests chan *ssh.Request                  // takes what is not pty-req, shell, exec, env
	forward  func(nc ssh.NewChannel, to string) // nil makes the connection
}

func newKey(t testing.TB) ssh.Signer {
	t.Helper()
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	signer, err := ssh.NewSignerFromKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return signer
}

// serve starts a host that takes the password "word" of joe, and echoes.
func serve(t testing.TB, change func(s *server)) *server {
	t.Helper()
	s := &server{key: newKey(t), home: t.TempDir(), requests: make(chan *ssh.Request, 100)}
	s.run = func(ch ssh.Channel, _ string) { _, _ = io.Copy(ch, ch) }
	s.cfg = &ssh.ServerConfig{PasswordCallback: func(c ssh.ConnMetadata, word []byte) (*ssh.Permissions, error) {
		if c.User() == "joe" && string(word) == "word" {
			return &ssh.Permissions{}, nil
		}
		return nil, io.EOF
	}}
	if change != nil {
		change(s)
	}
	s.cfg.AddHostKey(s.key)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s.addr = l.Addr().String()
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go s.talk(conn)
		}
	}()
	return s
}

func (s *server) talk(conn net.Conn) {
	defer conn.Close()
	c, chans, reqs, err := ssh.NewServerConn(conn, s.cfg)
	if err != nil {
		return
	}
	s.mu.Lock()
	s.conns++
	s.conn = conn
	s.mu.Unlock()
	go func() {
		for r := range reqs {
			_ = r.Reply(false, nil)
		}
	}()
	open := 0
	for nc := range chans {
		if nc.ChannelType() == "direct-tcpip" {
			var to struct {
				Host       string
				Port       uint32
				From       string
				OriginPort uint32
			}
			_ = ssh.Unmarshal(nc.ExtraData(), &to)
			go s.pass(nc, to.Host, to.Port)
			continue
		}
		if open++; s.limit != 0 && open > s.limit {
			_ = nc.Reject(ssh.ResourceShortage, "open failed")
			continue
		}
		ch, requests, err := nc.Accept()
		if err != nil {
			return
		}
		go s.session(ch, requests)
	}
	_ = c.Close()
}

func (s *server) pass(nc ssh.NewChannel, host string, port uint32) {
	to := net.JoinHostPort(host, itoa(port))
	if s.forward != nil {
		s.forward(nc, to)
		return
	}
	conn, err := net.Dial("tcp", to)
	if err != nil {
		_ = nc.Reject(ssh.ConnectionFailed, "Connection refused")
		return
	}
	ch, reqs, err := nc.Accept()
	if err != nil {
		return
	}
	go ssh.DiscardRequests(reqs)
	go func() {
		_, _ = io.Copy(conn, ch)
		_ = conn.Close()
	}()
	_, _ = io.Copy(ch, conn)
	_ = ch.Close()
}

func itoa(n uint32) string {
	return strings.TrimSpace(strings.Join([]string{string(rune('0' + n/10000%10)), string(rune('0' + n/1000%10)), string(rune('0' + n/100%10)), string(rune('0' + n/10%10)), string(rune('0' + n%10))}, ""))
}

func (s *server) session(ch ssh.Channel, reqs <-chan *ssh.Request) {
	for r := range reqs {
		if r.Type == s.hangUp {
			_ = ch.Close()
			continue
		}
		ok := r.Type != s.refuse
		_ = r.Reply(ok, nil)
		switch {
		case r.Type == "shell" && ok, r.Type == "exec" && ok:
			command := ""
			if r.Type == "exec" {
				var m struct{ Command string }
				_ = ssh.Unmarshal(r.Payload, &m)
				command = m.Command
			}
			go s.run(ch, command)
		default:
			s.requests <- r
		}
	}
}

func (s *server) logins() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.conns
}

// known writes a file of known hosts that holds lines, each with the server's name before
// it unless it has one.
func (s *server) known(t testing.TB, lines ...string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "known_hosts")
	if err := os.WriteFile(path, []byte(strings.Join(lines, "\n")), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// line is the server's line in a file of known hosts, with a key.
func (s *server) line(key ssh.PublicKey) string {
	_, port, _ := net.SplitHostPort(s.addr)
	return "[127.0.0.1]:" + port + " " + string(ssh.MarshalAuthorizedKey(key))
}

// config is what logs in.
func (s *server) config(t testing.TB) Config {
	t.Helper()
	return Config{
		Password: "word", KnownHosts: s.known(t, s.line(s.key.PublicKey())), Home: s.home, Timeout: 20 * time.Second, NoFile: true,
		LookupEnv: func(string) (string, bool) { return "", false }, Terminal: "vt100", Columns: 80, Rows: 24,
	}
}

func (s *server) address(t testing.TB) dial.Address { return address(t, "ssh://joe@"+s.addr) }

func address(t testing.TB, text string) dial.Address {
	t.Helper()
	form := Form()
	a, err := dial.Forms{&form}.Parse(text, "")
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// open logs in.
func (s *server) open(t testing.TB, cfg Config) net.Conn {
	t.Helper()
	conn, err := Open(t.Context(), s.address(t), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return conn
}

// fails wants the login to fail with an error that holds all of want, the hint included.
func (s *server) fails(t testing.TB, cfg Config, want ...string) {
	t.Helper()
	failsAt(t, s.address(t), cfg, want...)
}

func failsAt(t testing.TB, a dial.Address, cfg Config, want ...string) {
	t.Helper()
	conn, err := Open(t.Context(), a, cfg)
	if err == nil {
		_ = conn.Close()
		t.Fatalf("it logged in; want %q", want)
	}
	told, ok := err.(*dial.Error) // Open says so
	if !ok {
		t.Fatalf("the error is a %T: %v", err, err)
	}
	all := told.Error() + "\n" + told.Hint
	for _, w := range want {
		if !strings.Contains(all, w) {
			t.Errorf("%q is not in\n%s", w, all)
		}
	}
}

// answers is an Ask that knows the answers to some questions, by a part of them.
func answers(known ...string) func(ctx context.Context, q Question) (string, error) {
	return func(_ context.Context, q Question) (string, error) {
		for i := 0; i < len(known); i += 2 {
			if strings.Contains(q.Text, known[i]) {
				return known[i+1], nil
			}
		}
		return "", ErrNobody
	}
}
