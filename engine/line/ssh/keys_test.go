package ssh

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"encoding/pem"
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/agent"
)

// keyed is a host that takes one key and nothing else.
func keyed(t *testing.T, key func() ssh.PublicKey) *server {
	return serve(t, func(s *server) {
		s.cfg.PasswordCallback = nil
		s.cfg.PublicKeyCallback = func(_ ssh.ConnMetadata, k ssh.PublicKey) (*ssh.Permissions, error) {
			if want := key(); want != nil && sameKey(want, k) {
				return &ssh.Permissions{}, nil
			}
			return nil, errors.New("no")
		}
	})
}

// write writes a private key to a file and returns its name.
func write(t *testing.T, dir, name string, key any, passphrase string) (path string, text []byte) {
	t.Helper()
	block, err := ssh.MarshalPrivateKey(key, "")
	if passphrase != "" {
		block, err = ssh.MarshalPrivateKeyWithPassphrase(key, "", []byte(passphrase))
	}
	if err != nil {
		t.Fatal(err)
	}
	path, text = filepath.Join(dir, name), pem.EncodeToMemory(block)
	put(t, path, string(text), 0o600)
	return path, text
}

func put(t *testing.T, path, text string, mode os.FileMode) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), mode); err != nil {
		t.Fatal(err)
	}
}

// TestKeys: given, found, locked, of no use.
func TestKeys(t *testing.T) {
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	public, err := ssh.NewPublicKey(key.Public())
	if err != nil {
		t.Fatal(err)
	}
	s := keyed(t, func() ssh.PublicKey { return public })
	dir := t.TempDir()
	plain, text := write(t, dir, "plain", key, "")
	locked, lockedText := write(t, dir, "locked", key, "sesame")
	with := func(keys ...string) Config {
		cfg := s.config(t)
		cfg.Password, cfg.Keys = "", keys
		return cfg
	}
	s.open(t, with(plain))
	s.open(t, with(string(text)))
	cfg := with(locked)
	cfg.Passphrase = "sesame"
	s.open(t, cfg)
	cfg.Keys, cfg.Passphrase, cfg.Ask = []string{string(lockedText)}, "wrong", answers("Enter passphrase for key that was given", "sesame")
	s.open(t, cfg)
	cfg.Ask = nil
	s.fails(t, cfg, "the passphrase is not that of the key that was given")
	s.fails(t, with(locked), "the key "+locked+" has a passphrase", "passphrase=secret")
	cfg.Ask = func(context.Context, Question) (string, error) { return "", os.ErrClosed }
	s.fails(t, cfg, "file already closed")

	// A login that was stopped while a passphrase was tried has nobody to ask for another.
	ctx, cancel := context.WithCancelCause(t.Context())
	cfg.Ask = func(context.Context, Question) (string, error) {
		cancel(errors.New("enough"))
		return "wrong", nil
	}
	stopped := make(chan error, 1)
	go func() {
		_, err := Open(ctx, s.address(t), cfg)
		stopped <- err
	}()
	select {
	case err := <-stopped:
		if err == nil || !strings.Contains(err.Error(), "interrupted") {
			t.Errorf("stopped beside a question: %v", err)
		}
	case <-time.After(20 * time.Second):
		t.Fatal("a login that was stopped beside a question hangs")
	}

	for name, c := range map[string]struct{ text, want, hint string }{
		"ppk":       {"PuTTY-User-Key-File-3: ssh-ed25519\n", "is in PuTTY's format", "puttygen"},
		"public":    {string(ssh.MarshalAuthorizedKey(public)), "is a public key", "without .pub"},
		"encrypted": {"-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n", "encrypted in a way that is not known here", "ssh-keygen -p"},
		"broken":    {"-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----\n", "cannot be used", "openssh"},
		"cut":       {string(text[:len(text)/2]), "is cut off", "it ends before its last line, -----END OPENSSH PRIVATE KEY-----"},
		"empty":     {"", "is empty", ""},
		"nothing":   {"hello", "is no private key that is known here", ""},
	} {
		path := filepath.Join(dir, name)
		put(t, path, c.text, 0o600)
		s.fails(t, with(path), "the key "+path, c.want, c.hint)
	}
	s.fails(t, with(string(text[:60])+"-----BEGIN "), "the key that was given")
	s.fails(t, with(filepath.Join(dir, "missing")), "missing cannot be read: no such file")
	if os.Getuid() >= 0 {
		if err := os.Chmod(plain, 0o644); err != nil {
			t.Fatal(err)
		}
		s.fails(t, with(plain), "permissions 0644 for "+plain+" are too open", "chmod 600")
		if err := os.Chmod(plain, 0o600); err != nil {
			t.Fatal(err)
		}
		public := filepath.Join(dir, "open.pub")
		put(t, public, "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIEH4m joe", 0o644)
		s.fails(t, with(public), "the key "+public+" is a public key", "without .pub")
	}

	// What lies about.
	s.fails(t, with(), "the host takes publickey; tried: nothing", "there is no agent", "give ssh={key=FILE}")
	put(t, filepath.Join(s.home, ".ssh", "id_rsa"), "hello", 0o600)
	s.fails(t, with(), "id_rsa is no private key")
	found, _ := write(t, filepath.Join(s.home, ".ssh"), "id_ed25519", key, "")
	s.open(t, with())
	if os.Getuid() >= 0 {
		if err := os.Chmod(found, 0o644); err != nil {
			t.Fatal(err)
		}
		s.fails(t, with(), "tried: nothing", "permissions 0644 for "+found+" are too open", "\nchmod 600 "+found)
		if err := os.Chmod(found, 0o600); err != nil {
			t.Fatal(err)
		}
	}

	// RSA keys sign by SHA-2, unless more is allowed.
	long, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	path, _ := write(t, dir, "rsa", long, "")
	put(t, filepath.Join(s.home, "only"), "PubkeyAcceptedAlgorithms ssh-ed25519\nPreferredAuthentications publickey\nGSSAPIAuthentication yes\n", 0o600)
	cfg = with(path)
	cfg.NoFile, cfg.File = false, filepath.Join(s.home, "only")
	s.fails(t, cfg, "is ssh-rsa, which is not allowed")
	if public, err = ssh.NewPublicKey(long.Public()); err != nil {
		t.Fatal(err)
	}
	s.open(t, with(path))

	// A certificate beside the key.
	ca := newKey(t)
	cert := &ssh.Certificate{Key: public, CertType: ssh.UserCert, ValidPrincipals: []string{"joe"}, ValidBefore: ssh.CertTimeInfinity}
	if err := cert.SignCert(rand.Reader, ca); err != nil {
		t.Fatal(err)
	}
	put(t, path+"-cert.pub", string(ssh.MarshalAuthorizedKey(cert)), 0o644)
	public = cert
	s.open(t, with(path))
}

