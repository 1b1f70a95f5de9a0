package fleet

import (
	"encoding/json"
	"fmt"
	"sync"
	"time"
)

// StepLog keeps which steps of a host are done. Its methods return once what they tell is
// on disk.
type StepLog interface {
	// Begin notes that a step begins. done reports that it has been done before, with what
	// value; then nothing is noted. A step that was begun and cut off is a *CutOff, unless
	// it may be done again.
	Begin(name string, again bool) (value json.RawMessage, done bool, err error)
	// Done notes that the step is done.
	Done(name string, value json.RawMessage) error
	// Failed notes that the step has failed: it is not done.
	Failed(name string) error
}

// RemoteSteps is a StepLog whose callers are elsewhere. The Steps of a Run's jobs are such.
type RemoteSteps interface {
	StepLog
	// BeginBy is Begin by somebody, whose name is kept: if the same one asks again, as an
	// answer was lost on its way, the step is not cut off.
	BeginBy(by, name string, again bool) (value json.RawMessage, done bool, err error)
}

// A CutOff is a step of which nobody knows whether it is done.
type CutOff struct {
	Step string
	At   time.Time // when it began
}

// Error says so. It is the same for all hosts, so that they are one group.
func (e *CutOff) Error() string {
	return fmt.Sprintf("step %q was begun and cut off: whether it was done is not known", e.Step)
}

// Kind is what scripts see as the error's kind.
func (e *CutOff) Kind() string { return "step" }

// Hints says what to do.
func (e *CutOff) Hints() []string {
	return []string{fmt.Sprintf("it began at %s; look at the host; {again=true} is for steps that may be done twice", e.At.Format(time.DateTime))}
}

// hostSteps is the StepLog of a host whose steps the run's journal keeps.
type hostSteps struct {
	j    *Journal
	host string

	mu    sync.Mutex
	steps map[string]*stepRecord
	begun bool // in this run of the program
}

// BeginBy implements RemoteSteps.
func (s *hostSteps) BeginBy(by, name string, again bool) (json.RawMessage, bool, error) {
	s.mu.Lock()
	known := s.steps[name]
	s.mu.Unlock()
	if known != nil && known.State == StepBegun && known.By == by {
		return nil, false, nil
	}
	return s.begin(by, name, again)
}

// Begin implements StepLog.
func (s *hostSteps) Begin(name string, again bool) (json.RawMessage, bool, error) {
	return s.begin("", name, again)
}

func (s *hostSteps) begin(by, name string, again bool) (json.RawMessage, bool, error) {
	s.mu.Lock()
	known := s.steps[name]
	s.mu.Unlock()
	switch {
	case known == nil:
	case known.State == StepDone:
		return known.Value, true, nil
	case known.State == StepBegun && !again:
		return nil, false, &CutOff{name, known.At}
	}
	return nil, false, s.note(&stepRecord{Step: name, State: StepBegun, By: by})
}

// Done implements StepLog.
func (s *hostSteps) Done(name string, value json.RawMessage) error {
	s.mu.Lock()
	known := s.steps[name]
	s.mu.Unlock()
	if known != nil && known.State == StepDone { // it is told again, as an answer was lost
		return nil
	}
	return s.note(&stepRecord{Step: name, State: StepDone, Value: value})
}

// Failed implements StepLog.
func (s *hostSteps) Failed(name string) error {
	return s.note(&stepRecord{Step: name, State: StepFailed})
}

func (s *hostSteps) note(r *stepRecord) error {
	r.Host, r.At = s.host, time.Now()
	_, err := s.j.add(entry{Step: r})
	s.mu.Lock()
	defer s.mu.Unlock()
	s.begun = true // at least the attempt: it may be on disk
	if err != nil {
		return err
	}
	if s.steps == nil {
		s.steps = make(map[string]*stepRecord)
	}
	s.steps[r.Step] = r
	return nil
}

// used reports whether a step was begun in this run of the program.
func (s *hostSteps) used() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.begun
}
