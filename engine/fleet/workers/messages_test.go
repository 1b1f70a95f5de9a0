package workers

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/moonwire/moonwire/engine/fleet"
)

// TestTLS: a server whose certificate nobody vouches for is refused, and -ca vouches.
func TestTLS(t *testing.T) {
	t.Parallel()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	cert := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, cert, cert, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	ca := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(ca, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
	s := startServer(t, func(o *server.Options) {
		o.TLS, o.TLSConfig = true, &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}
	})
	address := strings.Replace(s.url(), "nats://", "tls://", 1)
	_, err = (&Server{URL: address}).dial(t.Context())
	if e, ok := err.(*Error); !ok || !strings.HasPrefix(e.Error(), "cannot connect to tls://") || len(e.Hints()) != 1 || !strings.HasPrefix(e.Hints()[0], "-ca FILE") { //nolint:errorlint // it is one
		t.Errorf("%v", err)
	}
	l, err := (&Server{URL: address, CA: ca}).dial(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	l.conn.Close()
}

// TestServerLost: what cannot be done on the server is told.
func TestServerLost(t *testing.T) {
	t.Parallel()
	s := startServer(t, nil)
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := (&Server{URL: s.url()}).dial(gone); err == nil || !strings.HasPrefix(err.Error(), "cannot use JetStream at nats://") {
		t.Error(err)
	}
	l, err := (&Server{URL: s.url()}).dial(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer l.conn.Close()
	want := func(err error, text string) {
		t.Helper()
		if err == nil || !strings.Contains(err.Error(), text) {
			t.Errorf("%v, not %q", err, text)
		}
	}
	_, err = l.ensureStreams(gone)
	want(err, "cannot make the stream MOONWIRE_JOBS: context canceled")
	_, err = l.ensureConsumer(gone, jobsStream, jetstream.ConsumerConfig{Durable: "x"})
	want(err, "cannot take from the stream MOONWIRE_JOBS")
	_, err = l.objectStore(gone)
	want(err, "cannot make the object store moonwire-objects")
	if err := l.put(t.Context(), "x", make([]byte, 1000)); err != nil {
		t.Fatal(err)
	}
	_, err = l.get(t.Context(), "x", 999)
	want(err, "cannot fetch x: 1000 bytes are too many")
	k := &locks{link: l, times: Times{Lock: time.Minute}} // so that no lock expires here
	_, err = k.open(gone)
	want(err, "cannot make the bucket moonwire-locks")
	b, err := k.open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	_, err = k.take(gone, "x", owner{})
	want(err, "cannot lock: context canceled")
	want(k.settle(gone, b, &lock{key: "x", revision: 1}), "cannot lock: context canceled")
	want(k.settle(t.Context(), b, &lock{key: "x", revision: 1}), "cannot lock: key not found")
	if _, err := k.open(t.Context()); err != nil {
		t.Fatal(err)
	}
	k.settled, k.last = true, 0
	mine, err := k.take(t.Context(), "y", owner{Worker: "a"})
	if err != nil || mine == nil {
		t.Fatal(mine, err)
	}
	if other, err := k.take(t.Context(), "y", owner{Worker: "b"}); err != nil || other != nil {
		t.Errorf("%+v, %v", other, err)
	}
	stale := *mine
	stale.revision--
	want(k.renew(t.Context(), &stale), "cannot renew a lock") // and finds where it stands
	if err := k.renew(t.Context(), &stale); err != nil {
		t.Error(err)
	}
	k.release(t.Context(), &stale)
	want(k.renew(t.Context(), mine), "cannot renew a lock")
}

// TestFull: a server that takes no more jobs ends the run, which can be resumed.
func TestFull(t *testing.T) {
	t.Parallel()
	s := startServer(t, nil)
	l, err := (&Server{URL: s.url()}).dial(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer l.conn.Close()
	if _, err := l.js.CreateStream(t.Context(), jetstream.StreamConfig{
		Name: jobsStream, Subjects: []string{subjectJobs + ">"}, Retention: jetstream.WorkQueuePolicy, MaxBytes: 1, Discard: jetstream.DiscardNew,
	}); err != nil {
		t.Fatal(err)
	}
	r := newRun(t, s.url(), hostsOf(3), fleet.Rules{At: 3}, func(c *Config) { c.Times.Patience = 50 * time.Millisecond })
	sum, err := r.Do(t.Context())
	if sum.Left() != 3 || err == nil || !strings.Contains(err.Error(), "the server takes no more jobs: API error: code=503 err_code=10077 description=maximum bytes exceeded") {
		t.Errorf("%+v, %v", sum, err)
	}
	r.queue.c.Times.Patience = time.Nanosecond
	if err := r.queue.publishOnce(t.Context(), siteQueue("abc123", ""), nil); err == nil || err.Error() != "the server does not confirm it" {
		t.Errorf("%v", err)
	}
	r.queue.Close(false)
}

// TestNotRecorded: a step that cannot be recorded raises, and a result that is too large is
// a failure.
func TestNotRecorded(t *testing.T) {
	t.Parallel()
	s := startServer(t, nil)
	again := false
	w := startWorker(t, WorkerConfig{Server: Server{URL: s.url()}}, func(_ context.Context, job *fleet.Job) Done {
		steps, _ := job.Steps.(*remoteSteps)
		if job.Host.Name == "r0" {
			return Done{Outcome: fleet.Outcome{Value: append(append([]byte{'"'}, make([]byte, fleet.MaxValue)...), '"')}}
		}
		if again {
			return Done{Outcome: fleet.Outcome{Error: &fleet.Failure{Reason: "as wanted"}}}
		}
		again = true
		forged := *steps.h
		tk := *steps.h.ticket
		tk.Host = "r0"
		forged.ticket = &tk
		if err := (&remoteSteps{steps.r, &forged}).Failed("x"); err == nil || err.Error() != "the step x is not recorded: the ticket is wrong" {
			t.Errorf("%v", err)
		}
		if context.Cause(steps.h.ctx) != errCancelled { //nolint:errorlint // it is this one
			t.Error("the job goes on")
		}
		return Done{Outcome: fleet.Outcome{Error: &fleet.Failure{Reason: "cut off"}}}
	})
	r := newRun(t, s.url(), hostsOf(2), fleet.Rules{At: 1}, nil)
	if sum := r.do(t); sum.Failed != 2 || r.Failures()[0].Reason != "the result is too large" {
		t.Errorf("%+v %+v", sum, r.Failures()[0])
	}
	w.told.await(t, "takes part")
}
