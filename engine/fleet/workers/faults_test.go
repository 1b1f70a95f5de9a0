package workers

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"

	"github.com/moonwire/moonwire/engine/fleet"
)

// A wire is a way to the server that can be cut.
type wire struct {
	l    net.Listener
	to   string
	mu   sync.Mutex
	open []net.Conn
	cut  bool
}

func newWire(t *testing.T, to string) *wire {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	w := &wire{l: l, to: strings.TrimPrefix(to, "nats://")}
	t.Cleanup(func() { l.Close(); w.sever() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			w.carry(c)
		}
	}()
	return w
}

func (w *wire) carry(c net.Conn) {
	w.mu.Lock()
	defer w.mu.Unlock()
	s, err := net.Dial("tcp", w.to)
	if err != nil || w.cut {
		c.Close()
		return
	}
	w.open = append(w.open, c, s)
	for _, p := range [][2]net.Conn{{c, s}, {s, c}} {
		go func() { _, _ = io.Copy(p[0], p[1]); p[0].Close() }()
	}
}

func (w *wire) url() string { return "nats://" + w.l.Addr().String() }

// sever cuts the wire, for good.
func (w *wire) sever() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.cut = true
	for _, c := range w.open {
		c.Close()
	}
}

// A device tells when two are at it at once.
type devices struct {
	mu    sync.Mutex
	at    map[string]int
	twice []string
	did   map[string]int
}

func newDevices() *devices { return &devices{at: make(map[string]int), did: make(map[string]int)} }

func (d *devices) enter(name string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.did[name]++
	if d.at[name]++; d.at[name] > 1 {
		d.twice = append(d.twice, name)
	}
}

func (d *devices) leave(name string) {
	d.mu.Lock()
	d.at[name]--
	d.mu.Unlock()
}

func (d *devices) check(t *testing.T) {
	t.Helper()
	d.mu.Lock()
	defer d.mu.Unlock()
	if len(d.twice) > 0 {
		t.Errorf("two were at once at %q", d.twice)
	}
}

// TestWorkerCutOff: a worker that is cut off while it is at its devices hangs up, and
// another does its work; no device has two at once.
func TestWorkerCutOff(t *testing.T) {
	waitsForExpiry(t)
	t.Parallel()
	s := startServer(t, nil)
	way := newWire(t, s.url())
	d := newDevices()
	begun := make(chan string, 100)
	startWorker(t, WorkerConfig{Server: Server{URL: way.url()}, Name: "cut", At: 3, Times: brief}, func(ctx context.Context, job *fleet.Job) Done {
		d.enter(job.Host.Name)
		defer d.leave(job.Host.Name)
		if _, _, err := job.Steps.Begin("act", job.Host.Name == "r1"); err != nil {
			t.Error(err)
		}
		begun <- job.Host.Name
		<-ctx.Done()
		if cause := context.Cause(ctx); cause != errLockLost && cause != errDrained {
			t.Errorf("%s ends as %v", job.Host.Name, cause)
		}
		return Done{Outcome: fleet.Outcome{Error: &fleet.Failure{Reason: "cut"}}}
	})
	r := newRun(t, s.url(), hostsOf(3), fleet.Rules{At: 3}, briefly)
	over := make(chan *fleet.Summary, 1)
	go func() { over <- r.do(t) }()
	for range 3 {
		<-begun
	}
	way.sever()
	startWorker(t, WorkerConfig{Server: Server{URL: s.url()}, Name: "other", At: 3, Times: brief}, func(_ context.Context, job *fleet.Job) Done {
		d.enter(job.Host.Name)
		defer d.leave(job.Host.Name)
		_, done, err := job.Steps.Begin("act", job.Host.Name == "r1")
		if err != nil {
			return Done{Outcome: fleet.Outcome{Error: &fleet.Failure{Kind: "step", Reason: err.Error()}}}
		}
		if done {
			t.Errorf("the step of %s is done", job.Host.Name)
		}
		return Done{Outcome: fleet.Outcome{Value: []byte(`"other"`)}}
	})
	if sum := <-over; sum.OK != 1 || sum.Failed != 2 || r.values(t)["r1"] != `"other"` {
		t.Errorf("%+v\n%s", sum, r.told.text())
	}
	d.check(t)
}

