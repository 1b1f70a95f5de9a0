package workers

// What a queue does with one job.

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/moonwire/moonwire/engine/fleet"
)

// A job is a try of a host.
type job struct {
	number uint64
	host   *fleet.Host
	try    int
	site   string
	lock   string
	steps  fleet.RemoteSteps
	since  time.Time
	ended  chan *ending // of one

	// Under the queue's lock.
	over      bool
	taken     *ending // with a result; nil for none
	cancelled bool
	granted   bool
	attempt   attempt // the newest that was granted
	worker    [32]byte
	first     uint64    // its number at first
	heard     time.Time // when its worker has last said that it is at it
}

// An ending is how a job has ended.
type ending struct {
	outcome fleet.Outcome
	result  *result     // nil if there is none
	parcel  *parcel     // in which the result came
	kept    atomic.Bool // it is in the journal
}

// Run implements fleet.Worker.
func (q *Queue) Run(ctx context.Context, fj *fleet.Job) fleet.Outcome {
	j := q.begin(fj)
	select {
	case e := <-j.ended:
		return q.outcome(j, e)
	default:
	}
	q.publish(ctx, j)
	select {
	case e := <-j.ended:
		return q.outcome(j, e)
	case <-ctx.Done():
	}
	if q.cancelJob(j) {
		select {
		case e := <-j.ended:
			return q.outcome(j, e)
		case <-time.After(2 * q.c.Times.Patience):
		}
	}
	if e := q.finish(j); e != nil {
		return q.outcome(j, e)
	}
	return fleet.Outcome{Unbegun: true}
}

// outcome passes on what came with a result.
func (q *Queue) outcome(j *job, e *ending) fleet.Outcome {
	if e.result != nil {
		if len(e.result.Said) > 0 && q.c.Said != nil {
			q.c.Said(j.host.Name, e.result.Said)
		}
		q.fetchFiles(j, e.result)
	}
	return e.outcome
}

// fetchFiles fetches the recording and the log that a worker made.
func (q *Queue) fetchFiles(j *job, r *result) {
	for _, kind := range r.Files {
		name := fileObject(q.run, j.host.Name, r.Ticket.Attempt, kind)
		data, err := q.link.get(q.ctx, name, mostFile)
		if err == nil {
			err = q.c.File(j.host.Name, kind, data)
		}
		if err != nil {
			q.told.once(tellFiles, fmt.Sprintf("%s: its %s is missing: %v", j.host.Name, kind, err))
		}
		q.link.drop(q.ctx, name)
	}
}

// begin makes a job. It has ended already if its result has come before.
func (q *Queue) begin(fj *fleet.Job) *job {
	h := fj.Host
	j := &job{host: h, try: fj.Try, since: time.Now(), ended: make(chan *ending, 1)}
	j.steps, _ = fj.Steps.(fleet.RemoteSteps)
	if sites := h.Values("site"); len(sites) > 0 {
		j.site = sites[0]
	}
	if q.c.Device != nil {
		if device := q.c.Device(h.Address); device != "" {
			j.lock = hashOf(device)
		}
	}
	q.mu.Lock()
	last := q.hosts[h.Name]
	q.mu.Unlock()
	if last != nil && last.taken != nil { // its result is not the last: the host is tried again
		last.taken.outcome.Recorded()
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	if last != nil {
		delete(q.jobs, last.number)
	}
	q.renumber(j)
	j.first, q.hosts[h.Name] = j.number, j
	if e := q.early[h.Name]; e != nil {
		delete(q.early, h.Name)
		j.end(e)
	} else if q.draining {
		j.end(unbegun())
	}
	return j
}

// renumber gives a job a new number, so that no attempt at it is ever one of before. The lock
// of the queue is held.
func (q *Queue) renumber(j *job) {
	delete(q.jobs, j.number)
	q.number++
	j.number = q.number
	q.jobs[j.number] = j
}

// end ends a job once. The lock of the queue is held.
func (j *job) end(e *ending) {
	j.over, j.steps = true, nil
	if e.result != nil {
		j.taken = e
	}
	j.ended <- e
}

func unbegun() *ending { return &ending{outcome: fleet.Outcome{Unbegun: true}} }

// finish ends a job that nobody waits for any more, and returns how it had ended before.
func (q *Queue) finish(j *job) *ending {
	q.mu.Lock()
	defer q.mu.Unlock()
	j.over = true
	select {
	case e := <-j.ended:
		return e
	default:
		return nil
	}
}

// cancelJob asks the worker to end a job. It reports whether one has it.
func (q *Queue) cancelJob(j *job) bool {
	q.mu.Lock()
	j.cancelled = true
	granted := j.granted
	if !granted && !j.over {
		j.over = true
	}
	q.mu.Unlock()
	_ = q.link.conn.Publish(subjectHurry+q.run, nil) // they ask by themselves in a while
	return granted
}

// publish queues a job. It waits only where the server has very many to confirm; one that the
// server does not take is tried again until it does.
func (q *Queue) publish(ctx context.Context, j *job) {
	select {
	case q.slots <- struct{}{}:
	case <-ctx.Done():
		return
	}
	q.mu.Lock()
	number := j.number
	q.mu.Unlock()
	q.publishOnce(j, number, func(_ uint64, err error) {
		<-q.slots
		if err != nil {
			q.spawn(func() { q.publishAgain(j, number, err) })
		}
	})
}

// publishOnce queues a job. The server drops what it has already under the same number.
func (q *Queue) publishOnce(j *job, number uint64, told func(sequence uint64, err error)) {
	m := nats.NewMsg(siteQueue(q.run, j.site))
	m.Header.Set(jetstream.MsgIDHeader, q.run+"."+strconv.FormatUint(number, 10))
	m.Data = fleet.JSON(queuedJob{number, j.lock})
	q.link.out.publish(m, told)
}

// publishAgain tries again to queue a job. It ends the run's jobs if the server takes none.
func (q *Queue) publishAgain(j *job, number uint64, refused error) {
	deadline := time.Now().Add(12 * q.c.Times.Patience)
	for pause := 100 * time.Millisecond; ; pause = min(2*pause, 2*time.Second) {
		select {
		case <-time.After(pause):
		case <-q.ctx.Done():
			return
		}
		q.mu.Lock()
		wanted := j.waits(number)
		q.mu.Unlock()
		if !wanted {
			return
		}
		said := make(chan error, 1)
		q.publishOnce(j, number, func(_ uint64, err error) { said <- err })
		var err error
		select {
		case err = <-said:
		case <-q.ctx.Done():
		}
		if err == nil {
			return
		}
		if _, is := errors.AsType[jetstream.JetStreamError](err); is { // else it says less
			refused = err
		}
		if time.Now().After(deadline) && q.link.conn.IsConnected() {
			q.fail(j, number, &Error{What: "the server takes no more jobs", Err: refused, Hint: "it may be full: make room, or let it have more, and resume the run"})
			return
		}
	}
}

// waits reports whether a job with this number waits to be granted. One that was granted under
// another may have been lost with the server's store. The lock of the queue is held.
func (j *job) waits(number uint64) bool {
	return j.number == number && !j.over && (!j.granted || j.attempt.Number != number)
}

// fail ends a job that cannot be queued.
func (q *Queue) fail(j *job, number uint64, err error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if j.waits(number) {
		j.end(&ending{outcome: fleet.Outcome{Broken: err}})
	}
}
