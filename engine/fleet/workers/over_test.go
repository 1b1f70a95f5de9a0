package workers

import (
	"context"
	"testing"

	"github.com/moonwire/moonwire/engine/fleet"
)

// TestOverElsewhere: a worker that is still at a job of a run which is over ends it, though
// nobody answers what it asks, and keeps neither its device nor those who drain it waiting.
func TestOverElsewhere(t *testing.T) {
	t.Parallel()
	s := startServer(t, nil)
	begun, over := make(chan bool), make(chan bool)
	w := startWorker(t, WorkerConfig{Server: Server{URL: s.url()}, Times: brief}, func(_ context.Context, job *fleet.Job) Done {
		if _, _, err := job.Steps.Begin("act", false); err != nil {
			t.Error(err)
		}
		close(begun)
		<-over
		err := job.Steps.Done("act", nil)
		if err == nil {
			t.Error("somebody answers")
			return Done{}
		}
		return Done{Outcome: fleet.Outcome{Error: &fleet.Failure{Reason: err.Error()}}}
	})
	r := newRun(t, s.url(), hostsOf(1), fleet.Rules{At: 1}, briefly)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	ended := make(chan bool)
	go func() { _, _ = r.Do(ctx); close(ended) }()
	<-begun
	r.queue.link.drop(t.Context(), bundleObject(r.config.Bundle.Run))
	r.queue.kill()
	close(over)
	w.Drain()
	w.over <- <-w.over
	cancel()
	<-ended
}
