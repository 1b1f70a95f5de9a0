package ssh

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"

	"github.com/moonwire/moonwire/engine/dial"
	"github.com/moonwire/moonwire/engine/line"
	"github.com/moonwire/moonwire/engine/line/linetest"
)

// TestLine holds the line to what a session needs.
func TestLine(t *testing.T) {
	linetest.Test(t, func(t *testing.T) linetest.Pair {
		hosts := make(chan ssh.Channel, 1)
		s := serve(t, func(s *server) { s.run = func(ch ssh.Channel, _ string) { hosts <- ch } })
		cfg := s.config(t)
		conn := s.open(t, cfg)
		return linetest.Pair{Line: New(conn, cfg), Host: <-hosts, HalfClose: true}
	})
}

// TestEnds: how a conversation ended is told by its last read.
func TestEnds(t *testing.T) {
	for name, c := range map[string]struct {
		end  func(conn net.Conn, ch ssh.Channel)
		want string // "" is in order
	}{
		"status":     {func(_ net.Conn, ch ssh.Channel) { exit(ch, 3) }, ""},
		"signal":     {func(_ net.Conn, ch ssh.Channel) { killed(ch) }, ""},
		"no status":  {func(_ net.Conn, ch ssh.Channel) { _ = ch.Close() }, ""},
		"text alone": {func(_ net.Conn, ch ssh.Channel) { _ = ch.CloseWrite() }, ""}, // the status may come yet
		"closed and gone": {func(conn net.Conn, ch ssh.Channel) {
			_ = ch.Close()
			_ = conn.Close()
		}, ""},
		"lost": {func(conn net.Conn, _ ssh.Channel) { _ = conn.Close() }, "the host had not closed the session"},
	} {
		t.Run(name, func(t *testing.T) {
			s := serve(t, nil)
			s.run = func(ch ssh.Channel, _ string) {
				_, _ = io.WriteString(ch, "bye")
				s.mu.Lock()
				defer s.mu.Unlock()
				c.end(s.conn, ch)
			}
			cfg := s.config(t)
			conn := s.open(t, cfg)
			text, err := io.ReadAll(conn)
			l := New(conn, cfg)
			if e, ended, missing := l.Exit(); ended != (name == "status" || name == "signal") || ended == (missing != nil) && name != "text alone" || ended && (e.Code != 3 && e.Signal != "TERM") {
				t.Errorf("the command ended by %v, %v, %v", e, ended, missing)
			}
			if string(text) != "bye" {
				t.Errorf("read %q", text)
			}
			if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
				t.Errorf("it ended with %v, want %q", err, c.want)
			}
		})
	}
}

func exit(ch ssh.Channel, status uint32) {
	_, _ = ch.SendRequest("exit-status", false, ssh.Marshal(struct{ Status uint32 }{status}))
	_ = ch.Close()
}

func killed(ch ssh.Channel) {
	_, _ = ch.SendRequest("exit-signal", false, ssh.Marshal(struct {
		Signal            string
		Core              bool
		Message, Language string
	}{"TERM", false, "", ""}))
	_ = ch.Close()
}

// TestDisconnect: a host may end the connection with a word.
func TestDisconnect(t *testing.T) {
	for text, want := range map[string]string{
		"ssh: disconnect, reason 11: disconnected by user": "EOF",
		"ssh: disconnect, reason 2: Packet corrupt":        "the host ended the connection: Packet corrupt",
	} {
		why, found := disconnected(errors.New(text))
		if err := why.end(); !found || err.Error() != want {
			t.Errorf("%s: %v", text, err)
		}
	}
	if err := lost(os.ErrPermission); !errors.Is(err, os.ErrPermission) {
		t.Error(err)
	}
}

