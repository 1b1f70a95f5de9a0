package workers

import (
	"context"
	"encoding/json"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/moonwire/moonwire/engine/fleet"
)

// TestDoneAndDied: a worker dies when the server has its results, before it says that it is
// done with the jobs. They are given to another, who does not do them, whether the results
// were read by then or not.
func TestDoneAndDied(t *testing.T) {
	t.Parallel()
	s := startServer(t, nil)
	l := s.dial()
	r := newRun(t, s.url(), hostsOf(2), fleet.Rules{At: 2}, func(c *Config) { c.Times = brief })
	run := r.config.Bundle.Run
	p := newPuppet(t, r)
	first := r.queue.reading()
	first.deafen() // the results are not read for now
	over := make(chan *fleet.Summary, 1)
	go func() { over <- r.do(t) }()
	consumer, err := l.js.Consumer(t.Context(), jobsStream, consumerOf(run, "", r.queue.made[0]))
	if err != nil {
		t.Fatal(err)
	}
	var taken []jetstream.Msg
	var done []*result
	for len(taken) < 2 {
		m, err := consumer.Next(jetstream.FetchMaxWait(20 * time.Second))
		if err != nil {
			t.Fatal(err)
		}
		var q queuedJob
		if err := json.Unmarshal(m.Data(), &q); err != nil {
			t.Fatal(err)
		}
		at := attempt{q.Number, 1}
		g := r.queue.grant(p.public, []attempt{at}).Jobs[0]
		if g.Host == nil {
			t.Fatalf("%+v", g)
		}
		taken = append(taken, m)
		done = append(done, &result{Ticket: ticket{g.Host.Name, at, g.Sum}, Value: []byte(`"first"`)})
	}
	if _, err := l.js.Publish(t.Context(), subjectResults+run, p.message(done...)); err != nil {
		t.Fatal(err)
	}
	// What the server does once it has not heard of the worker for a while.
	for _, m := range taken {
		if err := m.Nak(); err != nil {
			t.Fatal(err)
		}
	}
	w := startWorker(t, WorkerConfig{Server: Server{URL: s.url()}, Name: "second", Times: brief}, func(_ context.Context, job *fleet.Job) Done {
		t.Errorf("%s is done again", job.Host.Name)
		return Done{}
	})
	w.told.await(t, "takes part")
	w.mu.Lock()
	second := w.runs[run]
	w.mu.Unlock()
	told := make(chan []jobAnswer, 100)
	hear, err := l.conn.Subscribe("_INBOX.>", func(m *nats.Msg) {
		var a answer
		if second.channel.openDown(m.Data, kindAnswer, &a) && len(a.Jobs) > 0 {
			told <- a.Jobs
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = hear.Unsubscribe() }()
	if err := l.conn.Flush(); err != nil {
		t.Fatal(err)
	}
	for _, g := range <-told {
		if g.Host != nil || g.Over || g.Wait == 0 {
			t.Errorf("while the result is not read: %+v", g)
		}
	}
	if err := r.queue.read(t.Context(), true, r.queue.made[1]); err != nil {
		t.Fatal(err)
	}
	sum := <-over
	if got := r.values(t); sum.OK != 2 || got["r0"] != `"first"` || got["r1"] != `"first"` {
		t.Errorf("%+v %v", sum, got)
	}
}

// TestGrantedOnceRead: a job that somebody may have done is not granted while a result lies
// on the server unread, even another host's; then it is over, or is granted.
func TestGrantedOnceRead(t *testing.T) {
	t.Parallel()
	s := startServer(t, nil)
	r := newRun(t, s.url(), hostsOf(2), fleet.Rules{At: 2}, briefly)
	defer r.queue.Close(true)
	p, other := newPuppet(t, r), newPuppet(t, r)
	jobs := r.beginAll()
	again := func() []jobAnswer {
		return r.queue.grant(other.public, []attempt{{jobs[0].number, 2}, {jobs[1].number, 2}}).Jobs
	}
	for _, j := range jobs {
		if g := r.queue.grant(p.public, []attempt{{j.number, 1}}).Jobs[0]; g.Host == nil {
			t.Fatalf("%+v", g)
		}
	}
	r.queue.reading().deafen()
	data := p.result("r0", attempt{jobs[0].number, 1}, &result{})
	if _, err := r.queue.link.js.Publish(t.Context(), subjectResults+r.config.Bundle.Run, data); err != nil {
		t.Fatal(err)
	}
	for i, g := range again() {
		if g.Over || g.Host != nil || g.Wait == 0 {
			t.Errorf("r%d: %+v", i, g)
		}
	}
	if err := r.queue.read(t.Context(), true, r.queue.made[1]); err != nil {
		t.Fatal(err)
	}
	<-jobs[0].ended
	got := again()
	if !got[0].Over || got[1].Host == nil {
		t.Errorf("%+v", got)
	}
	if e := jobs[1].ending(); e != nil {
		t.Errorf("%+v", e)
	}
}

// TestResumedLooks: a run that was resumed grants nothing, not even a job that nobody had in
// this life of it, before it has read what lies on the server.
func TestResumedLooks(t *testing.T) {
	t.Parallel()
	s := startServer(t, nil)
	r := newRun(t, s.url(), hostsOf(1), fleet.Rules{At: 1}, func(c *Config) { c.Times, c.Resumed = brief, 1 })
	defer r.queue.Close(true)
	old, other := newPuppet(t, r), newPuppet(t, r)
	j := r.queue.begin(&fleet.Job{Host: r.Hosts[0], Try: 1})
	at := []attempt{{j.number, 1}}
	r.queue.reading().deafen()
	if _, err := r.queue.link.js.Publish(t.Context(), subjectResults+r.config.Bundle.Run, old.result("r0", attempt{3, 1}, &result{})); err != nil {
		t.Fatal(err)
	}
	if g := r.queue.grant(other.public, at).Jobs[0]; g.Host != nil || g.Wait == 0 {
		t.Errorf("%+v", g)
	}
	if err := r.queue.read(t.Context(), true, r.queue.made[1]); err != nil {
		t.Fatal(err)
	}
	<-j.ended
	if g := r.queue.grant(other.public, at).Jobs[0]; !g.Over {
		t.Errorf("%+v", g)
	}
}

// TestMissed: a reader that was not given all, or not all yet, vouches for nothing; one that
// has missed something is replaced by one to whom it comes.
func TestMissed(t *testing.T) {
	t.Parallel()
	s := startServer(t, nil)
	r := newRun(t, s.url(), hostsOf(1), fleet.Rules{At: 1}, func(c *Config) {
		c.Times = brief
		c.Times.Announce = time.Hour // nothing is looked after but when the test says so
	})
	defer r.queue.Close(true)
	if !r.queue.allRead() {
		t.Error("nothing lies there")
	}
	first := r.queue.reading()
	first.note(jetstream.SequencePair{Stream: 3, Consumer: 1}, false)
	if r.queue.allRead() {
		t.Error("one was put off")
	}
	first.note(jetstream.SequencePair{Stream: 3, Consumer: 2}, true)
	if !r.queue.allRead() {
		t.Error("it was read")
	}
	first.note(jetstream.SequencePair{Stream: 5, Consumer: 4}, true)
	if r.queue.allRead() {
		t.Error("one was missed")
	}
	j := r.queue.begin(&fleet.Job{Host: r.Hosts[0], Try: 1})
	p := newPuppet(t, r)
	first.deafen()
	if _, err := r.queue.link.js.Publish(t.Context(), subjectResults+r.config.Bundle.Run, p.result("r0", attempt{j.number, 1}, &result{})); err != nil {
		t.Fatal(err)
	}
	if err := r.queue.check(); err != nil { // as every few seconds
		t.Fatal(err)
	}
	<-j.ended
	if second := r.queue.reading(); second == first || !r.queue.allRead() {
		t.Error("there is no other reader")
	}
	r.queue.link.conn.Close()
	if r.queue.allRead() {
		t.Error("nobody can tell")
	}
}

// TestLostOnTheWay: a result that went with a connection that broke comes over the next,
// whether the server was restarted or not.
func TestLostOnTheWay(t *testing.T) {
	t.Parallel()
	for name, breaks := range map[string]func(s *testServer, l *link) error{
		"restart": func(s *testServer, _ *link) error { s.stop(); s.start(); return nil },
		"cut":     func(_ *testServer, l *link) error { return l.conn.ForceReconnect() },
	} {
		s := startServer(t, nil)
		r := newRun(t, s.url(), hostsOf(1), fleet.Rules{At: 1}, briefly)
		j := r.queue.begin(&fleet.Job{Host: r.Hosts[0], Try: 1})
		p := newPuppet(t, r)
		r.queue.reading().deafen()
		if _, err := r.queue.link.js.Publish(t.Context(), subjectResults+r.config.Bundle.Run, p.result("r0", attempt{j.number, 1}, &result{})); err != nil {
			t.Fatal(err)
		}
		if err := breaks(s, r.queue.link); err != nil {
			t.Fatal(err)
		}
		select {
		case <-j.ended:
		case <-time.After(30 * time.Second):
			t.Errorf("%s: the result does not come", name)
		}
		r.queue.Close(true)
	}
}

// TestSomeRecorded: a run is killed when one of the results of a message is recorded. The one
// that goes on takes the rest, and nothing is done again.
func TestSomeRecorded(t *testing.T) {
	t.Parallel()
	s := startServer(t, nil)
	hosts := hostsOf(3)
	r := newRun(t, s.url(), hosts, fleet.Rules{At: 1}, nil)
	p := newPuppet(t, r)
	var list []*result
	for i, h := range hosts {
		list = append(list, &result{Ticket: p.ticket(h.Name, attempt{uint64(i + 1), 1}), Value: []byte(h.Name[1:])})
	}
	if _, err := s.dial().js.Publish(t.Context(), subjectResults+r.config.Bundle.Run, p.message(list...)); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	r.Ended = func(*fleet.Host, *fleet.Result, bool) {
		cancel()
		r.queue.kill()
	}
	if sum, err := r.Do(ctx); err != nil || sum.OK != 1 {
		t.Fatalf("%+v, %v", sum, err)
	}
	if err := r.Journal.Close(); err != nil {
		t.Fatal(err)
	}
	j, state, err := fleet.OpenJournal(string(r.folder))
	if err != nil {
		t.Fatal(err)
	}
	r.Run = fleet.NewRun()
	r.Hosts, r.Rules, r.Journal, r.State = hosts, fleet.Rules{At: 8}, j, state
	r.config.Sealed, r.config.Resumed = r.queue.Sealed(), 1
	r.open(t)
	sum := r.do(t) // there is no worker
	got := r.values(t)
	if sum.OK != 3 || got["r0"] != "0" || got["r1"] != "1" || got["r2"] != "2" {
		t.Errorf("%+v %v", sum, got)
	}
}
