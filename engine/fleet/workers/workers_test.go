package workers

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"

	"github.com/moonwire/moonwire/engine/fleet"
)

// long are times that nothing runs into, whatever else the machine does.
var long = Times{Redeliver: 10 * time.Second, Lock: 20 * time.Second, Announce: 500 * time.Millisecond, Patience: 5 * time.Second}

// brief are times whose end a test waits for.
var brief = Times{Redeliver: 1200 * time.Millisecond, Lock: 2 * time.Second, Rest: 1200 * time.Millisecond, Announce: 100 * time.Millisecond, Patience: time.Second}

// briefly has a queue use brief times.
func briefly(c *Config) { c.Times = brief }

// waitsForExpiry skips a test of brief times with the race detector: on a machine that does
// other things as well they end too early there. MOONWIRE_LOCKS=1 runs it.
func waitsForExpiry(t *testing.T) {
	t.Helper()
	if underRace && os.Getenv("MOONWIRE_LOCKS") == "" {
		t.Skip("MOONWIRE_LOCKS is not set; with the race detector it wants a machine of its own")
	}
}

// A testServer is a server in this process, which can be restarted.
type testServer struct {
	t       testing.TB
	options server.Options
	s       *server.Server
}

func startServer(t testing.TB, change func(o *server.Options)) *testServer {
	t.Helper()
	ts := &testServer{t: t, options: server.Options{
		Host: "127.0.0.1", Port: -1, JetStream: true, StoreDir: t.TempDir(), NoLog: true, NoSigs: true, NoSystemAccount: true, AuthTimeout: 60,
	}}
	if change != nil {
		change(&ts.options)
	}
	ts.start()
	t.Cleanup(ts.stop)
	return ts
}

func (ts *testServer) start() {
	ts.t.Helper()
	o := ts.options
	s, err := server.NewServer(&o)
	if err != nil {
		ts.t.Fatal(err)
	}
	s.Start()
	if !s.ReadyForConnections(10 * time.Second) {
		ts.t.Fatal("the server does not start")
	}
	ts.s = s
	ts.options.Port = o.Port // the same one after a restart
}

func (ts *testServer) stop() {
	ts.s.Shutdown()
	ts.s.WaitForShutdown()
}

func (ts *testServer) url() string { return ts.s.ClientURL() }

// dial connects to the server until the test ends.
func (ts *testServer) dial() *link {
	ts.t.Helper()
	l, err := (&Server{URL: ts.url()}).dial(ts.t.Context())
	if err != nil {
		ts.t.Fatal(err)
	}
	ts.t.Cleanup(l.conn.Close)
	return l
}

// lines gathers what is told.
type lines struct {
	mu   sync.Mutex
	list []string
	more chan struct{}
}

func newLines() *lines { return &lines{more: make(chan struct{}, 1)} }

func (l *lines) add(line string) {
	l.mu.Lock()
	l.list = append(l.list, line)
	l.mu.Unlock()
	select {
	case l.more <- struct{}{}:
	default:
	}
}

func (l *lines) text() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Join(l.list, "\n")
}

// await waits until a line holds a text.
func (l *lines) await(t testing.TB, want string) {
	t.Helper()
	late := time.After(30 * time.Second)
	for !strings.Contains(l.text(), want) {
		select {
		case <-l.more:
		case <-late:
			t.Fatalf("nobody tells %q, but\n%s", want, l.text())
		}
	}
}

// doerFunc is a function as a Doer.
type doerFunc func(ctx context.Context, job *fleet.Job) Done

func (f doerFunc) Do(ctx context.Context, job *fleet.Job) Done { return f(ctx, job) }

// A testWorker is a worker in this process.
type testWorker struct {
	*Worker
	told *lines
	over chan error
	kill context.CancelFunc
}

