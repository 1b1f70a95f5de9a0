package dial

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"io"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// certificate makes a self-signed one for a name and writes it with its key.
func certificate(t *testing.T, name string) (certFile, keyFile string, pair tls.Certificate) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, DNSNames: []string{name},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	keyDER, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	certFile, keyFile = filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	certPEM := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	keyPEM := pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: keyDER})
	if err := errors.Join(os.WriteFile(certFile, certPEM, 0o600), os.WriteFile(keyFile, keyPEM, 0o600)); err != nil {
		t.Fatal(err)
	}
	if pair, err = tls.X509KeyPair(certPEM, keyPEM); err != nil {
		t.Fatal(err)
	}
	return certFile, keyFile, pair
}

// serve greets everyone who connects, over TLS if cfg is set, and tells each
// one's certificate.
func serve(t *testing.T, network, address string, cfg *tls.Config) net.Listener {
	t.Helper()
	l, err := net.Listen(network, address)
	if err != nil {
		t.Skipf("no %s here: %v", network, err)
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
				if cfg != nil {
					secured := tls.Server(conn, cfg)
					if secured.Handshake() != nil {
						return
					}
					who := "nobody"
					if shown := secured.ConnectionState().PeerCertificates; len(shown) > 0 {
						who = shown[0].Subject.CommonName
					}
					_, _ = io.WriteString(secured, "hello "+who)
					return
				}
				_, _ = io.WriteString(conn, "hello")
			}()
		}
	}()
	return l
}

func greeting(t *testing.T, a Address, o Options) (string, error) {
	t.Helper()
	conn, err := Dial(t.Context(), a, o)
	if err != nil {
		return "", err
	}
	defer conn.Close()
	b, err := io.ReadAll(conn)
	return string(b), err
}

var forms = Forms{
	{Scheme: "telnet", Bare: true, Port: "23", Network: "tcp", Read: ReadHostPort},
	{Scheme: "telnets", Port: "992", TLS: true, Network: "tcp", Read: ReadHostPort},
	{Scheme: "tcp", Network: "tcp", Read: ReadHostPort},
	{Scheme: "unix", Opaque: true, Network: "unix", Read: ReadSocket},
	{Scheme: "serial", Sign: ":", Opaque: true, Doing: "open", Read: ReadCommand},
}

func address(t *testing.T, s string) Address {
	t.Helper()
	a, err := forms.Parse(s, "")
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func TestDialTCPAndUnix(t *testing.T) {
	tcp := serve(t, "tcp", "127.0.0.1:0", nil)
	v6 := serve(t, "tcp", "[::1]:0", nil)
	sock := filepath.Join(t.TempDir(), "s")
	serve(t, "unix", sock, nil)
	for _, s := range []string{tcp.Addr().String(), "tcp://" + tcp.Addr().String(), v6.Addr().String(), "unix://" + sock} {
		if got, err := greeting(t, address(t, s), Options{Timeout: time.Minute}); got != "hello" || err != nil {
			t.Errorf("%s: %q, %v", s, got, err)
		}
	}
}

func TestDialTLS(t *testing.T) {
	ca, _, pair := certificate(t, "router.test")
	cert, key, _ := certificate(t, "operator")
	l := serve(t, "tcp", "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{pair}, ClientAuth: tls.RequestClientCert})
	plain := serve(t, "tcp", "127.0.0.1:0", nil)
	a := address(t, "telnets://"+l.Addr().String())
	minute := func(o TLS) Options { return Options{Timeout: time.Minute, TLS: &o} }
	for _, c := range []struct {
		name, want, wrong string
		a                 Address
		o                 Options
	}{
		{"the system's roots", "", "certificate", a, Options{Timeout: time.Minute}},
		{"another name", "", "certificate", a, minute(TLS{CA: ca})},
		{"the right name", "hello nobody", "", a, minute(TLS{CA: ca, ServerName: "router.test"})},
		{"insecure", "hello nobody", "", a, minute(TLS{Insecure: true})},
		{"with a certificate", "hello operator", "", a, minute(TLS{CA: ca, ServerName: "router.test", Cert: cert, Key: key})},
		{"no key", "", "needs both cert and key", a, minute(TLS{Cert: cert})},
		{"no file", "", "cannot read the CA file", a, minute(TLS{CA: "missing.pem"})},
		{"no certificate in it", "", "holds no PEM certificate", a, minute(TLS{CA: key})},
		{"a bad pair", "", "cannot load the client certificate", a, minute(TLS{Cert: cert, Key: cert})},
		{"no TLS there", "", "does not speak TLS", address(t, "telnets://"+plain.Addr().String()), minute(TLS{Insecure: true})},
	} {
		got, err := greeting(t, c.a, c.o)
		if c.wrong == "" && (err != nil || got != c.want) {
			t.Errorf("%s: %q, %v", c.name, got, err)
		}
		if c.wrong != "" && (err == nil || !strings.Contains(err.Error(), c.wrong)) {
			t.Errorf("%s: %q, %v", c.name, got, err)
		}
	}
}

func TestDialFailures(t *testing.T) {
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	interrupted := errors.New("interrupted by a test")
	cancelled, cancel := context.WithCancelCause(t.Context())
	cancel(interrupted)
	for _, c := range []struct {
		ctx  context.Context
		a    string
		want string
	}{
		{t.Context(), "127.0.0.1:1", "connection refused"},
		{t.Context(), "no-such-host.test", "the name no-such-host.test is not known"},
		{t.Context(), "unix:///no/such/socket", "there is no such socket"},
		{t.Context(), "127.0.0.1:no-such-service", "the service no-such-service is not known"},
		{t.Context(), "serial:x", "it is not reached over a network"},
		{t.Context(), "telnets://" + silent.Addr().String(), "the TLS handshake did not finish within 50ms"},
		{cancelled, "127.0.0.1:1", "interrupted"},
	} {
		_, err := Dial(c.ctx, address(t, c.a), Options{Timeout: 50 * time.Millisecond, resolver: names(t)})
		e, ok := errors.AsType[*Error](err)
		if !ok || !strings.Contains(e.Error(), c.want) {
			t.Errorf("%s: %v, want %q", c.a, err, c.want)
		}
		if c.ctx == cancelled && !errors.Is(err, interrupted) {
			t.Errorf("the cause is lost: %v", err)
		}
	}
}

// TestRefusedOnWindows: the error there has a number of its own.
func TestRefusedOnWindows(t *testing.T) {
	cause := &net.OpError{Op: "dial", Err: os.NewSyscallError("connectex", syscall.Errno(10061))}
	err := explain(t.Context(), Address{Host: "h", Port: "23", form: forms[0]}, 0, cause)
	if e, ok := errors.AsType[*Error](err); !ok || e.What != "connection refused" || e.Hint == "" {
		t.Errorf("%#v", err)
	}
}