// TestServerRestarts: with its store, what is going on goes on; without it, it is queued
// anew. Each host has one result, and no device has two at once.
func TestServerRestarts(t *testing.T) {
	waitsForExpiry(t)
	t.Parallel()
	for _, keeps := range []bool{true, false} {
		t.Run(fmt.Sprintf("keeps=%v", keeps), func(t *testing.T) {
			t.Parallel()
			s := startServer(t, nil)
			d := newDevices()
			begun, goOn := make(chan bool, 100), make(chan bool)
			for _, name := range []string{"w1", "w2"} {
				startWorker(t, WorkerConfig{Server: Server{URL: s.url()}, Name: name, At: 2, Times: brief}, func(ctx context.Context, job *fleet.Job) Done {
					d.enter(job.Host.Name)
					defer d.leave(job.Host.Name)
					select {
					case begun <- true:
					default:
					}
					select {
					case <-goOn:
					case <-ctx.Done():
						return Done{Outcome: fleet.Outcome{Error: &fleet.Failure{Reason: "cut"}}}
					}
					return Done{Outcome: fleet.Outcome{Value: []byte(`1`)}}
				})
			}
			r := newRun(t, s.url(), hostsOf(12), fleet.Rules{At: 12}, briefly)
			over := make(chan *fleet.Summary, 1)
			go func() { over <- r.do(t) }()
			for range 4 {
				<-begun
			}
			s.stop()
			if !keeps {
				if err := os.RemoveAll(s.options.StoreDir); err != nil {
					t.Fatal(err)
				}
			}
			s.start()
			r.told.await(t, "there again")
			if !keeps {
				r.told.await(t, "the server has lost what was queued")
			}
			close(goOn)
			if sum := <-over; sum.OK != 12 {
				t.Errorf("%+v\n%s", sum, r.told.text())
			}
			d.check(t)
		})
	}
}

// kill ends a queue as KILL does: nothing is taken back.
func (q *Queue) kill() {
	q.link.conn.Close()
	q.end()
}

// TestQueueKilled: a run whose program is killed goes on. What workers have done since
// counts, and they go on with what they are at.
func TestQueueKilled(t *testing.T) {
	t.Parallel()
	s := startServer(t, nil)
	d := newDevices()
	begun, first, rest := make(chan string, 100), make(chan bool), make(chan bool)
	w := startWorker(t, WorkerConfig{Server: Server{URL: s.url()}, At: 4}, func(ctx context.Context, job *fleet.Job) Done {
		d.enter(job.Host.Name)
		defer d.leave(job.Host.Name)
		begun <- job.Host.Name
		wait := rest
		if job.Host.Name < "r2" {
			wait = first
		}
		select {
		case <-wait:
		case <-ctx.Done():
			return Done{Outcome: fleet.Outcome{Error: &fleet.Failure{Reason: "cut"}}}
		}
		if job.Host.Name == "r3" { // it asks while nobody is there, and after that
			if _, _, err := job.Steps.Begin("act", false); err != nil {
				t.Error(err)
			}
			if err := job.Steps.Done("act", json.RawMessage("1")); err != nil {
				t.Error(err)
			}
		}
		return Done{Outcome: fleet.Outcome{Value: []byte(`"done"`)}}
	})
	hosts := hostsOf(8)
	r := newRun(t, s.url(), hosts, fleet.Rules{At: 4}, nil)
	ctx, cancel := context.WithCancel(t.Context())
	over := make(chan bool)
	go func() { _, _ = r.Do(ctx); close(over) }()
	for range 4 {
		<-begun
	}
	r.queue.kill()
	cancel()
	<-over
	if err := r.Journal.Close(); err != nil {
		t.Fatal(err)
	}
	close(first)
	lie := func() uint64 {
		st, err := w.link.js.Stream(t.Context(), resultsStream)
		if err != nil {
			t.Fatal(err)
		}
		return st.CachedInfo().State.Msgs
	}
	for late := time.Now().Add(20 * time.Second); lie() < 2 && time.Now().Before(late); {
		<-time.After(10 * time.Millisecond)
	}
	j, state, err := fleet.OpenJournal(string(r.folder))
	if err != nil {
		t.Fatal(err)
	}
	if len(state.Results) != 0 {
		t.Errorf("%d results", len(state.Results))
	}
	r.Run = fleet.NewRun()
	r.Hosts, r.Rules, r.Journal, r.State = hosts, fleet.Rules{At: 8}, j, state
	r.config.Sealed, r.config.Resumed = r.queue.Sealed(), len(state.Resumed)+1
	r.open(t)
	close(rest)
	if sum := r.do(t); sum.OK != 8 {
		t.Errorf("%+v\n%s", sum, r.told.text())
	}
	d.check(t)
	for name, n := range d.did {
		if n != 1 {
			t.Errorf("%s was done %d times", name, n)
		}
	}
}

