package workers

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/moonwire/moonwire/engine/fleet"
)

// TestTLS: a server whose certificate nobody vouches for is refused, and -ca vouches.
func TestTLS(t *testing.T) {
	t.Parallel()
	cert, ca := selfSigned(t)
	s := startServer(t, func(o *server.Options) {
		o.TLS, o.TLSConfig = true, &tls.Config{Certificates: []tls.Certificate{cert}}
	})
	address := strings.Replace(s.url(), "nats://", "tls://", 1)
	_, err := (&Server{URL: address}).dial(t.Context())
	if e, ok := errors.AsType[*Error](err); !ok || !strings.HasPrefix(e.Error(), "cannot connect to tls://") || len(e.Hints()) != 1 || !strings.HasPrefix(e.Hints()[0], "-ca FILE") {
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
	l := s.dial()
	want := func(err error, text string) {
		t.Helper()
		if err == nil || !strings.Contains(err.Error(), text) {
			t.Errorf("%v, not %q", err, text)
		}
	}
	_, err := l.ensureStreams(gone)
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
	want(k.renew(t.Context(), &stale), "cannot renew a lock")
	if err := k.renew(t.Context(), &stale); err != nil { // it finds where the lock stands
		t.Error(err)
	}
	k.release(&stale)
	want(k.renew(t.Context(), mine), "cannot renew a lock")
}

// TestFull: a server that takes no more jobs ends the run, which can be resumed.
func TestFull(t *testing.T) {
	t.Parallel()
	s := startServer(t, nil)
	l := s.dial()
	if _, err := l.js.CreateStream(t.Context(), jetstream.StreamConfig{
		Name: jobsStream, Subjects: []string{subjectJobs + ">"}, Retention: jetstream.WorkQueuePolicy, MaxBytes: 1, Discard: jetstream.DiscardNew,
	}); err != nil {
		t.Fatal(err)
	}
	r := newRun(t, s.url(), hostsOf(3), fleet.Rules{At: 3}, func(c *Config) { c.Times.Patience = 500 * time.Millisecond })
	sum, err := r.Do(t.Context())
	if sum.Left() != 3 || err == nil || !strings.Contains(err.Error(), "the server takes no more jobs: API error: code=503 err_code=10077 description=maximum bytes exceeded") {
		t.Errorf("%+v, %v", sum, err)
	}
	said := make(chan error, 1)
	r.queue.link.out.mu.Lock()
	r.queue.link.out.open[99] = &published{told: func(_ uint64, err error) { said <- err }}
	r.queue.link.out.mu.Unlock()
	r.queue.link.out.expire(time.Nanosecond)
	if err := <-said; err == nil || err.Error() != "the server does not confirm it" {
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
		if !errors.Is(context.Cause(steps.h.ctx), errCancelled) {
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

// stuckMessage is a job of a connection that is being made anew, whose calls wait for that.
type stuckMessage struct {
	jetstream.Msg
	until chan struct{}
}

func (m *stuckMessage) InProgress() error { <-m.until; return nil }

// TestCutOffInTime: a worker hangs up on a device whose lock it cannot renew though the
// connection to the server holds all calls up.
func TestCutOffInTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		until := make(chan struct{})
		r := &workerRun{
			w:    &Worker{c: WorkerConfig{Times: DefaultTimes}, ctx: t.Context(), locks: &locks{bucket: stuckBucket{until: until}}},
			held: make(map[*held]bool),
		}
		var all []*held
		for range 20 {
			h := &held{msg: &stuckMessage{until: until}, ticket: &ticket{}}
			h.ctx, h.cancel = context.WithCancelCause(t.Context())
			r.held[h] = true
			r.locked(h, &lock{revision: 1, renewed: time.Now()})
			all = append(all, h)
		}
		var work sync.WaitGroup
		go func() {
			for range 10 {
				time.Sleep(DefaultTimes.beat())
				r.alive(&work)
			}
		}()
		begun := time.Now()
		for _, h := range all {
			select {
			case <-h.ctx.Done():
			case <-time.After(time.Hour):
				t.Fatal("it goes on")
			}
		}
		if took := time.Since(begun); took > DefaultTimes.Lock/2 {
			t.Errorf("it hangs up after %v", took)
		}
		close(until)
		time.Sleep(time.Minute)
		work.Wait()
	})
}

// TestAnswerLost: a renewal whose answer was lost counts from when it was sent, and does not
// keep the next one from coming through.
func TestAnswerLost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := &deafBucket{revision: 7}
		l := &locks{bucket: b, times: DefaultTimes}
		k := &lock{key: "a", owner: owner{Worker: "w"}, revision: 7, renewed: time.Now()}
		begun := time.Now()
		for i, c := range []struct {
			deaf, blind bool
			renewed     time.Duration
		}{
			{false, false, 1},
			{true, true, 1},
			{true, false, 2}, // the one before is found, and this one's answer lost
			{true, true, 2},
			{false, false, 5},
		} {
			time.Sleep(time.Second)
			b.deaf, b.blind = c.deaf, c.blind
			err := l.renew(t.Context(), k)
			l.bucket = b
			if (err != nil) != c.deaf {
				t.Errorf("%d: %v", i, err)
			}
			if got := k.renewed.Sub(begun); got != c.renewed*time.Second {
				t.Errorf("%d: it was renewed at %v, want %vs", i, got, int(c.renewed))
			}
		}
		b.owner.Worker, b.revision = "another", 100
		for range 2 {
			if l.renew(t.Context(), k) == nil {
				t.Error("another's lock was renewed")
			}
			l.bucket = b
		}
	})
}