// TestAgent: an agent's keys, and agents that are of no use.
func TestAgent(t *testing.T) {
	ring := agent.NewKeyring()
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	if err := ring.Add(agent.AddedKey{PrivateKey: key}); err != nil {
		t.Fatal(err)
	}
	public, err := ssh.NewPublicKey(key.Public())
	if err != nil {
		t.Fatal(err)
	}
	s := keyed(t, func() ssh.PublicKey { return public })
	listen := func(serve func(conn net.Conn)) string {
		path := filepath.Join(t.TempDir(), "agent")
		l, err := net.Listen("unix", path)
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
				go serve(conn)
			}
		}()
		return path
	}
	with := func(socket string, choice Choice) Config {
		cfg := s.config(t)
		cfg.Password, cfg.Agent = "", choice
		cfg.LookupEnv = func(name string) (string, bool) { return socket, name == "SSH_AUTH_SOCK" }
		return cfg
	}
	good := listen(func(conn net.Conn) { _ = agent.ServeAgent(ring, conn) })
	s.open(t, with(good, Yes))
	s.open(t, with(good, Unsaid))
	s.fails(t, with(good, No), "tried: nothing")
	s.fails(t, with("", Yes), "there is no agent: SSH_AUTH_SOCK is not set")
	dead := filepath.Join(t.TempDir(), "dead")
	s.fails(t, with(dead, Yes), "the agent at "+dead+" does not answer: no such file", "ssh-add")
	s.fails(t, with(dead, Unsaid), "permission denied", "the agent at "+dead+" does not answer")
	gone := listen(func(conn net.Conn) { _ = conn.Close() })
	s.fails(t, with(gone, Yes), "does not list its keys: ", "is it an agent's socket?")
	silent := listen(func(conn net.Conn) { _, _ = io.Copy(io.Discard, conn) })
	s.fails(t, with(silent, Yes), "the agent at "+silent+" does not list its keys: it says nothing within 3s", "it hangs, perhaps")
	empty := listen(func(conn net.Conn) { _ = agent.ServeAgent(agent.NewKeyring(), conn) })
	s.fails(t, with(empty, Yes), "tried: nothing; the agent at "+empty+" has no keys", "ssh-add FILE gives the agent a key")
	s.fails(t, with(empty, Unsaid), "tried: nothing; the agent at "+empty+" has no keys", "give ssh={key=FILE}")
	fails := listen(func(conn net.Conn) { _ = agent.ServeAgent(broken{ring}, conn) })
	s.fails(t, with(fails, Yes), "the agent's key SHA256:", "cannot sign", "ssh-add -l")

	// One that hangs takes no longer than the time there is, and the host is not blamed.
	for _, hangs := range []string{
		listen(func(conn net.Conn) { _, _ = io.Copy(io.Discard, conn) }),
		listen(func(conn net.Conn) { _ = agent.ServeAgent(stuck{broken{ring}, t.Context()}, conn) }),
	} {
		cfg := with(hangs, Unsaid)
		cfg.Timeout = 200 * time.Millisecond
		s.fails(t, cfg, "the agent at "+hangs+" does not answer within 200ms", "agent=false")
		ctx, cancel := context.WithTimeoutCause(t.Context(), 200*time.Millisecond, errors.New("enough"))
		if _, err := Open(ctx, s.address(t), with(hangs, Unsaid)); err == nil || !strings.Contains(err.Error(), "interrupted") {
			t.Errorf("with an agent that hangs: %v", err)
		}
		cancel()
	}

	// IdentitiesOnly: those keys alone of which there is a file.
	config := filepath.Join(s.home, "config")
	put(t, config, "IdentitiesOnly yes\nIdentityFile ~/mine\nIdentityAgent "+good+"\n", 0o600)
	cfg := with("", Unsaid)
	cfg.NoFile, cfg.File = false, config
	s.fails(t, cfg, "tried: nothing")
	put(t, filepath.Join(s.home, "mine.pub"), string(ssh.MarshalAuthorizedKey(public)), 0o644)
	s.open(t, cfg)
}

