package workers

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/moonwire/moonwire/engine/fleet"
)

// heldMessage is a job that counts what is said of it.
type heldMessage struct {
	jetstream.Msg
	acked atomic.Int32
}

func (m *heldMessage) Ack() error { m.acked.Add(1); return nil }

// A postOffice is a worker's part of a run that has results, but does no jobs.
type postOffice struct {
	*workerRun
	queue *channel
	stop  context.CancelFunc
	told  *lines
	all   []*heldMessage
}

func newPostOffice(t *testing.T, s *testServer, times Times) *postOffice {
	t.Helper()
	secrets := NewSecrets()
	p := &postOffice{told: newLines()}
	w := &Worker{c: WorkerConfig{Times: times}, link: s.dial(), free: newSlots(1000), told: newTeller(p.told.add)}
	var stop context.CancelFunc
	w.ctx, stop = context.WithCancel(t.Context())
	w.locks = &locks{link: w.link, times: times}
	r := w.newRun(&Bundle{Run: "ab", Public: publicOf(secrets.Private)}, nil)
	c, err := agree(secrets.Private, r.public, r.public, "ab")
	if err != nil {
		t.Fatal(err)
	}
	p.workerRun, p.queue, p.stop = r, c, stop
	return p
}

// ends has a job end.
func (p *postOffice) ends(value string) {
	m := &heldMessage{}
	n := uint64(len(p.all) + 1)
	h := &held{msg: m, attempt: attempt{n, 1}, ticket: &ticket{Host: fmt.Sprintf("r%d", n), Attempt: attempt{n, 1}}}
	h.ctx, h.cancel = context.WithCancelCause(p.w.ctx)
	p.all = append(p.all, m)
	p.deliver(h, &result{Ticket: *h.ticket, Value: fleet.JSON(value)}, nil)
}

// acked is how many jobs were acknowledged.
func (p *postOffice) acked() int {
	n := 0
	for _, m := range p.all {
		n += int(m.acked.Load())
	}
	return n
}

// stored are the results on the server, a list for each message.
func (p *postOffice) stored(t *testing.T) [][]string {
	t.Helper()
	l := p.w.link
	st, err := l.js.Stream(t.Context(), resultsStream)
	if err != nil {
		t.Fatal(err)
	}
	var all [][]string
	for seq := st.CachedInfo().State.FirstSeq; seq <= st.CachedInfo().State.LastSeq; seq++ {
		m, err := st.GetMsg(t.Context(), seq)
		if err != nil {
			t.Fatal(err)
		}
		data, err := l.dataOf(t.Context(), m.Header, m.Data)
		if err != nil {
			t.Fatal(err)
		}
		var list []*result
		if !p.queue.openUp(data, kindResults, &list) {
			t.Fatal("a message is damaged")
		}
		var names []string
		for _, r := range list {
			names = append(names, r.Ticket.Host)
		}
		all = append(all, names)
	}
	return all
}

// TestBatches: what becomes ready while nothing can be sent is sent at once, in as few
// messages as there are bytes for; what is too large for a message goes alone.
func TestBatches(t *testing.T) {
	t.Parallel()
	s := startServer(t, func(o *server.Options) { o.MaxPayload = 8192 })
	p := newPostOffice(t, s, long)
	if _, err := p.w.link.ensureStreams(t.Context()); err != nil {
		t.Fatal(err)
	}
	large := strings.Repeat("x", 3000)
	for _, value := range []string{"", "", "", large, large, large, "", strings.Repeat("x", 10_000), ""} {
		p.ends(value)
	}
	if n := p.acked(); n != 0 {
		t.Errorf("%d are acknowledged before anything is sent", n)
	}
	close(p.out.over)
	p.send()
	if got := fmt.Sprint(p.stored(t)); got != "[[r1 r2 r3 r4 r5] [r6 r7] [r8] [r9]]" {
		t.Error(got)
	}
	if n := p.acked(); n != 9 {
		t.Errorf("%d are acknowledged", n)
	}
}

// TestStreamLimit: results that are too large together for the stream, though not for the
// server, are sent apart, and one that is too large alone goes to an object.
func TestStreamLimit(t *testing.T) {
	t.Parallel()
	s := startServer(t, nil)
	p := newPostOffice(t, s, long)
	if _, err := p.w.link.js.CreateStream(t.Context(), jetstream.StreamConfig{
		Name: resultsStream, Subjects: []string{subjectResults + ">"}, Retention: jetstream.WorkQueuePolicy, MaxMsgSize: 3000,
	}); err != nil {
		t.Fatal(err)
	}
	for range 5 {
		p.ends(strings.Repeat("x", 1000))
	}
	p.ends(strings.Repeat("x", 5000))
	close(p.out.over)
	p.send()
	if got := fmt.Sprint(p.stored(t)); got != "[[r1] [r2 r3] [r4] [r5] [r6]]" || p.acked() != 6 {
		t.Errorf("%s, %d are acknowledged", got, p.acked())
	}
}

