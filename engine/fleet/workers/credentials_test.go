package workers

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
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/jwt/v2"
	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nkeys"

	"github.com/moonwire/moonwire/engine/fleet"
)

// TestCredentials: a run and its worker say who they are by an nkey, by credentials as nsc
// makes them, and by a certificate. Others are refused.
func TestCredentials(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name string
		make func(t *testing.T, o *server.Options) Server
		want string // of who has none
	}{
		{"nkey", nkeyServer, "the server refuses the credentials"},
		{"creds", credsServer, "the server refuses the credentials"},
		{"certificate", certServer, "-cert FILE"},
	} {
		var as Server
		s := startServer(t, func(o *server.Options) { as = test.make(t, o) })
		as.URL = s.url()
		startWorker(t, WorkerConfig{Server: as}, func(context.Context, *fleet.Job) Done { return Done{} })
		r := newRun(t, s.url(), hostsOf(2), fleet.Rules{At: 2}, func(c *Config) { c.Server = as })
		if sum := r.do(t); sum.OK != 2 {
			t.Errorf("%s: %+v", test.name, sum)
		}
		if _, err := (&Server{URL: s.url(), CA: as.CA}).dial(t.Context()); err == nil || !strings.Contains(hintedOf(err), test.want) {
			t.Errorf("%s: who says nothing: %v", test.name, err)
		}
	}
}

// hintedOf is an error with its hints.
func hintedOf(err error) string {
	text := err.Error()
	if e, ok := errors.AsType[*Error](err); ok {
		text += e.Hint
	}
	return text
}

// keep writes a file that nobody else may read.
func keep(t *testing.T, name string, data []byte) string {
	t.Helper()
	name = filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(name, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

// must is for what never fails here.
func must[T any](t *testing.T) func(v T, err error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func nkeyServer(t *testing.T, o *server.Options) Server {
	key := must[nkeys.KeyPair](t)(nkeys.CreateUser())
	o.Nkeys = []*server.NkeyUser{{Nkey: must[string](t)(key.PublicKey())}}
	return Server{NKey: keep(t, "user.nk", must[[]byte](t)(key.Seed()))}
}

func credsServer(t *testing.T, o *server.Options) Server {
	text, keys := must[string](t), must[nkeys.KeyPair](t)
	operator, account, user := keys(nkeys.CreateOperator()), keys(nkeys.CreateAccount()), keys(nkeys.CreateUser())
	system := jwt.NewAccountClaims(text(keys(nkeys.CreateAccount()).PublicKey()))
	oc := jwt.NewOperatorClaims(text(operator.PublicKey()))
	ac := jwt.NewAccountClaims(text(account.PublicKey()))
	ac.Limits.JetStreamLimits = jwt.JetStreamLimits{DiskStorage: jwt.NoLimit, MemoryStorage: jwt.NoLimit, Streams: jwt.NoLimit, Consumer: jwt.NoLimit}
	uc := jwt.NewUserClaims(text(user.PublicKey()))
	uc.IssuerAccount = ac.Subject
	o.TrustedOperators = []*jwt.OperatorClaims{must[*jwt.OperatorClaims](t)(jwt.DecodeOperatorClaims(text(oc.Encode(operator))))}
	resolver := &server.MemAccResolver{}
	for _, a := range []*jwt.AccountClaims{ac, system} {
		if err := resolver.Store(a.Subject, text(a.Encode(operator))); err != nil {
			t.Fatal(err)
		}
	}
	o.AccountResolver, o.SystemAccount, o.NoSystemAccount = resolver, system.Subject, false
	return Server{Creds: keep(t, "user.creds", must[[]byte](t)(jwt.FormatUserConfig(text(uc.Encode(account)), must[[]byte](t)(user.Seed()))))}
}

func certServer(t *testing.T, o *server.Options) Server {
	cert, file := selfSigned(t)
	private := must[[]byte](t)(x509.MarshalPKCS8PrivateKey(cert.PrivateKey))
	all := x509.NewCertPool()
	all.AddCert(must[*x509.Certificate](t)(x509.ParseCertificate(cert.Certificate[0])))
	o.TLS, o.TLSVerify = true, true
	o.TLSConfig = &tls.Config{
		Certificates: []tls.Certificate{cert}, ClientCAs: all, ClientAuth: tls.RequireAndVerifyClientCert, MinVersion: tls.VersionTLS12,
	}
	return Server{CA: file, Cert: file, CertKey: keep(t, "key.pem", pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private}))}
}

// selfSigned makes a certificate that vouches for itself, and a file with it.
func selfSigned(t *testing.T) (cert tls.Certificate, file string) {
	t.Helper()
	key := must[*ecdsa.PrivateKey](t)(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))
	c := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "moonwire"}, NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
	}
	der := must[[]byte](t)(x509.CreateCertificate(rand.Reader, c, c, key.Public(), key))
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, keep(t, "cert.pem", pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
}
