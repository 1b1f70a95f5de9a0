package fleet

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
)

// TestSteps: what is done is not done again, what was cut off is not known.
func TestSteps(t *testing.T) {
	hosts := hostsOf(1, "a")
	r, folder := newRun(t, hosts, Rules{At: 1}, nil)
	try := func(f func(s StepLog) error) {
		t.Helper()
		r.Worker = workerFunc(func(ctx context.Context, job *Job) Outcome {
			if err := f(job.Steps); err != nil {
				t.Error(err)
			}
			return Outcome{Error: failure("cut")}
		})
		ctx, cancel := context.WithCancel(t.Context())
		r.Started = func(*Host, int) { cancel() } // so that there is no result
		if _, err := r.Do(ctx); err != nil {
			t.Fatal(err)
		}
		if err := r.Journal.Close(); err != nil {
			t.Fatal(err)
		}
		r = reopened(t, folder, hosts, r.Rules, nil)
	}
	begin := func(s StepLog, name string, again, want bool) error {
		v, done, err := s.Begin(name, again)
		if done != want || done && string(v) != `"v"` {
			t.Errorf("%s: %s, %v", name, v, done)
		}
		return err
	}
	try(func(s StepLog) error {
		return errors.Join(begin(s, "one", false, false), s.Done("one", []byte(`"v"`)), begin(s, "two", false, false), s.Failed("two"), begin(s, "three", false, false))
	})
	try(func(s StepLog) error {
		err := errors.Join(begin(s, "one", false, true), begin(s, "two", false, false), s.Done("two", nil), begin(s, "three", true, false))
		return err
	})
	try(func(s StepLog) error {
		err := begin(s, "three", false, false)
		cut, ok := errors.AsType[*CutOff](err)
		if !ok || cut.Kind() != "step" || len(cut.Hints()) != 1 || !strings.HasPrefix(cut.Hints()[0], "it began at "+time.Now().Format("2006-")) || err.Error() != `step "three" was begun and cut off: whether it was done is not known` {
			return fmt.Errorf("a step that was cut off: %w", err)
		}
		return nil
	})
	_ = r.Journal.Close()
}
