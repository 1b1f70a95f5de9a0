package workers

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/moonwire/moonwire/engine/fleet"
)

// A Config says what a queue is for.
type Config struct {
	Server  Server
	Bundle  *Bundle // Public and Protocol are filled in
	Sealed  []byte  // the bundle as it was signed before, of a run that is resumed
	Key     *Key    // signs the bundle; nil: it is not signed
	Trust   Trust   // of workers' keys; nil: every worker that the server lets in
	Secrets Secrets
	Resumed int   // how many times the run was resumed
	Times   Times // zero: DefaultTimes
	// Device names what is behind an address, "" if that is of no other run's concern.
	Device func(address string) string

	// Tell is told what an operator should know: of workers that come, are refused, are
	// missing. Said is given what a script wrote. File takes a recording or a log. They may
	// be called from several goroutines.
	Tell func(line string)
	Said func(host string, said []Said)
	File func(host, kind string, data []byte) error
}

// A Queue gives the jobs of a run to workers elsewhere. It is a [fleet.Remote].
type Queue struct {
	c       Config
	run     string
	link    *link
	sealed  []byte
	sites   map[string]jetstream.Consumer
	subs    []*nats.Subscription
	tickets *ticketer
	slots   chan struct{} // for what the server has not confirmed
	ctx     context.Context
	cancel  context.CancelFunc
	going   sync.Mutex // guards closed
	closed  bool
	work    sync.WaitGroup
	made    [2]time.Time // the streams
	checked chan struct{}
	told    *teller

	mu       sync.Mutex
	reader   *reader
	number   uint64 // of the last job
	jobs     map[uint64]*job
	hosts    map[string]*job      // the last try of each
	early    map[string]*ending   // results of hosts whose jobs have not begun
	peers    map[[32]byte]*peer   // workers
	missing  map[string]bool      // sites whose jobs nobody takes, which was told
	began    map[string]time.Time // when the last job of a site was granted
	refused  int                  // results that were forged
	draining bool
}

// The bounds of a queue.
const (
	mostUnconfirmed = 4096   // messages that the server has not confirmed
	mostPeers       = 10_000 // workers
	mostMessage     = fleet.MaxValue + 8<<20
)

// A peer is a worker that the queue knows.
type peer struct {
	channel *channel
	vouched bool
	hello   *hello
	wrong   string
}

// Open connects to the server and makes there what a run needs.
func Open(ctx context.Context, c Config) (*Queue, error) {
	if c.Times == (Times{}) {
		c.Times = DefaultTimes
	}
	c.Server.Warn = c.Tell
	link, err := c.Server.dial(ctx)
	if err != nil {
		return nil, err
	}
	q := &Queue{
		c: c, run: c.Bundle.Run, link: link, sites: make(map[string]jetstream.Consumer),
		slots: make(chan struct{}, mostUnconfirmed), checked: make(chan struct{}, 1),
		number: uint64(c.Resumed) << 32,
		jobs:   make(map[uint64]*job), hosts: make(map[string]*job), early: make(map[string]*ending),
		peers: make(map[[32]byte]*peer), missing: make(map[string]bool), began: make(map[string]time.Time), told: newTeller(c.Tell),
		tickets: newTicketer(c.Secrets.Tickets),
	}
	q.ctx, q.cancel = context.WithCancel(context.WithoutCancel(ctx))
	if err := q.open(ctx); err != nil {
		q.cancel()
		link.conn.Close()
		return nil, err
	}
	q.spawn(q.attend)
	return q, nil
}

// spawn starts a goroutine, unless the queue is closed.
func (q *Queue) spawn(f func()) {
	q.going.Lock()
	defer q.going.Unlock()
	if !q.closed {
		q.work.Go(f)
	}
}

// end ends the queue's goroutines.
func (q *Queue) end() {
	q.going.Lock()
	q.closed = true
	q.going.Unlock()
	q.cancel()
	q.work.Wait()
}

// Secrets are those of the run.
func (q *Queue) Secrets() Secrets { return q.c.Secrets }

// Expires is when workers no longer do what was signed.
func (q *Queue) Expires() time.Time { return q.c.Bundle.Expires }

// Sealed is the bundle as it was signed, which is kept with the run.
func (q *Queue) Sealed() []byte { return q.sealed }