// A broken agent has keys and does not sign.
type broken struct{ agent.Agent }

// SignWithFlags implements agent.ExtendedAgent.
func (broken) SignWithFlags(ssh.PublicKey, []byte, agent.SignatureFlags) (*ssh.Signature, error) {
	return nil, errors.New("the token was taken out")
}

// Sign implements agent.Agent.
func (broken) Sign(ssh.PublicKey, []byte) (*ssh.Signature, error) {
	return nil, errors.New("the token was taken out")
}

// A stuck agent has keys, and says nothing when it is to sign.
type stuck struct {
	broken
	ctx context.Context
}

// Sign implements agent.Agent.
func (s stuck) Sign(ssh.PublicKey, []byte) (*ssh.Signature, error) {
	<-s.ctx.Done()
	return nil, s.ctx.Err()
}

// SignWithFlags implements agent.ExtendedAgent.
func (s stuck) SignWithFlags(key ssh.PublicKey, data []byte, _ agent.SignatureFlags) (*ssh.Signature, error) {
	return s.Sign(key, data)
}

// TestSettings: what ssh_config says of a host.
func TestSettings(t *testing.T) {
	home := t.TempDir()
	put(t, filepath.Join(home, ".ssh", "config"), `
Host short
  HostName long.example
  Port 2222
  User "ann"
  HostKeyAlias cluster
  IdentityFile ~/.ssh/%r@%h
  IdentityFile none
  IdentityAgent $MY_AGENT
  HashKnownHosts yes
  StrictHostKeyChecking no
  UserKnownHostsFile /dev/null
  PasswordAuthentication no
  Ciphers ^aes256-ctr
Host jumped
  ProxyJump a,ssh://b@c:23
`, 0o600)
	env := func(name string) (string, bool) { return "/agent", name == "MY_AGENT" }
	s, err := settle(address(t, "ssh://short"), &Config{Home: home, LookupEnv: env})
	if err != nil {
		t.Fatal(err)
	}
	got := []string{s.host, s.port, s.user, s.known, strings.Join(s.keyFiles, ","), s.agent, s.HostKey, s.trusted[0], strings.Join(s.methods, ",")}
	want := []string{"long.example", "2222", "ann", "cluster:22", home + "/.ssh/ann@long.example", "/agent", AcceptNew, "/dev/null", "publickey,keyboard-interactive"}
	if !slices.Equal(got, want) || !s.hashed {
		t.Errorf("got\n%q, want\n%q", got, want)
	}
	if a, err := algorithms(nil, s.file); err != nil || a.Ciphers[0] != "aes256-ctr" {
		t.Error(a.Ciphers, err)
	}
	if s, err = settle(address(t, "ssh://x@jumped:24"), &Config{Home: home, LookupEnv: env, User: "y"}); err != nil || len(s.jumps) != 2 || s.jumps[1].String() != "ssh://b@c:23" || s.user != "x" || s.port != "24" {
		t.Errorf("%+v, %v", s, err)
	}
	host := serve(t, nil)
	for text, want := range map[string]string{
		"ProxyCommand nc %h %p":  "ssh_config says ProxyCommand nc %h %p, which is not supported",
		"KnownHostsCommand /x":   "ssh_config says KnownHostsCommand /x",
		"Match exec true\n":      "Match Exec is not supported",
		"ProxyJump a:b:c":        "ssh_config says ProxyJump a:b:c",
		"Ciphers none-at-all":    "ssh_config allows no algorithm that is known here: Ciphers none-at-all",
		"UserKnownHostsFile /\n": "the known hosts in / cannot be read",
	} {
		path := filepath.Join(home, "other")
		put(t, path, text, 0o600)
		cfg := host.config(t)
		if cfg.NoFile, cfg.File = false, path; strings.HasPrefix(text, "User") {
			cfg.KnownHosts = ""
		}
		host.fails(t, cfg, want)
	}
	cfg := host.config(t)
	cfg.NoFile, cfg.File = false, filepath.Join(home, "missing")
	host.fails(t, cfg, "missing cannot be read")

	// A key is added as a hash, and found again.
	put(t, filepath.Join(home, "hashed"), "HashKnownHosts yes\n", 0o600)
	cfg = host.config(t)
	cfg.NoFile, cfg.File, cfg.HostKey, cfg.KnownHosts = false, filepath.Join(home, "hashed"), AcceptNew, filepath.Join(home, "new", "hosts")
	host.open(t, cfg)
	cfg.HostKey = "yes"
	host.open(t, cfg)
	if text, err := os.ReadFile(cfg.KnownHosts); err != nil || !strings.HasPrefix(string(text), "|1|") {
		t.Errorf("%q, %v", text, err)
	}
}

