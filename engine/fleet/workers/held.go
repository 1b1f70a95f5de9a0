package workers

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// A held is a job that the worker has in hand.
type held struct {
	msg     jetstream.Msg
	attempt attempt
	ticket  *ticket // nil until it was granted
	ctx     context.Context
	cancel  context.CancelCauseFunc

	lock     *lock       // without a revision until it was taken
	renewing bool        // a renewal is on its way
	cutOff   *time.Timer // cancels the job when the lock is half over; nil without one
}

// The causes of the end of a job.
var (
	errCancelled = errors.New("the run has cancelled the job")
	errLockLost  = errors.New("the lock of the device could not be renewed")
)

// hold takes a job in hand, if there is room for it.
func (r *workerRun) hold(m jetstream.Msg) *held {
	if m == nil {
		return nil
	}
	var q queuedJob
	meta, err := m.Metadata()
	if err != nil || json.Unmarshal(m.Data(), &q) != nil {
		_ = m.Term() // it is not a run's
		return nil
	}
	if r.ctx.Err() != nil || !r.w.free.take() {
		_ = m.NakWithDelay(r.w.c.Times.Redeliver / 40) // else it is given to others a little later
		return nil
	}
	h := &held{msg: m, attempt: attempt{q.Number, meta.NumDelivered}}
	if q.Lock != "" {
		h.lock = &lock{key: q.Lock}
	}
	h.ctx, h.cancel = context.WithCancelCause(r.w.ctx)
	r.mu.Lock()
	r.held[h] = true
	r.mu.Unlock()
	return h
}

// drop lets jobs go.
func (r *workerRun) drop(list ...*held) {
	locks := make([]*lock, 0, len(list))
	r.mu.Lock()
	for _, h := range list {
		if h.lock != nil {
			locks = append(locks, h.lock)
		}
		h.lock = nil // a renewal that is on its way gives it up itself
		if h.cutOff != nil {
			h.cutOff.Stop()
		}
		delete(r.held, h)
	}
	r.mu.Unlock()
	for _, k := range locks {
		r.w.locks.release(k)
	}
	for _, h := range list {
		h.cancel(nil)
	}
	r.w.free.give(len(list))
}

// giveBack lets others have a job after a while.
func (r *workerRun) giveBack(h *held, after time.Duration) {
	r.drop(h)
	_ = h.msg.NakWithDelay(after) // else it is given to others later
}

// lockAll takes the locks of jobs and returns those whose lock it has.
func (r *workerRun) lockAll(list []*held) []*held {
	var locked, locking []*held
	var takings []*taking
	name := fmt.Sprintf("%s %x", r.w.c.Name, r.public[:8])
	for _, h := range list {
		if h.lock == nil {
			locked = append(locked, h)
			continue
		}
		locking = append(locking, h)
		takings = append(takings, &taking{
			key: h.lock.key, owner: owner{name, r.b.Run, h.attempt.Number}, took: func(k *lock) { r.locked(h, k) },
		})
	}
	if len(locking) > 0 {
		r.w.locks.takeAll(r.ctx, takings)
	}
	for i, h := range locking {
		switch t := takings[i]; {
		case t.lock != nil:
			locked = append(locked, h)
		case t.err != nil:
			r.giveBack(h, r.w.c.Times.Redeliver/3)
		default:
			r.giveBack(h, r.w.c.Times.Lock/10)
		}
	}
	return locked
}

// locked notes that a job's lock was taken. The job is cut off when the lock is half over,
// unless it is renewed until then.
func (r *workerRun) locked(h *held, k *lock) {
	r.mu.Lock()
	defer r.mu.Unlock()
	h.lock = k
	h.cutOff = time.AfterFunc(r.untilCutOff(k), func() { h.cancel(errLockLost) })
}

func (r *workerRun) untilCutOff(k *lock) time.Duration {
	return time.Until(k.renewed.Add(r.w.c.Times.Lock / 2))
}

// alive tells the server that jobs are in hand, and renews locks. It waits for nobody:
// while the client of NATS connects anew it holds calls up for seconds.
func (r *workerRun) alive(work *sync.WaitGroup) {
	r.mu.Lock()
	defer r.mu.Unlock()
	var list []jetstream.Msg
	for h := range r.held {
		list = append(list, h.msg)
		if k := h.lock; k != nil && k.revision != 0 && !h.renewing {
			h.renewing = true
			work.Go(func() { r.renew(h, k) })
		}
	}
	if !r.telling.CompareAndSwap(false, true) {
		return // the last time is not over
	}
	work.Go(func() {
		defer r.telling.Store(false)
		for _, m := range list {
			_ = m.InProgress() // it is said again
		}
	})
}

// renew renews the lock k of a job.
func (r *workerRun) renew(h *held, k *lock) {
	ctx, cancel := context.WithTimeout(r.w.ctx, r.w.c.Times.beat())
	defer cancel()
	renewed := *k                      // nobody else changes it meanwhile
	_ = r.w.locks.renew(ctx, &renewed) // it is tried again
	r.mu.Lock()
	h.renewing = false
	held := h.lock == k
	if held {
		*k = renewed
		h.cutOff.Reset(r.untilCutOff(k))
	}
	r.mu.Unlock()
	if !held && renewed.revision != k.revision { // it was given up too early
		r.w.locks.release(&renewed)
	}
}
