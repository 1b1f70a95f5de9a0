package terminal

// A console handle cannot be waited for together with a channel, so one
// goroutine reads it on demand; what it reads after its reader has given up is
// kept for the next one.

import (
	"context"
	"os"
	"sync"
)

type readResult struct {
	data []byte
	err  error
}

type goSource struct {
	f       *os.File
	results chan readResult
	wakes   chan struct{}

	mu      sync.Mutex
	pending bool // a read is under way or its result waits
}

func newSource(f *os.File) source {
	return &goSource{f: f, results: make(chan readResult, 1), wakes: make(chan struct{}, 1)}
}

func (s *goSource) read(ctx context.Context, p []byte) (int, error) {
	s.mu.Lock()
	if !s.pending {
		s.pending = true
		buf := make([]byte, len(p))
		go func() {
			n, err := s.f.Read(buf)
			s.results <- readResult{buf[:n], err}
		}()
	}
	s.mu.Unlock()
	select {
	case r := <-s.results:
		s.mu.Lock()
		s.pending = false
		s.mu.Unlock()
		return copy(p, r.data), r.err
	case <-s.wakes:
		return 0, nil
	case <-ctx.Done():
		return 0, ctx.Err()
	}
}

func (s *goSource) ready([]byte) (int, error) { return 0, nil }

func (s *goSource) wake() {
	select {
	case s.wakes <- struct{}{}:
	default:
	}
}

func (s *goSource) close() {}