// TestSession: what the host is told, and what it may refuse.
func TestSession(t *testing.T) {
	s := serve(t, func(s *server) {
		s.cfg.BannerCallback = func(ssh.ConnMetadata) string { return "keep out\n" }
		s.run = func(ch ssh.Channel, command string) {
			_, _ = io.WriteString(ch, "ran "+command)
			_, _ = io.WriteString(ch.Stderr(), "!")
			exit(ch, 0)
		}
	})
	cfg := s.config(t)
	cfg.Env = []string{"LANG=C"}
	conn := s.open(t, cfg)
	if text, err := io.ReadAll(conn); !strings.HasPrefix(string(text), "keep out\r\n") || !strings.Contains(string(text), "!") || err != nil {
		t.Errorf("read %q, %v", text, err)
	}
	if r := <-s.requests; r.Type != "env" || !bytes.Contains(r.Payload, []byte("LANG")) {
		t.Errorf("first came %s %q", r.Type, r.Payload)
	}
	if r := <-s.requests; r.Type != "pty-req" || !bytes.Contains(r.Payload, []byte("vt100\x00\x00\x00\x50\x00\x00\x00\x18")) {
		t.Errorf("then came %s %q", r.Type, r.Payload)
	}
	cfg.Command, cfg.Pty, cfg.Env = "show version", No, []string{"TERM=x"}
	s.refuse = "env"
	l := New(s.open(t, cfg), cfg)
	var notes strings.Builder
	for it, _ := l.Next(nil); it.Kind == line.Remark; it, _ = l.Next(nil) {
		notes.WriteString(it.Text + "\n")
	}
	if !strings.Contains(notes.String(), "the host says: keep out") || !strings.Contains(notes.String(), "does not take the variable TERM") {
		t.Errorf("it is told %q", notes.String())
	}
	if l.Newline() != "\n" || l.Echoes() || !l.EditsLines() || !l.SameNewline() || l.Resize(1, 1) {
		t.Error("a command without a terminal is one with")
	}
	s.refuse, s.hangUp = "", "shell"
	s.fails(t, s.config(t), "no session: the host closed it at once")
	s.hangUp = ""
	none := serve(t, func(s *server) { s.limit = -1 })
	none.fails(t, none.config(t), "the host gives no session: open failed")
	for refuse, want := range map[string]string{
		"exec": "the host does not run the command", "pty-req": "the host gives no terminal", "shell": "the host gives no shell",
	} {
		cfg := s.config(t)
		if s.refuse = refuse; refuse == "exec" {
			cfg.Command = "x"
		}
		s.fails(t, cfg, want)
	}
}

// TestRequests: what is sent beside the text.
func TestRequests(t *testing.T) {
	s := serve(t, nil)
	cfg := s.config(t)
	l := New(s.open(t, cfg), cfg)
	<-s.requests // pty-req
	if !l.Resize(132, 43) {
		t.Error("the host does not know the window")
	}
	if r := <-s.requests; r.Type != "window-change" || !bytes.HasPrefix(r.Payload, []byte("\x00\x00\x00\x84\x00\x00\x00\x2b")) {
		t.Errorf("%s %q", r.Type, r.Payload)
	}
	if err := l.Break(); err != nil {
		t.Error(err)
	}
	if r := <-s.requests; r.Type != "break" || string(r.Payload) != "\x00\x00\x01\xf4" {
		t.Errorf("%s %q", r.Type, r.Payload)
	}
	l.KeepAlive()
	over := New(nopConn{}, cfg) // as a recording's
	over.KeepAlive()
	if over.Break() != nil || over.Resize(1, 2) {
		t.Error("a recording has a host")
	}
	if c, r := over.Size(); c != 1 || r != 2 {
		t.Error(c, r)
	}
	if err := l.Signal("sigint"); err != nil {
		t.Error(err)
	}
	if r := <-s.requests; r.Type != "signal" || !bytes.HasSuffix(r.Payload, []byte("INT")) {
		t.Errorf("%s %q", r.Type, r.Payload)
	}
	if err := l.Signal("WINCH"); !errors.Is(err, line.ErrNoSignal) || over.Signal("INT") != nil || over.Pid() != 0 {
		t.Error(err)
	}
}

type nopConn struct{ net.Conn }

// SetReadDeadline implements net.Conn.
func (nopConn) SetReadDeadline(time.Time) error { return nil }

