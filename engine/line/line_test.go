package line_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"math/big"
	"net"
	"path/filepath"
	"testing"
	"time"

	"github.com/moonwire/moonwire/engine/line"
	"github.com/moonwire/moonwire/engine/line/linetest"
	"github.com/moonwire/moonwire/engine/line/telnet"
)

// connected gives the two ends of a connection.
func connected(t *testing.T, network, address string) (ours, theirs net.Conn) {
	t.Helper()
	l, err := net.Listen(network, address)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if ours, err = net.Dial(network, l.Addr().String()); err != nil {
		t.Fatal(err)
	}
	if theirs, err = l.Accept(); err != nil {
		t.Fatal(err)
	}
	return ours, theirs
}

func serverConfig(t *testing.T) *tls.Config {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), DNSNames: []string{"router.test"}, NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	return &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}
}

// TestLines holds every line over a connection to what a session needs.
func TestLines(t *testing.T) {
	lines := map[string]func(conn net.Conn) line.Line{
		"bytes":  func(conn net.Conn) line.Line { return line.NewBytes(conn) },
		"telnet": func(conn net.Conn) line.Line { return telnet.New(conn, telnet.Config{}) },
	}
	for name, over := range lines {
		t.Run(name+" over tcp", func(t *testing.T) {
			linetest.Test(t, func(t *testing.T) linetest.Pair {
				ours, theirs := connected(t, "tcp", "127.0.0.1:0")
				return linetest.Pair{Line: over(ours), Host: theirs, HalfClose: true}
			})
		})
		t.Run(name+" over unix", func(t *testing.T) {
			linetest.Test(t, func(t *testing.T) linetest.Pair {
				ours, theirs := connected(t, "unix", filepath.Join(t.TempDir(), "s"))
				return linetest.Pair{Line: over(ours), Host: theirs, HalfClose: true}
			})
		})
		t.Run(name+" over a pipe", func(t *testing.T) {
			linetest.Test(t, func(*testing.T) linetest.Pair {
				ours, theirs := net.Pipe()
				return linetest.Pair{Line: over(ours), Host: theirs}
			})
		})
		t.Run(name+" over TLS", func(t *testing.T) {
			linetest.Test(t, func(t *testing.T) linetest.Pair {
				ours, theirs := connected(t, "tcp", "127.0.0.1:0")
				client := tls.Client(line.Wrap(ours), &tls.Config{InsecureSkipVerify: true})
				server := tls.Server(theirs, serverConfig(t))
				shaken := make(chan error, 1)
				go func() { shaken <- server.Handshake() }()
				if err := client.Handshake(); err != nil {
					t.Fatal(err)
				}
				if err := <-shaken; err != nil {
					t.Fatal(err)
				}
				return linetest.Pair{Line: over(client), Host: server, HalfClose: true}
			})
		})
	}
}
