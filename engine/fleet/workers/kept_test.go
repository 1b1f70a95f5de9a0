package workers

import (
	"context"
	"testing"
	"time"

	"github.com/moonwire/moonwire/engine/fleet"
)

// A puppet is a worker whose every message a test makes.
type puppet struct {
	public  []byte
	channel *channel
	r       *testRun
}

func newPuppet(t *testing.T, r *testRun) *puppet {
	t.Helper()
	private := NewSecrets().Private
	public := publicOf(private)
	c, err := agree(private, publicOf(r.config.Secrets.Private), public, r.config.Bundle.Run)
	if err != nil {
		t.Fatal(err)
	}
	return &puppet{public, c, r}
}

// ticket is one that the queue made for the puppet.
func (p *puppet) ticket(host string, a attempt) ticket {
	tk := ticket{Host: host, Attempt: a}
	tk.Sum = p.r.queue.tickets.sum([publicSize]byte(p.public), &tk)
	return tk
}

// message is a message with results.
func (p *puppet) message(list ...*result) []byte {
	return p.channel.sealUp(p.public, kindResults, fleet.JSON(list))
}

// result is a message with a result that has a ticket for an attempt.
func (p *puppet) result(host string, a attempt, res *result) []byte {
	res.Ticket = p.ticket(host, a)
	return p.message(res)
}

// TestResultKept: a result that comes for a job which has ended without one stays on the
// server: the run that is resumed has it. One more of a job that has one goes.
func TestResultKept(t *testing.T) {
	t.Parallel()
	s := startServer(t, nil)
	for _, test := range []struct {
		name  string
		end   func(q *Queue, j *job)
		res   result
		acked int
	}{
		{"drained", func(q *Queue, _ *job) { q.Drain() }, result{}, 0},
		{"drained, and cut off", func(q *Queue, _ *job) { q.Drain() }, result{Cut: true}, 1},
		{"left", func(q *Queue, j *job) { q.finish(j) }, result{}, 0},
		{"cancelled before it was granted", func(q *Queue, j *job) { q.cancelJob(j) }, result{}, 0},
		{"with a result", func(q *Queue, j *job) { q.mu.Lock(); j.end(&ending{result: &result{}}); q.mu.Unlock() }, result{}, 1},
	} {
		r := newRun(t, s.url(), hostsOf(1), fleet.Rules{At: 1}, nil)
		p := newPuppet(t, r)
		j := r.queue.begin(&fleet.Job{Host: r.Hosts[0], Try: 1})
		test.end(r.queue, j)
		m := &objectMessage{data: p.result("r0", attempt{j.number, 1}, &test.res)}
		if newReader(r.queue).came(m); m.acked != test.acked {
			t.Errorf("%s: acknowledged %d times", test.name, m.acked)
		}
		if test.acked == 0 { // who tries again in the same program has it too
			if again := r.queue.begin(&fleet.Job{Host: r.Hosts[0], Try: 1}); again.taken == nil {
				t.Errorf("%s: it is forgotten", test.name)
			}
		}
		r.queue.Close(false)
	}
}

// TestResultFetched: what a queue that was killed had fetched comes at once to the one that
// goes on.
func TestResultFetched(t *testing.T) {
	t.Parallel()
	s := startServer(t, nil)
	r := newRun(t, s.url(), hostsOf(1), fleet.Rules{At: 1}, nil)
	p := newPuppet(t, r)
	data := p.result("r0", attempt{1, 1}, &result{Value: []byte("7")})
	if _, err := s.dial().js.Publish(t.Context(), subjectResults+r.config.Bundle.Run, data); err != nil {
		t.Fatal(err)
	}
	for fetched := false; !fetched; { // nobody says when
		<-time.After(time.Millisecond)
		r.queue.mu.Lock()
		fetched = r.queue.early["r0"] != nil
		r.queue.mu.Unlock()
	}
	r.queue.kill()
	r.config.Resumed = 1
	r.open(t)
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	if sum, err := r.Do(ctx); err != nil || sum.OK != 1 {
		t.Errorf("%+v, %v", sum, err)
	}
	r.queue.Close(true)
}