// TestSlowFiles: a result counts though its files take more time than there is.
func TestSlowFiles(t *testing.T) {
	t.Parallel()
	s := startServer(t, nil)
	times := long
	times.Patience = 500 * time.Millisecond
	p := newPostOffice(t, s, times)
	if _, err := p.w.link.ensureStreams(t.Context()); err != nil {
		t.Fatal(err)
	}
	tries := 0
	p.ends("1")
	p.hand(p.out.take(), func(ctx context.Context) {
		if tries++; tries == 3 {
			t.Error("it is sent again and again")
			p.stop()
		}
		<-ctx.Done()
	})
	if got := p.stored(t); len(got) == 0 || p.acked() != 1 {
		t.Errorf("%v, %d are acknowledged", got, p.acked())
	}
}

// TestServerFull: results that the server does not take are kept, their jobs with them, and
// are sent once it has room. What is ready meanwhile comes next.
func TestServerFull(t *testing.T) {
	t.Parallel()
	s := startServer(t, nil)
	full := jetstream.StreamConfig{
		Name: resultsStream, Subjects: []string{subjectResults + ">"}, Retention: jetstream.WorkQueuePolicy, MaxBytes: 1, Discard: jetstream.DiscardNew,
	}
	p := newPostOffice(t, s, long)
	l := p.w.link
	if _, err := l.js.CreateStream(t.Context(), full); err != nil {
		t.Fatal(err)
	}
	tried := make(chan bool, 100)
	if _, err := l.conn.Subscribe(subjectResults+"ab", func(*nats.Msg) { tried <- true }); err != nil {
		t.Fatal(err)
	}
	p.ends("1")
	p.ends("2")
	var work sync.WaitGroup
	work.Go(p.send)
	<-tried
	p.ends("3")
	<-tried // the first was refused
	p.ends("4")
	if n := p.acked(); n != 0 {
		t.Errorf("%d are acknowledged", n)
	}
	full.MaxBytes = -1
	if _, err := l.js.UpdateStream(t.Context(), full); err != nil {
		t.Fatal(err)
	}
	close(p.out.over)
	work.Wait()
	if got := fmt.Sprint(p.stored(t)); got != "[[r1 r2] [r3 r4]]" {
		t.Error(got)
	}
	if n := p.acked(); n != 4 {
		t.Errorf("%d are acknowledged", n)
	}
	if got := p.told.text(); strings.Count(got, "\n") != 0 || !strings.Contains(got, "the server does not take results, which are kept and sent again: ") {
		t.Errorf("told: %q", got)
	}
	// A worker that has to end keeps nobody waiting: its jobs are done again.
	full.MaxBytes = 1
	if _, err := l.js.UpdateStream(t.Context(), full); err != nil {
		t.Fatal(err)
	}
	p.ends("5")
	p.stop()
	p.send()
	if n := p.acked(); n != 4 {
		t.Errorf("%d are acknowledged at the end", n)
	}
}

// TestJobsFull: jobs that the server does not take are queued once it has room.
func TestJobsFull(t *testing.T) {
	t.Parallel()
	s := startServer(t, nil)
	l := s.dial()
	full := jetstream.StreamConfig{
		Name: jobsStream, Subjects: []string{subjectJobs + ">"}, Retention: jetstream.WorkQueuePolicy, MaxBytes: 1, Discard: jetstream.DiscardNew,
	}
	if _, err := l.js.CreateStream(t.Context(), full); err != nil {
		t.Fatal(err)
	}
	var did atomic.Int32
	startWorker(t, WorkerConfig{Server: Server{URL: s.url()}}, func(context.Context, *fleet.Job) Done { did.Add(1); return Done{} })
	r := newRun(t, s.url(), hostsOf(3), fleet.Rules{At: 3}, nil)
	tried := make(chan bool, 1000)
	if _, err := l.conn.Subscribe(subjectJobs+">", func(*nats.Msg) { tried <- true }); err != nil {
		t.Fatal(err)
	}
	if err := l.conn.Flush(); err != nil {
		t.Fatal(err)
	}
	over := make(chan *fleet.Summary, 1)
	go func() { over <- r.do(t) }()
	for range 4 {
		<-tried
	}
	full.MaxBytes = -1
	if _, err := l.js.UpdateStream(t.Context(), full); err != nil {
		t.Fatal(err)
	}
	if sum := <-over; sum.OK != 3 || did.Load() != 3 {
		t.Errorf("%+v, %d were done", sum, did.Load())
	}
}

