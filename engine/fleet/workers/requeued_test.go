package workers

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/moonwire/moonwire/engine/fleet"
)

// TestQueuedAgain: a job that a server has lost, and that was queued again, is not given to
// the worker that is at it, nor to another, until that one is not heard of; no attempt at it
// is one of before, for which a step would begin twice.
func TestQueuedAgain(t *testing.T) {
	t.Parallel()
	s := startServer(t, nil)
	r := newRun(t, s.url(), hostsOf(2), fleet.Rules{At: 2}, nil)
	defer r.queue.Close(true)
	p, other := newPuppet(t, r), newPuppet(t, r)
	jobs := r.beginAll()
	jobs[1].try = 2
	before := []attempt{{jobs[0].number, 1}, {jobs[1].number, 1}}
	for i, g := range r.queue.grant(p.public, before).Jobs {
		if g.Host == nil {
			t.Fatalf("r%d: %+v", i, g)
		}
	}
	r.queue.requeue()
	for i, g := range r.queue.grant(p.public, before).Jobs {
		if !g.Over {
			t.Errorf("r%d: the message of before: %+v", i, g)
		}
	}
	now := func(j *job) []attempt {
		r.queue.mu.Lock()
		defer r.queue.mu.Unlock()
		return []attempt{{j.number, 1}}
	}
	at := []ticket{p.ticket("r0", before[0]), p.ticket("r1", before[1])}
	for _, w := range []*puppet{p, other} {
		if g := r.queue.grant(w.public, now(jobs[0])).Jobs[0]; g.Host != nil || g.Wait == 0 {
			t.Errorf("its worker is at it: %+v", g)
		}
	}
	heard := func(d time.Duration) {
		r.queue.mu.Lock()
		jobs[0].heard = time.Now().Add(-d)
		r.queue.mu.Unlock()
	}
	heard(time.Hour)
	if got := r.queue.beat(p.public, at); len(got.Cancel) > 0 {
		t.Errorf("%+v", got)
	}
	if g := r.queue.grant(other.public, now(jobs[0])).Jobs[0]; g.Host != nil || g.Wait == 0 {
		t.Errorf("its worker has said that it is at it: %+v", g)
	}
	heard(time.Hour)
	if g := r.queue.grant(other.public, now(jobs[0])).Jobs[0]; g.Host == nil {
		t.Errorf("its worker is not heard of: %+v", g)
	}
	if got := r.queue.beat(p.public, at); len(got.Cancel) != 1 || got.Cancel[0] != before[0] {
		t.Errorf("%+v", got)
	}
	m := &objectMessage{data: p.result("r1", before[1], &result{Value: []byte("1")})}
	newReader(r.queue).came(m) // of a second try, too
	if e := jobs[1].ending(); e == nil || string(e.outcome.Value) != "1" {
		t.Errorf("%+v", e)
	}
}

// TestSaidOfWhatIsLost: what a worker, or a run, says of a message that a server has lost does
// not count for the message that has its number now.
func TestSaidOfWhatIsLost(t *testing.T) {
	t.Parallel()
	s := startServer(t, nil)
	r := newRun(t, s.url(), hostsOf(2), fleet.Rules{At: 2}, nil)
	defer r.queue.Close(true)
	q, l := r.queue, s.dial()
	r.queue.reading().deafen()
	take := func() (taken []jetstream.Msg) {
		for _, j := range r.beginAll() {
			q.publishAgain(j, j.number, nats.ErrNoResponders)
		}
		if _, err := l.js.Publish(t.Context(), subjectResults+q.run, []byte("x")); err != nil {
			t.Fatal(err)
		}
		for stream, name := range map[string]string{jobsStream: consumerOf(q.run, "", q.made[0]), resultsStream: resultsConsumer(q.run, q.made[1]).Durable} {
			c, err := l.js.Consumer(t.Context(), stream, name)
			if err != nil {
				t.Fatal(err)
			}
			m, err := c.Next(jetstream.FetchMaxWait(20 * time.Second))
			if err != nil {
				t.Fatal(err)
			}
			taken = append(taken, m)
		}
		return taken
	}
	left := func() (n [2]uint64) {
		for i, name := range []string{jobsStream, resultsStream} {
			st, err := l.js.Stream(t.Context(), name)
			if err != nil {
				t.Fatal(err)
			}
			n[i] = st.CachedInfo().State.Msgs
		}
		return n
	}
	before := take()
	for _, name := range []string{jobsStream, resultsStream} {
		if err := l.js.DeleteStream(t.Context(), name); err != nil {
			t.Fatal(err)
		}
	}
	if err := q.ensure(t.Context()); err != nil {
		t.Fatal(err)
	}
	q.reading().deafen()
	now := take()
	for _, m := range before {
		_ = m.DoubleAck(t.Context()) // nobody hears it
	}
	if n := left(); n[0] < 2 || n[1] != 1 {
		t.Errorf("%v are left", n)
	}
	for _, m := range now {
		if err := m.DoubleAck(t.Context()); err != nil {
			t.Error(err)
		}
	}
}