// TestEndings: a run that is stopped, cut off, or out of time.
func TestEndings(t *testing.T) {
	t.Parallel()
	s := startServer(t, nil)
	begun := make(chan bool, 100)
	startWorker(t, WorkerConfig{Server: Server{URL: s.url()}, At: 2}, func(ctx context.Context, job *fleet.Job) Done {
		begun <- true
		switch job.Host.Name {
		case "r0":
			return Done{Outcome: fleet.Outcome{Error: &fleet.Failure{Reason: "no"}}}
		case "again":
			if job.Try < 3 {
				return Done{Outcome: fleet.Outcome{Error: &fleet.Failure{Reason: "no"}, Untouched: true}}
			}
			return Done{}
		}
		<-ctx.Done()
		return Done{Outcome: fleet.Outcome{Error: &fleet.Failure{Reason: context.Cause(ctx).Error()}}}
	})
	run := func(name string, hosts []*fleet.Host, rules fleet.Rules, after func(r *testRun, cut func())) *fleet.Summary {
		r := newRun(t, s.url(), hosts, rules, func(c *Config) { c.Bundle.Run = name })
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		if after != nil {
			go after(r, cancel)
		}
		sum, err := r.Do(ctx)
		if err != nil {
			t.Error(err)
		}
		r.queue.Close(sum.Left() == 0)
		return sum
	}
	if sum := run("a1", hostsOf(50), fleet.Rules{At: 50, Stop: fleet.Stop{Failures: 1}, Timeout: time.Second}, nil); sum.Left() < 30 || sum.Cut != 0 || !strings.Contains(sum.Stopped, "-stop 1") {
		t.Errorf("stopped: %+v", sum)
	}
	for len(begun) > 0 {
		<-begun
	}
	if sum := run("a2", hostsOf(5)[1:], fleet.Rules{At: 5}, func(_ *testRun, cut func()) { <-begun; <-begun; cut() }); sum.Left() != 4 || sum.Cut != 2 {
		t.Errorf("cut off: %+v", sum)
	}
	if sum := run("a3", hostsOf(2)[1:], fleet.Rules{At: 5, Timeout: 50 * time.Millisecond}, nil); sum.Failed != 1 {
		t.Errorf("out of time: %+v", sum)
	}
	if sum := run("a4", []*fleet.Host{{Name: "again", Address: "demo://"}}, fleet.Rules{At: 5, Retry: 2}, nil); sum.OK != 1 {
		t.Errorf("tried again: %+v", sum)
	}
}

// TestNobodyThere: hosts of a site that has no worker wait, which is told.
func TestNobodyThere(t *testing.T) {
	t.Parallel()
	s := startServer(t, nil)
	r := newRun(t, s.url(), hostsOf(4, "nowhere"), fleet.Rules{At: 5}, briefly)
	w := startWorker(t, WorkerConfig{Server: Server{URL: s.url()}, Name: "elsewhere", Site: "elsewhere"}, nil)
	go func() {
		defer r.Drain("enough") // also where it is not told
		r.told.await(t, `4 hosts of site "nowhere" wait: no worker has taken them for`)
	}()
	if sum := r.do(t); sum.Left() != 4 {
		t.Errorf("%+v", sum)
	}
	w.told.await(t, "takes part in the run abc123")
}

