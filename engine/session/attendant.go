package session

import (
	"sync"
	"sync/atomic"

	"github.com/moonwire/moonwire/engine/line"
	"github.com/moonwire/moonwire/engine/patterns"
)

// Attendant is the one goroutine in which a script runs, as its sessions see it: the
// place where waits block and where option hooks are called. Sessions that belong
// to one script share an Attendant, so that the hook of one is served while the script
// waits on another or sleeps.
//
// Only one goroutine may wait on an Attendant's sessions at a time. Where a script has
// several, each has an Attendant made by Task, and they take turns.
type Attendant struct {
	bell  chan struct{} // rung when something that is waited for may have happened
	cache patterns.Cache

	reading atomic.Pointer[Session] // what the goroutine reads for itself

	turns   Turns      // nil while the script has one goroutine, see turns.go
	base    *Attendant // that the sessions know; nil for that one itself
	running *Attendant // of the base: the one whose turn it is; nil is the base itself
	streak  int        // waits that have ended without blocking, since the last that blocked

	mu    sync.Mutex // of the base
	calls []*hookCall
}

// A hookCall is a question of the peer that a script's hook is to answer.
type hookCall struct {
	session *Session
	owner   *Attendant // that is to call it
	request line.Question
	wire    []byte // not nil: what the receiver is told of, in the hook's place
	answer  line.Answer
	done    chan struct{}
}

func (c *hookCall) answered() bool {
	select {
	case <-c.done:
		return true
	default:
		return false
	}
}

// NewAttendant makes an Attendant.
func NewAttendant() *Attendant { return &Attendant{bell: make(chan struct{}, 1)} }

// ring wakes the waiting goroutine, or the next wait if there is none.
func (t *Attendant) ring() {
	select {
	case t.bell <- struct{}{}:
	default: // it rings already
	}
	if s := t.reading.Load(); s != nil {
		s.stopper.Interrupt()
	}
}

// Bell receives when something may have happened that the Attendant's goroutine
// should look at: for a goroutine that waits for other things besides. It calls
// Serve then.
func (t *Attendant) Bell() <-chan struct{} { return t.bell }

// Turns is how a goroutine takes turns with the others of its script.
type Turns interface {
	Leave() // gives the turn away; the goroutine is going to block
	Enter() // waits for the turn
}

// Task makes the Attendant of one more goroutine of the script whose base t is.
func (t *Attendant) Task(turns Turns) *Attendant {
	n := NewAttendant()
	n.base, n.turns = t.root(), turns
	return n
}

// SetTurns makes t, a base, take turns with the Attendants that Task makes. It is called
// before the first of them runs.
func (t *Attendant) SetTurns(turns Turns) { t.turns = turns }

// Run says that it is the turn of t's goroutine, which calls it.
func (t *Attendant) Run() { t.root().running = t }

// Ring wakes the Attendant's goroutine, or its next wait. It may be called from anywhere.
func (t *Attendant) Ring() { t.ring() }

func (t *Attendant) root() *Attendant {
	if t.base != nil {
		return t.base
	}
	return t
}

// current is the Attendant of the base t whose turn it is.
func (t *Attendant) current() *Attendant {
	if t.running != nil {
		return t.running
	}
	return t
}

// maxStreak is how many waits in a row may find at once what they wait for before the
// other goroutines have their turn.
const maxStreak = 64

// rest gives the others a turn if t's goroutine has not blocked for long. It is called
// where a wait ends.
func (t *Attendant) rest() {
	if t == nil || t.turns == nil {
		return
	}
	if t.streak++; t.streak >= maxStreak {
		t.leave()
		t.enter()
	}
}

// leave gives the turn away, enter waits for it. They do nothing for a script that has
// one goroutine, nor for nil, a goroutine that is none of a script's.
func (t *Attendant) leave() {
	if t != nil && t.turns != nil {
		t.streak = 0
		t.turns.Leave()
	}
}

func (t *Attendant) enter() {
	if t != nil && t.turns != nil {
		t.turns.Enter()
	}
}

// Block runs f, which blocks and needs nothing of the script's, and gives the turn away
// meanwhile.
func (t *Attendant) Block(f func()) {
	t = t.current()
	if t.turns == nil { // f may be what starts the first task
		f()
		return
	}
	t.leave()
	defer t.enter()
	f()
}

// Finish hands what t's goroutine has left undone to the base: the goroutine ends.
func (t *Attendant) Finish() {
	b := t.root()
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, c := range b.calls {
		if c.owner == t {
			c.owner = b
			b.ring()
		}
	}
}
