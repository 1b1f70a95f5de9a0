package workers

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/moonwire/moonwire/engine/fleet"
)

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