// deafBucket is a bucket whose answers to Update are lost while it is deaf, and to Get
// while it is blind.
type deafBucket struct {
	jetstream.KeyValue
	revision    uint64
	owner       owner
	deaf, blind bool
}

func (b *deafBucket) Update(_ context.Context, _ string, value []byte, last uint64) (uint64, error) {
	if last != b.revision {
		return 0, errors.New("wrong last sequence")
	}
	b.revision++
	_ = json.Unmarshal(value, &b.owner)
	if b.deaf {
		return 0, context.DeadlineExceeded
	}
	return b.revision, nil
}

func (b *deafBucket) Get(context.Context, string) (jetstream.KeyValueEntry, error) {
	if b.blind {
		return nil, context.DeadlineExceeded
	}
	return deafEntry{b: b}, nil
}

// A deafEntry is what lies in a deafBucket.
type deafEntry struct {
	jetstream.KeyValueEntry
	b *deafBucket
}

func (e deafEntry) Value() []byte    { return fleet.JSON(e.b.owner) }
func (e deafEntry) Revision() uint64 { return e.b.revision }

// stuckBucket is a bucket on such a connection.
type stuckBucket struct {
	jetstream.KeyValue
	until chan struct{}
}

func (b stuckBucket) Update(context.Context, string, []byte, uint64) (uint64, error) {
	<-b.until
	return 2, nil
}

// TestResultNotFetched: a result whose object cannot be fetched now is read again, and
// one that has none is refused.
func TestResultNotFetched(t *testing.T) {
	t.Parallel()
	s := startServer(t, nil)
	r := newRun(t, s.url(), hostsOf(1), fleet.Rules{At: 1}, nil)
	m := &objectMessage{delivered: 1}
	newReader(r.queue).came(m)
	if m.acked != 1 || m.later != 0 {
		t.Errorf("one without an object: %+v", m)
	}
	r.queue.link.conn.Close()
	for i, delivered := range []uint64{1, mostReads} {
		m := &objectMessage{delivered: delivered}
		newReader(r.queue).came(m)
		if m.acked != i || m.later != 1-i {
			t.Errorf("one that cannot be fetched: %+v", m)
		}
	}
	r.queue.cancel()
	m = &objectMessage{delivered: mostReads}
	if newReader(r.queue).came(m); m.acked != 0 {
		t.Errorf("at the end: %+v", m)
	}
	r.queue.work.Wait()
}

// objectMessage is a result that lies in an object.
type objectMessage struct {
	jetstream.Msg
	data         []byte // without an object
	delivered    uint64
	acked, later int
}

func (m *objectMessage) Headers() nats.Header {
	if m.data != nil {
		return nil
	}
	return nats.Header{objectHeader: {"none"}}
}

func (m *objectMessage) Data() []byte                     { return m.data }
func (m *objectMessage) Ack() error                       { m.acked++; return nil }
func (m *objectMessage) NakWithDelay(time.Duration) error { m.later++; return nil }
func (m *objectMessage) Metadata() (*jetstream.MsgMetadata, error) {
	return &jetstream.MsgMetadata{NumDelivered: m.delivered}, nil
}
