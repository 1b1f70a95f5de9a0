package workers

import (
	"sync"
	"time"
)

// A teller tells an operator what may be found many times, or what strangers can cause:
// each line once, and only so many lines of a kind, so that those of one kind never
// silence another. What was told is forgotten after toldFor.
type teller struct {
	tell func(line string)

	mu    sync.Mutex
	since time.Time
	told  map[string]map[string]bool // the lines of each kind
}

// The bounds of a teller.
const (
	mostTold = 100 // lines of a kind
	toldFor  = time.Hour
)

// The kinds of what is told.
const (
	tellErrors    = "errors"
	tellFiles     = "files"
	tellNotes     = "notes"
	tellRefused   = "refused"
	tellResults   = "results"
	tellStrangers = "strangers"
	tellWorkers   = "workers"
)

func newTeller(tell func(line string)) *teller {
	return &teller{tell: tell, told: make(map[string]map[string]bool)}
}

func (t *teller) once(kind, line string) {
	t.mu.Lock()
	if now := time.Now(); now.Sub(t.since) > toldFor {
		clear(t.told)
		t.since = now
	}
	lines := t.told[kind]
	if lines == nil {
		lines = make(map[string]bool)
		t.told[kind] = lines
	}
	fresh := !lines[line] && len(lines) < mostTold
	if fresh {
		lines[line] = true
		if len(lines) == mostTold {
			line += " (no more of this kind is told for now)"
		}
	}
	t.mu.Unlock()
	if fresh {
		t.tell(line)
	}
}