// TestWindow: the line tells of the window that the host has, which the text goes by, and
// learns it from a recording.
func TestWindow(t *testing.T) {
	s := serve(t, nil)
	cfg := s.config(t)
	l := New(s.open(t, cfg), cfg)
	l.Attach(&linetest.Owner{})
	if it, _ := l.Next([]byte("x")); it.Kind != line.Window || it.Columns != 80 || it.Rows != 24 {
		t.Errorf("%+v", it)
	}
	if it, _ := l.Next([]byte("x")); it.Kind != line.Data {
		t.Errorf("%+v", it)
	}
	l.Resize(100, 30)
	if it, _ := l.Next(nil); it.Kind != line.Window || it.Columns != 100 || it.Rows != 30 {
		t.Errorf("%+v", it)
	}
	if !l.Tells(line.Window) {
		t.Error("a recording may not tell of the window")
	}
	cfg.Pty = No
	l = New(s.open(t, cfg), cfg)
	l.Attach(&linetest.Owner{})
	if it, _ := l.Next(nil); it.Kind == line.Window {
		t.Errorf("a session without a terminal has a window: %+v", it)
	}
}

// TestKeepAlive: a host that does not answer is lost after a few.
func TestKeepAlive(t *testing.T) {
	s := serve(t, nil)
	stop := make(chan net.Conn, 1)
	cfg := s.config(t)
	cfg.Dial = func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := new(net.Dialer).DialContext(ctx, network, address)
		stop <- conn
		return conn, err
	}
	conn := s.open(t, cfg)
	l := New(conn, cfg)
	l.on.client.unanswered.Store(maxUnanswered)
	l.KeepAlive()
	if _, err := conn.Read(make([]byte, 1)); err == nil || !strings.Contains(err.Error(), "has not answered 3 keepalives") {
		t.Error(err)
	}
	<-stop
}

