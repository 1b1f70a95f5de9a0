package terminal

import (
	"os"
	"os/signal"
	"sync"
)

// resizeWatch tells the listeners that the window's size may have changed.
// Changes that come while a listener is busy are one change.
type resizeWatch struct {
	mu        sync.Mutex
	listeners map[chan struct{}]bool
	signals   chan os.Signal
}

// Resized returns a channel that receives after the window's size changed, and
// a function that ends it. Several changes may be told as one.
func (t *Terminal) Resized() (changes <-chan struct{}, stop func()) {
	w := &t.resize
	c := make(chan struct{}, 1)
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.listeners == nil {
		w.listeners = map[chan struct{}]bool{}
	}
	w.listeners[c] = true
	if s := resizeSignals(); w.signals == nil && len(s) > 0 {
		signals := make(chan os.Signal, 1)
		w.signals = signals
		signal.Notify(signals, s...)
		go func() {
			for range signals {
				w.changed()
			}
		}()
	}
	return c, func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		delete(w.listeners, c)
		if len(w.listeners) == 0 && w.signals != nil {
			signal.Stop(w.signals)
			close(w.signals)
			w.signals = nil
		}
	}
}

func (w *resizeWatch) changed() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for c := range w.listeners {
		select {
		case c <- struct{}{}:
		default:
		}
	}
}
