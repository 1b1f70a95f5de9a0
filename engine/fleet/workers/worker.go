package workers

import (
	"context"
	"crypto/ecdh"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/moonwire/moonwire/engine/fleet"
)

// A Done is what became of a job that a worker did.
type Done struct {
	fleet.Outcome
	Said  []Said
	Files map[string][]byte // recordings and logs, by kind
}

// A Doer does the jobs of a run.
type Doer interface {
	Do(ctx context.Context, job *fleet.Job) Done
}

// A WorkerConfig says what a worker does.
type WorkerConfig struct {
	Server  Server
	Name    string
	Site    string // "" takes jobs of all sites
	At      int
	Program string // the version of moonwire
	Trust   Trust  // of runs' keys
	Key     *Key   // vouches for the worker; may be nil
	Times   Times  // zero: DefaultTimes
	// Prepare makes a bundle ready. Its error is why the worker does not do the run's jobs.
	Prepare func(b *Bundle) (Doer, error)
	// Device is as for a queue.
	Device func(address string) string
	// Tell is told what an operator should know.
	Tell func(line string)

	now func() time.Time // nil: time.Now
}

// A Worker does jobs of runs elsewhere.
type Worker struct {
	c      WorkerConfig
	link   *link
	told   *teller
	locks  *locks
	free   *slots
	ctx    context.Context // of the jobs
	cancel context.CancelCauseFunc
	drain  chan struct{}
	once   sync.Once
	work   sync.WaitGroup

	mu      sync.Mutex
	runs    map[string]*workerRun
	refused map[string]time.Time // when a run may be looked at again
	joining int
}

// The bounds of a worker.
const (
	mostRefused = 1000 // runs that are remembered as refused
	mostJoining = 4    // bundles that are fetched at once
	mostRuns    = 100
)

// refusedFor is how long a run that was refused is not looked at again.
const refusedFor = time.Minute

// errDrained is the cause of the end of jobs that a worker gives back.
var errDrained = errors.New("the worker ends")

// OpenWorker connects a worker to the server.
func OpenWorker(ctx context.Context, c WorkerConfig) (*Worker, error) {
	if c.Times == (Times{}) {
		c.Times = DefaultTimes
	}
	if c.now == nil {
		c.now = time.Now
	}
	c.Server.Warn = c.Tell
	c.Server.Loopback = c.Trust == nil
	link, err := c.Server.dial(ctx)
	if err != nil {
		return nil, err
	}
	told := newTeller(c.Tell)
	w := &Worker{
		c: c, link: link, told: told, locks: &locks{link: link, times: c.Times, told: told}, free: newSlots(c.At), drain: make(chan struct{}),
		runs: make(map[string]*workerRun), refused: make(map[string]time.Time),
	}
	w.ctx, w.cancel = context.WithCancelCause(context.WithoutCancel(ctx))
	if _, err := w.locks.open(ctx); err != nil {
		link.conn.Close()
		return nil, err
	}
	return w, nil
}

// Drain takes no more jobs; Do returns once those that run have ended. It may be called
// from anywhere, more than once.
func (w *Worker) Drain() { w.once.Do(func() { close(w.drain) }) }

// Do does jobs until the worker is drained. Where ctx ends, the jobs are cut off and
// given back.
func (w *Worker) Do(ctx context.Context) error {
	defer w.link.conn.Close()
	sub, err := w.link.conn.Subscribe(subjectAnnounce, w.announced)
	if err == nil {
		err = w.link.conn.Publish(subjectWho, nil)
	}
	if err != nil {
		return &Error{What: "cannot listen for runs", Err: err} // no test: the connection must break just now
	}
	stop := context.AfterFunc(ctx, func() { w.cancel(errDrained); w.Drain() })
	defer stop()
	<-w.drain
	_ = sub.Unsubscribe() // the connection ends next
	w.mu.Lock()
	for _, r := range w.runs {
		r.stop()
	}
	w.mu.Unlock()
	w.work.Wait()
	w.cancel(errDrained)
	_ = w.link.conn.FlushTimeout(w.c.Times.Patience) // what is not said expires
	return nil
}

// drained reports whether no more jobs are taken.
func (w *Worker) drained() bool {
	select {
	case <-w.drain:
		return true
	default:
		return false
	}
}