// TestPool: lines to one host share a connection, and get another where that is full.
func TestPool(t *testing.T) {
	s := serve(t, func(s *server) { s.limit = 3 })
	cfg := s.config(t)
	cfg.Pool = new(Pool)
	var all []net.Conn
	for range 7 {
		all = append(all, s.open(t, cfg))
	}
	if n := s.logins(); n != 3 {
		t.Errorf("%d logins for 7 sessions", n)
	}
	for _, c := range all {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
		if err := c.Close(); !errors.Is(err, net.ErrClosed) {
			t.Error(err)
		}
	}
	s.open(t, cfg)
	if n := s.logins(); n != 4 {
		t.Errorf("%d logins after all were closed", n)
	}
	other := cfg
	other.Password = "wrong"
	s.fails(t, other, "permission denied")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Open(ctx, s.address(t), other); err == nil || !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

// TestHostKeys: known, unknown, changed, revoked.
func TestHostKeys(t *testing.T) {
	s := serve(t, nil)
	key, other := s.key.PublicKey(), newKey(t).PublicKey()
	print := ssh.FingerprintSHA256(key)
	with := func(how string, lines ...string) Config {
		cfg := s.config(t)
		cfg.HostKey, cfg.KnownHosts = how, s.known(t, lines...)
		return cfg
	}
	s.open(t, with("", "no line at all", s.line(key)))
	s.open(t, with("yes", "# a comment", "@cert-authority * nonsense", s.line(key)))
	s.open(t, with(print))
	s.fails(t, with(ssh.FingerprintSHA256(other)), "not the one that host_key names", print)
	s.fails(t, with(""), "Host key verification failed", print, "is not known", strings.TrimSpace(s.line(key)), `host_key="accept-new"`)
	s.fails(t, with("yes"), "Host key verification failed")
	for _, how := range []string{"", "yes", AcceptNew} {
		s.fails(t, with(how, "broken", s.line(other)), "REMOTE HOST IDENTIFICATION HAS CHANGED", "known_hosts:2", "ssh-keygen -f", "-R '[127.0.0.1]:")
	}
	s.fails(t, with(AcceptNew, "@revoked "+s.line(key)), "marked as revoked", "known_hosts:1")

	cfg := with(AcceptNew, s.line(key)[:10]+"x ssh-ed25519 "+strings.Fields(s.line(other))[2]) // without a newline at its end
	s.open(t, cfg)
	s.open(t, Config{Password: "word", KnownHosts: cfg.KnownHosts, HostKey: "yes", Home: s.home, NoFile: true, Pty: No})
	cfg = with(AcceptNew)
	cfg.KnownHosts = filepath.Join(s.home, "file")
	if err := os.WriteFile(cfg.KnownHosts, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	cfg.KnownHosts += "/below"
	s.fails(t, cfg, "cannot be read")

	asked := 0
	cfg = with("")
	cfg.Ask = func(_ context.Context, q Question) (string, error) {
		asked++
		if q.Kind != HostKey || !q.Echo || asked == 1 && !strings.Contains(q.Text, "The authenticity of host '[127.0.0.1]:") {
			t.Errorf("%+v", q)
		}
		return []string{"perhaps", "yes"}[min(asked-1, 1)], nil
	}
	s.open(t, cfg)
	s.open(t, cfg)
	if asked != 2 {
		t.Errorf("it was asked %d times", asked)
	}
	for answer, want := range map[string]string{"no": "the answer was no", "perhaps": "there was no answer"} {
		cfg = with("")
		cfg.Ask = answers("", answer)
		s.fails(t, cfg, want)
	}
	cfg.Ask = func(context.Context, Question) (string, error) { return "", os.ErrPermission }
	s.fails(t, cfg, "permission denied")
}

// TestPasswords: what the host asks, and who answers.
func TestPasswords(t *testing.T) {
	token := func(s *server) {
		s.cfg.PasswordCallback = nil
		s.cfg.KeyboardInteractiveCallback = func(_ ssh.ConnMetadata, ask ssh.KeyboardInteractiveChallenge) (*ssh.Permissions, error) {
			got, err := ask("", "two of them", []string{"Password: ", "Token: "}, []bool{false, true})
			if err != nil || strings.Join(got, " ") != "word 123" {
				return nil, io.EOF
			}
			return &ssh.Permissions{}, nil
		}
	}
	s := serve(t, token)
	cfg := s.config(t)
	cfg.Ask = answers("Token", "123")
	s.open(t, cfg)
	cfg.Ask = answers("Token", "124")
	s.fails(t, cfg, "permission denied: the host takes keyboard-interactive; tried: keyboard-interactive")
	cfg.Ask = nil
	s.fails(t, cfg, `nobody answers its question "Token:"`, "on_prompt")
	cfg.Ask = func(context.Context, Question) (string, error) { return "", errors.New("the hook failed") }
	s.fails(t, cfg, "the hook failed")

	s = serve(t, nil)
	cfg = s.config(t)
	cfg.Password = ""
	s.fails(t, cfg, "permission denied: the host takes password; tried: nothing", `give ssh={password=secret "NAME"}`)
	cfg.Ask = answers("joe@127.0.0.1's password: ", "word")
	s.open(t, cfg)
	cfg.Ask = answers("password: ", "wrong")
	s.fails(t, cfg, "permission denied", "tried: password")
	cfg.Ask = answers()
	s.fails(t, cfg, "tried: nothing")
	cfg.Ask = func(context.Context, Question) (string, error) { return "", os.ErrClosed }
	s.fails(t, cfg, "file already closed")

	// A password and then a token.
	s = serve(t, func(s *server) {
		s.cfg.PasswordCallback = func(ssh.ConnMetadata, []byte) (*ssh.Permissions, error) {
			then := new(server)
			then.cfg = &ssh.ServerConfig{}
			token(then)
			return nil, &ssh.PartialSuccessError{Next: ssh.ServerAuthCallbacks{KeyboardInteractiveCallback: then.cfg.KeyboardInteractiveCallback}}
		}
	})
	cfg = s.config(t)
	cfg.Ask = answers("Token", "123")
	s.open(t, cfg)
	cfg.Ask = nil
	s.fails(t, cfg, "the host wants another step by keyboard-interactive")
}

// TestReached: each step before the login that may fail.
func TestReached(t *testing.T) {
	says := func(text string, keep bool) dial.Address {
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
				_, _ = io.WriteString(conn, text)
				if !keep {
					_ = conn.Close()
				}
			}
		}()
		return address(t, "ssh://joe@"+l.Addr().String())
	}
	cfg := serve(t, nil).config(t)
	failsAt(t, says("HTTP/1.1 400 Bad Request\r\n\r\n", false), cfg, `the host does not speak ssh; it says "HTTP/1.1 400 Bad Request"`, "telnet://")
	failsAt(t, says("\xff\xfd\x18\xff\xfd\x20", true), cfg, "the host does not speak ssh")
	failsAt(t, says("SSH-1.5-old\r\n", false), cfg, `the host speaks an older ssh, "SSH-1.5-old"`)
	failsAt(t, says("", false), cfg, "the host closed the connection before it said anything")
	failsAt(t, says("SSH-2.0-x\r\n", false), cfg, "the host closed the connection during the ssh handshake")
	short := cfg
	short.Timeout = 100 * time.Millisecond
	failsAt(t, says("", true), short, "the host says nothing within 100ms", "connect_timeout")
	failsAt(t, says("SSH-2.0-x\r\n", true), short, "the ssh handshake did not finish within 100ms")
	failsAt(t, says("SSH-1.5-old\r\n", true), short, `the host speaks an older ssh, "SSH-1.5-old"`, "telnet://")
	gone := says("", false)
	gone.Port = "1"
	failsAt(t, gone, cfg, "connection refused")
	behind := cfg // the address that ssh_config gives belongs to the host, not to what failed before it
	behind.NoFile, behind.File = false, filepath.Join(t.TempDir(), "config")
	put(t, behind.File, "Host inner\n HostName 127.0.0.1\n ProxyJump joe@127.0.0.1:1\n", 0o600)
	failsAt(t, address(t, "ssh://inner"), behind, "ssh://inner (127.0.0.1:22): via ssh://joe@127.0.0.1:1: connection refused\n")

	hangs := serve(t, func(s *server) {
		s.cfg.PasswordCallback = func(ssh.ConnMetadata, []byte) (*ssh.Permissions, error) {
			select {} // it hangs
		}
	})
	cfg = hangs.config(t)
	cfg.Timeout = time.Second
	hangs.fails(t, cfg, "the login did not finish within 1s")
	ctx, cancel := context.WithTimeoutCause(t.Context(), 50*time.Millisecond, errors.New("enough"))
	defer cancel()
	if _, err := Open(ctx, hangs.address(t), hangs.config(t)); err == nil || !strings.Contains(err.Error(), "interrupted") {
		t.Error(err)
	}
	late := hangs.config(t)
	late.Timeout = time.Second
	late.KnownHosts = hangs.known(t)
	late.Ask = func(context.Context, Question) (string, error) {
		time.Sleep(1100 * time.Millisecond) // longer than the timeout, which the answer does not count for
		return "no", nil
	}
	hangs.fails(t, late, "the answer was no")
}