// TestDrain: a worker that is told to end takes no more, and what it is at goes on; one
// that has to end at once gives it back.
func TestDrain(t *testing.T) {
	t.Parallel()
	s := startServer(t, nil)
	begun, goOn := make(chan string, 100), make(chan bool)
	do := func(name string) doerFunc {
		return func(ctx context.Context, job *fleet.Job) Done {
			begun <- name
			select {
			case <-goOn:
				return Done{Outcome: fleet.Outcome{Value: []byte(`"` + name + `"`)}}
			case <-ctx.Done():
				return Done{Outcome: fleet.Outcome{Error: &fleet.Failure{Reason: "cut"}}}
			}
		}
	}
	w1 := startWorker(t, WorkerConfig{Server: Server{URL: s.url()}, Name: "w1", At: 1}, do("w1"))
	r := newRun(t, s.url(), hostsOf(3), fleet.Rules{At: 3}, nil)
	over := make(chan *fleet.Summary, 1)
	go func() { over <- r.do(t) }()
	<-begun
	w1.Drain()
	w1.Drain()
	w2 := startWorker(t, WorkerConfig{Server: Server{URL: s.url()}, Name: "w2", At: 1}, do("w2"))
	if name := <-begun; name != "w2" {
		t.Errorf("%s goes on", name)
	}
	w2.kill()
	startWorker(t, WorkerConfig{Server: Server{URL: s.url()}, Name: "w3", At: 3}, do("w3"))
	<-begun
	<-begun
	close(goOn)
	if sum := <-over; sum.OK != 3 {
		t.Errorf("%+v", sum)
	}
	got := make(map[string]int)
	for _, v := range r.values(t) {
		got[v]++
	}
	if got[`"w1"`] != 1 || got[`"w3"`] != 2 {
		t.Errorf("%v", got)
	}
}

// TestServerWrong: what is wrong with the server is told.
func TestServerWrong(t *testing.T) {
	t.Parallel()
	plain := startServer(t, func(o *server.Options) { o.JetStream = false })
	users := startServer(t, func(o *server.Options) { o.Username, o.Password = "u", "p" })
	full := startServer(t, func(o *server.Options) { o.JetStreamMaxStore = 20_000; o.JetStreamMaxMemory = 1 })
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	nobody := "nats://" + l.Addr().String()
	l.Close()
	file := t.TempDir() + "/none"
	for _, test := range []struct {
		s          Server
		want, hint string
	}{
		{Server{URL: nobody}, "no server answers there", "nats-server -js"},
		{Server{URL: plain.url()}, "has no JetStream", "start it with nats-server -js"},
		{Server{URL: users.url()}, "the server refuses the credentials", "-creds"},
		{Server{URL: users.url(), User: "u", Password: "wrong"}, "the server refuses the credentials", ""},
		{Server{URL: plain.url(), NKey: file}, "no such file", ""},
		{Server{URL: plain.url(), Creds: file}, "no such file", ""},
		{Server{URL: plain.url(), CA: file}, "no such file", ""},
		{Server{URL: "nats://192.0.2.1:4222", Loopback: true}, "the server is not on this machine", "-trust"},
		{Server{URL: full.url()}, "", ""},
	} {
		c := Config{Server: test.s, Secrets: NewSecrets(), Times: long, Tell: func(string) {}, Bundle: &Bundle{Run: "ab", Source: make([]byte, 100_000)}}
		_, err := Open(t.Context(), c)
		e, ok := errors.AsType[*Error](err)
		if !ok || !strings.Contains(err.Error(), test.want) || e.Kind() != "connect" || test.hint != "" && !strings.Contains(e.Hint, test.hint) {
			t.Errorf("%+v: %v", test.s, err)
		}
		t.Log(err)
	}
	if _, err := Open(t.Context(), Config{Server: Server{URL: users.url(), User: "u", Password: "p"}, Secrets: NewSecrets(), Bundle: &Bundle{Run: "ab", Source: make([]byte, mostBundle)}}); err == nil || !strings.Contains(err.Error(), "larger than 64 MB") {
		t.Error(err)
	}
}