// announced hears of a run.
func (w *Worker) announced(m *nats.Msg) {
	var a announcement
	if json.Unmarshal(m.Data, &a) != nil || !isRunName(a.Run) || w.drained() {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if r := w.runs[a.Run]; r != nil {
		r.heard()
		return
	}
	until, refused := w.refused[a.Run]
	if refused && w.c.now().Before(until) || w.joining >= mostJoining || len(w.runs) >= mostRuns {
		return
	}
	if len(w.refused) >= mostRefused {
		clear(w.refused)
	}
	w.refused[a.Run] = w.c.now().Add(refusedFor) // until it is joined
	w.joining++
	w.work.Go(func() {
		w.join(a.Run)
		w.mu.Lock()
		w.joining--
		w.mu.Unlock()
	})
}

// isRunName reports whether a text can name a run: it is part of subjects.
func isRunName(name string) bool {
	if len(name) == 0 || len(name) > 64 {
		return false
	}
	for _, c := range []byte(name) {
		if (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return true
}

// join looks at a run and takes part in it, or tells why not.
func (w *Worker) join(run string) {
	ctx, cancel := context.WithTimeout(w.ctx, 2*w.c.Times.Patience)
	defer cancel()
	data, err := w.link.get(ctx, bundleObject(run), mostBundle)
	if err != nil {
		w.told.once(tellStrangers, fmt.Sprintf("the run %s is not to be had: %v", run, err))
		w.forgetRefused(run)
		return
	}
	b, refusal := openBundle(data, run, w.c.Program, w.c.Trust, w.c.now())
	var doer Doer
	if refusal == nil {
		if doer, err = w.c.Prepare(b); err != nil {
			refusal = &Refusal{Run: run, Why: "cannot be run here: " + err.Error()}
		}
	}
	var r *workerRun
	if refusal == nil {
		if r = w.newRun(b, doer); r == nil {
			refusal = &Refusal{Run: run, Why: "is damaged"}
		}
	}
	if refusal == nil {
		if wrong := r.hello(); wrong != "" {
			refusal = &Refusal{Run: run, Why: "is good, but the run refuses this worker: it " + wrong, Hint: "-key FILE signs what this worker says; the run's -trust needs its public half"}
		}
	}
	if refusal != nil {
		w.told.once(tellRefused, refusal.Error())
		if refusal.Hint != "" {
			w.told.once(tellRefused, "hint: "+refusal.Hint)
		}
		_ = w.link.conn.Publish(subjectNote+run, fleet.JSON(note{w.c.Name, refusal.Why})) // it was told here
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.refused, run)
	if !w.drained() {
		w.runs[run] = r
		w.c.Tell(fmt.Sprintf("takes part in the run %s: %s", run, b.Script))
		r.start()
	}
}

func (w *Worker) forgetRefused(run string) {
	w.mu.Lock()
	delete(w.refused, run)
	w.mu.Unlock()
}

// newRun makes what the worker has of a run, nil if the run's key is none.
func (w *Worker) newRun(b *Bundle, doer Doer) *workerRun {
	private, _ := ecdh.X25519().GenerateKey(rand.Reader) // it never fails
	public := private.PublicKey().Bytes()
	c, err := agree(private.Bytes(), b.Public, public, b.Run)
	if err != nil {
		return nil
	}
	r := &workerRun{
		w: w, b: b, doer: doer, public: public, channel: c, voucher: w.c.Key.sign("worker "+b.Run, public),
		held: make(map[*held]bool), hurry: make(chan struct{}, 1), out: newOutbox(),
	}
	r.ctx, r.stop = context.WithCancel(w.ctx)
	r.heard()
	return r
}

// slots are how many jobs a worker may be at.
type slots struct {
	mu    sync.Mutex
	free  int
	freed chan struct{}
}

func newSlots(n int) *slots { return &slots{free: n, freed: make(chan struct{}, 1)} }

// take takes a slot, if one is free.
func (s *slots) take() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.free == 0 {
		return false
	}
	s.free--
	return true
}

func (s *slots) give(n int) {
	s.mu.Lock()
	s.free += n
	s.mu.Unlock()
	s.wake()
}

func (s *slots) wake() {
	select {
	case s.freed <- struct{}{}:
	default:
	}
}

// some waits until slots are free, and returns how many; 0 if ctx has ended.
func (s *slots) some(ctx context.Context) int {
	for {
		s.mu.Lock()
		n := s.free
		s.mu.Unlock()
		if n > 0 {
			s.wake() // others may wait as well
			return n
		}
		select {
		case <-s.freed:
		case <-ctx.Done():
			return 0
		}
	}
}