func startWorker(t testing.TB, c WorkerConfig, do doerFunc) *testWorker {
	t.Helper()
	w := &testWorker{told: newLines(), over: make(chan error, 1)}
	if c.Times == (Times{}) {
		c.Times = long
	}
	if c.At == 0 {
		c.At = 10
	}
	if c.Name == "" {
		c.Name = "w1"
	}
	if c.Program == "" {
		c.Program = "test"
	}
	c.Tell = w.told.add
	if c.Prepare == nil {
		c.Prepare = func(*Bundle) (Doer, error) { return do, nil }
	}
	c.Device = device
	var err error
	if w.Worker, err = OpenWorker(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	w.kill = cancel
	go func() { w.over <- w.Do(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-w.over; err != nil {
			t.Error(err)
		}
	})
	return w
}

func device(address string) string {
	if address == "demo://" {
		return ""
	}
	return address
}

// A testRun is a run over a server.
type testRun struct {
	*fleet.Run
	queue  *Queue
	told   *lines
	config Config
	folder fleet.Folder
	header *fleet.Header
}

func hostsOf(n int, sites ...string) []*fleet.Host {
	var hosts []*fleet.Host
	for i := range n {
		h := &fleet.Host{Name: fmt.Sprintf("r%d", i), Address: fmt.Sprintf("tcp://192.0.2.1:%d", i+1), Vars: map[string]any{"n": float64(i)}}
		if len(sites) > 0 {
			h.Vars["site"] = sites[i%len(sites)]
		}
		hosts = append(hosts, h)
	}
	return hosts
}

// newRun makes a run whose jobs are done elsewhere.
func newRun(t testing.TB, url string, hosts []*fleet.Host, rules fleet.Rules, change func(c *Config)) *testRun {
	t.Helper()
	folder, err := fleet.CreateFolder(filepath.Join(t.TempDir(), "out"))
	if err != nil {
		t.Fatal(err)
	}
	r := &testRun{told: newLines(), folder: folder, header: &fleet.Header{Run: "abc123"}}
	j, err := fleet.CreateJournal(string(folder), r.header)
	if err != nil {
		t.Fatal(err)
	}
	var sites []string
	for _, h := range hosts {
		site := ""
		if s := h.Values("site"); len(s) > 0 {
			site = s[0]
		}
		if !slices.Contains(sites, site) {
			sites = append(sites, site)
		}
	}
	r.config = Config{
		Server: Server{URL: url}, Secrets: NewSecrets(), Times: long, Device: device, Tell: r.told.add,
		Bundle: &Bundle{
			Program: "test", Run: "abc123", Script: "test.lua", Source: []byte("return 1"),
			Sites: sites, Timeout: rules.Timeout, Expires: time.Now().Add(time.Hour),
		},
	}
	if change != nil {
		change(&r.config)
	}
	r.Run = fleet.NewRun()
	r.Hosts, r.Rules, r.Journal = hosts, rules, j
	r.open(t)
	return r
}

func (r *testRun) open(t testing.TB) {
	t.Helper()
	var err error
	if r.queue, err = Open(t.Context(), r.config); err != nil {
		t.Fatal(err)
	}
	r.Worker = r.queue
}

// do does the run, and closes what it used.
func (r *testRun) do(t testing.TB) *fleet.Summary {
	t.Helper()
	s, err := r.Do(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	r.queue.Close(s.Left() == 0)
	return s
}

// values are the results, by host.
func (r *testRun) values(t testing.TB) map[string]string {
	t.Helper()
	got := make(map[string]string)
	if err := r.Results(func(h *fleet.Host, res *fleet.Result) error {
		got[h.Name] = string(res.Value)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return got
}

// TestRun: two workers share a run; steps are recorded, values of all sizes come back.
func TestRun(t *testing.T) {
	t.Parallel()
	s := startServer(t, nil)
	var mu sync.Mutex
	did := make(map[string]int)
	do := func(name string) doerFunc {
		return func(ctx context.Context, job *fleet.Job) Done {
			mu.Lock()
			did[job.Host.Name]++
			mu.Unlock()
			v, done, err := job.Steps.Begin("act", false)
			if err != nil || done || v != nil {
				t.Errorf("%s: %s %v %v", job.Host.Name, v, done, err)
			}
			if err := job.Steps.Done("act", json.RawMessage(`"x"`)); err != nil {
				t.Error(err)
			}
			if v, done, err := job.Steps.Begin("act", false); err != nil || !done || string(v) != `"x"` {
				t.Errorf("%s: %s %v %v", job.Host.Name, v, done, err)
			}
			value := fmt.Appendf(nil, `"%s %v"`, job.Host.Name, job.Host.Vars["n"])
			if job.Host.Name == "r7" {
				value = fmt.Appendf(nil, `"%s"`, strings.Repeat("x", 3<<20))
			}
			return Done{Outcome: fleet.Outcome{Value: value}, Said: []Said{{Text: name + "\n"}}, Files: map[string][]byte{"log": []byte(job.Host.Name)}}
		}
	}
	startWorker(t, WorkerConfig{Server: Server{URL: s.url()}, Name: "w1"}, do("w1"))
	startWorker(t, WorkerConfig{Server: Server{URL: s.url()}, Name: "w2"}, do("w2"))
	said, files := newLines(), newLines()
	r := newRun(t, s.url(), hostsOf(60), fleet.Rules{At: 30}, func(c *Config) {
		c.Said = func(host string, list []Said) { said.add(host + ": " + list[0].Text) }
		c.File = func(host, kind string, data []byte) error { files.add(host + kind + string(data)); return nil }
	})
	sum := r.do(t)
	got := r.values(t)
	if sum.OK != 60 || got["r12"] != `"r12 12"` || len(got["r7"]) != 3<<20+2 {
		t.Errorf("%+v %s %d\n%s", sum, got["r12"], len(got["r7"]), r.told.text())
	}
	for name, n := range did {
		if n != 1 {
			t.Errorf("%s was done %d times", name, n)
		}
	}
	if len(said.list) != 60 || !slices.Contains(files.list, "r3logr3") {
		t.Errorf("%d said, %q", len(said.list), files.list)
	}
	for _, name := range []string{"w1", "w2"} {
		if !strings.Contains(said.text(), name) || !strings.Contains(r.told.text(), "the worker "+name+" takes part, with 10 hosts at once") {
			t.Errorf("%s does nothing:\n%s", name, r.told.text())
		}
	}
}