func (q *Queue) open(ctx context.Context) error {
	q.c.Bundle.Protocol, q.c.Bundle.Public = protocol, publicOf(q.c.Secrets.Private)
	if q.sealed = q.c.Sealed; q.sealed == nil {
		q.sealed = q.c.Bundle.seal(q.c.Key)
	}
	if len(q.sealed) > mostBundle {
		return &Error{What: fmt.Sprintf("the script and its modules are larger than %d MB", mostBundle>>20)}
	}
	err := q.ensure(ctx)
	for late := time.Now().Add(2 * q.c.Times.Patience); errors.Is(err, nats.ErrNoResponders) && time.Now().Before(late); err = q.ensure(ctx) {
		select { // what was just made in a cluster takes nothing for a moment
		case <-time.After(q.c.Times.Patience / 50):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	if err != nil {
		return err
	}
	for subject, f := range map[string]nats.MsgHandler{
		subjectAsk + q.run: q.asked, subjectNote + q.run: q.noted, subjectWho: func(*nats.Msg) { q.announce() },
	} {
		sub, err := q.link.conn.Subscribe(subject, f)
		if err != nil {
			return &Error{What: "cannot listen to workers", Err: err} // no test: the connection must break just now
		}
		q.subs = append(q.subs, sub)
	}
	q.announce()
	return nil
}

// ensure makes what is missing on the server.
func (q *Queue) ensure(ctx context.Context) error {
	made, err := q.link.ensureStreams(ctx)
	if err != nil {
		return err
	}
	fresh := made != q.made
	if fresh {
		q.link.forgetStore()
		if err := q.link.put(ctx, bundleObject(q.run), q.sealed); err != nil {
			return &Error{What: "the server does not take the run's script", Err: err}
		}
		if q.made == ([2]time.Time{}) { // what an earlier life of this run has queued is queued anew
			if s, err := q.link.js.Stream(ctx, jobsStream); err == nil {
				_ = s.Purge(ctx, jetstream.WithPurgeSubject(subjectJobs+q.run+".>"))
			}
		}
	}
	for _, site := range q.c.Bundle.Sites {
		q.sites[site], err = q.link.ensureConsumer(ctx, jobsStream, jetstream.ConsumerConfig{
			Durable: consumerOf(q.run, site, made[0]), FilterSubject: siteQueue(q.run, site), AckWait: q.c.Times.Redeliver,
		})
		if err != nil {
			return err
		}
	}
	if err := q.read(ctx, fresh, made[1]); err != nil {
		return err
	}
	again := fresh && q.made != ([2]time.Time{})
	q.made = made
	if again {
		q.requeue()
	}
	return nil
}

// requeue publishes the jobs once more that a server has lost, under new numbers: who is at
// one is not given it a second time as if its answer had been lost.
func (q *Queue) requeue() {
	q.c.Tell("the server has lost what was queued: it is queued again")
	q.mu.Lock()
	var open []*job
	for _, j := range q.hosts {
		if !j.over {
			q.renumber(j)
			j.heard = time.Now() // it says so once it is connected again
			open = append(open, j)
		}
	}
	q.mu.Unlock()
	for _, j := range open {
		q.spawn(func() { q.publish(q.ctx, j) })
	}
}

// announce says that the run is there.
func (q *Queue) announce() {
	_ = q.link.conn.Publish(subjectAnnounce, fleet.JSON(announcement{q.run})) // it is said again
}

// attend announces the run and looks after what is on the server.
func (q *Queue) attend() {
	t := time.NewTicker(q.c.Times.Announce)
	defer t.Stop()
	reconnects := uint64(0)
	for n := 0; ; n++ {
		select {
		case <-q.ctx.Done():
			return
		case <-q.checked:
		case <-t.C:
		}
		q.announce()
		q.link.out.expire(q.c.Times.Patience)
		q.tellMissing()
		if now := q.link.conn.Stats().Reconnects; now != reconnects || n%8 == 7 || !q.reading().sound() {
			if err := q.check(); err == nil {
				reconnects = now
			}
		}
	}
}

// check makes anew what the server has lost.
func (q *Queue) check() error {
	ctx, cancel := context.WithTimeout(q.ctx, 10*time.Second)
	defer cancel()
	err := q.ensure(ctx)
	if err != nil && ctx.Err() == nil && !errors.Is(err, nats.ErrNoResponders) {
		q.told.once(tellErrors, err.Error())
	}
	return err
}

// Drain implements fleet.Remote.
func (q *Queue) Drain() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.draining = true
	for _, j := range q.hosts {
		if !j.granted && !j.over {
			j.end(unbegun())
		}
	}
}

// Close ends the run on the server if it is over, so that workers forget it; else what
// is there stays for whoever resumes it.
func (q *Queue) Close(over bool) {
	q.mu.Lock()
	refused := q.refused
	q.mu.Unlock()
	if refused > 0 {
		q.c.Tell(fmt.Sprintf("%d results were refused: they did not come from workers that had the jobs", refused))
	}
	q.end()
	for _, s := range q.subs {
		_ = s.Unsubscribe() // the connection ends next
	}
	if r := q.reading(); r != nil {
		r.takes.Stop()
	}
	ctx, cancel := context.WithTimeout(context.Background(), q.c.Times.Patience)
	defer cancel()
	if s, err := q.link.js.Stream(ctx, jobsStream); err == nil {
		_ = s.Purge(ctx, jetstream.WithPurgeSubject(subjectJobs+q.run+".>"))
	}
	if over {
		for site := range q.sites {
			_ = q.link.js.DeleteConsumer(ctx, jobsStream, consumerOf(q.run, site, q.made[0])) // it expires
		}
		_ = q.link.js.DeleteConsumer(ctx, resultsStream, resultsConsumer(q.run, q.made[1]).Durable)
		if s, err := q.link.js.Stream(ctx, resultsStream); err == nil {
			_ = s.Purge(ctx, jetstream.WithPurgeSubject(subjectResults+q.run))
		}
		q.link.drop(ctx, bundleObject(q.run))
	}
	_ = q.link.conn.FlushWithContext(ctx)
	q.link.conn.Close()
}
