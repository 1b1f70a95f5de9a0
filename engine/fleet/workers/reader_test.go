package workers

import (
	"errors"
	"testing"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/moonwire/moonwire/engine/fleet"
)

// beginAll begins the jobs of a run's hosts.
func (r *testRun) beginAll() []*job {
	var all []*job
	for _, h := range r.Hosts {
		all = append(all, r.queue.begin(&fleet.Job{Host: h, Try: 1}))
	}
	return all
}

// deafen has a reader be given nothing any more: what comes is lost.
func (r *reader) deafen() {
	r.takes.Stop()
	<-r.takes.Closed()
}

// ending is how a job has ended, nil if it has not.
func (j *job) ending() *ending {
	select {
	case e := <-j.ended:
		return e
	default:
		return nil
	}
}

// TestResultsOfSeveral: of the results in a message those count that come from who had the
// job, and it is acknowledged once all of them are recorded.
func TestResultsOfSeveral(t *testing.T) {
	t.Parallel()
	s := startServer(t, nil)
	r := newRun(t, s.url(), hostsOf(5), fleet.Rules{At: 5}, nil)
	defer r.queue.Close(true)
	p, other := newPuppet(t, r), newPuppet(t, r)
	jobs := r.beginAll()
	at := func(i int) attempt { return attempt{jobs[i].number, 1} }
	for i := range jobs {
		r.queue.grantOne([32]byte(p.public), at(i), true)
	}
	forged := p.ticket("r2", at(2))
	forged.Sum[0] ^= 1
	elsewhere := p.ticket("r3", at(3))
	elsewhere.Host = "r4"
	data := p.message(
		&result{Ticket: p.ticket("r0", at(0)), Value: []byte("0")},
		&result{Ticket: other.ticket("r1", at(1)), Value: []byte("1")},
		&result{Ticket: forged, Value: []byte("2")},
		&result{Ticket: elsewhere, Value: []byte("3")},
		nil,
		&result{Ticket: p.ticket("r3", at(3)), Value: []byte("3")},
	)
	reader := newReader(r.queue)
	m := &objectMessage{data: data}
	reader.came(m)
	var ended []*ending
	for i, want := range []string{"0", "", "", "3", ""} {
		e := jobs[i].ending()
		if (e != nil) != (want != "") || e != nil && string(e.outcome.Value) != want {
			t.Errorf("r%d ends with %+v", i, e)
		}
		if e != nil {
			ended = append(ended, e)
		}
	}
	if r.queue.refused != 4 || m.acked != 0 {
		t.Errorf("%d are refused, %d times acknowledged", r.queue.refused, m.acked)
	}
	for range 2 { // that it is recorded may be said twice
		if ended[0].outcome.Recorded(); m.acked != 0 {
			t.Error("it is acknowledged before all is recorded")
		}
	}
	if ended[1].outcome.Recorded(); m.acked != 1 {
		t.Errorf("%d times acknowledged", m.acked)
	}
	for i := range data { // a message that somebody has changed
		if i%17 != 0 {
			continue
		}
		bad := &objectMessage{data: append([]byte(nil), data...)}
		bad.data[i] ^= 1
		if newReader(r.queue).came(bad); bad.acked != 1 {
			t.Errorf("byte %d: %d times acknowledged", i, bad.acked)
		}
	}
	for _, i := range []int{1, 2, 4} {
		if e := jobs[i].ending(); e != nil {
			t.Errorf("r%d ends with %+v", i, e)
		}
	}
}