// TestDeadline: reads end in time, and again.
func TestDeadline(t *testing.T) {
	s := serve(t, nil)
	conn := s.open(t, s.config(t))
	for _, until := range []time.Time{time.Unix(1, 0), time.Now().Add(time.Millisecond)} {
		if err := conn.SetDeadline(until); err != nil {
			t.Fatal(err)
		}
		if n, err := conn.Read(make([]byte, 1)); !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Error(n, err)
		}
	}
	if err := conn.SetWriteDeadline(time.Now()); !errors.Is(err, os.ErrNoDeadline) {
		t.Error(err)
	}
	if conn.LocalAddr().String() == "" || conn.RemoteAddr().String() != s.addr {
		t.Error(conn.RemoteAddr())
	}
	_ = conn.Close()
	if err := conn.SetReadDeadline(time.Time{}); !errors.Is(err, net.ErrClosed) {
		t.Error(err)
	}
	if _, err := conn.Read(make([]byte, 1)); !errors.Is(err, net.ErrClosed) {
		t.Error(err)
	}
}

// TestSystem: the command line of the system's ssh.
func TestSystem(t *testing.T) {
	a := address(t, "ssh://ann@h:24")
	args, err := SystemArgs(a, Config{Keys: []string{"k"}, NoFile: true, KnownHosts: "kh", HostKey: "yes", Env: []string{"A=b"}, Command: "ls -l"})
	want := `ssh -tt -p 24 -l ann -i k -F none -o UserKnownHostsFile="kh" -o StrictHostKeyChecking=yes -o SetEnv "A=b" -o LogLevel=ERROR -- h ls -l`
	if got := strings.Join(args, " "); got != want || err != nil {
		t.Errorf("%s, %v", got, err)
	}
	if args, err = SystemArgs(address(t, "ssh://h"), Config{User: "joe"}); err != nil || strings.Join(args, " ") != "ssh -tt -l joe -- h" {
		t.Error(args, err)
	}
	for want, cfg := range map[string]Config{
		"password does not go": {Password: "x"}, "legacy does not go": {Legacy: []string{LegacyAll}}, "pty=false does not go": {Pty: No},
		"a key that is no file": {Keys: []string{"-----BEGIN "}},
	} {
		if _, err := SystemArgs(a, cfg); err == nil || !strings.Contains(err.Error(), want) {
			t.Error(err)
		}
	}
}
