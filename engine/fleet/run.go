package fleet

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"time"
)

// A Worker does jobs. It is the seam between what decides about a run and where its jobs
// are done. Run is called from many goroutines at once.
type Worker interface {
	Run(ctx context.Context, job *Job) Outcome
}

// A Remote is a Worker whose jobs run elsewhere. It holds them to Rules.Timeout itself, as
// the time in which a job waits for somebody to take it does not count.
type Remote interface {
	Worker
	// Drain is called once no more hosts start. Jobs that nobody has taken yet end with
	// Unbegun.
	Drain()
}

// A Job is one try of one host.
type Job struct {
	Host  *Host
	Try   int     // from 1
	Steps StepLog // of the host
}

// An Outcome is how a job has ended.
type Outcome struct {
	Value []byte   // JSON, nil for none
	Error *Failure // nil if it went well
	// Untouched says that nothing was written to a host, so that the job may be tried again.
	Untouched bool
	// Unbegun says that the job has not begun and will not: the host is as it was.
	Unbegun bool
	// Broken says that no more jobs can be done. The host is as it was, and the run ends.
	Broken error
	// Took is how long the job ran, where that is not how long Run took.
	Took time.Duration
	// Recorded is called once the result is on disk; nil calls nobody.
	Recorded func()
}

// MaxValue is the largest value of a result, in bytes of JSON.
const MaxValue = 16 << 20

// A Run is a run over hosts. Its fields are set before Do.
type Run struct {
	Hosts   []*Host
	Rules   Rules
	Journal *Journal
	State   *State // of a run that is resumed; nil: a new one
	Worker  Worker

	// Started and Ended are told what happens, in the goroutine of Do; nil tells nobody.
	// again says that the host is tried once more after a while, so that r is no result.
	Started func(h *Host, try int)
	Ended   func(h *Host, r *Result, again bool)

	drain    chan string
	schedule *schedule
	steps    map[string]*hostSteps
	outcomes map[string]outcome
	unsaved  []*Result
	failure  error // of the journal
	cut      int
	tries    []int
	drained  bool // the Remote was told
}

// A Summary is how a run stands.
type Summary struct {
	Hosts   int
	OK      int
	Failed  int
	Cut     int           // hosts that were cut off, which are as if they had not begun
	Stopped string        // why it ended early; "": it did not
	Took    time.Duration // of this run of the program
}

// Left is the number of hosts that have no result.
func (s *Summary) Left() int { return s.Hosts - s.OK - s.Failed }

// NewRun makes a run.
func NewRun() *Run { return &Run{drain: make(chan string, 1)} }

// Drain lets no more hosts start; those that run go on. It may be called from anywhere.
func (r *Run) Drain(why string) {
	select {
	case r.drain <- why:
	default:
	}
}

// An ending is a job that has ended.
type ending struct {
	host    int
	result  *Result
	outcome outcome
	again   bool
	cut     bool
	unbegun bool
	broken  error // of the worker
	err     error // of the journal
}

// Do runs what has no result yet. It returns when nothing runs any more. Its error says
// that the journal could not be written, or that the worker is broken; what was recorded
// before counts all the same.
// Where ctx ends, the jobs are cut off, and their hosts have no result.
func (r *Run) Do(ctx context.Context) (*Summary, error) {
	begun := time.Now()
	r.outcomes = make(map[string]outcome, len(r.Hosts))
	r.steps = make(map[string]*hostSteps)
	r.tries = make([]int, len(r.Hosts))
	if r.State != nil {
		maps.Copy(r.outcomes, r.State.Results)
	}
	r.schedule = newSchedule(r.Hosts, r.Rules, func(i int) *bool {
		if o, ok := r.outcomes[r.Hosts[i].Name]; ok {
			return &o.ok
		}
		return nil
	})
	if r.State != nil {
		if _, err := r.Journal.add(entry{Note: &noteRecord{What: noteResumed, At: begun, Rules: &r.Rules}}); err != nil {
			return r.summary(begun), err
		}
		r.State.Resumed = append(r.State.Resumed, begun)
	}
	r.loop(ctx)
	r.saveUnsaved()
	return r.summary(begun), r.failure
}

// loop starts hosts and takes what has become of them.
func (r *Run) loop(ctx context.Context) {
	endings := make(chan *ending, min(r.Rules.At, len(r.Hosts)))
	done := ctx.Done()
	for !r.schedule.over() {
		r.tellRemote()
		i, at := -1, time.Time{}
		if ctx.Err() == nil { // else a host would count as running that is not started
			i, at = r.schedule.next(time.Now())
		}
		if i >= 0 {
			r.start(ctx, i, endings)
			continue
		}
		var due <-chan time.Time
		var timer *time.Timer
		if !at.IsZero() {
			timer = time.NewTimer(time.Until(at))
			due = timer.C
		}
		select {
		case e := <-endings:
			r.end(e)
		case why := <-r.drain:
			r.schedule.stop(why)
		case <-done:
			done = nil
			r.schedule.stop("interrupted")
		case <-due:
		}
		if timer != nil {
			timer.Stop()
		}
	}
}

// tellRemote tells a Remote once that no more hosts start.
func (r *Run) tellRemote() {
	if remote, ok := r.Worker.(Remote); ok && r.schedule.stopped != "" && !r.drained {
		r.drained = true
		remote.Drain()
	}
}