// TestAlgorithms: a host that has old ones only.
func TestAlgorithms(t *testing.T) {
	for _, c := range []struct {
		old  func(s *server)
		want string
	}{
		{func(s *server) { s.cfg.KeyExchanges = []string{"diffie-hellman-group1-sha1"} }, "no common key exchange: the host offers diffie-hellman-group1-sha1"},
		{func(s *server) { s.cfg.Ciphers = []string{"aes128-cbc"} }, "no common cipher: the host offers aes128-cbc"},
	} {
		s := serve(t, c.old)
		cfg := s.config(t)
		s.fails(t, cfg, c.want, "legacy=true")
		cfg.Legacy = []string{LegacyAll}
		l := New(s.open(t, cfg), cfg)
		_, _ = l.Next(nil) // the window
		if it, _ := l.Next(nil); it.Kind != line.Remark || !strings.Contains(it.Text, "is not safe: it uses ") {
			t.Errorf("%+v", it)
		}
		cfg.Legacy = []string{"diffie-hellman-group1-sha1", "aes128-cbc"}
		s.open(t, cfg)
	}
	what, hint := noAlgorithm(&ssh.AlgorithmNegotiationError{What: "host key", RequestedAlgorithms: []string{"ssh-dss"}})
	if what != "no common kind of host key: the host offers ssh-dss" || !strings.Contains(hint, "openssh") {
		t.Error(what, hint)
	}
	what, _ = noAlgorithm(&ssh.AlgorithmNegotiationError{What: "key exchange", RequestedAlgorithms: []string{"sntrup761x25519-sha512", "ext-info-s", "kex-strict-s-v00@openssh.com"}})
	if what != "no common key exchange: the host offers sntrup761x25519-sha512" {
		t.Error(what)
	}
	a, err := algorithms(nil, &file{})
	if names := strings.Join(a.HostKeys, " "); err != nil || !strings.HasPrefix(names, "ssh-ed25519-cert-v01@openssh.com ecdsa-sha2-nistp256-cert-v01@openssh.com") ||
		!strings.Contains(names, " ssh-ed25519 ecdsa-sha2-nistp256 ecdsa-sha2-nistp384 ecdsa-sha2-nistp521 rsa-sha2-") {
		t.Errorf("the order of the kinds of host keys is %s, %v", names, err)
	}
	for said, want := range map[string]string{"+c": "a b c", "-a": "b", "^b": "b a", "c,a": "c a", "?": "a b c", "+nothing": "a b"} {
		got := listed(said, []string{"a", "b"}, []string{"a", "b", "c"})
		if strings.Join(got, " ") != want {
			t.Errorf("%s gives %v", said, got)
		}
	}
}