// TestLargeHosts: where the hosts that are granted together do not fit into an answer, those
// that are left out are asked for again.
func TestLargeHosts(t *testing.T) {
	t.Parallel()
	s := startServer(t, func(o *server.Options) { o.MaxPayload = 8192 })
	var did atomic.Int32
	startWorker(t, WorkerConfig{Server: Server{URL: s.url()}, At: 20}, func(_ context.Context, job *fleet.Job) Done {
		did.Add(1)
		return Done{Outcome: fleet.Outcome{Value: fleet.JSON(len(job.Host.Vars["v"].(string)))}}
	})
	hosts := hostsOf(20)
	for _, h := range hosts {
		h.Vars["v"] = strings.Repeat("x", 2000)
	}
	r := newRun(t, s.url(), hosts, fleet.Rules{At: 20}, nil)
	if sum := r.do(t); sum.OK != 20 || did.Load() != 20 || r.values(t)["r7"] != "2000" {
		t.Errorf("%+v, %d were done", sum, did.Load())
	}
	store, err := s.dial().objectStore(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	objects, err := store.List(t.Context())
	if err != nil && !errors.Is(err, jetstream.ErrNoObjectsFound) {
		t.Fatal(err)
	}
	for _, o := range objects {
		t.Errorf("%s was made", o.Name)
	}
}

// TestTakeAll: of locks that are taken together each is as it would be alone.
func TestTakeAll(t *testing.T) {
	t.Parallel()
	s := startServer(t, nil)
	l := s.dial()
	k := &locks{link: l, times: Times{Lock: time.Minute, Patience: 5 * time.Second}, told: newTeller(func(string) {})}
	take := func(worker string, keys ...string) (list []*taking) {
		for _, key := range keys {
			list = append(list, &taking{key: key, owner: owner{Worker: worker}})
		}
		k.takeAll(t.Context(), list)
		return list
	}
	first := take("a", "x", "y", "z")
	for _, g := range first {
		if g.err != nil || g.lock == nil || g.lock.key != g.key || g.lock.owner.Worker != "a" {
			t.Fatalf("%+v", g)
		}
	}
	k.release(first[1].lock)
	k.release(&lock{key: "z"}) // one that was not taken
	second := take("b", "w", "x", "y", "z", "v")
	for i, taken := range []bool{true, false, true, false, true} {
		if g := second[i]; g.err != nil || (g.lock != nil) != taken {
			t.Errorf("%s: %+v", g.key, g)
		}
	}
	b, err := k.open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for key, want := range map[string]string{"v": "b", "w": "b", "x": "a", "y": "b", "z": "a"} {
		var o owner
		if e, err := b.Get(t.Context(), key); err != nil || json.Unmarshal(e.Value(), &o) != nil || o.Worker != want {
			t.Errorf("%s has %+v, %v", key, o, err)
		}
	}
	k.release(first[1].lock) // which is another's by now
	if g := take("c", "y")[0]; g.err != nil || g.lock != nil {
		t.Errorf("%+v", g)
	}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	list := []*taking{{key: "u"}}
	if k.takeAll(gone, list); list[0].lock != nil || list[0].err == nil || !strings.HasPrefix(list[0].err.Error(), "cannot lock") {
		t.Errorf("%+v", list[0])
	}
	k.forget()
	if k.takeAll(gone, list); list[0].err == nil || !strings.HasPrefix(list[0].err.Error(), "cannot make the bucket") {
		t.Errorf("%+v", list[0])
	}
}

// A waitingBucket is one in which a lock is not made before until.
type waitingBucket struct {
	jetstream.KeyValue
	until chan bool
}

func (b waitingBucket) Create(context.Context, string, []byte, ...jetstream.KVCreateOpt) (uint64, error) {
	<-b.until
	return 0, jetstream.ErrKeyExists
}

// TestTookAtOnce: a lock that is there counts as held, and is renewed, while one that is taken
// with it has to wait.
func TestTookAtOnce(t *testing.T) {
	t.Parallel()
	s := startServer(t, nil)
	k := &locks{link: s.dial(), times: Times{Lock: time.Minute, Patience: 5 * time.Second}, told: newTeller(func(string) {})}
	first := &taking{key: "y"}
	if k.takeAll(t.Context(), []*taking{first}); first.lock == nil {
		t.Fatal(first.err)
	}
	until := make(chan bool)
	k.bucket = waitingBucket{k.bucket, until}
	list := []*taking{{key: "y"}, {key: "x", took: func(*lock) { close(until) }}}
	if k.takeAll(t.Context(), list); list[0].lock != nil || list[1].lock == nil {
		t.Errorf("%+v %+v", list[0], list[1])
	}
}