// start starts a job.
func (r *Run) start(ctx context.Context, i int, endings chan<- *ending) {
	h := r.Hosts[i]
	steps := r.steps[h.Name]
	if steps == nil {
		steps = &hostSteps{j: r.Journal, host: h.Name}
		if r.State != nil {
			steps.steps = r.State.Steps[h.Name]
		}
		r.steps[h.Name] = steps
	}
	r.tries[i]++
	job := &Job{Host: h, Try: r.tries[i], Steps: steps}
	if r.Started != nil {
		r.Started(h, job.Try)
	}
	go func() { endings <- r.do(ctx, i, job, steps) }()
}

// HostTimeout is the cause of the end of a job whose time is over.
type HostTimeout struct{ After time.Duration }

// Error says so.
func (e *HostTimeout) Error() string {
	return fmt.Sprintf("the host's time is over after %s (-timeout)", e.After)
}

// Kind is what scripts see as the error's kind.
func (e *HostTimeout) Kind() string { return "timeout" }

// do does a job and records its result.
func (r *Run) do(ctx context.Context, i int, job *Job, steps *hostSteps) *ending {
	e := &ending{host: i}
	began := time.Now()
	within := ctx
	if _, remote := r.Worker.(Remote); r.Rules.Timeout > 0 && !remote {
		var cancel context.CancelFunc
		within, cancel = context.WithTimeoutCause(ctx, r.Rules.Timeout, &HostTimeout{r.Rules.Timeout})
		defer cancel()
	}
	o := r.Worker.Run(within, job)
	if len(o.Value) > MaxValue {
		o = Outcome{Error: &Failure{Kind: "usage", Reason: fmt.Sprintf("the result is larger than %d MB", MaxValue>>20)}}
		o.Error.Message = o.Error.Reason
	}
	ended := time.Now()
	if o.Took > 0 {
		began = ended.Add(-o.Took)
	}
	e.result = &Result{
		Name: job.Host.Name, OK: o.Error == nil, Value: o.Value, Error: o.Error,
		Started: began, Ended: ended, Seconds: ended.Sub(began).Round(time.Millisecond).Seconds(), Tries: job.Try,
	}
	switch {
	case o.Broken != nil:
		e.broken = o.Broken
		return e
	case o.Unbegun:
		e.unbegun = true
		return e
	case o.Error == nil:
	case ctx.Err() != nil:
		e.cut = true
		return e
	case o.Untouched && !steps.used() && job.Try <= r.Rules.Retry:
		e.again = true
		return e
	}
	var at place
	at, e.err = r.Journal.add(entry{Result: e.result})
	e.outcome = outcomeOf(e.result, at)
	if e.err == nil && o.Recorded != nil {
		o.Recorded()
	}
	return e
}

// end takes what has become of a job.
func (r *Run) end(e *ending) {
	h := r.Hosts[e.host]
	switch {
	case e.again && r.schedule.stopped == "":
		r.schedule.again(e.host, time.Now().Add(backoff(r.tries[e.host])))
		r.tell(h, e.result, true)
		return
	case e.broken != nil:
		if r.failure == nil {
			r.failure = e.broken
		}
		r.schedule.release(e.host)
		r.schedule.stop(e.broken.Error())
		return
	case e.unbegun && r.schedule.stopped == "":
		r.tries[e.host]--
		r.schedule.again(e.host, time.Now())
		return
	case e.again, e.unbegun: // the run has stopped: the host is as if it had not begun
		r.schedule.release(e.host)
		return
	case e.cut:
		r.cut++
		r.schedule.release(e.host)
		r.schedule.stop("interrupted")
		return
	}
	if e.err != nil {
		r.unsaved = append(r.unsaved, e.result)
		if r.failure == nil {
			r.failure = e.err
		}
		r.schedule.release(e.host)
		r.schedule.stop(e.err.Error())
		return
	}
	delete(r.steps, h.Name)
	r.outcomes[h.Name] = e.outcome
	r.schedule.ended(e.host, e.result.OK)
	r.tell(h, e.result, false)
}

func (r *Run) tell(h *Host, result *Result, again bool) {
	if r.Ended != nil {
		r.Ended(h, result, again)
	}
}

// backoff is the pause before a host is tried again: 1, 2, 4 and so on up to 30 seconds.
func backoff(tries int) time.Duration {
	return min(time.Second<<min(tries-1, 10), 30*time.Second)
}

// saveUnsaved tries to record results once more that could not be when they came: those
// who ran out of space may have made some.
func (r *Run) saveUnsaved() {
	for len(r.unsaved) > 0 {
		result := r.unsaved[0]
		at, err := r.Journal.add(entry{Result: result})
		if err != nil {
			r.failure = errors.Join(r.failure, fmt.Errorf("%d results could not be recorded", len(r.unsaved)))
			r.cut += len(r.unsaved)
			return
		}
		r.outcomes[result.Name] = outcomeOf(result, at)
		r.unsaved = r.unsaved[1:]
	}
}

func (r *Run) summary(begun time.Time) *Summary {
	s := &Summary{Hosts: len(r.Hosts), Cut: r.cut, Stopped: r.schedule.stopped, Took: time.Since(begun)}
	for _, h := range r.Hosts {
		if o, ok := r.outcomes[h.Name]; ok && o.ok {
			s.OK++
		} else if ok {
			s.Failed++
		}
	}
	if s.Left() == 0 {
		s.Stopped = ""
	}
	return s
}
