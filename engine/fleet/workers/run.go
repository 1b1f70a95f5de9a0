package workers

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/moonwire/moonwire/engine/fleet"
)

// A workerRun is what a worker has of a run.
type workerRun struct {
	w       *Worker
	b       *Bundle
	doer    Doer
	public  []byte
	channel *channel
	voucher voucher
	ctx     context.Context // of taking jobs
	stop    context.CancelFunc
	lastID  atomic.Uint64
	seen    atomic.Int64 // when the run was last announced
	hurry   chan struct{}
	telling atomic.Bool // the server is being told what is in hand
	out     *outbox

	mu   sync.Mutex
	held map[*held]bool
}

func (r *workerRun) heard() { r.seen.Store(time.Now().UnixNano()) }

// quiet reports whether the run has not been heard of for long, and nothing of it is here.
func (r *workerRun) quiet() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.held) == 0 && time.Since(time.Unix(0, r.seen.Load())) > 30*r.w.c.Times.Announce
}

// start starts the run's goroutines. They end when the run is stopped and nothing of it
// is in hand.
func (r *workerRun) start() {
	var jobs sync.WaitGroup
	for _, site := range r.b.Sites {
		if site == "" || r.w.c.Site == "" || site == r.w.c.Site {
			jobs.Go(func() { r.pull(&jobs, site) })
		}
	}
	idle := make(chan struct{})
	r.w.work.Go(func() {
		r.send()
		close(idle)
	})
	r.w.work.Go(func() {
		jobs.Wait()
		close(r.out.over)
	})
	r.w.work.Go(func() { r.tend(idle) })
}

// ask asks the queue. It returns nil if there was no answer.
func (r *workerRun) ask(ctx context.Context, a *ask) *answer {
	if a.ID == 0 {
		a.ID = r.lastID.Add(1)
	}
	ctx, cancel := context.WithTimeout(ctx, r.w.c.Times.Patience)
	defer cancel()
	name := fmt.Sprintf("%s.ask.%x.%d", r.b.Run, r.public[:8], a.ID)
	m, err := r.w.link.message(ctx, subjectAsk+r.b.Run, name, r.channel.sealUp(r.public, kindAsk, fleet.JSON(a)))
	if err != nil {
		return nil
	}
	m.Reply = r.w.link.conn.NewRespInbox()
	reply, err := r.w.link.conn.RequestMsgWithContext(ctx, m)
	if err != nil {
		return nil
	}
	data, err := r.w.link.dataOf(ctx, reply.Header, reply.Data)
	got := &answer{}
	if err != nil || !r.channel.openDown(data, kindAnswer, got) || got.ID != a.ID {
		return nil
	}
	return got
}

// hello introduces the worker. It returns why the run refuses it.
func (r *workerRun) hello() (wrong string) {
	c := &r.w.c
	if got := r.ask(r.w.ctx, &ask{Voucher: r.voucher, Hello: &hello{c.Name, c.Site, c.At}}); got != nil {
		return got.Wrong
	}
	return "" // it will be asked again
}

// pull takes jobs of a site.
func (r *workerRun) pull(jobs *sync.WaitGroup, site string) {
	for r.ctx.Err() == nil {
		if r.w.free.some(r.ctx) == 0 {
			return
		}
		var consumer jetstream.Consumer
		stream, err := r.w.link.js.Stream(r.ctx, jobsStream)
		if err == nil {
			consumer, err = stream.Consumer(r.ctx, consumerOf(r.b.Run, site, stream.CachedInfo().Created))
		}
		if err != nil { // the run is over, or the server has lost it
			r.pause(r.w.c.Times.Announce)
			continue
		}
		for r.pullSome(jobs, consumer) {
		}
	}
}

func (r *workerRun) pause(d time.Duration) {
	select {
	case <-time.After(d):
	case <-r.ctx.Done():
	}
}

// pullSome takes some jobs. It reports whether the consumer is still there.
func (r *workerRun) pullSome(jobs *sync.WaitGroup, consumer jetstream.Consumer) bool {
	n := r.w.free.some(r.ctx)
	if n == 0 {
		return false
	}
	ctx, cancel := context.WithTimeout(r.ctx, r.w.c.Times.Patience)
	defer cancel()
	batch, err := consumer.Fetch(min(n, 256), jetstream.FetchContext(ctx))
	if err != nil {
		r.pause(r.w.c.Times.Announce)
		return false
	}
	for m := range batch.Messages() {
		list := []*held{}
		for more := true; more; {
			if h := r.hold(m); h != nil {
				list = append(list, h)
			}
			select {
			case m, more = <-batch.Messages():
			default:
				more = false
			}
		}
		if len(list) > 0 {
			jobs.Go(func() { r.begin(jobs, list) })
		}
	}
	if err := batch.Error(); err != nil && ctx.Err() == nil && !errors.Is(err, nats.ErrTimeout) {
		r.pause(r.w.c.Times.Announce)
		return false
	}
	return r.ctx.Err() == nil
}