// TestTriedAgainResumed: a host of a resumed run that is tried again does not wait for the
// result of its first try to go.
func TestTriedAgainResumed(t *testing.T) {
	t.Parallel()
	s := startServer(t, nil)
	startWorker(t, WorkerConfig{Server: Server{URL: s.url()}}, func(_ context.Context, job *fleet.Job) Done {
		if job.Try == 1 {
			return Done{Outcome: fleet.Outcome{Error: &fleet.Failure{Reason: "no"}, Untouched: true}}
		}
		return Done{}
	})
	r := newRun(t, s.url(), hostsOf(1), fleet.Rules{At: 1, Retry: 1}, func(c *Config) { c.Resumed = 1 })
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	if sum, err := r.Do(ctx); err != nil || sum.OK != 1 {
		t.Errorf("%+v, %v", sum, err)
	}
	r.queue.Close(true)
}

// TestCutTooLate: a job that was cancelled, but ends well before it knows, has a result.
func TestCutTooLate(t *testing.T) {
	t.Parallel()
	s := startServer(t, nil)
	begun := make(chan bool)
	startWorker(t, WorkerConfig{Server: Server{URL: s.url()}, Times: brief}, func(ctx context.Context, _ *fleet.Job) Done {
		begun <- true
		<-ctx.Done()
		return Done{Outcome: fleet.Outcome{Value: []byte("1")}}
	})
	r := newRun(t, s.url(), hostsOf(1), fleet.Rules{At: 1}, nil)
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	over := make(chan *fleet.Summary, 1)
	go func() {
		sum, _ := r.Do(ctx)
		over <- sum
	}()
	<-begun
	if g := r.queue.grantOne([32]byte{1}, attempt{1, 99}, true); g.Host == nil {
		t.Errorf("%+v", g)
	}
	select {
	case sum := <-over:
		if sum.OK != 1 {
			t.Errorf("%+v", sum)
		}
	case <-begun:
		t.Error("it is done again")
	}
	r.queue.Close(true)
}

// TestQueuedOnce: a job that is published again, as the confirmation was late, is in the
// queue once; one that was cut off is there again.
func TestQueuedOnce(t *testing.T) {
	t.Parallel()
	s := startServer(t, nil)
	r := newRun(t, s.url(), hostsOf(1), fleet.Rules{At: 1}, nil)
	j := r.queue.begin(&fleet.Job{Host: r.Hosts[0], Try: 1})
	said := make(chan error, 4)
	for _, number := range []uint64{j.number, j.number, j.number, j.number + 1} {
		r.queue.publishOnce(j, number, func(_ uint64, err error) { said <- err })
	}
	for range cap(said) {
		if err := <-said; err != nil {
			t.Fatal(err)
		}
	}
	st, err := r.queue.link.js.Stream(t.Context(), jobsStream)
	if err != nil {
		t.Fatal(err)
	}
	if n := st.CachedInfo().State.Msgs; n != 2 {
		t.Errorf("%d jobs are queued", n)
	}
	r.queue.Close(true)
}

// TestMissing: hosts that wait are told of while none of their site begins, and why as far
// as that is known.
func TestMissing(t *testing.T) {
	t.Parallel()
	told := newLines()
	q := &Queue{
		c: Config{Times: Times{Patience: time.Hour}, Tell: told.add}, peers: make(map[[32]byte]*peer),
		hosts: make(map[string]*job), missing: make(map[string]bool), began: make(map[string]time.Time),
	}
	want := func(line string) {
		t.Helper()
		q.tellMissing()
		if got := told.text(); got != line {
			t.Errorf("%q is told, not %q", got, line)
		}
		told.list = nil
	}
	ago := time.Now().Add(-2 * time.Hour)
	q.hosts["a"] = &job{site: "ams", since: ago}
	want(`1 host of site "ams" waits: no worker has taken it for 1h0m0s`)
	want("")
	q.hosts["b"] = &job{site: "ams", since: time.Now()}
	q.hosts["c"], q.hosts["d"] = &job{since: ago}, &job{since: ago}
	q.peers[[32]byte{1}] = &peer{hello: &hello{Site: "fra"}}
	want("2 hosts wait: there are workers, but they have begun none for 1h0m0s")
	q.hosts["a"].granted, q.hosts["b"].granted = true, true
	want("")
	q.hosts["e"] = &job{site: "ams", since: ago}
	q.began["ams"] = time.Now()
	want("")
	q.began["ams"] = ago
	want(`1 host of site "ams" waits: no worker has taken it for 1h0m0s`)
}
