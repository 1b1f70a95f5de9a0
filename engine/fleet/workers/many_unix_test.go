//go:build unix

package workers

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/moonwire/moonwire/engine/fleet"
)

// bareQueue is what a work queue of JetStream takes for so many jobs, by itself: they are
// published, fetched 256 at a time by two workers, and acknowledged.
func bareQueue(t testing.TB, url string, n int) spent {
	l, err := (&Server{URL: url}).dial(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer l.conn.Close()
	if _, err := l.js.CreateStream(t.Context(), jetstream.StreamConfig{Name: "BARE", Subjects: []string{"bare"}, Retention: jetstream.WorkQueuePolicy}); err != nil {
		t.Fatal(err)
	}
	c, err := l.js.CreateConsumer(t.Context(), "BARE", jetstream.ConsumerConfig{Durable: "bare", AckPolicy: jetstream.AckExplicitPolicy, MaxAckPending: -1})
	if err != nil {
		t.Fatal(err)
	}
	begun := spentNow()
	left := make(chan bool, n)
	ctx, cancel := context.WithCancel(t.Context())
	var all sync.WaitGroup
	for range 2 {
		all.Go(func() {
			for ctx.Err() == nil {
				batch, err := c.Fetch(256, jetstream.FetchContext(ctx))
				if err != nil {
					continue
				}
				for m := range batch.Messages() {
					if m.Ack() == nil {
						left <- true
					}
				}
			}
		})
	}
	data := fleet.JSON(queuedJob{1, hashOf("x")})
	for range n {
		for {
			if _, err := l.js.PublishAsync("bare", data); err == nil {
				break
			}
			<-l.js.PublishAsyncComplete()
		}
	}
	for range n {
		<-left
	}
	took := begun.since()
	cancel()
	all.Wait()
	return took
}

// bareResults is what the work queue takes when a result comes back for each job, through a
// second one.
func bareResults(t testing.TB, url string, n int) spent {
	l, err := (&Server{URL: url}).dial(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer l.conn.Close()
	var consumers []jetstream.Consumer
	for _, name := range []string{"there", "back"} {
		if _, err := l.js.CreateStream(t.Context(), jetstream.StreamConfig{Name: name, Subjects: []string{name}, Retention: jetstream.WorkQueuePolicy}); err != nil {
			t.Fatal(err)
		}
		c, err := l.js.CreateConsumer(t.Context(), name, jetstream.ConsumerConfig{Durable: name, AckPolicy: jetstream.AckExplicitPolicy, MaxAckPending: -1})
		if err != nil {
			t.Fatal(err)
		}
		consumers = append(consumers, c)
	}
	data := fleet.JSON(queuedJob{1, hashOf("x")})
	publish := func(subject string) {
		for {
			if _, err := l.js.PublishAsync(subject, data); err == nil {
				return
			}
			<-l.js.PublishAsyncComplete()
		}
	}
	begun := spentNow()
	left := make(chan bool, n)
	for range 2 {
		c, err := consumers[0].Consume(func(m jetstream.Msg) { publish("back"); _ = m.Ack() })
		if err != nil {
			t.Fatal(err)
		}
		defer c.Stop()
	}
	c, err := consumers[1].Consume(func(m jetstream.Msg) { _ = m.Ack(); left <- true })
	if err != nil {
		t.Fatal(err)
	}
	defer c.Stop()
	for range n {
		publish("there")
	}
	for range n {
		<-left
	}
	return begun.since()
}

// TestManyJobs measures jobs that do nothing, with MOONWIRE_JOBS=100000: beside the work
// queue of JetStream alone, and beside the same run on this machine.
func TestManyJobs(t *testing.T) {
	n, err := strconv.Atoi(os.Getenv("MOONWIRE_JOBS"))
	if err != nil {
		t.Skip("it takes a minute: MOONWIRE_JOBS=100000 asks for it")
	}
	s := startServer(t, nil)
	bare := bareQueue(t, s.url(), n)
	t.Logf("the bare queue with results: %s", bareResults(t, s.url(), n))
	nothing := func(context.Context, *fleet.Job) Done { return Done{} }
	for _, locked := range []bool{false, true} {
		s := startServer(t, nil)
		hosts := hostsOf(n)
		if !locked {
			for _, h := range hosts {
				h.Address = "demo://"
			}
		}
		for _, name := range []string{"w1", "w2"} {
			startWorker(t, WorkerConfig{Server: Server{URL: s.url()}, Name: name, At: 1000, Times: DefaultTimes}, nothing)
		}
		r := newRun(t, s.url(), hosts, fleet.Rules{At: 4000}, func(c *Config) { c.Times = DefaultTimes })
		<-time.After(12 * time.Second) // the locks' bucket is new
		begun, before := spentNow(), mallocs()
		if sum := r.do(t); sum.OK != n {
			t.Fatalf("%+v\n%s", sum, r.told.text())
		}
		took := begun.since()
		stats, _ := s.s.Varz(nil)
		t.Logf("%d jobs, locks %v: %s; the bare queue: %s; ratios %.2f and %.2f; %d KB allocated, %.1f messages and %d bytes a job",
			n, locked, took, bare, took.wall.Seconds()/bare.wall.Seconds(), took.cpu.Seconds()/bare.cpu.Seconds(),
			(mallocs()-before)/uint64(n)/1024, float64(stats.InMsgs+stats.OutMsgs)/float64(n), (stats.InBytes+stats.OutBytes)/int64(n))
	}
	local := newRun(t, s.url(), hostsOf(n), fleet.Rules{At: 4000}, nil)
	local.Worker = localWorker{}
	begun := spentNow()
	if sum := local.do(t); sum.OK != n {
		t.Fatalf("%+v", sum)
	}
	t.Logf("on this machine alone: %s", begun.since())
}

// spent is time, and the processors' time of this process, the server's included.
type spent struct{ wall, cpu time.Duration }

func spentNow() spent {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u) // it never fails
	return spent{time.Duration(time.Now().UnixNano()), time.Duration(u.Utime.Nano() + u.Stime.Nano())}
}

func (s spent) since() spent {
	now := spentNow()
	return spent{now.wall - s.wall, now.cpu - s.cpu}
}

// String is both.
func (s spent) String() string {
	return fmt.Sprintf("%.1f s, %.1f s of processors", s.wall.Seconds(), s.cpu.Seconds())
}

func mallocs() uint64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.TotalAlloc
}

type localWorker struct{}

// Run implements fleet.Worker.
func (localWorker) Run(context.Context, *fleet.Job) fleet.Outcome {
	return fleet.Outcome{Value: json.RawMessage("1")}
}
