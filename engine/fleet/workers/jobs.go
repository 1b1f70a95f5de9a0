package workers

// What a queue does with one job.

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/moonwire/moonwire/engine/fleet"
)

// A job is a try of a host.
type job struct {
	number uint64
	host   *fleet.Host
	object []byte // the host as JSON
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
	if err := q.publish(ctx, j); err != nil {
		if e := q.finish(j); e != nil {
			return q.outcome(j, e)
		}
		if ctx.Err() != nil {
			return fleet.Outcome{Unbegun: true}
		}
		return fleet.Outcome{Broken: err}
	}
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
	j.object = fleet.JSON(hostMessage{h.Name, h.Address, h.Groups, h.Vars})
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
	q.number++
	j.number = q.number
	q.jobs[j.number], q.hosts[h.Name] = j, j
	if e := q.early[h.Name]; e != nil {
		delete(q.early, h.Name)
		j.end(e)
	} else if q.draining {
		j.end(unbegun())
	}
	return j
}

// end ends a job once. The lock of the queue is held.
func (j *job) end(e *ending) {
	j.over = true
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

// publish queues a job, and waits until the server has it.
func (q *Queue) publish(ctx context.Context, j *job) error {
	q.mu.Lock()
	number := j.number
	q.mu.Unlock()
	select {
	case q.slots <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { <-q.slots }()
	deadline := time.Now().Add(12 * q.c.Times.Patience)
	var refused error // what the server said last
	for pause := 100 * time.Millisecond; ; pause = min(2*pause, 2*time.Second) {
		err := q.publishOnce(ctx, number, j)
		if _, said := errors.AsType[jetstream.JetStreamError](err); said || refused == nil {
			refused = err
		}
		switch {
		case err == nil || ctx.Err() != nil:
			return ctx.Err()
		case time.Now().After(deadline) && q.link.conn.IsConnected():
			return &Error{What: "the server takes no more jobs", Err: refused, Hint: "it may be full: make room, or let it have more, and resume the run"}
		}
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// publishOnce queues a job. The server drops what it has already under the same number.
func (q *Queue) publishOnce(ctx context.Context, number uint64, j *job) error {
	id := jetstream.WithMsgID(fmt.Sprintf("%s.%d", q.run, number))
	future, err := q.link.js.PublishAsync(siteQueue(q.run, j.site), fleet.JSON(queuedJob{number, j.lock}), id)
	if err != nil {
		return err
	}
	late := time.NewTimer(q.c.Times.Patience)
	defer late.Stop()
	select {
	case <-future.Ok():
		return nil
	case err := <-future.Err():
		return err
	case <-late.C:
		return errors.New("the server does not confirm it")
	case <-ctx.Done():
		return ctx.Err()
	}
}
