package terminal

import (
	"context"
	"time"
)

// Watch is what to do when a pattern appears in one direction of Interact.
type Watch struct {
	// Action runs on Interact's own goroutine, with the terminal as it was
	// found. If it is done, or fails, the interaction ends.
	Action func(ctx context.Context, hit Hit) (value any, done bool, err error)
}

// Hit is a match of a Watch.
type Hit struct {
	Index int // of the pattern, from 0
}

type watching struct{}

func newWatching(*Watch) *watching { return &watching{} }

func (w *watching) feed(p []byte) (n int, free []byte, hit *Hit) { return len(p), p, nil }

func (w *watching) paused() (free []byte, hit *Hit) { return nil, nil }

func (w *watching) release() []byte { return nil }

func (w *watching) patience() time.Duration { return 0 }
