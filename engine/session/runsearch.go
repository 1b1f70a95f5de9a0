package session

import (
	"time"

	"github.com/moonwire/moonwire/engine/match"
)

// runSearch is the search of a wait that ends whenever the host pauses.
type runSearch struct {
	w       *wait
	settle  time.Duration
	pos     int64
	changed bool
}

func (r *runSearch) Reset(int) { r.pos, r.changed = 0, true }

func (r *runSearch) Feed(p []byte) (int, match.Status) {
	r.moved(r.pos + int64(len(p)))
	return len(p), match.Open
}

func (r *runSearch) Mark(e match.Event) match.Status {
	if e == match.Prompt || e == match.EOF {
		return match.Decided
	}
	return match.Nothing
}

func (r *runSearch) CanBest() bool { return r.changed || r.w.settle > r.settle }

func (r *runSearch) Best(match.Text) (match.Match, bool) { return r.Result(nil), true }

func (r *runSearch) Result(match.Text) match.Match {
	return match.Match{Start: r.pos, End: r.pos, Groups: []int64{r.pos, r.pos}}
}

func (r *runSearch) Keep() int64 { return 0 }

func (r *runSearch) Anchor() {}

func (r *runSearch) Forget(int64) {}

func (r *runSearch) Pos() int64 { return r.pos }

func (r *runSearch) Back(to int64, _ match.Text) {
	r.moved(to)
}

// Step implements buffer.Stepper.
func (r *runSearch) Step(to int64, p []byte, _ match.Text) (int, bool) {
	r.moved(to + int64(len(p)))
	return len(p), false
}

// Spin implements buffer.Stepper.
func (r *runSearch) Spin(p []byte) int {
	r.moved(r.pos)
	return len(p)
}

// Passes implements buffer.Stepper.
func (r *runSearch) Passes([]byte) bool { return true }

// Remember implements buffer.Stepper.
func (r *runSearch) Remember() {}

// moved notes that the text is pos bytes long now: no pause before it counts.
func (r *runSearch) moved(pos int64) {
	r.pos, r.changed = pos, true
	r.w.settle, r.w.paused = r.settle, 0
}