// TestResultTwice: a result that comes twice counts once, and what it came in stays on the
// server until it is recorded.
func TestResultTwice(t *testing.T) {
	t.Parallel()
	s := startServer(t, nil)
	r := newRun(t, s.url(), hostsOf(2), fleet.Rules{At: 2}, nil)
	defer r.queue.Close(true)
	p := newPuppet(t, r)
	j := r.queue.begin(&fleet.Job{Host: r.Hosts[0], Try: 1})
	at := attempt{j.number, 1}
	r.queue.grantOne([32]byte(p.public), at, true)
	one := p.result("r0", at, &result{Value: []byte("1")})
	both := p.message(&result{Ticket: p.ticket("r0", at)}, &result{Ticket: p.ticket("r1", attempt{9, 1})})
	var all []*objectMessage
	for _, data := range [][]byte{one, one, both} {
		m := &objectMessage{data: data}
		newReader(r.queue).came(m)
		all = append(all, m)
	}
	e := j.ending()
	if e == nil || j.ending() != nil || string(e.outcome.Value) != "1" {
		t.Fatalf("%+v", e)
	}
	for i, m := range all {
		if m.acked != 0 {
			t.Errorf("message %d is acknowledged", i)
		}
	}
	e.outcome.Recorded()
	after := &objectMessage{data: one}
	newReader(r.queue).came(after)
	if all[0].acked != 1 || after.acked != 1 || all[2].acked != 0 {
		t.Errorf("acknowledged: %d, %d, %d", all[0].acked, after.acked, all[2].acked)
	}
}

// TestTriedAgainTogether: a host is tried again though the result of its first try came with
// others, and what it came in stays until the others are recorded.
func TestTriedAgainTogether(t *testing.T) {
	t.Parallel()
	s := startServer(t, nil)
	r := newRun(t, s.url(), hostsOf(2), fleet.Rules{At: 2}, nil)
	defer r.queue.Close(true)
	p := newPuppet(t, r)
	jobs := r.beginAll()
	for _, j := range jobs {
		r.queue.grantOne([32]byte(p.public), attempt{j.number, 1}, true)
	}
	m := &objectMessage{data: p.message(
		&result{Ticket: p.ticket("r0", attempt{jobs[0].number, 1}), Error: &fleet.Failure{Reason: "no"}, Untouched: true},
		&result{Ticket: p.ticket("r1", attempt{jobs[1].number, 1})},
	)}
	newReader(r.queue).came(m)
	again := r.queue.begin(&fleet.Job{Host: r.Hosts[0], Try: 2})
	if newReader(r.queue).came(&objectMessage{data: m.data}); again.ending() != nil {
		t.Error("the first try's result is the second's")
	}
	if m.acked != 0 {
		t.Error("it is acknowledged too early")
	}
	if jobs[1].ending().outcome.Recorded(); m.acked != 1 {
		t.Errorf("%d times acknowledged", m.acked)
	}
	at := attempt{again.number, 1}
	if g := r.queue.grant(p.public, []attempt{at}); g.Jobs[0].Host == nil || g.Jobs[0].Try != 2 {
		t.Errorf("%+v", g.Jobs[0])
	}
}

// TestConfirmations: what the server says of a message.
func TestConfirmations(t *testing.T) {
	t.Parallel()
	for data, want := range map[string]uint64{
		`{"stream":"X","seq":7}`:                         7,
		`{"stream":"X","seq":8,"duplicate":true}`:        8,
		`{"stream":"X", "seq": 9}`:                       9,
		`{"stream":"X","seq":10,"domain":"\"error\" x"}`: 10,
	} {
		if got, err := readConfirmation([]byte(data)); err != nil || got != want {
			t.Errorf("%s: %d, %v", data, got, err)
		}
	}
	for data, want := range map[string]string{
		"": "nats: no responders available for request",
		`{"error":{"code":400,"err_code":10071,"description":"wrong last sequence: 3"},"stream":"X","seq":0}`: "wrong last sequence: 3",
		"{": "unexpected end of JSON input",
	} {
		_, err := readConfirmation([]byte(data))
		if e, ok := errors.AsType[*jetstream.APIError](err); ok {
			err = errors.New(e.Description)
		}
		if err == nil || err.Error() != want {
			t.Errorf("%s: %v", data, err)
		}
	}
}
