package workers

import (
	"context"
	"encoding/json"
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

	mu   sync.Mutex
	held map[*held]bool
}

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
		jobs.Wait()
		close(idle)
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
	m, err := r.w.link.message(ctx, subjectAsk+r.b.Run, name, r.channel.sealUp(r.public, kindAsk, a))
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
		consumer, err := r.w.link.js.Consumer(r.ctx, jobsStream, consumerOf(r.b.Run, site))
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

// drop lets a job go.
func (r *workerRun) drop(h *held) {
	r.mu.Lock()
	k := h.lock
	h.lock = nil // a renewal that is on its way gives it up itself
	if h.cutOff != nil {
		h.cutOff.Stop()
	}
	delete(r.held, h)
	r.mu.Unlock()
	if k != nil {
		r.release(*k)
	}
	h.cancel(nil)
	r.w.free.give()
}

// release gives a lock up, if it was taken.
func (r *workerRun) release(k lock) {
	if k.revision == 0 {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.w.ctx), r.w.c.Times.Patience)
	defer cancel()
	r.w.locks.release(ctx, &k)
}

// giveBack lets others have a job after a while.
func (r *workerRun) giveBack(h *held, after time.Duration) {
	r.drop(h)
	_ = h.msg.NakWithDelay(after) // else it is given to others later
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

// lockAll takes the locks of jobs and returns those whose lock it has.
func (r *workerRun) lockAll(list []*held) []*held {
	var locked []*held
	var mu sync.Mutex
	var all sync.WaitGroup
	for _, h := range list {
		if h.lock == nil {
			locked = append(locked, h)
			continue
		}
		all.Go(func() {
			k, err := r.w.locks.take(r.ctx, h.lock.key, owner{fmt.Sprintf("%s %x", r.w.c.Name, r.public[:8]), r.b.Run, h.attempt.Number})
			if k == nil {
				after := r.w.c.Times.Lock / 10
				if err != nil {
					after = r.w.c.Times.Redeliver / 3
				}
				r.giveBack(h, after)
				return
			}
			r.locked(h, k)
			mu.Lock()
			locked = append(locked, h)
			mu.Unlock()
		})
	}
	all.Wait()
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

// do does a job.
func (r *workerRun) do(h *held, g *jobAnswer) {
	var wire wireHost
	if json.Unmarshal(g.Host, &wire) != nil {
		r.giveBack(h, r.w.c.Times.Redeliver) // no test: the queue has made it
		return
	}
	device := ""
	if r.w.c.Device != nil {
		device = r.w.c.Device(wire.Address)
	}
	r.mu.Lock()
	h.ticket = &g.Ticket
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
		Ticket: g.Ticket, Value: done.Value, Error: done.Error, Untouched: done.Untouched,
		Took: time.Since(began), Said: done.Said,
	}
	switch cause := context.Cause(h.ctx); {
	case cause == nil:
	case errors.Is(cause, errCancelled):
		res.Cut = true
	case done.Error != nil: // somebody else does it
		r.giveBack(h, time.Millisecond)
		return
	}
	if len(res.Value) > fleet.MaxValue {
		res.Value, res.Error = nil, &fleet.Failure{Kind: "usage", Reason: "the result is too large", Message: "the result is too large"}
	}
	r.deliver(h, res, done.Files)
}

// deliver hands a result over to the server, however long that takes, and lets the job go.
func (r *workerRun) deliver(h *held, res *result, files map[string][]byte) {
	ctx := context.WithoutCancel(r.w.ctx)
	subject := subjectResults + r.b.Run + "." + hashOf(res.Ticket.Host)
	name := fmt.Sprintf("%s.result.%s.%d.%d", r.b.Run, hashOf(res.Ticket.Host), h.attempt.Number, h.attempt.Delivered)
	for pause := 100 * time.Millisecond; ; pause = min(2*pause, r.w.c.Times.Patience) {
		err := r.deliverOnce(ctx, subject, name, res, files)
		if err == nil {
			break
		}
		gone := r.quietFor(30 * r.w.c.Times.Announce)
		select {
		case <-time.After(pause):
		case <-r.w.ctx.Done(): // it ends at once: the job is done again
			r.drop(h)
			return
		}
		if gone {
			break
		}
	}
	r.drop(h)
	_ = h.msg.Ack() // else it is given to others, who are told that it is over
}

// quietFor reports whether the run has not been heard of for so long.
func (r *workerRun) quietFor(d time.Duration) bool {
	return r.w.link.conn.IsConnected() && time.Since(time.Unix(0, r.seen.Load())) > d
}

func (r *workerRun) deliverOnce(ctx context.Context, subject, name string, res *result, files map[string][]byte) error {
	ctx, cancel := context.WithTimeout(ctx, 2*r.w.c.Times.Patience)
	defer cancel()
	res.Files = nil
	for kind, data := range files {
		if r.w.link.put(ctx, fileObject(r.b.Run, res.Ticket.Host, res.Ticket.Attempt, kind), data) == nil {
			res.Files = append(res.Files, kind) // else it is missing; the result counts
		}
	}
	m, err := r.w.link.message(ctx, subject, name, r.channel.sealUp(r.public, kindResult, res))
	if err != nil {
		return err
	}
	future, err := r.w.link.js.PublishMsgAsync(m)
	if err != nil {
		return err
	}
	select {
	case <-future.Ok():
		return nil
	case err := <-future.Err():
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
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
		r.release(renewed)
	}
}

// report tells the queue which jobs the worker is at, and cuts off those that it cancels.
func (r *workerRun) report() {
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
		return
	}
	r.heard()
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

// remoteSteps is the StepLog of a job: the queue's.
type remoteSteps struct {
	r *workerRun
	h *held
}

// Begin implements fleet.StepLog.
func (s *remoteSteps) Begin(name string, again bool) (json.RawMessage, bool, error) {
	got, err := s.ask(&stepAsk{Name: name, Again: again, State: fleet.StepBegun})
	switch {
	case err != nil:
		return nil, false, err
	case !got.CutOff.IsZero():
		return nil, false, &fleet.CutOff{Step: name, At: got.CutOff}
	}
	return got.Value, got.Done, nil
}

// Done implements fleet.StepLog.
func (s *remoteSteps) Done(name string, value json.RawMessage) error {
	_, err := s.ask(&stepAsk{Name: name, State: fleet.StepDone, Value: value})
	return err
}

// Failed implements fleet.StepLog.
func (s *remoteSteps) Failed(name string) error {
	_, err := s.ask(&stepAsk{Name: name, State: fleet.StepFailed})
	return err
}

// ask asks until there is an answer, or the job is cut off.
func (s *remoteSteps) ask(a *stepAsk) (*stepAnswer, error) {
	a.Ticket = *s.h.ticket
	q := &ask{ID: s.r.lastID.Add(1), Step: a}
	for {
		got := s.r.ask(s.h.ctx, q)
		wrong := ""
		switch {
		case got == nil || got.Later:
		case got.Wrong != "": // somebody else has the job
			s.h.cancel(errCancelled)
			wrong = got.Wrong
		case got.Step != nil && got.Step.Wrong == "":
			return got.Step, nil
		case got.Step != nil: // the journal cannot be written
			wrong = got.Step.Wrong
		}
		if wrong != "" {
			return nil, &Error{What: "the step " + a.Name + " is not recorded", Err: errors.New(wrong)}
		}
		select {
		case <-time.After(s.r.w.c.Times.Patience / 5):
		case <-s.h.ctx.Done():
			return nil, context.Cause(s.h.ctx)
		}
	}
}
