package tests

import (
	"bufio"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// An authority has signed a host's certificate, for router.test, and a client's.
type authority struct {
	ca, cert, key string // PEM files: of the authority, of the client
	pool          *x509.CertPool
	server        *tls.Config
}

func newAuthority(t *testing.T) *authority {
	t.Helper()
	dir := t.TempDir()
	check := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	file := func(name, kind string, der []byte) string {
		path := filepath.Join(dir, name)
		check(os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600))
		return path
	}
	caKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	check(err)
	root := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test authority"}, NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	rootDER, err := x509.CreateCertificate(rand.Reader, root, root, &caKey.PublicKey, caKey)
	check(err)
	issue := func(name string) (der []byte, key *ecdsa.PrivateKey) {
		key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		check(err)
		leaf := &x509.Certificate{
			SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: name}, DNSNames: []string{name}, NotAfter: time.Now().Add(time.Hour),
			ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
		}
		der, err = x509.CreateCertificate(rand.Reader, leaf, root, &key.PublicKey, caKey)
		check(err)
		return der, key
	}
	a := &authority{ca: file("ca.pem", "CERTIFICATE", rootDER), pool: x509.NewCertPool()}
	parsed, err := x509.ParseCertificate(rootDER)
	check(err)
	a.pool.AddCert(parsed)
	der, key := issue("router.test")
	a.server = &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}
	der, key = issue("operator")
	a.cert = file("cert.pem", "CERTIFICATE", der)
	keyDER, err := x509.MarshalECPrivateKey(key)
	check(err)
	a.key = file("key.pem", "EC PRIVATE KEY", keyDER)
	return a
}

// TestTLS: who the host is, is checked as the script says; insecure is said loudly.
func TestTLS(t *testing.T) {
	a, stranger := newAuthority(t), newAuthority(t)
	greet := func(conn net.Conn) {
		tlsConn := conn.(*tls.Conn)
		if tlsConn.Handshake() == nil {
			who := "nobody"
			if c := tlsConn.ConnectionState().PeerCertificates; len(c) > 0 {
				who = c[0].Subject.CommonName
			}
			_, _ = fmt.Fprintf(conn, "hello %s\r\n> ", who)
			line, _ := bufio.NewReader(conn).ReadString('\n')
			_, _ = io.WriteString(conn, "you said "+strings.TrimSpace(line)+"\r\n")
		}
		_ = conn.Close()
	}
	serve := func(config *tls.Config) string {
		l, err := tls.Listen("tcp", "127.0.0.1:0", config)
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
				go greet(conn)
			}
		}()
		return "telnets://" + l.Addr().String()
	}
	open := serve(a.server)
	demanding := a.server.Clone()
	demanding.ClientAuth, demanding.ClientCAs = tls.RequireAndVerifyClientCert, a.pool
	closed := serve(demanding)
	const talk = `
local t = connect(arg[1], {timeout = 10, tls = %s})
t:read_until("> ")
t:writeln("moon")
io.write("got ", t:read_all())`
	for _, c := range []struct {
		name, address, tls string
		status             int
		stdout, stderr     string
	}{
		{"a trusted authority", open, `{ca = arg[2], server_name = "router.test"}`, 0, "got you said moon\n", ""},
		{"the wrong name", open, `{ca = arg[2]}`, 4, "", "server_name=NAME"},
		{"a name of the script's", open, `{ca = arg[2], server_name = "switch.test"}`, 4, "", "switch.test"},
		{"another authority", open, `{ca = arg[5], server_name = "router.test"}`, 4, "", "ca=FILE"},
		{"the system's authorities", open, `nil`, 4, "", "ca=FILE"},
		{"insecure", open, `{insecure = true}`, 0, "got you said moon\n", "is insecure: anyone could answer"},
		{"a client's certificate", closed, `{ca = arg[2], server_name = "router.test", cert = arg[3], key = arg[4]}`, 0, "got you said moon\n", ""},
		{"none where one is wanted", closed, `{ca = arg[2], server_name = "router.test"}`, 4, "", "certificate required"},
		{"half a certificate", open, `{ca = arg[2], cert = arg[3]}`, 4, "", "needs both cert and key"},
		{"no such file", open, `{ca = "/no/such/file"}`, 4, "", "cannot read the CA file"},
		{"no certificate in it", open, `{ca = arg[4]}`, 4, "", "holds no PEM certificate"},
		{"a mistaken key", open, `{server = "x"}`, 1, "", "there is no tls.server"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := runScript(t, fmt.Sprintf(talk, c.tls), c.address, a.ca, a.cert, a.key, stranger.ca)
			if r.status != c.status || r.stdout != c.stdout || !strings.Contains(r.stderr, c.stderr) || (c.stderr == "") != (r.stderr == "") {
				t.Errorf("ended with %d: %q, %q", r.status, r.stdout, r.stderr)
			}
		})
	}
	t.Run("a host that speaks no TLS", func(t *testing.T) {
		address := hostileHost(t, false, func(conn net.Conn) { _, _ = io.WriteString(conn, "login: ") })
		r := runScript(t, `connect("telnets://" .. arg[1])`, address)
		if r.status != 4 || !strings.Contains(r.stderr, "does not speak TLS") {
			t.Errorf("ended with %d: %q", r.status, r.stderr)
		}
	})
	t.Run("a host that says nothing", func(t *testing.T) {
		address := hostileHost(t, false, func(conn net.Conn) { _, _ = io.Copy(io.Discard, conn) })
		r := runScript(t, `connect("telnets://" .. arg[1], {connect_timeout = 0.2})`, address)
		if r.status != 4 || !strings.Contains(r.stderr, "handshake did not finish within 200ms") {
			t.Errorf("ended with %d: %q", r.status, r.stderr)
		}
	})
}