// TestQueuedAgainInTheEnd: so it is where the server does not take it at first, though a worker
// was granted the job before the server lost it: that one may have given it up since.
func TestQueuedAgainInTheEnd(t *testing.T) {
	t.Parallel()
	s := startServer(t, nil)
	r := newRun(t, s.url(), hostsOf(1), fleet.Rules{At: 1}, nil)
	defer r.queue.Close(true)
	p := newPuppet(t, r)
	j := r.beginAll()[0]
	before := attempt{j.number, 1}
	queued := func() int {
		st, err := r.queue.link.js.Stream(t.Context(), jobsStream)
		if err != nil {
			t.Fatal(err)
		}
		return int(st.CachedInfo().State.Msgs) // a consumer counts them a little later
	}
	r.queue.publishAgain(j, before.Number, nats.ErrNoResponders)
	if n := queued(); n != 1 {
		t.Fatalf("%d jobs are queued", n)
	}
	if g := r.queue.grant(p.public, []attempt{before}).Jobs[0]; g.Host == nil {
		t.Fatalf("%+v", g)
	}
	r.queue.publishAgain(j, before.Number, nats.ErrNoResponders) // it was queued: somebody has it
	r.queue.mu.Lock()
	r.queue.renumber(j)
	number := j.number
	r.queue.mu.Unlock()
	r.queue.publishAgain(j, number, nats.ErrNoResponders)
	if n := queued(); n != 2 {
		t.Errorf("%d jobs are queued", n)
	}
	r.queue.fail(j, before.Number, errors.New("full"))
	if e := j.ending(); e != nil {
		t.Errorf("it has ended by what became of its old number: %+v", e)
	}
	r.queue.fail(j, number, errors.New("full"))
	if e := j.ending(); e == nil || e.outcome.Broken == nil {
		t.Errorf("it waits for ever: %+v", e)
	}
}

// TestRecordedIsLetGo: a queue keeps nothing of the values that are recorded.
func TestRecordedIsLetGo(t *testing.T) {
	t.Parallel()
	s := startServer(t, nil)
	r := newRun(t, s.url(), hostsOf(2), fleet.Rules{At: 2}, nil)
	defer r.queue.Close(true)
	p := newPuppet(t, r)
	jobs := r.beginAll()
	data := p.message(
		&result{Ticket: p.ticket("r0", attempt{jobs[0].number, 1}), Value: []byte("1"), Said: []Said{{Text: "x"}}},
		&result{Ticket: p.ticket("r1", attempt{jobs[1].number, 1}), Error: &fleet.Failure{Reason: "no"}},
	)
	newReader(r.queue).came(&objectMessage{data: data})
	for _, j := range jobs {
		o := j.ending().outcome
		o.Recorded()
		e := j.taken
		if e.parcel != nil || e.outcome.Value != nil || e.outcome.Error != nil || e.result.Value != nil || e.result.Error != nil || e.result.Said != nil {
			t.Errorf("%s: %+v %+v", j.host.Name, e, e.result)
		}
		if (o.Value == nil) == (o.Error == nil) {
			t.Errorf("%s: who records it has lost it: %+v", j.host.Name, o)
		}
	}
	m := &objectMessage{data: data}
	if newReader(r.queue).came(m); m.acked != 1 {
		t.Error("it comes twice, and stays")
	}
}

// A datedBucket is one that was made when the server's clock was an hour fast.
type datedBucket struct{ jetstream.KeyValue }

func (b datedBucket) Get(ctx context.Context, key string) (jetstream.KeyValueEntry, error) {
	e, err := b.KeyValue.Get(ctx, key)
	return datedEntry{e}, err
}

type datedEntry struct{ jetstream.KeyValueEntry }

func (e datedEntry) Created() time.Time { return e.KeyValueEntry.Created().Add(-time.Hour) }

// TestClockSetBack: locks rest as long as those of a new server, not until its clock has come
// to where it was.
func TestClockSetBack(t *testing.T) {
	t.Parallel()
	s := startServer(t, nil)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	k := &locks{link: s.dial(), times: Times{Lock: time.Minute, Rest: time.Millisecond, Patience: 5 * time.Second}}
	k.told = newTeller(func(line string) {
		if strings.Contains(line, "1h") {
			t.Error(line)
			cancel()
		}
	})
	b, err := k.open(ctx)
	if err != nil {
		t.Fatal(err)
	}
	k.bucket = datedBucket{b}
	one := &taking{key: "x"}
	if k.takeAll(ctx, []*taking{one}); one.lock == nil {
		t.Error(one.err)
	}
}