// TestJump: through a host to another, and what may go wrong on the way.
func TestJump(t *testing.T) {
	bastion, inner := serve(t, nil), serve(t, nil)
	cfg := inner.config(t)
	way := func(cfg Config) Dial {
		h, err := NewHop("joe@"+bastion.addr, cfg)
		if err != nil {
			t.Fatal(err)
		}
		return h.Through(new(net.Dialer).DialContext)
	}
	cfg.Dial, cfg.Route, cfg.Pool = way(bastion.config(t)), "bastion", new(Pool)
	conn := inner.open(t, cfg)
	if _, err := io.WriteString(conn, "there and back"); err != nil {
		t.Fatal(err)
	}
	buf := make([]byte, 14)
	if _, err := io.ReadFull(conn, buf); string(buf) != "there and back" {
		t.Errorf("%q, %v", buf, err)
	}
	refuse := func(reason ssh.RejectionReason, words string) func(nc ssh.NewChannel, to string) {
		return func(nc ssh.NewChannel, _ string) { _ = nc.Reject(reason, words) }
	}
	cfg = inner.config(t)
	cfg.Dial = way(bastion.config(t))
	bastion.forward = refuse(ssh.Prohibited, "administratively prohibited")
	inner.fails(t, cfg, "cannot connect to ssh://joe@"+inner.addr+": via ssh://joe@"+bastion.addr+": it refuses to connect to "+inner.addr+": administratively prohibited", "AllowTcpForwarding")
	bastion.forward = refuse(ssh.ConnectionFailed, "")
	inner.fails(t, cfg, "it does not connect to "+inner.addr+": connect failed", "the jump host is there")
	bastion.forward = func(nc ssh.NewChannel, _ string) {} // it does not answer
	cfg.Timeout = 300 * time.Millisecond
	inner.fails(t, cfg, "via ssh://joe@"+bastion.addr+": it has not connected to "+inner.addr+" within 300ms", "the jump host is there")
	cfg.Timeout = 20 * time.Second
	wrong := bastion.config(t)
	wrong.Password = "wrong"
	cfg.Dial = way(wrong)
	inner.fails(t, cfg, "via ssh://joe@"+bastion.addr+": permission denied")
	if _, err := NewHop("a:b@c", wrong); err == nil || !strings.Contains(err.Error(), "an address holds no password") {
		t.Error(err)
	}
}