// begin locks the devices of some jobs, asks for the jobs and does those that are granted.
func (r *workerRun) begin(jobs *sync.WaitGroup, list []*held) {
	locking := slices.DeleteFunc(slices.Clone(list), func(h *held) bool { return h.lock == nil })
	if free := len(list) - len(locking); free > 0 && len(locking) > 0 { // which do not wait for locks
		list = slices.DeleteFunc(list, func(h *held) bool { return h.lock != nil })
		jobs.Go(func() { r.begin(jobs, locking) })
	}
	list = r.lockAll(list)
	for len(list) > 0 {
		a := &ask{Voucher: r.voucher}
		for _, h := range list {
			a.Jobs = append(a.Jobs, h.attempt)
		}
		got := r.ask(r.ctx, a)
		if got == nil || got.Wrong != "" || len(got.Jobs) == 0 || len(got.Jobs) > len(list) {
			for _, h := range list {
				r.giveBack(h, r.w.c.Times.Redeliver/3)
			}
			return
		}
		for i, g := range got.Jobs {
			h := list[i]
			switch {
			case g.Over:
				r.drop(h)
				_ = h.msg.Ack() // else it comes again, and is over
			case g.Host == nil:
				r.giveBack(h, min(max(g.Wait, time.Millisecond), time.Minute))
			default:
				jobs.Go(func() { r.do(h, &g) })
			}
		}
		list = list[len(got.Jobs):]
	}
}

// do does a job.
func (r *workerRun) do(h *held, g *jobAnswer) {
	wire := g.Host
	device := ""
	if r.w.c.Device != nil {
		device = r.w.c.Device(wire.Address)
	}
	r.mu.Lock()
	h.ticket = &ticket{Host: wire.Name, Attempt: h.attempt, Sum: g.Sum}
	wrong := (device == "") != (h.lock == nil) || device != "" && h.lock.key != hashOf(device)
	r.mu.Unlock()
	if wrong {
		r.drop(h)
		_ = h.msg.Term() // somebody has queued it who is not the queue
		return
	}
	began := time.Now()
	ctx := h.ctx
	if r.b.Timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeoutCause(ctx, r.b.Timeout, &fleet.HostTimeout{After: r.b.Timeout})
		defer cancel()
	}
	host := &fleet.Host{Name: wire.Name, Address: wire.Address, Groups: wire.Groups, Vars: wire.Vars}
	done := r.doer.Do(ctx, &fleet.Job{Host: host, Try: g.Try, Steps: &remoteSteps{r: r, h: h}})
	res := &result{
		Ticket: *h.ticket, Value: done.Value, Error: done.Error, Untouched: done.Untouched,
		Took: time.Since(began), Said: done.Said,
	}
	switch cause := context.Cause(h.ctx); {
	case cause == nil:
	case errors.Is(cause, errCancelled):
		res.Cut = done.Error != nil // else it ended before it knew
	case done.Error != nil: // somebody else does it
		r.giveBack(h, time.Millisecond)
		return
	}
	if len(res.Value) > fleet.MaxValue {
		res.Value, res.Error = nil, &fleet.Failure{Kind: "usage", Reason: "the result is too large", Message: "the result is too large"}
	}
	r.deliver(h, res, done.Files)
}

// tend says what the worker is at, to the server and to the queue, and renews locks.
func (r *workerRun) tend(idle <-chan struct{}) {
	defer r.stop()
	hurry, err := r.w.link.conn.Subscribe(subjectHurry+r.b.Run, func(*nats.Msg) {
		select {
		case r.hurry <- struct{}{}:
		default:
		}
	})
	if err == nil {
		defer func() { _ = hurry.Unsubscribe() }() // the run is over
	}
	beat := time.NewTicker(r.w.c.Times.beat())
	defer beat.Stop()
	var work sync.WaitGroup
	defer work.Wait()
	last := time.Time{}
	for {
		select {
		case <-idle:
			r.w.mu.Lock()
			delete(r.w.runs, r.b.Run)
			r.w.mu.Unlock()
			return
		case <-beat.C:
			r.alive(&work)
			if r.quiet() {
				r.stop()
			}
		case <-r.hurry:
			if time.Since(last) < r.w.c.Times.beat()/4 { // anybody can send one
				continue
			}
		}
		last = time.Now()
		work.Go(r.report)
	}
}

// report tells the queue which jobs the worker is at, and cuts off those that it cancels.
func (r *workerRun) report() {
	r.w.link.out.expire(r.w.c.Times.Patience)
	a := &ask{}
	r.mu.Lock()
	for h := range r.held {
		if h.ticket != nil {
			a.At = append(a.At, *h.ticket)
		}
	}
	r.mu.Unlock()
	got := r.ask(r.w.ctx, a)
	if got == nil {
		if len(a.At) == 0 || !r.quietFor(30*r.w.c.Times.Announce) || r.w.link.has(r.w.ctx, bundleObject(r.b.Run)) {
			return // it may be resumed
		}
		got = &answer{} // the run is over: nobody will ever answer, and others may want the devices
		for _, t := range a.At {
			got.Cancel = append(got.Cancel, t.Attempt)
		}
	} else {
		r.heard()
	}
	gone := make(map[attempt]bool)
	for _, c := range got.Cancel {
		gone[c] = true
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for h := range r.held {
		if h.ticket != nil && gone[h.attempt] {
			h.cancel(errCancelled)
		}
	}
}
